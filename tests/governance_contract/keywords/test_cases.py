"""What each keyword accepts and refuses, by tables that were written out by hand; a second schema engine agrees."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from jsonschema.protocols import Validator as Engine

from governance_contract import load_contract
from governance_contract.document import Document
from governance_contract.keywords import KEYWORDS, STANDARD
from governance_contract.validation import Validator

CASES: list[dict[str, Any]] = yaml.safe_load(Path(__file__).with_name("cases.yaml").read_text(encoding="utf-8"))
ACCEPTED = [(case["schema"], value) for case in CASES for value in case["accepts"]]
REFUSED = [(case["schema"], json.loads(text), expected) for case in CASES for text, expected in case["refuses"].items()]

MakeValidator = Callable[[dict[str, Any]], Validator]


@pytest.fixture(scope="session")
def validator_of() -> MakeValidator:
    """Return the maker of validators for one schema, which stands in a document of its own."""
    catalogue = load_contract().rules

    def make(schema: dict[str, Any]) -> Validator:
        root = {"components": {"schemas": {"Value": schema}}}
        document = Document(Path("value.yaml"), "", root)
        return Validator(document, document.schema("Value"), catalogue)

    return make


def _other_engine(schema: dict[str, Any]) -> Engine:
    extend: Callable[..., Callable[[Any], Engine]] = jsonschema.validators.extend
    own = {
        "uniqueItemProperties": _unique_item_properties,
        "x-unique-by": _unique_by,
        "x-allowed-when": _allowed_when,
    }
    return extend(jsonschema.Draft202012Validator, own)(schema)


def _unique_item_properties(
    _engine: Engine, members: list[str], instance: Any, _schema: Any
) -> Iterator[jsonschema.ValidationError]:
    """Compare the entries pair by pair, by the equality of the other engine."""
    entries = [each for each in instance if isinstance(each, dict)] if isinstance(instance, list) else []
    for member in members:
        values = [entry[member] for entry in entries if member in entry]
        if not jsonschema.Draft202012Validator({"uniqueItems": True}).is_valid(values):
            yield jsonschema.ValidationError(f"{member} repeats")


def _unique_by(
    _engine: Engine, members: list[str], instance: Any, _schema: Any
) -> Iterator[jsonschema.ValidationError]:
    """Compare the tuples pair by pair, by the equality of the other engine."""
    entries = [each for each in instance if isinstance(each, dict)] if isinstance(instance, list) else []
    tuples = [[entry[member] for member in members] for entry in entries if {*members} <= {*entry}]
    if not jsonschema.Draft202012Validator({"uniqueItems": True}).is_valid(tuples):
        yield jsonschema.ValidationError("a tuple repeats")


def _allowed_when(
    _engine: Engine, conditions: dict[str, dict[str, str]], instance: Any, _schema: Any
) -> Iterator[jsonschema.ValidationError]:
    """Say the same by keywords of JSON Schema; its `$` is that of ECMA 262, which Python's is not."""
    for member, patterns in conditions.items():
        siblings = {name: {"type": "string", "pattern": text.replace("$", r"\Z")} for name, text in patterns.items()}
        is_there = {"type": "object", "required": [member], "properties": {member: {"not": {"type": "null"}}}}
        rule = {"if": is_there, "then": {"required": [*siblings], "properties": siblings}}
        if not jsonschema.Draft202012Validator(rule).is_valid(instance):
            yield jsonschema.ValidationError(f"{member} is not allowed")


def test_every_keyword_has_a_table() -> None:
    assert set(KEYWORDS) <= {name for case in CASES for name in case["schema"]}


@pytest.mark.parametrize(("schema", "value"), ACCEPTED, ids=str)
def test_a_value_is_accepted(schema: dict[str, Any], value: Any, validator_of: MakeValidator) -> None:
    assert validator_of(schema).violations(value) == ()
    assert _other_engine(schema).is_valid(value)


@pytest.mark.parametrize(("schema", "value", "expected"), REFUSED, ids=str)
def test_a_value_is_refused_and_told_what_is_expected(
    schema: dict[str, Any], value: Any, expected: str, validator_of: MakeValidator
) -> None:
    assert expected in [each.expected for each in validator_of(schema).violations(value)]
    assert not _other_engine(schema).is_valid(value)


@pytest.mark.parametrize("case", CASES, ids=lambda case: ",".join(case["schema"]))
def test_every_mutation_is_refused_by_both_engines(case: dict[str, Any], validator_of: MakeValidator) -> None:
    validator, other, schema = validator_of(case["schema"]), _other_engine(case["schema"]), case["schema"]
    for name in (name for name in schema if name in STANDARD):
        for value in case["accepts"]:
            for mutation in STANDARD[name].mutate(value, schema):
                assert not validator.is_valid(mutation.value), mutation.told
                assert not other.is_valid(mutation.value), mutation.told
