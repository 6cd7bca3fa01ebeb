"""The smallest fix of each violation in a value, as far as the document alone can tell."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from governance_contract import pointers, reading
from governance_contract.closest import closest
from governance_contract.document import Document, Node
from governance_contract.edits import Edit, Fix, patched
from governance_contract.excerpts import WHOLE, cut, longest
from governance_contract.keywords import KEYWORDS, uniqueness
from governance_contract.validation import Validator, Violation
from governance_contract.values import ABSENT, first_of_each, same

Path = tuple[str | int, ...]

_SHOWN = 100
"""Characters of a value that a sentence shows."""

_LONGEST = 10_000
"""Characters of a text that is mended; what is longer was no slip of the pen."""

_EXPLAINED = 100
"""How many violations get a fix; nobody mends more before sending again."""

_MANY = 20
"""From how many violations on a fix is tried beside fewer entries, as each trial costs as much as there are errors."""

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

    def explained(
        self, value: Any, violations: tuple[Violation, ...], *, are_all: bool = False
    ) -> tuple[Violation, ...]:
        """Return violations of `value`, the first of them each with its smallest fix where one is known.

        Where they `are_all` that the schema finds in `value`, it is not asked again, which costs as much as a trial.
        """
        first, rest = violations[:_EXPLAINED], violations[_EXPLAINED:]
        trial = self._trial(value, first, violations if are_all else None)
        return (*(each.fixed_by(self._fix(trial, each) or each.fix) for each in first), *rest)

    def fix(self, value: Any, violation: Violation) -> Fix | None:
        """Return the smallest fix of a violation of `value`, if one is known.

        Its edit mends the violation, and the value has no violation afterwards that it did not have before.
        """
        return self._fix(self._trial(value, (violation,)), violation)

    def _trial(self, value: Any, violations: Sequence[Violation], known: Sequence[Violation] | None = None) -> _Trial:
        """Return what fixes are tried in: `value` with its lists cut short, where much is wrong behind all of it.

        `known` are all violations of `value`, None where it is still to be asked for them.
        """
        tokens = (token for each in violations for token in _path_in(value, each.pointer))
        last = max((token for token in tokens if isinstance(token, int)), default=_ENTRIES)
        length = last + 1 if len(violations) > _MANY else max(last, _ENTRIES) + 1
        validator, shorter = self._validator_of(self._schema), cut(value, length)
        is_known = known is not None and longest(value) <= min(length, WHOLE)
        broken = Counter(each.keyword for each in known or ()) if is_known else validator.broken_keywords(shorter)
        return _Trial(shorter, validator, broken)

    def _fix(self, trial: _Trial, violation: Violation) -> Fix | None:
        path = _path_in(trial.value, violation.pointer)
        candidates = self._candidates(trial.value, path, violation)
        return next((fix for fix in candidates if trial.mends(fix, violation)), None)

    def _candidates(self, value: Any, path: Path, violation: Violation) -> Iterator[Fix]:
        """Yield what may mend a violation, the smallest edit first."""
        if pointers.split(violation.keyword)[-1] in uniqueness.NAMES:
            is_member = isinstance(path[-1], str)
            entry = pointers.join(*path[:-1]) if is_member else pointers.join(*path)
            other = f"give it {violation.expected}" if is_member else f"make it {violation.expected}"
            yield Fix(f"remove {entry}, or {other}", (Edit("remove", entry),))
        place = self._place(path)
        if place is None:
            if path and _is_there(value, path):
                yield _removal(path)
            return
        yield from self._changes(value, path, place, violation)
        for length in range(len(path) - 1, 0, -1):  # what one edit cannot mend below may be replaced as a whole
            owner = self._place(path[:length])
            if owner is not None:
                yield from self._replacements(value, path[:length], owner, violation)

    def _place(self, path: Path) -> Node | None:
        """Return the schema that declares what stands at `path`; found once, as all entries of a list have one."""
        way = tuple(0 if isinstance(token, int) else token for token in path)
        if way not in self._places and len(self._places) < _PLACES:
            self._places[way] = _place(self._document, self._schema, way)
        return self._places[way] if way in self._places else _place(self._document, self._schema, way)

    def _changes(self, value: Any, path: Path, place: Node, violation: Violation) -> Iterator[Fix]:
        where, received = pointers.join(*path), violation.received
        for near in self._near(place, violation):
            yield Fix(f"replace {_shown(received)} by {_shown(near)}", (Edit("replace", where, near),))
        is_there = path and _is_there(value, path)
        if is_there and received in (None, "", [], {}) and not self._is_required(path):
            yield _removal(path)
        yield from self._replacements(value, path, place, violation)
        if is_there:
            yield _removal(path)

    def _is_required(self, path: Path) -> bool:
        """Return whether leaving out what stands at `path` is certain to be a violation of its own."""
        owner = self._place(path[:-1])
        return owner is not None and path[-1] in self._document.resolve(owner).value.get("required", ())

    def _replacements(self, value: Any, path: Path, place: Node, violation: Violation) -> Iterator[Fix]:
        """Yield what puts a documented value at `path`."""
        where = pointers.join(*path)
        for sample in self._like(value, path, place, violation.received):
            if _is_there(value, path):
                message = f"send for example {_shown(sample)}; expected {violation.expected}"
                yield Fix(message, (Edit("replace", where, sample),))
            else:
                yield Fix(f"add {where}, such as {_shown(sample)}", (Edit("add", where, sample),))

    def _near(self, place: Node, violation: Violation) -> Iterator[Any]:
        """Yield the values near to the received one that may stand there."""
        keyword = KEYWORDS.get(pointers.split(violation.keyword)[-1])
        is_long = isinstance(violation.received, str) and len(violation.received) > _LONGEST
        if violation.received is ABSENT or keyword is None or is_long:
            return
        wanted = self._document.at(violation.keyword).value
        validator = self._validator_of(place)
        yield from (each for each in keyword.fix(violation.received, wanted) if validator.is_valid(each))

    def _like(self, value: Any, path: Path, place: Node, received: Any) -> list[Any]:
        """Return the documented values that may stand there, first the one that is most like the received one."""
        taken = self._taken(value, path)
        samples = first_of_each(each for each in self._samples(value, path, place) if each not in taken)
        texts = [each for each in samples if isinstance(each, str)]
        like = closest(received, texts, 0.1) if isinstance(received, str) and texts else None
        return samples if like is None else [like, *(each for each in samples if each != like)]

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
        named = self._document.resolve(place).value
        choices = (place.value.get("default"), named.get("const"), *named.get("enum", ()))
        samples = (*reading.examples_of(self._document, place), *(sample for _, sample in in_bodies), *choices)
        return _Offer(tuple(in_bodies), valid(samples))

    def _taken(self, value: Any, path: Path) -> list[Any]:
        """Return what other entries of a list have where each must have something else."""
        if len(path) < 2 or not isinstance(path[-2], int):
            return []
        schema = self._place(path[:-2])
        if schema is None or path[-1] not in schema.value.get(uniqueness.ALONE, ()):
            return []
        return [entry.get(path[-1]) for entry in _at(value, path[:-2])[:_ENTRIES] if isinstance(entry, dict)]


class _Trial:
    """A value in which fixes are tried, and how often it breaks which keyword."""

    def __init__(self, value: Any, validator: Validator, broken: Counter[str]) -> None:
        self.value = value
        self._validator = validator
        self._broken = broken

    def mends(self, fix: Fix, violation: Violation) -> bool:
        """Return whether a fix takes the violation away and brings no other."""
        left = self._validator.broken_keywords(patched(self.value, fix.edits))
        return left < self._broken and left[violation.keyword] < self._broken[violation.keyword]


def _removal(path: Path) -> Fix:
    where = pointers.join(*path)
    return Fix(f"leave {where} out", (Edit("remove", where),))


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
