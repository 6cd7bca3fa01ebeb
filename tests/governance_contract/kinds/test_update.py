from __future__ import annotations

from typing import Any

import pytest

from governance_contract.kinds.kind import ABSENT, Fault
from governance_contract.kinds.update import KIND, Update, partners

KEYS = ("id", "duration")
HOUR, DAY = {"id": "a", "duration": "1h", "usage": 3}, {"id": "b", "duration": "1d", "usage": 5}


@pytest.mark.parametrize(
    ("entries", "continued"),
    [
        ([{"duration": "1h"}], [HOUR]),
        ([{"id": "b", "duration": "1w"}], [DAY]),
        ([{"id": None, "duration": "1d"}], [DAY]),
        ([{"id": "unknown", "duration": "1d"}], [DAY]),
        ([{"duration": "1w"}], [None]),
        ([{"duration": "1d"}, {"duration": "1h"}], [DAY, HOUR]),
        ([{"id": "b", "duration": "1h"}, {"duration": "1d"}], [DAY, None]),
        ([{"duration": "1d"}, {"id": "b", "duration": "1h"}], [None, DAY]),
    ],
)
def test_an_entry_continues_the_one_of_its_id_else_of_its_duration(entries: list[Any], continued: list[Any]) -> None:
    assert partners(entries, [HOUR, DAY], KEYS) == continued


def test_an_entry_without_an_id_continues_none_that_has_no_id_either() -> None:
    assert partners([{"duration": "1d"}], [{"duration": "1h"}], KEYS) == [None]


def transition(sent: Any, after: Any) -> dict[str, Any]:
    """Return an update of two budgets."""
    return {"before": {"budgets": [HOUR, DAY]}, "sent": {"budgets": sent}, "after": {"budgets": after}}


@pytest.mark.parametrize(
    ("sent", "after", "faults"),
    [
        (None, [HOUR], 0),
        ([], [], 0),
        ([], None, 0),
        ([], [HOUR], 1),
        ([{"duration": "1h"}], None, 1),
        ([{"duration": "1h"}], {"duration": "1h"}, 1),
        ([{"duration": "1h"}], [7], 2),
        ([{"duration": "1h"}], [HOUR], 0),
        ([{"duration": "1h"}], [HOUR, DAY], 1),
        ([{"duration": "1h"}], [{**HOUR, "usage": 0}], 1),
        ([{"duration": "1h"}], [{**HOUR, "id": "new", "usage": 0}], 2),
        ([{"duration": "1w"}], [{"id": "new", "duration": "1w", "usage": 0}], 0),
        (
            [{"id": "b", "duration": "1h"}, {"duration": "1d"}],
            [{**DAY, "duration": "1h"}, {"id": "c", "duration": "1d"}],
            0,
        ),
    ],
)
def test_the_entries_after_an_update_are_those_sent_with_what_must_be_kept(sent: Any, after: Any, faults: int) -> None:
    params = Update("budgets", keys=KEYS, kept=("id", "usage"))
    assert len(KIND.explain(transition(sent, after), params)) == faults


def test_entries_that_are_no_objects_are_varied_without_a_look_inside() -> None:
    params = Update("budgets", keys=KEYS, kept=("id",))
    variants = list(KIND.violate(transition([{"duration": "1w"}], [None]), params))
    assert [variant.label for variant in variants] == [
        "budgets: removed",
        "budgets: an entry lost",
        "budgets: an entry twice",
    ]


BUDGETS = Update("budgets", keys=KEYS, kept=("id", "usage"))
LIMIT = Update("rate_limit", settable=("max", "window"))


def limit_transition(sent: Any, after: Any) -> dict[str, Any]:
    """Return an update of a rate limit."""
    before = {"id": "r", "max": 1, "window": "1h"}
    return {"before": {"rate_limit": before}, "sent": {"rate_limit": sent}, "after": {"rate_limit": after}}


@pytest.mark.parametrize(
    ("sent", "after", "fault"),
    [
        (
            [],
            [{"duration": "1h"}],
            Fault(
                ("budgets",),
                [{"duration": "1h"}],
                "[]",
                "budgets was to become [] and is [{'duration': '1h'}]",
            ),
        ),
        (
            [{"duration": "1h"}],
            [],
            Fault(
                ("budgets",),
                [],
                "[{'duration': '1h'}]",
                "budgets was to become [{'duration': '1h'}] and is []",
            ),
        ),
        (
            [{"duration": "1w"}, {"duration": "1h"}],
            [{"duration": "1w"}, {**HOUR, "usage": 0}],
            Fault(
                ("budgets", 1, "usage"),
                0,
                "3",
                "usage of an entry that stays must be kept; it was 3 and is 0",
            ),
        ),
        (
            [{"duration": "1h"}],
            [{"id": "a", "duration": "1h"}],
            Fault(
                ("budgets", 0, "usage"),
                ABSENT,
                "3",
                "usage of an entry that stays must be kept; it was 3 and is None",
            ),
        ),
        (
            [{"id": "a", "duration": "1d"}, {"duration": "1h"}],
            [{"id": "x", "duration": "1d", "usage": 3}, {"id": "a", "duration": "1h", "usage": 0}],
            Fault(
                ("budgets", 0, "id"),
                "x",
                "'a'",
                "id of an entry that stays must be kept; it was 'a' and is 'x'",
            ),
        ),
    ],
)
def test_a_fault_of_entries_says_where_what_is_there_and_what_should_be(sent: Any, after: Any, fault: Fault) -> None:
    assert KIND.explain(transition(sent, after), BUDGETS) == (fault,)


@pytest.mark.parametrize(
    ("sent", "after", "fault"),
    [
        (
            {"max": 2},
            None,
            Fault(("rate_limit",), None, "{'max': 2}", "rate_limit was to become {'max': 2} and is None"),
        ),
        ({"max": 2}, {"max": 1}, Fault(("rate_limit", "max"), 1, "2", "max was sent as 2")),
        ({"max": 2}, {}, Fault(("rate_limit", "max"), ABSENT, "2", "max was sent as 2")),
        (
            {"max": 2},
            {"max": 2, "window": "1h"},
            Fault(("rate_limit", "window"), "1h", "absent", "window was not sent and must be gone"),
        ),
    ],
)
def test_a_fault_of_an_object_says_where_what_is_there_and_what_should_be(sent: Any, after: Any, fault: Fault) -> None:
    assert KIND.explain(limit_transition(sent, after), LIMIT) == (fault,)


def test_an_entry_that_came_back_with_another_duration_is_found_by_its_id() -> None:
    kept = transition([{"id": "a", "duration": "1h"}], [{**HOUR, "duration": "60m"}])
    assert KIND.explain(kept, BUDGETS) == ()


def test_the_repaired_entries_are_those_sent_with_what_must_be_kept() -> None:
    repaired = KIND.repair(transition([{"duration": "1w"}, {"duration": "1h", "max": 2}], []), BUDGETS)
    assert repaired["after"]["budgets"] == [{"duration": "1w"}, {"id": "a", "duration": "1h", "max": 2, "usage": 3}]


WEEK = {"id": "new", "duration": "1w", "usage": 0}


@pytest.mark.parametrize(
    ("sent", "after", "variants"),
    [
        ([], [], {"kept although it was to be removed": [HOUR, DAY]}),
        (
            [{"duration": "1d"}, {"duration": "1w"}, {"duration": "1h"}],
            [DAY, WEEK, HOUR],
            {
                "removed": None,
                "an entry lost": [DAY, WEEK],
                "an entry twice": [DAY, WEEK, HOUR, HOUR],
                "id of entry 0 changes": [{**DAY, "id": "bx"}, WEEK, HOUR],
                "usage of entry 0 changes": [{**DAY, "usage": 6}, WEEK, HOUR],
                "id of entry 2 changes": [DAY, WEEK, {**HOUR, "id": "ax"}],
                "usage of entry 2 changes": [DAY, WEEK, {**HOUR, "usage": 4}],
            },
        ),
    ],
)
def test_an_update_of_entries_goes_wrong_in_each_of_these_ways(sent: Any, after: Any, variants: dict[str, Any]) -> None:
    made = {variant.label: variant.value for variant in KIND.violate(transition(sent, after), BUDGETS)}
    assert made == {f"budgets: {label}": transition(sent, wrong) for label, wrong in variants.items()}


def test_an_update_of_an_object_goes_wrong_in_each_of_these_ways() -> None:
    sent, after = {"window": "1d"}, {"id": "r", "window": "1d"}
    made = {variant.label: variant.value for variant in KIND.violate(limit_transition(sent, after), LIMIT)}
    assert made == {
        "rate_limit: removed": limit_transition(sent, None),
        "rate_limit: max left over": limit_transition(sent, {**after, "max": 1}),
    }
