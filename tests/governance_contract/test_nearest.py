from __future__ import annotations

from typing import Any

import pytest

from governance_contract.nearest import closest, nearest


@pytest.mark.parametrize(
    ("keyword", "value", "wanted", "first"),
    [
        ("type", "7", "integer", 7),
        ("type", '{"a": 1}', "object", {"a": 1}),
        ("type", 1.5, "integer", 1),
        ("type", 7, "string", "7"),
        ("type", [7], "integer", 7),
        ("type", {"a": 1}, "array", [{"a": 1}]),
        ("enum", "GLOBAL ", ["global", 7], "global"),
        ("const", 1, 2, 2),
        ("pattern", " a b ", "x", "a b"),
        ("maxLength", "abc", 2, "ab"),
        ("minimum", -1, 0, 0),
        ("maximum", 9, 5, 5),
        ("exclusiveMinimum", -3, 0, 3),
        ("exclusiveMaximum", 3, 0, -3),
        ("multipleOf", 7, 5, 5),
        ("maxItems", [1, 2, 3], 2, [1, 2]),
        ("uniqueItems", [1, 2, 1.0, True], True, [1, 2, True]),
    ],
)
def test_the_first_value_is_the_nearest(keyword: str, value: Any, wanted: Any, first: Any) -> None:
    assert next(nearest(keyword, value, wanted)) == first


@pytest.mark.parametrize(
    ("keyword", "value", "wanted"),
    [
        ("minItems", [], 1),
        ("enum", 7, ["a"]),
        ("enum", "zzz", ["global"]),
        ("type", "no JSON", "object"),
        ("type", "[" * 101 + "]" * 101, "object"),
        ("pattern", 7, "x"),
        ("maxLength", "x" * 20_000, 5),
    ],
)
def test_where_nothing_is_near_nothing_comes(keyword: str, value: Any, wanted: Any) -> None:
    assert list(nearest(keyword, value, wanted)) == []


def test_the_closest_choice_is_found_regardless_of_case() -> None:
    assert closest("Provder", ("model_name", "provider")) == "provider"
    assert closest("x", ("model_name", "provider")) is None
    assert closest("x", ("model_name",), cutoff=0) == "model_name"
