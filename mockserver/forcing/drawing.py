"""One attempt at an odd value for a schema: which members are there, which are null, how long lists are."""

from __future__ import annotations

import random
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from governance_contract import Contract
from governance_contract.document import Node
from governance_contract.keywords import allowed_when, uniqueness
from governance_contract.keywords.types import type_names
from governance_contract.values import comparable, first_of_each
from mockserver import problems
from mockserver.forcing.edges import edges
from mockserver.queries import Page
from mockserver.state.identity import identity_of

Pools = dict[tuple[str, str], tuple[Any, ...]]
"""The odd values that were found for a schema and for the one by which its values were sent, by their pointers."""

TRIES = 50
"""How often a value is drawn anew that breaks the document."""

_LONGEST_NESTED = 8
"""Entries of a list within a list."""

_DEEPEST, _MOST = 12, 2000
"""Objects in each other, and in all, beyond which a schema that contains itself is cut off."""

_PAGES = (0, 25, 100)
_BEYOND = (0, 1, 2**31, 2**53 + 1)
"""How many entries there may be beyond a full page."""


@dataclass(frozen=True)
class _Mood:
    """How often an optional member is absent, how often what may be null is null, and how long lists are."""

    absent: float
    null: float
    lengths: tuple[int, ...]


_MOODS = (
    _Mood(absent=0.9, null=0.5, lengths=(0, 1)),
    _Mood(absent=0.0, null=1.0, lengths=(0, 1, 2)),
    _Mood(absent=0.0, null=0.0, lengths=(1, 3, 40)),
    _Mood(absent=0.3, null=0.3, lengths=(0, 1, 2, 7)),
)


class Drawing:
    """One attempt at a body, in one mood."""

    def __init__(self, contract: Contract, pools: Pools, source: random.Random) -> None:
        self._contract = contract
        self._pools = pools
        self._source = source
        self._mood = source.choice(_MOODS)
        self._depth = 0
        self._objects = 0

    def page(self, count: int) -> tuple[Page, int]:
        """Return a page that holds `count` entries, and how many there are in all."""
        limit = self._source.choice([size for size in (count, *_PAGES) if size >= count])
        offset = limit * self._source.choice((0, 1, 10**6))
        if count < limit:
            return Page(limit, offset), offset + count if count else self._source.choice((0, offset))
        return Page(limit, offset), offset + count + self._source.choice(_BEYOND)

    def value(self, node: Node, twin: Node | None) -> Any:
        """Return a value for the schema `node`, and for `twin`, the schema by which it was once sent."""
        target = self._contract.document.resolve(node)
        twin = twin and self._contract.document.resolve(twin)
        types = type_names(target.value.get("type", ()))
        if "null" in types and self._happens(self._mood.null):
            return None
        if target.has("anyOf"):
            return self.value(self._branch(target), twin)
        if target.has("properties"):
            return self._resource(target) if target.has("x-resource") else self._object(target, twin)
        if target.has("items"):
            return self._list(target, twin)
        return self._leaf(node, twin)

    def _branch(self, target: Node) -> Node:
        branches = [target.child("anyOf", index) for index in range(len(target.value["anyOf"]))]
        nulls = [branch for branch in branches if branch.value.get("type") == "null"]
        others = [branch for branch in branches if branch not in nulls] or nulls
        return nulls[0] if nulls and self._happens(self._mood.null) else self._source.choice(others)

    def _resource(self, target: Node) -> dict[str, Any]:
        """Return a resource that the request which creates it could have asked for."""
        names = target.value.get("x-echo", ())
        twin = self._contract.document.schema(names[0]) if names else None
        for _ in range(TRIES):
            made = self._object(target, twin)
            if twin is None or self._contract.validator(twin).is_valid(_sent(twin, made)):
                break
        return made

    def _object(self, target: Node, twin: Node | None) -> dict[str, Any]:
        required, key = target.value.get("required", ()), target.value.get("x-resource", {}).get("key")
        absent = 1 if self._is_full() else self._mood.absent
        made: dict[str, Any] = {}
        self._depth += 1
        self._objects += 1
        for name, schema in target.value["properties"].items():
            if name not in required and self._happens(absent):
                continue
            member = target.child("properties", name)
            if name == key or schema.get("x-generated") == "id":
                made[name] = self._name(member)
            else:
                made[name] = self.value(member, _member(twin, name))
        self._depth -= 1
        for name in sorted(_ignored(twin, made) & made.keys()):
            self._empty(target.child("properties", name), name, made)
        while names := _not_allowed(target, made) | _not_allowed(twin, made):
            for name in sorted(names):
                self._empty(target.child("properties", name), name, made)
        return self._agreed(target, made)

    def _empty(self, member: Node, name: str, made: dict[str, Any]) -> None:
        """Leave no value in a member: null where it may be null, in this mood, else nothing at all."""
        if "null" in type_names(member.value.get("type", ())) and self._happens(self._mood.null):
            made[name] = None
        else:
            del made[name]

    def _agreed(self, target: Node, made: dict[str, Any]) -> dict[str, Any]:
        """Return `made` with its members as the document derives them from each other."""
        for name in list(made):
            derived = target.value["properties"][name].get("x-derived", {})
            if "first-of" in derived:
                made[name] = next(iter(made.get(derived["first-of"]) or ()), None)
            if "name-of" in derived and made.get(derived["name-of"]) is None:
                made[name] = None
            member = self._contract.document.resolve(target.child("properties", name))
            if made[name] and member.has("items"):
                made[name] = self._copied_down(member.child("items"), made[name], made)
        return _in_order(target.value["properties"], made)

    def _copied_down(self, node: Node, entries: list[Any], owner: Mapping[str, Any]) -> list[Any]:
        """Return `entries`, of the schema `node`, with the members that copy one of `owner`."""
        entry = self._contract.document.resolve(node)
        copied = {
            name: owner[schema["x-derived"]["copy-of"]]
            for name, schema in entry.value.get("properties", {}).items()
            if schema.get("x-derived", {}).get("copy-of") in owner
        }
        return [{**each, **{n: v for n, v in copied.items() if n in each}} if copied else each for each in entries]

    def _list(self, target: Node, twin: Node | None) -> list[Any]:
        entry, sent = target.child("items"), twin.child("items") if twin and twin.has("items") else None
        made = [self.value(entry, sent) for _ in range(self._length(target.value))]
        return self._distinct(target, twin, made)

    def _length(self, schema: Mapping[str, Any]) -> int:
        most = _LONGEST_NESTED if self._depth > 1 else max(self._mood.lengths)
        most = 0 if self._is_full() else min(most, schema.get("maxItems", most))
        return int(max(schema.get("minItems", 0), min(self._source.choice(self._mood.lengths), most)))

    def _distinct(self, target: Node, twin: Node | None, entries: list[Any]) -> list[Any]:
        """Return `entries` without those that the document does not let stand beside the others."""
        document = self._contract.document
        resource = document.resolve(target.child("items")).value
        entries = uniqueness.distinct(entries, uniqueness.keys_of(twin.value)) if twin else entries
        if "x-identity" in resource:
            entries = first_of_each(entries, lambda entry: identity_of(entry, resource["x-identity"]))
        if target.value.get("uniqueItems"):
            entries = first_of_each(entries)
        return entries

    def _leaf(self, node: Node, twin: Node | None) -> Any:
        place = (node.pointer, twin.pointer if twin else "")
        if place not in self._pools:
            self._pools[place] = tuple(self._fitting(node, twin))
        if not self._pools[place]:
            raise problems.unfit_preference(f"dynamic: no value is known for {node.pointer}; give the schema examples")
        return self._source.choice(self._pools[place])

    def _fitting(self, node: Node, twin: Node | None) -> Iterator[Any]:
        """Yield each odd value that keeps both schemas, once."""
        validators = [self._contract.validator(each) for each in (node, twin) if each]
        seen = set()
        for each in (node, self._contract.document.resolve(node), twin):
            for value in edges(each.value) if each else ():
                told = comparable(value)
                if told not in seen and all(validator.is_valid(value) for validator in validators):
                    seen.add(told)
                    yield value

    def _name(self, node: Node) -> Any:
        """Return a text that no other member has, for what tells entries apart, where the schema allows one."""
        plain = str(uuid.UUID(int=self._source.getrandbits(128), version=4))
        odd = self._source.choice((plain, f"a/b%2F {plain}", f"👾-{plain}", "long-" * 40 + plain))
        fitting = (text for text in (odd, plain) if self._contract.validator(node).is_valid(text))
        return next(fitting, None) or self._leaf(node, None)

    def _is_full(self) -> bool:
        return self._depth >= _DEEPEST or self._objects >= _MOST

    def _happens(self, probability: float) -> bool:
        return self._source.random() < probability


def _member(twin: Node | None, name: str) -> Node | None:
    has_it = twin is not None and name in twin.value.get("properties", {})
    return twin.child("properties", name) if twin and has_it else None


def _ignored(twin: Node | None, made: Mapping[str, Any]) -> set[str]:
    """Return the members that a request would not have set beside the others (`x-ignored-when`)."""
    properties = twin.value.get("properties", {}) if twin else {}
    conditions = {name: schema["x-ignored-when"] for name, schema in properties.items() if "x-ignored-when" in schema}
    return {name for name, told in conditions.items() if all(made.get(other) == told[other] for other in told)}


def _not_allowed(node: Node | None, made: Mapping[str, Any]) -> set[str]:
    """Return the members that must not stand beside the others (`x-allowed-when`)."""
    conditions = node.value.get(allowed_when.NAME, {}) if node else {}
    return {str(fault.path[0]) for fault in allowed_when.validate(made, conditions)}


def _sent(twin: Node, made: Mapping[str, Any]) -> dict[str, Any]:
    return {name: made[name] for name in twin.value.get("properties", {}) if made.get(name) is not None}


def _in_order(properties: Mapping[str, Any], made: dict[str, Any]) -> dict[str, Any]:
    """Return `made` with no change before its creation (RESP-04)."""
    names = {schema.get("x-generated"): name for name, schema in properties.items() if name in made}
    pair = [names[each] for each in ("created", "updated") if isinstance(made.get(names.get(each, "")), str)]
    instants = sorted((made[name] for name in pair), key=datetime.fromisoformat)
    return {**made, **dict(zip(pair, instants, strict=True))}
