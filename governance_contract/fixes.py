"""The smallest fix of each violation in a value, as far as the document alone can tell."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from governance_contract import pointers, reading
from governance_contract.closest import closest
from governance_contract.document import Document, Node
from governance_contract.edits import Edit, Fix
from governance_contract.keywords import KEYWORDS
from governance_contract.validation import Validator, Violation
from governance_contract.values import ABSENT, same, without

Path = tuple[str | int, ...]

_SHOWN = 100
"""Characters of a value that a sentence shows."""

_LONGEST = 10_000
"""Characters of a text that is mended; what is longer was no slip of the pen."""

_EXPLAINED = 100
"""How many violations get a fix; nobody mends more before sending again."""

_ENTRIES = 100
"""Entries of a list that are looked at for each violation in it, so that a long list costs no more than it must."""


_PLACES = 1000
"""Places that are remembered; requests could name ever new ones."""


@dataclass(frozen=True)
class _Offer:
    """The documented values that may stand at one path: those in request bodies, each with its owner, and all."""

    in_bodies: tuple[tuple[Any, Any], ...]
    elsewhere: tuple[Any, ...]


class Fixer:
    """Finds fixes of values that one schema of the document refuses."""

    def __init__(self, document: Document, schema: Node, validator_of: Callable[[Node], Validator]) -> None:
        self._document = document
        self._schema = schema
        self._validator_of = validator_of
        self._bodies = reading.request_examples(document, schema)
        self._places: dict[Path, Node | None] = {}
        self._offers: dict[Path, _Offer] = {}

    def explained(self, value: Any, violations: tuple[Violation, ...]) -> tuple[Violation, ...]:
        """Return the violations of `value`, the first of them each with its smallest fix where one is known."""
        first = tuple(each.fixed_by(self.fix(value, each)) for each in violations[:_EXPLAINED])
        return (*first, *violations[_EXPLAINED:])

    def fix(self, value: Any, violation: Violation) -> Fix | None:
        """Return the smallest fix of a violation of `value`, if one is known."""
        path = _path_in(value, violation.pointer)
        if violation.keyword.endswith("/uniqueItemProperties"):
            entry = pointers.join(*path[:-1])
            return Fix(f"remove {entry}, or give it {violation.expected}", (Edit("remove", entry),))
        place = self._place(path)
        return self._changed(value, path, place, violation) if place is not None else None

    def _place(self, path: Path) -> Node | None:
        """Return the schema that declares what stands at `path`; found once, as all entries of a list have one."""
        way = tuple(0 if isinstance(token, int) else token for token in path)
        if way not in self._places and len(self._places) < _PLACES:
            self._places[way] = _place(self._document, self._schema, way)
        return self._places[way] if way in self._places else _place(self._document, self._schema, way)

    def _changed(self, value: Any, path: Path, place: Node, violation: Violation) -> Fix | None:
        where, received = pointers.join(*path), violation.received
        near = self._near(place, violation)
        if near is not ABSENT:
            return Fix(f"replace {_shown(received)} by {_shown(near)}", (Edit("replace", where, near),))
        if received in (None, "", [], {}) and self._is_removable(value, path):
            return Fix(f"leave {where} out", (Edit("remove", where),))
        sample = self._sample(value, path, place, received)
        if sample is not ABSENT and not _is_there(value, path):
            return Fix(f"add {where}, such as {_shown(sample)}", (Edit("add", where, sample),))
        if sample is not ABSENT:
            message = f"send for example {_shown(sample)}; expected {violation.expected}"
            return Fix(message, (Edit("replace", where, sample),))
        return Fix(f"leave {where} out", (Edit("remove", where),)) if self._is_removable(value, path) else None

    def _near(self, place: Node, violation: Violation) -> Any:
        """Return the value nearest to the received one that may stand there, `ABSENT` where none is known."""
        if violation.received is ABSENT:
            return ABSENT
        keyword = KEYWORDS.get(pointers.split(violation.keyword)[-1])
        is_long = isinstance(violation.received, str) and len(violation.received) > _LONGEST
        if keyword is None or is_long:
            return ABSENT
        wanted = self._document.at(violation.keyword).value
        validator = self._validator_of(place)
        near = keyword.fix(violation.received, wanted)
        return next((each for each in near if validator.is_valid(each)), ABSENT)

    def _sample(self, value: Any, path: Path, place: Node, received: Any) -> Any:
        """Return the documented value that may stand there and is most like the received one."""
        taken = self._taken(value, path)
        samples = [each for each in self._samples(value, path, place) if each not in taken]
        texts = [each for each in samples if isinstance(each, str)]
        like = closest(received, texts, 0.1) if isinstance(received, str) and texts else None
        return next(iter(samples), ABSENT) if like is None else like

    def _samples(self, value: Any, path: Path, place: Node) -> Iterator[Any]:
        """Yield what may stand at `path`, first what stands there in the documented bodies most like `value`."""
        offer = self._offers.get(path)
        if offer is None:
            offer = self._offer(path, place)
            if len(self._offers) < _PLACES:
                self._offers[path] = offer
        siblings = _at(value, path[:-1]) if path else ABSENT
        alike = [(_likeness(siblings, owner), sample) for owner, sample in offer.in_bodies]
        yield from (sample for likeness, sample in sorted(alike, key=lambda pair: -pair[0]) if likeness)
        yield from offer.elsewhere

    def _offer(self, path: Path, place: Node) -> _Offer:
        validator = self._validator_of(place)

        def valid(samples: Iterable[Any]) -> tuple[Any, ...]:
            return tuple(each for each in samples if each not in (ABSENT, None, "") and validator.is_valid(each))

        in_bodies = [(_at(body, path[:-1]), sample) for body in self._bodies for sample in valid([_at(body, path)])]
        default = place.value.get("default")
        samples = (*reading.examples_of(self._document, place), *(sample for _, sample in in_bodies), default)
        return _Offer(tuple(in_bodies), valid(samples))

    def _taken(self, value: Any, path: Path) -> list[Any]:
        """Return what other entries of a list have where each must have something else."""
        if len(path) < 2 or not isinstance(path[-2], int):
            return []
        schema = self._place(path[:-2])
        if schema is None or path[-1] not in schema.value.get("uniqueItemProperties", ()):
            return []
        return [entry.get(path[-1]) for entry in _at(value, path[:-2])[:_ENTRIES] if isinstance(entry, dict)]

    def _is_removable(self, value: Any, path: Path) -> bool:
        """Return whether what stands at `path` may be left out; an entry of a list may."""
        if not path or not _is_there(value, path):
            return False
        owner, member = _at(value, path[:-1]), path[-1]
        schema = self._place(path[:-1])
        if schema is None or not isinstance(owner, dict):
            return isinstance(owner, list)
        return not self._validator_of(schema).misses(without(owner, str(member)), str(member))


def _place(document: Document, schema: Node, path: Path) -> Node | None:
    """Return the schema that declares what stands at `path` of a value of `schema`, if one does."""
    node: Node | None = schema
    for token in path:
        node = _below(document, node, token) if node is not None else None
    return node


def _below(document: Document, node: Node, token: str | int) -> Node | None:
    if node.has("properties") and token in node.value["properties"]:
        return node.child("properties", token)
    if node.has("items") and isinstance(token, int):
        return node.child("items")
    if node.has("$ref"):
        return _below(document, document.at(node.value["$ref"]), token)
    parts = (_below(document, node.child("allOf", index), token) for index in range(len(node.value.get("allOf", ()))))
    return next((part for part in parts if part is not None), None)


def _path_in(value: Any, pointer: str) -> Path:
    """Return the tokens of `pointer`, those that lead into lists of `value` as numbers."""
    path: list[str | int] = []
    for token in pointers.split(pointer):
        path.append(int(token) if isinstance(value, list) else token)
        value = _at(value, path[-1:])
    return tuple(path)


def _at(value: Any, path: Path | list[str | int]) -> Any:
    try:
        return pointers.get(value, path)
    except LookupError:
        return ABSENT


def _is_there(value: Any, path: Path) -> bool:
    return not path or _at(value, path) is not ABSENT


def _likeness(left: Any, right: Any) -> int:
    """Return in how many members two objects agree."""
    if not isinstance(left, Mapping) or not isinstance(right, Mapping):
        return 0
    return sum(same(left[name], right[name]) for name in left.keys() & right.keys())


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
