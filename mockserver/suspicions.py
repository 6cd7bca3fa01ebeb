"""Requests that are accepted and yet look like a mistake, as far as the document tells."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from typing import Any
from urllib.parse import parse_qsl

import orjson

from governance_contract import pointers
from governance_contract.closest import closest
from governance_contract.document import Document, Node
from governance_contract.keywords import uniqueness
from governance_contract.operations import Operation
from governance_contract.resources import Counter, Shape
from governance_contract.values import comparable
from mockserver.actions import Api
from mockserver.bodies import defaults_of
from mockserver.exchange import Request, Suspicion
from mockserver.queries import typed
from mockserver.state import windows

IDS = (
    "ignored-member",
    "unknown-member",
    "equal-windows",
    "minutes-beside-months",
    "window-without-limit",
    "unknown-parameter",
    "capped-parameter",
)
"""All that there is to suspect, as docs/errors.md lists it."""

MOST = 50
"""How many suspicions a request is told of."""

Path = tuple[str | int, ...]


@dataclass(frozen=True)
class _Place:
    """What a request may have at one place, and beside it what answers have there and requests have not."""

    members: Mapping[str, _Place] = field(default_factory=dict)
    answered: frozenset[str] = frozenset()
    counters: tuple[Counter, ...] = ()
    windows: tuple[tuple[str, uniqueness.Key], ...] = ()
    """The members of keys of a list that say how long a window is, each with the rest of its key."""
    ignored_when: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    defaults: Mapping[str, Any] = field(default_factory=dict)

    @cached_property
    def effects(self) -> frozenset[str]:
        """The members that have no effect beside some values of others, or without them."""
        return frozenset((*self.ignored_when, *(counter.window for counter in self.counters)))


class Watch:
    """Looks at the accepted requests of one operation."""

    def __init__(self, api: Api, operation: Operation) -> None:
        shape = api.shapes[operation.resource].shape
        self._operation = operation
        self._parameters = {parameter.name: parameter for parameter in operation.parameters_in("query")}
        schema = operation.request_schema
        self._body = _place(api.contract.document, schema, shape) if schema is not None else None

    def suspicions(self, request: Request) -> tuple[Suspicion, ...]:
        """Return what looks like a mistake in a request that was accepted, the first of it."""
        if self._body is None and not request.query:
            return ()
        return tuple(islice(self._found(request), MOST))

    def _found(self, request: Request) -> Iterator[Suspicion]:
        if request.query:
            yield from self._in_query(request.query)
        value = _object_in(request.body) if self._body is not None else None
        if self._body is not None and value is not None:
            yield from self._in_object(self._body, value, ())

    def _in_query(self, query: str) -> Iterator[Suspicion]:
        for name, text in parse_qsl(query, keep_blank_values=True, errors="replace"):
            parameter = self._parameters.get(name)
            if parameter is None:
                meant = _meant(name, self._parameters)
                message = f"{self._operation.id} ignores {name}, which it does not know{meant}"
                yield Suspicion("unknown-parameter", f"query/{name}", message)
            elif told := parameter.extensions.get("x-page"):
                value = typed(parameter, text)
                if isinstance(value, int) and value > told["maximum"]:
                    message = f"{name} is treated as {told['maximum']}, the greatest"
                    yield Suspicion("capped-parameter", f"query/{name}", message)

    def _in_object(self, place: _Place, value: Mapping[str, Any], path: Path) -> Iterator[Suspicion]:
        for name, item in value.items():
            if name not in place.members:
                yield self._unknown(place, name, (*path, name))
            elif isinstance(item, dict):
                yield from self._in_object(place.members[name], item, (*path, name))
            elif isinstance(item, list):
                yield from self._in_list(place.members[name], item, (*path, name))
        if not place.effects.isdisjoint(value):
            yield from _without_effect(place, value, path)

    def _in_list(self, place: _Place, entries: list[Any], path: Path) -> Iterator[Suspicion]:
        for index, entry in enumerate(entries):
            if isinstance(entry, dict):
                yield from self._in_object(place, entry, (*path, index))
        if len(entries) > 1:
            for member, rest in place.windows:
                yield from _alike(entries, member, rest, path)

    def _unknown(self, place: _Place, name: str, path: Path) -> Suspicion:
        meant, ignores = _meant(name, place.members), f"{self._operation.id} ignores {name}"
        if name in place.answered:
            message = f"{ignores}, which no such request can set{meant}"
            return Suspicion("ignored-member", pointers.join(*path), message)
        return Suspicion("unknown-member", pointers.join(*path), f"{ignores}, which it does not know{meant}")


def _object_in(body: bytes) -> Mapping[str, Any] | None:
    """Return the JSON object in a body; None for anything else, which nobody asked the body's reader about."""
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    return value if isinstance(value, dict) else None


def _without_effect(place: _Place, value: Mapping[str, Any], path: Path) -> Iterator[Suspicion]:
    for name, condition in place.ignored_when.items():
        if value.get(name) is None:
            continue
        counting = {**place.defaults, **value}
        if all(counting.get(other) == wanted for other, wanted in condition.items()):
            reason = " and ".join(f"{other} is {wanted}" for other, wanted in condition.items())
            yield Suspicion("ignored-member", pointers.join(*path, name), f"{name} is ignored when {reason}")
    for counter in place.counters:
        if counter.window in value and value.get(counter.limit) is None:
            message = f"{counter.window} has no effect without {counter.limit}"
            yield Suspicion("window-without-limit", pointers.join(*path, counter.window), message)


def _alike(entries: list[Any], member: str, rest: uniqueness.Key, path: Path) -> Iterator[Suspicion]:
    """Yield the windows of entries that are equal in `rest` and may be meant to be one, or to differ otherwise."""
    groups: dict[Hashable, dict[int, str]] = {}
    for index, entry in enumerate(entries):
        text = entry.get(member) if isinstance(entry, dict) else None
        if text and windows.is_duration(text):
            groups.setdefault(tuple(comparable(entry.get(name)) for name in rest), {})[index] = text
    for texts in groups.values():
        yield from _alike_in(texts, member, path)


def _alike_in(texts: Mapping[int, str], member: str, path: Path) -> Iterator[Suspicion]:
    """Yield the windows that are as long as an earlier one, and those of minutes beside months."""
    sized = [(index, text, size) for index, text in texts.items() if (size := windows.size(text)) is not None]
    months = next((text for _, text, _ in sized if text.endswith("M")), None)
    firsts: dict[tuple[int, int], tuple[int, str]] = {}
    for index, text, size in sized:
        twin, first = firsts.setdefault(size, (index, text))
        if twin != index:
            message = f"{text} is as long as {first} of entry {twin}"
            yield Suspicion("equal-windows", pointers.join(*path, index, member), message)
        if months is not None and text.endswith("m"):
            message = f"{text} is minutes, and {months} beside it months; the case of the unit matters"
            yield Suspicion("minutes-beside-months", pointers.join(*path, index, member), message)


def _meant(name: str, known: Mapping[str, Any]) -> str:
    found = closest(name, tuple(known))
    return f"; did you mean {found}?" if found else ""


def _place(document: Document, schema: Node, shape: Shape | None) -> _Place:
    target = document.resolve(schema)
    if target.has("items"):
        counted = {counter.window for counter in shape.counters} if shape else set()
        entry = _place(document, target.child("items"), shape)
        windows_of = tuple(
            (name, tuple(other for other in key if other != name))
            for key in uniqueness.keys_of(target.value)
            for name in key
            if name in counted
        )
        return _Place(entry.members, entry.answered, entry.counters, windows_of, entry.ignored_when, entry.defaults)
    properties = target.value.get("properties", {})
    answered = {member.name: member.shape for member in shape.fields} if shape else {}
    return _Place(
        members={name: _place(document, target.child("properties", name), answered.get(name)) for name in properties},
        answered=frozenset(answered),
        counters=tuple(c for c in shape.counters if {c.window, c.limit} <= set(properties)) if shape else (),
        ignored_when={n: each["x-ignored-when"] for n, each in properties.items() if "x-ignored-when" in each},
        defaults=defaults_of(properties),
    )
