from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance_contract.keywords import STANDARD
from governance_contract.keywords.types import type_names

Strategy = st.SearchStrategy[Any]

TYPES: Mapping[str, Strategy] = {
    "string": st.text(max_size=3),
    "integer": st.integers(-9, 9),
    "number": st.integers(-9, 9) | st.floats(-9, 9),
    "boolean": st.booleans(),
    "array": st.lists(st.integers(), max_size=2),
    "object": st.dictionaries(st.text(max_size=2), st.integers(), max_size=2),
    "null": st.none(),
}
BOUNDS = st.integers(-(2**62), 2**63 - 1) | st.floats(-1e6, 1e6)
SIZES = st.integers(0, 4)


def with_value(schemas: Strategy, values: Strategy) -> Strategy:
    """Return pairs of a schema and a value that it accepts."""
    return st.tuples(schemas, values).filter(lambda pair: jsonschema_rs.is_valid(pair[0], pair[1]))


def bounded(keyword: str, type_: str = "number") -> Strategy:
    """Return schemas with a bound and the values near it that they accept."""
    return BOUNDS.flatmap(
        lambda bound: with_value(
            st.just({"type": type_, keyword: bound}),
            st.sampled_from([bound, bound + 1, bound - 1, bound * 2]),
        )
    )


@dataclass(frozen=True)
class Case:
    """A keyword, the schemas that use it with a value that each accepts, and one pair that can be broken."""

    keyword: str
    pairs: Strategy
    sample: tuple[dict[str, Any], Any]


CASES = (
    Case(
        "type",
        st.lists(st.sampled_from(sorted(TYPES)), min_size=1, max_size=3, unique=True).flatmap(
            lambda names: st.tuples(st.just({"type": names}), st.one_of([TYPES[name] for name in names]))
        ),
        ({"type": "integer"}, 7),
    ),
    Case(
        "required",
        st.tuples(
            st.just({"required": ["a", "b"], "properties": {"a": {"type": "integer"}, "b": {"type": "string"}}})
        ).map(lambda schema: (schema[0], {"a": 1, "b": "x", "c": None})),
        ({"required": ["a"], "properties": {"a": {"type": "integer"}}}, {"a": 1}),
    ),
    Case(
        "enum",
        st.lists(
            st.sampled_from(["", "a", "A", "global", "GLOBAL", "globa", "something_else", 7, None]),
            min_size=1,
            unique=True,
        ).flatmap(lambda choices: st.tuples(st.just({"enum": choices}), st.sampled_from(choices))),
        ({"enum": ["global"]}, "global"),
    ),
    Case("const", st.just(({"const": "a"}, "a")) | st.just(({"const": 7}, 7)), ({"const": "global"}, "global")),
    Case(
        "minLength",
        SIZES.map(lambda size: ({"type": "string", "minLength": size}, "é" * (size + 1))),
        ({"minLength": 1}, "a"),
    ),
    Case(
        "maxLength",
        SIZES.flatmap(lambda size: st.tuples(st.just({"maxLength": size}), st.text(max_size=size))),
        ({"maxLength": 2}, "a"),
    ),
    Case(
        "pattern",
        st.sampled_from(
            [
                ({"pattern": r"\S"}, "a"),
                ({"pattern": "^[a-z]+$"}, "a"),
                ({"pattern": "^a", "x-counterexamples": ["b"]}, "a"),
            ]
        ),
        ({"pattern": r"\S"}, "a"),
    ),
    Case("minimum", bounded("minimum") | bounded("minimum", "integer"), ({"type": "integer", "minimum": 1}, 1)),
    Case("exclusiveMinimum", bounded("exclusiveMinimum"), ({"exclusiveMinimum": 0}, 0.01)),
    Case("maximum", bounded("maximum"), ({"maximum": 2**63 - 1}, 1)),
    Case("exclusiveMaximum", bounded("exclusiveMaximum"), ({"exclusiveMaximum": 5}, 4)),
    Case(
        "multipleOf",
        st.tuples(st.sampled_from([1, 2, 5, 0.5, 0.25]), st.integers(-99, 99)).map(
            lambda pair: ({"type": "number", "multipleOf": pair[0]}, pair[0] * pair[1])
        ),
        ({"type": "integer", "multipleOf": 5}, 15),
    ),
    Case(
        "minItems",
        SIZES.flatmap(lambda size: st.tuples(st.just({"minItems": size}), st.lists(st.integers(), min_size=size))),
        ({"minItems": 2}, [1, 2, 3]),
    ),
    Case(
        "maxItems",
        SIZES.flatmap(
            lambda size: st.tuples(st.just({"maxItems": size}), st.lists(st.integers(), max_size=size) | st.text())
        ),
        ({"maxItems": 2}, [1]),
    ),
    Case(
        "uniqueItems",
        st.tuples(
            st.booleans().map(lambda flag: {"uniqueItems": flag}),
            st.lists(st.integers(), unique=True) | st.text(),
        ),
        ({"uniqueItems": True}, ["a"]),
    ),
    Case(
        "items",
        st.lists(st.integers(), max_size=3).map(lambda entries: ({"items": {"type": "integer"}}, entries)),
        ({"items": {"type": "integer"}}, [1]),
    ),
    Case(
        "additionalProperties",
        st.dictionaries(st.sampled_from("ab"), st.integers()).map(
            lambda value: ({"properties": {"a": {}, "b": {}}, "additionalProperties": False}, value)
        ),
        ({"properties": {"a": {}}, "additionalProperties": False}, {"a": 1}),
    ),
    Case(
        "dependentRequired",
        st.sampled_from([{}, {"b": 1}, {"a": 1, "b": 2}, {"a": 1, "b": 2, "c": 3}]).map(
            lambda value: ({"dependentRequired": {"a": ["b"], "b": []}}, value)
        ),
        ({"dependentRequired": {"a": ["b"]}}, {"a": 1, "b": 2}),
    ),
)
each_case = pytest.mark.parametrize("case", CASES, ids=lambda case: case.keyword)


def test_every_keyword_is_tested() -> None:
    assert [case.keyword for case in CASES] == list(STANDARD)


@each_case
def test_a_keyword_can_be_broken(case: Case) -> None:
    schema, value = case.sample
    assert jsonschema_rs.is_valid(schema, value)
    assert list(STANDARD[case.keyword].mutate(value, schema))


@each_case
@given(data=st.data())
def test_every_mutation_breaks_the_schema_and_has_a_name_of_its_own(case: Case, data: st.DataObject) -> None:
    schema, value = data.draw(case.pairs)
    before = copy.deepcopy(value)
    mutations = list(STANDARD[case.keyword].mutate(value, schema))
    for each in mutations:
        assert not jsonschema_rs.is_valid(schema, each.value), each.told
    assert value == before
    assert len({each.told for each in mutations}) == len(mutations)


@pytest.mark.parametrize(
    ("names", "absent"),
    [
        ("integer", "integer"),
        (["string", "null"], "string"),
        (["number", "string"], "string"),
        ("number", "integer"),
    ],
)
def test_a_wrong_type_is_never_one_of_the_right_ones(names: str | list[str], absent: str) -> None:
    values = [each.value for each in STANDARD["type"].mutate(None, {"type": names})]
    assert not any(jsonschema_rs.is_valid({"type": absent}, value) for value in values)
    assert any(isinstance(value, bool) for value in values)


def test_a_number_is_also_sent_as_text_unless_text_is_fine() -> None:
    assert "7" in [each.value for each in STANDARD["type"].mutate(1, {"type": "integer"})]
    assert "7" not in [each.value for each in STANDARD["type"].mutate(1, {"type": ["integer", "string"]})]


@pytest.mark.parametrize(("wanted", "names"), [("string", ("string",)), (["string", "null"], ("string", "null"))])
def test_type_is_read_as_a_list_of_names(wanted: str | list[str], names: tuple[str, ...]) -> None:
    assert type_names(wanted) == names


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
    assert next(STANDARD[keyword].fix(value, wanted)) == first


@pytest.mark.parametrize(
    ("keyword", "value", "wanted"),
    [
        ("minItems", [], 1),
        ("enum", 7, ["a"]),
        ("enum", "zzz", ["global"]),
        ("type", "no JSON", "object"),
        ("type", "[" * 101 + "]" * 101, "object"),
        ("pattern", 7, "x"),
    ],
)
def test_where_nothing_is_near_nothing_comes(keyword: str, value: Any, wanted: Any) -> None:
    assert list(STANDARD[keyword].fix(value, wanted)) == []
