"""The kinds of deviations from the contract: for each a function that does what a real server does."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from typing import Any

import jsonschema_rs
import orjson

from governance_contract import pointers
from governance_contract.document import Document, Node
from governance_contract.resources import Shape
from governance_contract.validation import Violation
from governance_contract.values import ABSENT
from mockserver import problems
from mockserver.envelopes import Outcome
from mockserver.exchange import Response
from mockserver.problems import Problem
from mockserver.state import windows
from mockserver.state.records import Item, Record
from mockserver.state.store import Collection

_ANY_DAY = datetime(2026, 1, 1, tzinfo=UTC)
"""An instant to compare the lengths of windows at."""


@dataclass(frozen=True)
class Deviation:
    """One thing that a real server does differently: its name, what it is, its kind, and what the data say beside."""

    name: str
    description: str
    kind: str
    told: Mapping[str, Any] = field(repr=False)

    def concerns(self, operation: str) -> bool:
        """Return whether this deviation is one of the operation with this id."""
        return operation in self.told.get("operations", (operation,))


def with_status(deviations: Sequence[Deviation], problem: Problem) -> Problem:
    """Return a refusal with the status of the deviations (`status`) that all of its violations fall under."""
    statuses = [_status_of(deviations, violation) for violation in problem.violations]
    if not statuses or not all(status == statuses[0] for status in statuses):
        return problem
    return replace(problem, status=statuses[0] or problem.status)


def _status_of(deviations: Sequence[Deviation], violation: Violation) -> int | None:
    matching = (each for each in deviations if _is_of(each, violation))
    return next((each.told["status"] for each in matching), None)


def _is_of(deviation: Deviation, violation: Violation) -> bool:
    if not any(fnmatchcase(violation.rule, pattern) for pattern in deviation.told["rules"]):
        return False
    wanted = deviation.told.get("received")
    return wanted is None or (violation.received is not ABSENT and jsonschema_rs.is_valid(wanted, violation.received))


def refuse(deviation: Deviation, body: Any) -> None:
    """Refuse a body that keeps the schema of the deviation (`refusal`).

    Raises:
        Problem: it does.
    """
    if jsonschema_rs.is_valid(deviation.told["when"], body):
        raise problems.refused_by_dialect(deviation.told["message"], deviation.told["status"])


@dataclass(frozen=True)
class Names:
    """The documented members at one place of a body by their names in lower case, each with those below it."""

    members: Mapping[str, tuple[str, Names]] = field(default_factory=dict)


def names_in(document: Document, schema: Node) -> Names:
    """Return the names that a schema of the document declares."""
    target = document.resolve(schema)
    if target.has("items"):
        return names_in(document, target.child("items"))
    properties = target.value.get("properties", {})
    below = {name: names_in(document, target.child("properties", name)) for name in properties}
    return Names({name.casefold(): (name, under) for name, under in below.items()})


def respelt(names: Names, value: Any) -> Any:
    """Return a body with its members named as documented, however they are cased (`any-case`); the last one counts."""
    if isinstance(value, list):
        return [respelt(names, entry) for entry in value]
    if not isinstance(value, dict):
        return value
    found = {}
    for name, item in value.items():
        spelt, below = names.members.get(name.casefold(), (name, Names()))
        found[spelt] = respelt(below, item)
    return found


_ORDERS: Mapping[str, Callable[[Collection], Iterable[Record]]] = {
    "oldest-first": lambda collection: collection.all(),
    "newest-first": lambda collection: reversed(list(collection.all())),
    "by-key": lambda collection: sorted(collection.all(), key=lambda record: record.key),
}


def arranged(deviation: Deviation, collection: Collection, query: str) -> Iterable[Record]:
    """Return the records of a collection in the order (`order`) of a list with or without query parameters."""
    return _ORDERS[deviation.told["paged" if query else "unpaged"]](collection)


def without_list(outcome: Outcome, query: str) -> Outcome:
    """Return what a list found, null in the place of an empty list (`null-list`) unless parameters were sent."""
    return outcome if query or outcome.items else outcome._replace(items=None)


def inherited(shape: Shape, entry: Item, old: Sequence[Item]) -> Item:
    """Return what a new entry takes over from the old one with the next shorter window (`inherited-usage`)."""
    found = {}
    for counter in shape.counters:
        own = _length(entry.get(counter.window))
        shorter = [(length, each) for each in old if (length := _length(each.get(counter.window))) < own]
        if shorter:
            found[counter.member] = max(shorter, key=lambda pair: pair[0])[1][counter.member]
    return found


def _length(duration: Any) -> datetime:
    """Return when a window ends that begins on any day; one that no duration ends is longer than all."""
    return windows.later(_ANY_DAY, duration) if windows.is_duration(duration) else windows.NEVER


def extended(deviation: Deviation, outcome: Outcome) -> Outcome:
    """Return what was found with the further members of its resources (`extra-members`)."""
    item = None if outcome.item is None else _extended(deviation, outcome.item)
    items = outcome.items and [_extended(deviation, each) for each in outcome.items]
    return outcome._replace(item=item, items=items)


def _extended(deviation: Deviation, resource: Any) -> Any:
    for member in deviation.told["members"]:
        for path in list(_places(resource, pointers.split(member["at"]))):
            owner = pointers.get(resource, path)
            value = _value(owner, member)
            if isinstance(owner, dict) and value is not ABSENT:
                resource = pointers.replaced(resource, path, {**owner, member["name"]: value})
    return resource


def _places(value: Any, tokens: Sequence[str]) -> Iterator[tuple[str | int, ...]]:
    """Yield the paths in `value` that `tokens` lead along; `*` is each entry of a list."""
    if not tokens:
        yield ()
        return
    head, *rest = tokens
    keys: Iterable[str | int] = range(len(value)) if head == "*" and isinstance(value, list) else (head,)
    for key in keys:
        below = _at(value, (key,))
        if below is not ABSENT:
            yield from ((key, *path) for path in _places(below, rest))


def _value(owner: Any, member: Mapping[str, Any]) -> Any:
    if "copy" in member:
        return _at(owner, pointers.split(member["copy"]))
    hashed = [owner.get(name) for name in member["hash"]] if isinstance(owner, dict) else []
    return hashlib.sha256(orjson.dumps(hashed)).hexdigest()


def _at(value: Any, path: Sequence[str | int]) -> Any:
    try:
        return pointers.get(value, path)
    except LookupError:
        return ABSENT


def hidden(deviation: Deviation, response: Response) -> Response:
    """Return an answer without the headers of the deviation (`hidden-headers`)."""
    names = {name.lower() for name in deviation.told["names"]}
    kept = {name: value for name, value in response.headers.items() if name.lower() not in names}
    return response._replace(headers=kept)
