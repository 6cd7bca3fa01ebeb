"""Values for schemas that the document does not have today."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from governance_contract import Contract, load_contract
from mockserver.forcing.drawing import Drawing

SEEDS = range(40)
USER = """    User:
      description: A user of the gateway.
"""


@pytest.fixture
def draw(edited: Callable[..., Path]) -> Callable[[str], list[Any]]:
    """Return what draws values of a schema, one for each seed; all of them must be valid."""

    def values(schema: str) -> list[Any]:
        contract: Contract = load_contract(edited((USER, f"    Sample: {schema}\n{USER}")))
        node = contract.document.schema("Sample")
        sources = [random.Random(seed) for seed in SEEDS]  # noqa: S311 - chance, not secrets
        drawn = [Drawing(contract, {}, source).value(node, None) for source in sources]
        assert all(contract.validator(node).is_valid(value) for value in drawn)
        return drawn

    return values


def test_lists_keep_their_bounds(draw: Callable[[str], list[Any]]) -> None:
    drawn = draw("{type: array, minItems: 2, maxItems: 4, items: {type: string}}")
    assert {len(value) for value in drawn} == {2, 3, 4}


def test_entries_differ_where_they_must(draw: Callable[[str], list[Any]]) -> None:
    drawn = draw("{type: array, uniqueItems: true, items: {type: boolean}}")
    assert {len(value) for value in drawn} == {0, 1, 2}


def test_no_two_entries_have_one_identity(draw: Callable[[str], list[Any]]) -> None:
    flag = "{type: object, required: [flag], x-identity: [flag], properties: {flag: {type: boolean}}}"
    drawn = draw(f"{{type: array, items: {flag}}}")
    assert {len(value) for value in drawn} == {0, 1, 2}


def test_a_schema_that_contains_itself_is_cut_off(draw: Callable[[str], list[Any]]) -> None:
    draw(
        "{type: object, properties: {one: {$ref: '#/components/schemas/Sample'},"
        " many: {type: array, items: {$ref: '#/components/schemas/Sample'}}}}"
    )


def test_each_branch_is_taken(draw: Callable[[str], list[Any]]) -> None:
    drawn = draw("{anyOf: [{type: boolean}, {type: integer, minimum: 3}, {type: 'null'}]}")
    assert {type(value) for value in drawn} == {bool, int, type(None)}


@pytest.mark.parametrize(
    ("schema", "kind"), [("{type: string, maxLength: 5}", str), ("{type: integer}", int), ("{type: string}", str)]
)
def test_an_id_is_what_its_schema_asks_for(draw: Callable[[str], list[Any]], schema: str, kind: type) -> None:
    drawn = draw(f"{{type: object, required: [id], properties: {{id: {schema[:-1]}, x-generated: id}}}}}}")
    assert {type(value["id"]) for value in drawn} == {kind}


def test_instants_that_may_be_null_are_in_order_where_they_are_not(draw: Callable[[str], list[Any]]) -> None:
    member = "{{type: [string, 'null'], format: date-time, x-generated: {}}}"
    members = f"made: {member.format('created')}, changed: {member.format('updated')}"
    drawn = draw(f"{{type: object, properties: {{{members}}}}}")
    pairs = [(value["made"], value["changed"]) for value in drawn if value.get("made") and value.get("changed")]
    assert len(pairs) > 5
    assert any(value.get("made", "") is None for value in drawn)
