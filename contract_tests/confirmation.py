"""Confirmation: a finding stands once two tries of this run have given its verdict."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from contract_tests.errors import SuiteError
from contract_tests.finding import Finding, Key, Verdict
from contract_tests.record import Doubt, Record

_FURTHER = 4
"""Further tries of a probe at most: what a server does wrong in turns need not show in the very next one."""


class Confirmation:
    """Counts the tries that gave each verdict, be they tries of one probe or of several.

    A verdict that two tries gave is certain, under whichever labels; what has only been seen in one is flaky.
    """

    def __init__(self) -> None:
        self._tries: Counter[Verdict] = Counter()

    def confirm(
        self, first: Record, try_again: Callable[[Doubt], Record], counts: Callable[[Finding], bool]
    ) -> tuple[tuple[Finding, ...], tuple[Finding, ...]]:
        """Return what stands and what is flaky of all that tries of one probe found, as far as it counts.

        There are further tries only while a verdict is not certain, and what they find is added to the first record.
        """
        found = list(filter(counts, first.findings.values()))
        doubtful = self._uncertain(found)
        self._count(found)
        repeated: set[Key] = set()
        for _ in range(_FURTHER):
            if not doubtful:
                break
            try:
                later = try_again(Doubt(doubtful, first.findings.keys()))
            except SuiteError:
                break  # it must not hide what was found; the next probe meets it again, or it is over
            seen = list(filter(counts, later.findings.values()))
            repeated |= later.findings.keys() & first.findings.keys()
            self._count(seen)
            for each in seen:
                first.find(each, later.exchanges[each.key])
            doubtful = self._uncertain(filter(counts, first.findings.values()))
        return self._sorted_out(list(filter(counts, first.findings.values())), repeated)

    def _sorted_out(
        self, found: Sequence[Finding], repeated: set[Key]
    ) -> tuple[tuple[Finding, ...], tuple[Finding, ...]]:
        uncertain = self._uncertain(found)
        standing = (replace(each, is_repeated=each.key in repeated) for each in found if each.verdict not in uncertain)
        return tuple(standing), tuple(each for each in found if each.verdict in uncertain)

    def _count(self, found: Iterable[Finding]) -> None:
        self._tries.update({each.verdict for each in found})

    def _uncertain(self, found: Iterable[Finding]) -> set[Verdict]:
        return {each.verdict for each in found if self._tries[each.verdict] < _ENOUGH}


_ENOUGH = 2
"""Tries that make a verdict certain."""
