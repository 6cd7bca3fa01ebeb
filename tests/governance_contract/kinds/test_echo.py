from __future__ import annotations

from typing import Any

import pytest

from governance_contract.kinds.echo import KIND, Echo

PARAMS = Echo(frozenset({"a", "list"}), ("id", "duration"))


@pytest.mark.parametrize(
    ("sent", "received"),
    [
        ({"a": 1}, {"a": 1.0}),
        ({"a": None}, {}),
        ({"a": []}, {"a": None}),
        ({"a": {}}, {}),
        ({"a": {"x": 1, "y": None}}, {"a": {"x": 1, "z": 2}}),
        ({"unknown": 1}, {}),
        ({"list": [1, 1]}, {"list": [1, 1]}),
        ({"list": ["a", "b", "a"]}, {"list": ["b", "a", "a"]}),
        (
            {"list": [{"duration": "1h"}, {"duration": "1d"}]},
            {"list": [{"duration": "1d", "id": 1}, {"duration": "1h"}]},
        ),
    ],
)
def test_what_came_back_although_in_another_form_is_fine(sent: dict[str, Any], received: dict[str, Any]) -> None:
    assert KIND.explain({"sent": sent, "received": received}, PARAMS) == ()


@pytest.mark.parametrize(
    ("sent", "received", "holds"),
    [
        (9007199254740993, 9007199254740992, True),
        (9007199254740993, 9007199254740992.0, True),
        (9007199254740993, 9007199254740994, False),
        (1e21, 10**21, True),
        (10**400, 10**401, True),
        (0.1 + 0.2, 0.3, False),
    ],
    ids=lambda value: str(value)[:20],
)
def test_members_of_double_precision_are_compared_as_doubles(sent: Any, received: Any, *, holds: bool) -> None:
    params = Echo(frozenset({"list"}), doubles=frozenset({"max"}))
    value = {"sent": {"list": [{"max": sent}]}, "received": {"list": [{"max": received}]}}

    assert (KIND.explain(value, params) == ()) is holds


@pytest.mark.parametrize(
    ("sent", "received", "path"),
    [
        ({"a": 1}, {"a": True}, ("a",)),
        ({"a": 1}, {"a": "1"}, ("a",)),
        ({"a": 2**53 + 1}, {"a": 2**53}, ("a",)),
        ({"a": 0}, {}, ("a",)),
        ({"a": None}, {"a": 1}, ("a",)),
        ({"a": {"x": {"y": 1}}}, {"a": {"x": {"y": 2}}}, ("a", "x", "y")),
        ({"list": [1, 1]}, {"list": [1, 2]}, ("list", 1)),
        ({"list": [1, 1]}, {"list": [1]}, ("list",)),
        (
            {"list": [{"duration": "1h", "max": 1}, {"duration": "1d", "max": 2}]},
            {"list": [{"duration": "1d", "max": 3}, {"duration": "1h", "max": 1}]},
            ("list", 1, "max"),
        ),
    ],
)
def test_what_came_back_otherwise_is_told_where(
    sent: dict[str, Any], received: dict[str, Any], path: tuple[str | int, ...]
) -> None:
    assert [fault.path for fault in KIND.explain({"sent": sent, "received": received}, PARAMS)] == [path]
