"""Which part of a valid request is to blame for its refusal: the smallest request that is still refused tells."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

from contract_tests.exchange import Exchange
from contract_tests.labels import REFUSED
from governance_contract import Contract, pointers
from governance_contract.document import Node
from governance_contract.keywords.types import type_names
from governance_contract.operations import Operation
from governance_contract.reading import examples_of
from governance_contract.resources import Field
from governance_contract.rules import Carried

MOST = 30
"""Requests that are sent for one cause at most."""

_ROUND = 1000
"""A number that every server takes as a limit."""

Answers = Callable[[dict[str, Any]], bool]


@dataclass(frozen=True)
class Cause:
    """Why an operation refuses valid bodies.

    `fields` are to blame, `rules` say that they are accepted, `steps` show that they are not. Without fields
    the smallest body is refused, or nobody has looked.
    """

    operation: str
    fields: Mapping[str, Any] = field(default_factory=dict)
    rules: tuple[Carried, ...] = ()
    steps: tuple[Exchange, ...] = field(default=(), repr=False)

    @property
    def pointer(self) -> str:
        """The first field that is to blame, none where it is the smallest body."""
        return next((pointers.join(name) for name in self.fields), "")

    @property
    def kind(self) -> str:
        """The kind of the defect: the refusal, with the other fields that are to blame."""
        others = list(self.fields)[1:]
        if others:
            return f"{REFUSED}-with-{'-'.join(others)}"
        return f"{REFUSED}-field" if self.fields else REFUSED

    def is_in(self, body: Mapping[str, Any]) -> bool:
        """Return whether a body has all that is to blame."""
        return all(name in body and body[name] == item for name, item in self.fields.items())


class Attribution:
    """Makes the body of an operation smaller and plainer as long as it is refused.

    `is_plain` says whether nothing may refuse a body, whatever the state is, and `is_accepted` sends it.
    """

    def __init__(self, contract: Contract, operation: Operation, is_plain: Answers, is_accepted: Answers) -> None:
        self._contract = contract
        self._operation = operation
        self._schema = contract.document.resolve(contract.request_schema(operation))
        self._resource = contract.resource_of(operation)
        self._is_plain = is_plain
        self._is_accepted = is_accepted
        self._left = MOST

    def smallest(self, body: dict[str, Any]) -> dict[str, Any]:
        """Return the body without all that it can lose, and as plain as it can become, and still be refused."""
        while True:
            simpler = next((each for each in self._candidates(body) if self._is_refused(each)), None)
            if simpler is None:
                return body
            body = simpler

    def optional(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Return the fields of a body that need not be there."""
        required = self._schema.value.get("required", ())
        return {name: item for name, item in body.items() if name not in required}

    def rules_of(self, smallest: dict[str, Any]) -> tuple[Carried, ...]:
        """Return the rules that say that the smallest refused body is accepted, none where no rule is of its own."""
        optional = self.optional(smallest)
        if not optional:
            return self._of_examples(smallest)
        if conditional := self._of_conditions(optional):
            return conditional
        name = next(iter(optional))
        if optional[name] in ([], {}):
            return self._of_examples(optional)
        if companion := self._of_companions(smallest):
            return companion
        if continued := self._of_continued_entries(self._property(self._schema, name), optional[name]):
            return continued
        shown = self._resource.shape.by_name.get(name)
        return self._deepest(self._property(self._schema, name), shown, optional[name]) if shown else ()

    def _is_refused(self, body: dict[str, Any]) -> bool:
        if self._left <= 0 or not self._is_plain(body):
            return False
        self._left -= 1
        return not self._is_accepted(body)

    def _candidates(self, body: dict[str, Any]) -> Iterator[dict[str, Any]]:
        named = {name: item for name, item in body.items() if name in self._resource.identity}
        for each in self._simpler(self._schema, body):
            if all(each[name] == item for name, item in named.items() if name in each):
                yield each

    def _simpler(self, node: Node, value: Any) -> Iterator[Any]:
        """Yield values that are simpler in one way, the greatest step first."""
        target = self._contract.document.resolve(node)
        if isinstance(value, dict):
            yield from self._without(target, value)
            for name, item in value.items():
                yield from ({**value, name: each} for each in self._simpler(self._property(target, name), item))
        elif isinstance(value, list) and len(value) > 1:
            yield from ([entry] for entry in value)
        elif isinstance(value, list) and value:
            yield from ([each] for each in self._simpler(target.child("items"), value[0]))
        elif not isinstance(value, list):
            yield from (each for each in self._plain(node) if each != value)

    def _plain(self, node: Node) -> list[Any]:
        """Return the plainest value for a schema that is no object: its first example, else a round number."""
        target = self._contract.document.resolve(node)
        is_number = {"integer", "number"} & {*type_names(target.value.get("type", ()))}
        return examples_of(self._contract.document, node)[:1] or [_ROUND] * bool(is_number)

    def _without(self, target: Node, value: dict[str, Any]) -> Iterator[dict[str, Any]]:
        optional = [name for name in value if name not in target.value.get("required", ())]
        for count in (1, 2):
            for names in combinations(optional, count):
                yield {name: item for name, item in value.items() if name not in names}

    def _property(self, target: Node, name: str) -> Node:
        return self._contract.document.resolve(target).child("properties", name)

    def _of_examples(self, body: Mapping[str, Any]) -> tuple[Carried, ...]:
        """Return the rules of fields that are as the document shows them."""
        for name, item in body.items():
            node = self._property(self._schema, name)
            if item in node.value.get("examples", ()):
                return self._carried(node, "examples")
        return ()

    def _of_conditions(self, optional: Mapping[str, Any]) -> tuple[Carried, ...]:
        """Return the rules that say what fields need to be accepted together."""
        for index, part in enumerate(self._schema.value.get("allOf", ())):
            named = {*part.get("if", {}).get("properties", {}), *part.get("then", {}).get("properties", {})}
            if named & optional.keys():
                return self._carried(self._schema.child("allOf", index), "then")
        return ()

    def _of_companions(self, smallest: dict[str, Any]) -> tuple[Carried, ...]:
        """Return the rule of a field that may be absent, where the body is accepted with it."""
        for name in self._schema.value.get("properties", {}):
            node = self._property(self._schema, name)
            carried = self._carried(node, "examples")
            full = [each for each in node.value.get("examples", ()) if isinstance(each, list) and each]
            if carried and full and name not in smallest and self._is_accepted({**smallest, name: full[0]}):
                return carried
        return ()

    def _of_continued_entries(self, node: Node, value: Any) -> tuple[Carried, ...]:
        """Return the rule of a list whose entries name those that they continue (`x-update`)."""
        told = node.value.get("x-update")
        keys = told["entries"][:1] if isinstance(told, Mapping) else ()
        entries = [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []
        is_continued = any(entry.get(key) is not None for entry in entries for key in keys)
        return self._carried(node, "x-update")[:1] if is_continued else ()

    def _deepest(self, node: Node, shown: Field, value: Any) -> tuple[Carried, ...]:
        """Return the rule of the part that is not plain, else that of the whole."""
        own = self._carried(shown.node, "x-echo")[:1]
        if isinstance(value, list):
            if len(value) != 1 or not isinstance(value[0], dict):
                return own
            node, value = self._contract.document.resolve(node).child("items"), value[0]
        if not isinstance(value, dict) or shown.shape is None:
            return own
        for name, item in value.items():
            part, inner = self._property(node, name), shown.shape.by_name.get(name)
            if inner is not None and item not in self._plain(part):
                carried = self._carried(part, "pattern") or self._carried(inner.node, "x-echo")
                return carried[:1] or own
        return own

    def _carried(self, node: Node, keyword: str) -> tuple[Carried, ...]:
        return self._contract.rules.carried_by(node.value, keyword)
