from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from contract_tests.baseline.entries import Baseline, read_baseline
from contract_tests.errors import UsageError
from contract_tests.finding import Key
from governance_contract import Contract
from tests.contract_tests.baseline.conftest import TODAY, VALUE, entry
from tests.contract_tests.runs import CREATE

Write = Callable[..., Path]


def test_an_entry_is_read_with_its_line(write_baseline: Write, contract: Contract) -> None:
    path = write_baseline({**VALUE, "pointer": "/budgets", "kind": "accepted-unique_by"})

    baseline = read_baseline(path, contract)

    assert baseline == Baseline((entry(pointer="/budgets", kind="accepted-unique_by", place=f"{path}:2"),))


@pytest.mark.parametrize(
    ("changes", "line", "told"),
    [
        ({"reason": None}, 2, '"reason" is a required property'),
        ({"owner": None}, 2, '"owner" is a required property'),
        ({"expires": None}, 2, '"expires" is a required property'),
        ({"reason": " "}, 4, "does not match"),
        ({"expires": "2026-13-01"}, 6, 'is not a "date"'),
        ({"expires": "soon"}, 6, 'is not a "date"'),
        ({"rule": "BUD-99"}, 2, "there is no rule BUD-99"),
        ({"operation": "create"}, 3, "there is no operation 'create'"),
        ({"until": "2027-01-01"}, 2, "'until' was unexpected"),
    ],
)
def test_a_malformed_entry_is_refused_with_its_line(
    changes: dict[str, Any], line: int, told: str, write_baseline: Write, contract: Contract
) -> None:
    path = write_baseline({name: item for name, item in {**VALUE, **changes}.items() if item is not None})

    with pytest.raises(UsageError) as caught:
        read_baseline(path, contract)

    assert f"{path}:{line}: " in str(caught.value)
    assert told in str(caught.value)


def test_two_entries_for_the_same_findings_are_refused(write_baseline: Write, contract: Contract) -> None:
    with pytest.raises(UsageError, match=r"known\.yaml:7: the entry of line 2 speaks of the same findings"):
        read_baseline(write_baseline(VALUE, {**VALUE}), contract)


@pytest.mark.parametrize("text", ["", "[]", "accepted: {}", "{", "accepted: []\nprofile: huge\n"])
def test_what_is_no_baseline_is_refused(text: str, tmp_path: Path, contract: Contract) -> None:
    (tmp_path / "known.yaml").write_text(text, encoding="utf-8")

    with pytest.raises(UsageError, match="the baseline cannot be used"):
        read_baseline(tmp_path / "known.yaml", contract)


def test_a_baseline_that_is_not_there_is_refused(tmp_path: Path, contract: Contract) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        read_baseline(tmp_path / "none.yaml", contract)


@pytest.mark.parametrize(
    ("narrowed", "key", "matches"),
    [
        ({}, ("BUD-01", CREATE, "/x", "read"), True),
        ({}, ("BUD-02", CREATE, "/x", "read"), False),
        ({}, ("BUD-01", "updateModelConfig", "/x", "read"), False),
        ({"pointer": "/x"}, ("BUD-01", CREATE, "/x", "echo"), True),
        ({"pointer": "/x"}, ("BUD-01", CREATE, "/y", "read"), False),
        ({"pointer": ""}, ("BUD-01", CREATE, "/y", "read"), False),
        ({"kind": "read"}, ("BUD-01", CREATE, "/y", "read"), True),
        ({"pointer": "/x", "kind": "read"}, ("BUD-01", CREATE, "/x", "read-entries"), False),
    ],
)
def test_an_entry_speaks_of_its_rule_operation_pointer_and_kind(
    narrowed: dict[str, str], key: Key, *, matches: bool
) -> None:
    assert entry(**narrowed).matches(key) is matches


def test_an_entry_holds_through_its_last_day() -> None:
    baseline, key = Baseline((entry(),)), ("BUD-01", CREATE, "/x", "read")

    assert baseline.entry_for(key, TODAY) == entry()
    assert baseline.entry_for(key, TODAY + timedelta(days=1)) is None


def test_a_baseline_of_format_1_means_the_same_where_it_names_no_words(tmp_path: Path, contract: Contract) -> None:
    path = tmp_path / "known.yaml"
    path.write_text(yaml.safe_dump({"accepted": [VALUE]}, sort_keys=False), encoding="utf-8")

    assert read_baseline(path, contract).entries == (entry(place=f"{path}:2"),)


def test_a_baseline_that_names_findings_by_their_words_is_refused_with_what_to_do(
    write_baseline: Write, contract: Contract
) -> None:
    path = write_baseline(VALUE, {**VALUE, "label": "equal*"})

    with pytest.raises(UsageError, match=rf"{path}, line 12: `label` is of format 1.*baseline update FILE --from"):
        read_baseline(path, contract)


def test_a_baseline_of_a_later_format_is_refused(tmp_path: Path, contract: Contract) -> None:
    path = tmp_path / "known.yaml"
    path.write_text("format: 3\naccepted: []\n", encoding="utf-8")

    with pytest.raises(UsageError, match=r"known\.yaml:1: /format: 3 is not one of"):
        read_baseline(path, contract)
