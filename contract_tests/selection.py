"""Which counterexamples a run sends: few enough to be quick, of every rule, place and sort, by seed."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable

from governance_contract.counterexamples import Counterexample

_PER_PLACE = {"REQ-07": 2, "REQ-03": 5, "REQ-08": 4, "RATE-04": 4, "RATE-03": 2, "BUD-05": 4}
_ENOUGH = 13
"""How many counterexamples of one rule at one place a gate run sends, where no other number is given."""


def economical(counterexamples: Iterable[Counterexample], seed: int, share: float = 1) -> list[Counterexample]:
    """Return a selection in the given order: for each rule and place a few, which ones depends on the seed.

    `share` is the part of the usual number that is enough, at least one of each place. Entries of a list count as one
    place; of equal edits at several entries one is taken, now here, now there.
    """
    places: dict[tuple[str, str, str], dict[str, list[Counterexample]]] = {}
    ordered = list(counterexamples)
    for each in ordered:
        place = (each.rule, each.level, re.sub(r"/\d+", "/*", each.pointer))
        places.setdefault(place, {}).setdefault(_edit(each), []).append(each)
    kept = {id(each) for place, edits in places.items() for each in _some(place, edits, seed, share)}
    return [each for each in ordered if id(each) in kept]


_TELLING = re.compile(
    r"a number as text|a fraction instead|true instead|a number instead of string|one entry instead|excluded bound"
    r"|negative$|in capitals|: empty|'0d'"
)
"""Edits that lenient servers let through most often; they are always among the selected."""


def _some(
    place: tuple[str, str, str], edits: dict[str, list[Counterexample]], seed: int, share: float
) -> Iterable[Counterexample]:
    labels = sorted(edits, key=lambda edit: (not _TELLING.search(edit), zlib.crc32(f"{seed}:{place}:{edit}".encode())))
    for edit in labels[: max(1, round(_PER_PLACE.get(place[0], _ENOUGH) * share))]:
        same = edits[edit]
        yield same[zlib.crc32(f"{seed}:{edit}".encode()) % len(same)]


def _edit(counterexample: Counterexample) -> str:
    return counterexample.label.removeprefix(counterexample.pointer)
