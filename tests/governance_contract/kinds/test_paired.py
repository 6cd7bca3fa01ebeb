from __future__ import annotations

from typing import Any

import pytest

from governance_contract.kinds.kind import ABSENT, Fault
from governance_contract.kinds.paired import KIND

PAIRS = {"max": ["window"], "window": ["unit", "zone"], "free": []}


@pytest.mark.parametrize(
    "value", [{}, {"unit": 1}, {"free": 1}, {"max": 1, "window": 2, "unit": 3, "zone": 4}, None, 7]
)
def test_nothing_is_needed_beside_a_member_that_is_absent_or_needs_none(value: Any) -> None:
    assert KIND.explain(value, PAIRS) == ()
    assert KIND.repair(value, PAIRS) == value


def test_a_fault_names_the_absent_member_and_the_one_that_needs_it() -> None:
    assert KIND.explain({"max": 1, "window": None, "zone": 4}, PAIRS) == (
        Fault(("unit",), ABSENT, "a unit beside window", "unit is required when window is sent"),
    )


@pytest.mark.parametrize(
    ("value", "repaired"),
    [
        ({"max": 1, "other": 2}, {"other": 2}),
        ({"window": 1, "unit": 2}, {"unit": 2}),
        ({"max": 1, "window": 2, "zone": 3, "free": 4}, {"zone": 3, "free": 4}),
    ],
)
def test_repair_drops_what_lacks_its_partner_and_then_what_needed_that(value: Any, repaired: Any) -> None:
    assert KIND.repair(value, PAIRS) == repaired


def test_each_partner_is_left_out_and_each_member_stands_alone() -> None:
    whole = {"max": 1, "window": 2, "unit": 3, "zone": 4, "free": 5}
    assert {variant.label: variant.value for variant in KIND.violate(whole, PAIRS)} == {
        "max without window": {"max": 1, "unit": 3, "zone": 4, "free": 5},
        "max alone": {"max": 1},
        "window without unit": {"max": 1, "window": 2, "zone": 4, "free": 5},
        "window without zone": {"max": 1, "window": 2, "unit": 3, "free": 5},
        "window alone": {"window": 2},
    }


@pytest.mark.parametrize(
    ("value", "labels"),
    [({"window": 1, "unit": 2, "zone": 3}, ["window without unit", "window without zone", "window alone"]), (7, [])],
)
def test_a_member_that_is_absent_is_not_varied(value: Any, labels: list[str]) -> None:
    assert [variant.label for variant in KIND.violate(value, PAIRS)] == labels
