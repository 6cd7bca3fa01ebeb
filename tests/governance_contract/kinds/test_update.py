from __future__ import annotations

from typing import Any

import pytest

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
