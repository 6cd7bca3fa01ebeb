"""Defects in the rule catalogue and in what the schemas say of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from governance_contract import places, pointers
from governance_contract.document import Document, Node
from governance_contract.keywords import required_unless
from governance_contract.operations import operation_nodes
from governance_contract.rules import ASPECTS, CONDUCT_ASPECTS

_SAID_ELSEWHERE = {"required", "x-echo"}
"""Keywords that a member's `x-carries` may speak of although they stand on the object around it."""


def incomplete_rules(document: Document) -> Iterator[tuple[str, str]]:
    """Yield rules of an unknown aspect or operation, rules that nothing carries, a catalogue without a default."""
    rules = document.root["x-rules"]
    operations = {node.value.get("operationId") for _, node in operation_nodes(document)}
    carried = {rule for node in places.schemas(document) for _, rule in _carriers(node)}
    for rule_id, rule in rules.items():
        for message in _incomplete(rule_id, rule, operations, carried):
            yield pointers.join("x-rules", rule_id), message
    if not any("*" in rule.get("keywords", ()) for rule in rules.values()):
        yield "/x-rules", "no rule has '*' among its keywords, so a broken keyword could lead to no rule"


def misplaced_carriers(document: Document) -> Iterator[tuple[str, str]]:
    """Yield entries of `x-carries` that name an unknown rule, or a keyword that the schema does not have."""
    rules = document.root["x-rules"]
    for node in places.schemas(document):
        for keyword, rule in _carriers(node):
            where = f"{node.pointer}{pointers.join('x-carries', keyword)}"
            if rule not in rules:
                yield where, f"names the rule {rule}, which x-rules does not have"
            if keyword not in _SAID_ELSEWHERE and not _has_keyword(document, node, keyword):
                yield where, f"speaks of the keyword {keyword}, which this schema does not have"


_UNREADABLE = (
    "this if/then cannot be read: `if` must name one member by an enum, perhaps less a "
    "`not: {const: ...}`, and `then` must require one member, or say `not: {}` of members, or both"
)


def unreadable_conditions(document: Document) -> Iterator[tuple[str, str]]:
    """Yield `if`/`then` schemas that do not have the form that is understood."""
    for node in places.schemas(document):
        if node.has("then"):
            try:
                required_unless.read(document, node)
            except (LookupError, ValueError, AttributeError):
                yield node.pointer, _UNREADABLE


def _incomplete(rule_id: str, rule: Mapping[str, Any], operations: set[Any], carried: set[str]) -> Iterator[str]:
    aspect = rule.get("aspect")
    if aspect not in ASPECTS:
        known = ", ".join(sorted(ASPECTS))
        yield f"rule {rule_id} has the unknown aspect {aspect}; expected one of {known}"
    elif aspect not in CONDUCT_ASPECTS and rule_id not in carried and not rule.get("keywords"):
        yield f"rule {rule_id} of aspect {aspect} is carried by no keyword; name it in an x-carries"
    for operation in rule.get("operations", ()):
        if operation not in operations:
            yield f"rule {rule_id} holds for {operation}, which is no operation of this document"


def _carriers(node: Node) -> Iterator[tuple[str, str]]:
    carries = node.value.get("x-carries")
    if not isinstance(carries, Mapping):
        return
    for keyword, named in carries.items():
        for entry in named if isinstance(named, list) else [named]:
            yield keyword, entry["rule"] if isinstance(entry, Mapping) and "rule" in entry else str(entry)


def _has_keyword(document: Document, node: Node, keyword: str) -> bool:
    while not node.has(keyword):
        if not node.has("$ref"):
            return False
        try:
            node = document.at(node.value["$ref"])
        except LookupError:
            return True
    return True
