"""Which counterexamples a run sends: few enough to be quick, and each sort of mistake at each member at least once."""

from __future__ import annotations

import re
import zlib
from collections import Counter
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from governance_contract.counterexamples import Counterexample
from governance_contract.keywords import Mutation

_ALWAYS = {"BUD-01": 16, "REQ-05": 6, "RATE-02": 4, "BUD-05": 4, "REQ-01": 5, "BUD-06": 5}
"""How many counterexamples of a rule the first operation sends at one place, where two do not do."""

_LATER = {"BUD-01": 6, "REQ-07": 1}
"""The same for the operations behind it, which share a validation with the first in most servers."""

_USUAL = 2
_SORTS = {
    "empty-text": "text",
    "fraction": "number",
    "empty-array": "array",
    "empty-object": "object",
}
"""Edits that are of one sort: what takes one of them takes the other."""

_COARSE = {"true": "boolean", "false": "boolean", "array": "composite", "object": "composite"}
"""Sorts that are one where a text is read by a parser of its own, which looks at nothing else."""


@dataclass(frozen=True)
class _Candidate:
    operation: str
    counterexample: Counterexample
    wishes: Mapping[Hashable, int]


def economical(found: Mapping[str, Sequence[Counterexample]], seed: int) -> dict[str, list[Counterexample]]:
    """Return a selection of each operation's counterexamples, in the given order; which ones depends on the seed.

    Together the operations send each sort of mistake at each member, each text that is no duration, and each position
    in a list; each of them sends something for each of its rules and places.
    """
    candidates = [
        _Candidate(operation, each, dict(_wishes(operation, each, is_first=not index)))
        for index, (operation, listed) in enumerate(found.items())
        for each in listed
    ]
    candidates.sort(key=lambda each: _rank(each, seed))
    sent: Counter[Hashable] = Counter()
    kept: set[int] = set()
    for enough in (4, 3, 2, 1):
        for candidate in candidates:
            fresh = sum(sent[wish] < number for wish, number in candidate.wishes.items())
            if fresh >= enough and id(candidate.counterexample) not in kept:
                sent.update(candidate.wishes.keys())
                kept.add(id(candidate.counterexample))
    return {operation: [each for each in listed if id(each) in kept] for operation, listed in found.items()}


def _wishes(operation: str, each: Counterexample, *, is_first: bool) -> Iterator[tuple[Hashable, int]]:
    """Yield what a counterexample would show, and how often that is worth being shown."""
    mutation, place = each.mutation, re.sub(r"/\d+", "/*", each.pointer)
    yield (operation, each.rule, each.level, place), (_ALWAYS if is_first else _LATER).get(each.rule, _USUAL)
    if mutation.keyword == "type" and mutation.edit != "numeral":
        yield ("edit", each.rule, mutation.edit), 1
        sort = _sort_of(mutation)
        yield ("sort", place, _COARSE.get(sort, sort) if place.endswith("_duration") else sort), 1
    elif mutation.edit == "counterexample":
        yield ("text", mutation.detail), 1
    else:
        detail = "" if mutation.keyword == "enum" else mutation.detail
        yield ("sort", each.rule, place, mutation.edit, detail), 1
    for index in re.findall(r"/(\d+)", each.pointer):
        yield (operation, each.rule, "index", index), 1


def _sort_of(mutation: Mutation) -> str:
    """Return the sort of a wrong type; a fraction in the place of an integer is one of its own."""
    is_near = mutation.edit == "fraction" and "integer" in mutation.detail
    return mutation.edit if is_near else _SORTS.get(mutation.edit, mutation.edit)


def _rank(candidate: _Candidate, seed: int) -> tuple[bool, int]:
    """Return where a candidate stands in the order of choice: by seed, a fraction for a whole number behind."""
    each = candidate.counterexample
    is_fraction = (each.mutation.keyword, each.mutation.edit) == ("type", "fraction")
    return is_fraction, zlib.crc32(f"{seed}:{candidate.operation}:{each.rule}:{each.label}".encode())
