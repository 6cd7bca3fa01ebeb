from __future__ import annotations

from typing import Any

import pytest

from governance_contract.keywords.objects import DEPENDENT_REQUIRED

SCHEMA = {"dependentRequired": {"max": ["window"], "window": ["unit", "zone"], "free": []}}


def repair(value: Any) -> Any:
    assert DEPENDENT_REQUIRED.repair
    return DEPENDENT_REQUIRED.repair(value, SCHEMA)


@pytest.mark.parametrize(
    "value", [{}, {"unit": 1}, {"free": 1}, {"max": 1, "window": 2, "unit": 3, "zone": 4}, None, 7]
)
def test_nothing_is_needed_beside_a_member_that_is_absent_or_needs_none(value: Any) -> None:
    assert repair(value) == value


@pytest.mark.parametrize(
    ("value", "repaired"),
    [
        ({"max": 1, "other": 2}, {"other": 2}),
        ({"window": 1, "unit": 2}, {"unit": 2}),
        ({"max": 1, "window": 2, "zone": 3, "free": 4}, {"zone": 3, "free": 4}),
    ],
)
def test_repair_drops_what_lacks_its_partner_and_then_what_needed_that(value: Any, repaired: Any) -> None:
    assert repair(value) == repaired


def test_each_partner_is_left_out_and_each_member_stands_alone() -> None:
    whole = {"max": 1, "window": 2, "unit": 3, "zone": 4, "free": 5}
    assert {each.told: each.value for each in DEPENDENT_REQUIRED.mutate(whole, SCHEMA)} == {
        "max without window": {"max": 1, "unit": 3, "zone": 4, "free": 5},
        "max alone": {"max": 1},
        "window without unit": {"max": 1, "window": 2, "zone": 4, "free": 5},
        "window without zone": {"max": 1, "window": 2, "unit": 3, "free": 5},
        "window alone": {"window": 2},
    }


@pytest.mark.parametrize(
    ("value", "told"),
    [({"window": 1, "unit": 2, "zone": 3}, ["window without unit", "window without zone", "window alone"]), (7, [])],
)
def test_a_member_that_is_absent_is_not_varied(value: Any, told: list[str]) -> None:
    assert [each.told for each in DEPENDENT_REQUIRED.mutate(value, SCHEMA)] == told
