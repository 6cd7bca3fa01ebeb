from __future__ import annotations

from typing import Any

import jsonschema_rs
import pytest

from mockserver.forcing.edges import edges


def valid(schema: dict[str, Any]) -> list[Any]:
    validator = jsonschema_rs.Draft202012Validator(schema, validate_formats=True)
    return [value for value in edges(schema) if validator.is_valid(value)]


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({"type": "integer", "minimum": 17, "maximum": 19}, [17, 18, 19]),
        ({"type": "integer", "multipleOf": 7}, [0, 7]),
        ({"type": "string", "minLength": 1001, "maxLength": 1001}, ["x" * 1001]),
        ({"type": "boolean"}, [False, True]),
        ({"type": ["boolean", "null"]}, [False, True, None]),
        ({"enum": ["a", None]}, ["a", None]),
        ({"const": {"a": 1}}, [{"a": 1}]),
        ({"type": "string", "pattern": "^q", "examples": ["qa"]}, ["qa"]),
    ],
)
def test_the_edges_of_a_schema_are_among_the_candidates(schema: dict[str, Any], expected: list[Any]) -> None:
    found = valid(schema)
    assert all(value in found for value in expected)


def test_an_excluded_bound_has_neighbours() -> None:
    assert 0 < min(number for number in valid({"type": "number", "exclusiveMinimum": 0}) if number) == 5e-324


@pytest.mark.parametrize("name", ["date-time", "date", "time", "uuid", "email", "uri", "ipv4", "ipv6"])
def test_all_candidates_of_a_format_are_valid(name: str) -> None:
    schema = {"type": "string", "format": name}
    assert valid(schema) == list(edges(schema)) != []


def test_anything_at_all_may_be_any_type() -> None:
    assert {type(value) for value in valid({})} == {type(None), bool, int, float, str, list, dict}
