"""The page that the document follows, held against the document word by word and member by member."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from governance_contract import Contract, yaml_source
from governance_contract.document import Node
from governance_contract.keywords.types import type_names

SEED = Path(__file__).parents[2] / "docs" / "seed"
PAGE = (SEED / "create-model-config.txt").read_text(encoding="utf-8")
TRACE: Mapping[str, Any] = yaml_source.read(SEED / "trace.yaml")
QUOTES: tuple[Mapping[str, Any], ...] = tuple(TRACE["quotes"])
MEMBERS: Mapping[str, Mapping[str, Any]] = TRACE["response"]

_START = PAGE.index("{")
SAMPLE, _LENGTH = json.JSONDecoder().raw_decode(PAGE[_START:])
PROSE = (PAGE[:_START] + PAGE[_START + _LENGTH :]).split()


def _places(quote: str) -> list[int]:
    words = quote.split()
    return [start for start in range(len(PROSE)) if PROSE[start : start + len(words)] == words]


def _claims(kind: str) -> list[tuple[str, str, Any]]:
    return [(quote["quote"], at, claim) for quote in QUOTES for at, claim in quote.get(kind, {}).items()]


def _plain(text: str) -> str:
    return " ".join(text.replace("`", "").split())


def _members(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Yield every member of the sample by its path, `*` for the entries of a list."""
    below = value.items() if isinstance(value, dict) else [("*", entry) for entry in value]
    for name, item in below:
        where = f"{path}/{name}" if path else name
        yield where, item
        if isinstance(item, dict | list):
            yield from _members(item, where)


def _described(contract: Contract, path: str) -> Node:
    """Return the schema to which the response schema of the operation leads along `path`."""
    document = contract.document
    node = contract.operations["createModelConfig"].schema_of(200)
    for token in path.split("/"):
        owner = document.resolve(node)
        owner = document.resolve(owner.child("anyOf", 0)) if owner.has("anyOf") else owner
        node = owner.child("items") if token == "*" else owner.child("properties", token)
    return document.resolve(node) if path.endswith("*") else node


def _schema_type(value: Any) -> str:
    types = {bool: "boolean", dict: "object", int: "number", list: "array", str: "string"}
    return types[type(value)]


@pytest.mark.parametrize("quote", [*TRACE["navigation"], *(entry["quote"] for entry in QUOTES)])
def test_a_quote_stands_on_the_page_once(quote: str) -> None:
    assert len(_places(quote)) == 1


def test_every_word_of_the_page_is_quoted() -> None:
    quoted: set[int] = set()
    for quote in (*TRACE["navigation"], *(entry["quote"] for entry in QUOTES)):
        for start in _places(quote):
            quoted.update(range(start, start + len(quote.split())))
    assert [word for index, word in enumerate(PROSE) if index not in quoted] == []


@pytest.mark.parametrize("entry", QUOTES, ids=lambda entry: entry["quote"])
def test_a_quote_leads_to_the_document_and_to_rules(contract: Contract, entry: Mapping[str, Any]) -> None:
    assert entry.keys() <= {"quote", "text", "holds", "lists", "lacks", "says", "rules"}
    assert any(entry.get(kind) for kind in ("holds", "lists", "says"))
    assert entry["rules"]
    assert [rule for rule in entry["rules"] if rule not in contract.rules] == []


@pytest.mark.parametrize(("quote", "at", "claim"), _claims("holds"))
def test_the_document_holds_the_value_that_the_page_gives(contract: Contract, quote: str, at: str, claim: Any) -> None:
    assert contract.document.at(at).value == claim, quote


@pytest.mark.parametrize(("quote", "at", "claim"), _claims("lists"))
def test_the_document_lists_what_the_page_names(contract: Contract, quote: str, at: str, claim: Any) -> None:
    assert claim in contract.document.at(at).value, quote


@pytest.mark.parametrize(("quote", "at", "claim"), _claims("lacks"))
def test_the_document_does_not_require_what_the_page_leaves_optional(
    contract: Contract, quote: str, at: str, claim: Any
) -> None:
    assert claim not in contract.document.at(at).value, quote


@pytest.mark.parametrize("entry", [entry for entry in QUOTES if "says" in entry], ids=lambda entry: entry["quote"])
def test_the_document_says_what_the_page_says(contract: Contract, entry: Mapping[str, Any]) -> None:
    text = _plain(entry.get("text", entry["quote"])).rstrip(".,")
    assert text in entry["quote"]
    for at in entry["says"]:
        assert text in _plain(contract.document.at(at).value)


def test_every_member_of_the_sample_response_is_traced() -> None:
    assert list(MEMBERS) == [path for path, _ in _members(SAMPLE)]


@pytest.mark.parametrize("path", MEMBERS)
def test_a_member_of_the_sample_is_described_where_the_trace_says(contract: Contract, path: str) -> None:
    assert _described(contract, path).pointer == MEMBERS[path]["at"]
    assert [rule for rule in MEMBERS[path]["rules"] if rule not in contract.rules] == []


@pytest.mark.parametrize(("path", "value"), list(_members(SAMPLE)))
def test_a_member_of_the_sample_has_the_type_that_the_document_gives(contract: Contract, path: str, value: Any) -> None:
    schema = contract.document.resolve(_described(contract, path))
    schema = contract.document.resolve(schema.child("anyOf", 0)) if schema.has("anyOf") else schema
    allowed = {"number" if name == "integer" else name for name in type_names(schema.value["type"])}
    assert _schema_type(value) in allowed
    is_instant = isinstance(value, str) and value.startswith("2023-")
    assert (schema.value.get("format") == "date-time") == is_instant


def test_the_sample_response_is_valid_by_the_document(contract: Contract) -> None:
    schema = contract.operations["createModelConfig"].schema_of(200)
    assert contract.validator(schema).violations(SAMPLE) == ()
