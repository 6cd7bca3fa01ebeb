"""The sentences of kinds of defects name the place, and nothing of the run."""

from __future__ import annotations

import pytest

from contract_tests.labels import label_of


@pytest.mark.parametrize(
    ("kind", "pointer", "sentence"),
    [
        ("read", "/provider", "/provider is not as it was"),
        ("accepted-type", "/budgets/*/max_limit", "a request is accepted that breaks type at /budgets/*/max_limit"),
        ("accepted-type", "", "a request is accepted that breaks type at the body"),
        ("status-422-type", "/provider", "a request that breaks type at /provider is answered 422"),
        ("accepted-x-unique-by", "/rates/*", "a request is accepted that breaks x-unique-by at /rates/*"),
        ("status-422-x-unique-by", "/rates/*", "a request that breaks x-unique-by at /rates/* is answered 422"),
        ("status-500", "", "a request is answered 500"),
        ("let-in-no-credentials", "", "a request is let in, or refused otherwise (no credentials)"),
    ],
)
def test_a_kind_has_a_sentence(kind: str, pointer: str, sentence: str) -> None:
    assert label_of(kind, pointer) == sentence


def test_a_kind_without_a_sentence_is_a_defect_of_the_suite() -> None:
    with pytest.raises(LookupError, match="no-such-kind"):
        label_of("no-such-kind", "")
