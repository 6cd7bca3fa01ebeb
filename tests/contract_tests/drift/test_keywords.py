from __future__ import annotations

from typing import Any

import pytest

from contract_tests.drift.change import Effect
from contract_tests.drift.keywords import ABSENT, effects

NARROWER, WIDER, OTHER = Effect.NARROWER, Effect.WIDER, Effect.OTHER
QUARTERS = {"reset": {"duration": "Q$"}}


@pytest.mark.parametrize(
    ("name", "old", "new", "expected"),
    [
        ("x-unique-by", ABSENT, ["a", "b"], [NARROWER]),
        ("x-unique-by", ["a", "b"], ABSENT, [WIDER]),
        ("x-unique-by", ["a"], ["a", "b"], [WIDER]),
        ("x-unique-by", ["a", "b"], ["b"], [NARROWER]),
        ("x-unique-by", ["a", "b"], ["a", "c"], [OTHER]),
        ("x-unique-by", ["a", "b"], ["b", "a"], []),
        ("x-allowed-when", ABSENT, QUARTERS, [NARROWER]),
        ("x-allowed-when", QUARTERS, ABSENT, [WIDER]),
        ("x-allowed-when", QUARTERS, {"reset": {"duration": "Q$", "zone": "U"}}, [NARROWER]),
        ("x-allowed-when", {**QUARTERS, "zone": {"duration": "Q$"}}, QUARTERS, [WIDER]),
        ("x-allowed-when", QUARTERS, {"reset": {"duration": "[QY]$"}}, [OTHER]),
        ("x-allowed-when", QUARTERS, {"reset": {"window": "Q$"}}, [WIDER, NARROWER]),
    ],
)
def test_another_keyword_allows_more_or_less(name: str, old: Any, new: Any, expected: list[Effect]) -> None:
    assert [effect for effect, _ in effects(name, old, new)] == expected


def test_a_condition_is_told_with_its_member_and_sibling() -> None:
    ((_, told),) = effects("x-allowed-when", QUARTERS, {"reset": {"duration": "Y$"}})
    assert told == "`x-allowed-when/reset/duration` is 'Y$', it was 'Q$'"
