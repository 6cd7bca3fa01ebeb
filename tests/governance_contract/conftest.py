"""Valid request bodies as Hypothesis strategies, derived from the schemas of the document."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from hypothesis import strategies as st

from governance_contract import Contract, reading
from governance_contract.document import Document, Node
from governance_contract.keywords.types import type_names
from governance_contract.repairs import repaired

Strategy = st.SearchStrategy[Any]

_NAMES = st.one_of(
    st.sampled_from(["*", "gpt-4o", "vertex/gemini-2.5", "名前", "نموذج", "😀", "a%2Fb", " spaced ", "x" * 300]),
    st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1, max_size=8).filter(
        lambda text: text.strip("\ufeff \u00a0") == text.strip() != ""
    ),
)
_NUMBERS = st.one_of(
    st.sampled_from([0.01, 0.29, 19.99, 1, 25.5, 1e-300, 1e300, 2**63, 10**30]),
    st.integers(1, 10**12),
    st.floats(0, exclude_min=True, allow_infinity=False, allow_nan=False),
)


@pytest.fixture(scope="session")
def bodies(contract: Contract) -> Callable[[str], Strategy]:
    """Return the maker of a strategy of valid bodies for an operation."""

    def of(operation_id: str) -> Strategy:
        schema = contract.request_schema(contract.operations[operation_id])
        return _values(contract.document, contract.document.resolve(schema))

    return of


def _values(document: Document, node: Node) -> Strategy:
    target = document.resolve(node)
    if target.has("enum"):
        return st.sampled_from(target.value["enum"])
    return st.one_of([_TYPES[name](document, target) for name in type_names(target.value["type"])])


def _strings(document: Document, node: Node) -> Strategy:
    examples = reading.examples_of(document, node)
    if "Duration" in node.tokens:
        return st.one_of(st.sampled_from(examples), st.from_regex(r"[1-9][0-9]{0,4}[smhdwMY]", fullmatch=True))
    return st.one_of(_NAMES, st.sampled_from(examples)) if examples else _NAMES


def _numbers(_document: Document, _node: Node) -> Strategy:
    return _NUMBERS


def _integers(_document: Document, node: Node) -> Strategy:
    lowest, highest = node.value.get("minimum", -(2**63)), node.value.get("maximum", 2**63 - 1)
    edges = st.sampled_from([lowest, lowest + 1, highest - 1, highest, 1.0, 1e3])
    return st.one_of(edges, st.integers(lowest, highest))


def _arrays(document: Document, node: Node) -> Strategy:
    entry = _values(document, node.child("items"))
    if "uniqueItems" in node.value:
        return st.lists(entry, max_size=4, unique_by=repr)
    entries = st.lists(entry, max_size=4)
    if "uniqueItemProperties" not in node.value:
        return entries
    return entries.map(lambda value: repaired(document, node, value))


def _objects(document: Document, node: Node) -> Strategy:
    members = {name: _values(document, node.child("properties", name)) for name in node.value["properties"]}
    required = node.value.get("required", ())
    optional = {name: strategy for name, strategy in members.items() if name not in required}
    made: Strategy = st.fixed_dictionaries({name: members[name] for name in required}, optional=optional)
    return made.map(lambda value: repaired(document, node, value))


_TYPES: Mapping[str, Callable[[Document, Node], Strategy]] = {
    "null": lambda _document, _node: st.none(),
    "string": _strings,
    "boolean": lambda _document, _node: st.booleans(),
    "number": _numbers,
    "integer": _integers,
    "array": _arrays,
    "object": _objects,
}
