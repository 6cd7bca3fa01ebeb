from __future__ import annotations

from typing import Any

import pytest

from governance_contract.keywords.required_unless import RequiredUnless, mutate, repair, sentence

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
    assert repair(value, RULE) == value


@pytest.mark.parametrize("member", [{}, {"scope_id": ""}, {"scope_id": None}])
def test_what_stands_where_the_member_is_required_is_repaired(member: dict[str, Any]) -> None:
    assert repair({"scope": "team", **member}, RULE) == member


def test_the_rule_is_one_sentence() -> None:
    assert sentence(RULE) == "scope_id is required when scope is user or team"


def test_what_is_not_named_as_empty_is_enough() -> None:
    assert repair({"scope": "user", "scope_id": ""}, STRICT) == {"scope": "user", "scope_id": ""}


def test_repair_drops_the_deciding_member_alone() -> None:
    assert repair({"scope": "user", "scope_id": "", "other": 1}, RULE) == {"scope_id": "", "other": 1}


def test_the_member_is_absent_or_empty_for_each_deciding_value() -> None:
    valid = {"scope": "user", "scope_id": "ada", "other": 1}
    assert {each.told: each.value for each in mutate(valid, RULE)} == {
        "scope user without scope_id": {"scope": "user", "other": 1},
        "scope user with scope_id ''": {"scope": "user", "scope_id": "", "other": 1},
        "scope user with scope_id null": {"scope": "user", "scope_id": None, "other": 1},
        "scope team without scope_id": {"scope": "team", "other": 1},
        "scope team with scope_id ''": {"scope": "team", "scope_id": "", "other": 1},
        "scope team with scope_id null": {"scope": "team", "scope_id": None, "other": 1},
    }


def test_what_is_no_object_is_not_varied() -> None:
    assert list(mutate([], RULE)) == []


CLOSED = RequiredUnless("duration", "action", ("advance",), absent=("instant",))
IDLE = RequiredUnless(None, "action", ("freeze", "next"), absent=("instant",))


@pytest.mark.parametrize(
    ("params", "kept"), [(CLOSED, {"action": "advance", "duration": "1d"}), (IDLE, {"action": "next"})]
)
def test_what_must_not_be_there_is_repaired_away(params: RequiredUnless, kept: dict[str, Any]) -> None:
    assert repair({**kept, "instant": 1}, params) == kept


def test_what_must_not_be_there_is_left_for_each_deciding_value() -> None:
    assert [each.value for each in mutate({"action": "set", "instant": 1}, IDLE)] == [
        {"action": "freeze", "instant": 1},
        {"action": "next", "instant": 1},
    ]


def test_the_rule_says_what_must_not_be_there() -> None:
    assert sentence(IDLE, "instant") == "instant is not allowed when action is freeze or next"
