from __future__ import annotations

from typing import Any

import pytest

from governance_contract.kinds.kind import ABSENT, Fault
from governance_contract.kinds.required_unless import KIND, RequiredUnless

RULE = RequiredUnless("scope_id", "scope", ("user", "team"), ("", None))
STRICT = RequiredUnless("scope_id", "scope", ("user",))


@pytest.mark.parametrize(
    "value",
    [
        {},
        {"scope": "global"},
        {"scope": None},
        {"scope": "user", "scope_id": "ada"},
        {"scope": "team", "scope_id": 0},
        7,
    ],
)
def test_the_member_is_required_for_the_deciding_values_alone(value: Any) -> None:
    assert KIND.explain(value, RULE) == ()
    assert KIND.repair(value, RULE) == value


@pytest.mark.parametrize(("member", "received"), [({}, ABSENT), ({"scope_id": ""}, ""), ({"scope_id": None}, None)])
def test_a_fault_shows_what_stands_where_the_member_is_required(member: dict[str, Any], received: Any) -> None:
    (fault,) = KIND.explain({"scope": "team", **member}, RULE)
    message = "scope_id is required when scope is user or team"
    assert fault == Fault(("scope_id",), received, "a scope_id that is not empty", message)


def test_what_is_not_named_as_empty_is_enough() -> None:
    assert KIND.explain({"scope": "user", "scope_id": ""}, STRICT) == ()


def test_repair_drops_the_deciding_member_alone() -> None:
    assert KIND.repair({"scope": "user", "scope_id": "", "other": 1}, RULE) == {"scope_id": "", "other": 1}


def test_the_member_is_absent_or_empty_for_each_deciding_value() -> None:
    valid = {"scope": "user", "scope_id": "ada", "other": 1}
    assert {variant.label: variant.value for variant in KIND.violate(valid, RULE)} == {
        "scope user without scope_id": {"scope": "user", "other": 1},
        "scope user with scope_id ''": {"scope": "user", "scope_id": "", "other": 1},
        "scope user with scope_id null": {"scope": "user", "scope_id": None, "other": 1},
        "scope team without scope_id": {"scope": "team", "other": 1},
        "scope team with scope_id ''": {"scope": "team", "scope_id": "", "other": 1},
        "scope team with scope_id null": {"scope": "team", "scope_id": None, "other": 1},
    }


def test_what_is_no_object_is_not_varied() -> None:
    assert list(KIND.violate([], RULE)) == []
