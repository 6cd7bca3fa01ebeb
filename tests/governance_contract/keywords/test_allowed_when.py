from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from governance_contract.document import Document
from governance_contract.keywords import Fault
from governance_contract.keywords.allowed_when import ALLOWED_WHEN, AllowedWhen, matches, mutate, read, repair, validate

QUARTERS = "^[1-9][0-9]*Q$"
RULE = AllowedWhen(
    {"reset": {"duration": QUARTERS}}, {"reset": [{}, {"month": 4}, {"month": 2}], "duration": ["1d", "1Q", "1Y"]}
)
RESET = {"month": 4}


@pytest.mark.parametrize(
    "value", [{}, {"duration": "1d"}, {"reset": RESET, "duration": "2Q"}, {"reset": None, "duration": "1d"}, [RESET], 7]
)
def test_a_member_may_be_absent_or_null_and_be_there_beside_a_sibling_that_matches(value: Any) -> None:
    assert validate(value, RULE.conditions) == ()
    assert repair(value, RULE) == value


@pytest.mark.parametrize("sibling", [{}, {"duration": "1d"}, {"duration": None}, {"duration": 1}, {"duration": "0Q"}])
def test_a_member_is_refused_where_it_stands(sibling: dict[str, Any]) -> None:
    expected, message = f"duration matches {QUARTERS}", f"reset is allowed only when duration matches {QUARTERS}"
    assert validate({"reset": RESET, **sibling}, RULE.conditions) == (
        Fault(("reset",), RESET, f"absent unless {expected}", message),
    )
    assert repair({"reset": RESET, **sibling}, RULE) == sibling


def test_all_siblings_must_match() -> None:
    conditions = {"reset": {"duration": "Q", "zone": "^UTC$"}}
    assert validate({"reset": 1, "duration": "1Q", "zone": "UTC"}, conditions) == ()
    (fault,) = validate({"reset": 1, "duration": "1Q", "zone": "CET"}, conditions)
    assert fault.message == "reset is allowed only when duration matches Q and zone matches ^UTC$"


def test_repair_drops_what_was_allowed_beside_a_dropped_member_alone() -> None:
    chain = AllowedWhen({"a": {"b": "x"}, "b": {"c": "y"}})
    assert repair({"a": 1, "b": "x", "c": "z", "d": 2}, chain) == {"c": "z", "d": 2}


@pytest.mark.parametrize(
    ("pattern", "value", "is_match"),
    [
        ("Q$", "1Q", True),
        ("Q$", "1Q\n", False),
        ("^[0-9]$", "\N{ARABIC-INDIC DIGIT ONE}", False),
        ("Q", "aQb", True),
        ("", "", True),
        ("1", 1, False),
        ("", None, False),
    ],
)
def test_a_pattern_matches_as_the_keyword_pattern_does_and_texts_alone(
    pattern: str, value: Any, is_match: bool
) -> None:
    assert matches(pattern, value) is is_match


def test_the_sibling_becomes_absent_and_each_documented_text_that_does_not_match() -> None:
    made = {each.told: each.value for each in mutate({"reset": RESET, "duration": "1Q", "max": 1}, RULE)}
    assert made == {
        "reset without duration": {"reset": RESET, "max": 1},
        "reset with duration 1d": {"reset": RESET, "duration": "1d", "max": 1},
        "reset with duration 1Y": {"reset": RESET, "duration": "1Y", "max": 1},
    }


@pytest.mark.parametrize("value", [{"duration": "1d"}, {"duration": "1d", "reset": None}, {}])
def test_the_member_is_added_with_the_first_documented_value_that_is_not_empty(value: dict[str, Any]) -> None:
    (made,) = mutate(value, RULE)
    assert (made.told, made.value) == ("reset added", {**value, "reset": RESET})


@pytest.mark.parametrize(
    ("value", "params"),
    [
        ({"duration": "1d"}, AllowedWhen(RULE.conditions, {"reset": [{}], "duration": ["1d"]})),
        ({"duration": "1d"}, AllowedWhen(RULE.conditions)),
        ({"duration": "1Q"}, RULE),
        ([], RULE),
    ],
)
def test_without_a_documented_value_or_where_the_member_is_allowed_nothing_is_varied(
    value: Any, params: AllowedWhen
) -> None:
    assert list(mutate(value, params)) == []


def test_what_is_expected_ends_a_sentence() -> None:
    schema = {"x-allowed-when": {"reset": {"duration": "Q"}}}
    assert ALLOWED_WHEN.explain(schema, ("budgets", 0, "reset")) == "absent unless duration matches Q"


def test_the_documented_values_of_members_and_siblings_are_known() -> None:
    properties = {"reset": {"examples": [RESET]}, "duration": {"$ref": "#/components/schemas/Duration"}, "free": {}}
    schemas = {
        "Budget": {"properties": properties, "x-allowed-when": {"reset": {"duration": "Q"}}},
        "Duration": {"examples": ["1d", "1Q"], "default": "1d"},
    }
    document = Document(Path("budgets.yaml"), "", {"components": {"schemas": schemas}})
    assert read(document, document.schema("Budget")) == AllowedWhen(
        {"reset": {"duration": "Q"}}, {"duration": ["1d", "1Q"], "reset": [RESET]}
    )
