"""What a baseline says of the findings of a run, and what the run says of the baseline."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from fnmatch import fnmatchcase

from contract_tests.baseline.entries import Baseline, Entry
from contract_tests.finding import Key
from contract_tests.options import RunOptions
from contract_tests.outcomes import Ledger
from contract_tests.reports.events import Accepted, Objected


def judged(baseline: Baseline, ledger: Ledger, options: RunOptions, today: date) -> Iterator[Accepted | Objected]:
    """Yield the findings that are accepted, then the entries that fail the gate."""
    for key in {**ledger.findings, **ledger.flaky}:
        entry = baseline.entry_for(key, today)
        if entry:
            yield Accepted(*key, entry.reason, entry.owner, entry.expires.isoformat())
    is_whole = baseline.is_covered_by(options.profile) and not ledger.errors and not options.values.get("layers")
    for entry in baseline.entries:
        if not _is_selected(entry, options):
            continue
        if entry.has_expired(today):
            yield _objection(entry, _expired(entry))
        elif is_whole and is_mended(entry, ledger.cells, {**ledger.findings, **ledger.flaky}):
            yield _objection(entry, _MENDED)


def is_mended(entry: Entry, cells: set[tuple[str, str]], findings: Mapping[Key, object]) -> bool:
    """Return whether the rule of an entry was looked at on its operation, and nothing that it accepts was found."""
    is_judged = (entry.rule, entry.operation) in cells
    return is_judged and not any(entry.matches(key) for key in findings)


_MENDED = (
    "what it accepts is no longer found; take the entry out, by hand or with "
    "`contract-tests baseline update FILE --from REPORT`"
)


def _expired(entry: Entry) -> str:
    return (
        f"accepted by {entry.owner} until {entry.expires.isoformat()} ({entry.reason}), which is over; mend what it "
        "accepts, or accept it anew until a later day"
    )


def _objection(entry: Entry, message: str) -> Objected:
    return Objected(entry.rule, entry.operation, entry.place, message)


def _is_selected(entry: Entry, options: RunOptions) -> bool:
    return not options.patterns or any(fnmatchcase(entry.rule, pattern) for pattern in options.patterns)
