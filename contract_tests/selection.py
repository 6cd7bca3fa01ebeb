"""Which counterexamples a run sends: few enough to be quick, and each sort of mistake at each member at least once."""

from __future__ import annotations

import re
import zlib
from collections import Counter
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from governance_contract.counterexamples import Counterexample

_ALWAYS = {"BUD-01": 16, "REQ-05": 6, "RATE-02": 4, "BUD-05": 4, "REQ-01": 5, "BUD-06": 5}
"""How many counterexamples of a rule the first operation sends at one place, where two do not do."""

_LATER = {"BUD-01": 6, "REQ-07": 1}
"""The same for the operations behind it, which share a validation with the first in most servers."""

_USUAL = 2
_SORTS = (
    ("text", re.compile("an? (empty )?text")),
    ("number", re.compile("a number|a fraction")),
    ("array", re.compile("an (empty )?array")),
    ("object", re.compile("an (empty )?object")),
    ("misspelt", re.compile(r"\w+ (in capitals|with a (capital|blank before|blank behind|letter more)|cut short)")),
)
"""Edits that are one sort of mistake: what takes one of them takes the other."""

_COARSE = {"true": "boolean", "false": "boolean", "array": "composite", "object": "composite"}
"""Sorts that are one where a text is read by a parser of its own, which looks at nothing else."""

_TYPE = re.compile(r"(.*) instead of (.*)")


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
    edit = each.label.removeprefix(each.pointer).removeprefix("the body").removeprefix(": ")
    place = re.sub(r"/\d+", "/*", each.pointer)
    yield (operation, each.rule, each.level, place), (_ALWAYS if is_first else _LATER).get(each.rule, _USUAL)
    if swapped := _TYPE.match(edit):
        yield ("edit", each.rule, swapped[1]), 1
        sort = _sort_of(*swapped.groups())
        yield ("sort", place, _COARSE.get(sort, sort) if place.endswith("_duration") else sort), 1
    elif edit[:1] in "'\"":
        yield ("text", edit), 1
    else:
        yield ("sort", each.rule, place, _sort_of(edit)), 1
    for index in re.findall(r"/(\d+)", each.pointer):
        yield (operation, each.rule, "index", index), 1


def _sort_of(edit: str, wanted: str = "") -> str:
    """Return the sort of an edit; a numeral where a number is wanted, and a fraction for an integer, are their own."""
    if edit == "a number as text" or (edit == "a fraction" and "integer" in wanted):
        return edit
    return next(
        (matched[1] if name == "misspelt" else name for name, pattern in _SORTS if (matched := pattern.match(edit))),
        edit,
    )


def _rank(candidate: _Candidate, seed: int) -> tuple[bool, int]:
    """Return where a candidate stands in the order of choice: by seed, a fraction for a whole number behind."""
    each = candidate.counterexample
    return "a fraction instead" in each.label, zlib.crc32(
        f"{seed}:{candidate.operation}:{each.rule}:{each.label}".encode()
    )
