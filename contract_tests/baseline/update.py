"""Brings a baseline up to date with the report of a run: takes in what is new, takes out what is mended."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import yaml

from contract_tests.baseline.entries import Baseline, Entry
from contract_tests.baseline.judgement import is_mended
from contract_tests.errors import UsageError
from contract_tests.finding import Key
from contract_tests.formats import BASELINE
from contract_tests.outcomes import Outcome

_HEAD = "# Findings that are accepted for a while. `contract-tests baseline update` keeps this up to date.\n"
_NOT_JUDGED = frozenset({Outcome.SKIPPED, Outcome.NOT_EXERCISED})


@dataclass(frozen=True)
class Acceptance:
    """Why, by whom and until when new entries are accepted."""

    reason: str
    owner: str
    expires: date


@dataclass(frozen=True)
class Update:
    """A baseline brought up to date, and what became of its entries."""

    baseline: Baseline
    added: tuple[Entry, ...] = ()
    renewed: tuple[Entry, ...] = ()
    removed: tuple[Entry, ...] = ()


def updated(
    baseline: Baseline, report: dict[str, Any], acceptance: Acceptance | None, today: date, *, each: bool = False
) -> Update:
    """Return `baseline` brought up to date with a JSON report; entries that it does not speak of stay.

    Raises:
        UsageError: there is something to accept, and no `acceptance`.
    """
    keys = {_key(finding): finding for finding in report["findings"]}
    removed = tuple(_mended(baseline, report, keys))
    kept = [entry for entry in baseline.entries if entry not in removed]
    lapsed = [entry for entry in kept if entry.has_expired(today) and any(entry.matches(key) for key in keys)]
    unknown = [key for key, found in keys.items() if found["outcome"] == "fail" and not _is_known(key, kept)]
    if (lapsed or unknown) and acceptance is None:
        wanted = ", ".join(dict.fromkeys(f"{rule} on {operation}" for rule, operation in _cells(lapsed, unknown)))
        raise UsageError(f"to be accepted: {wanted}; pass --reason, --owner and --expires")
    added = tuple(_new_entries(unknown, acceptance, each=each)) if acceptance else ()
    renewed = tuple(replace(entry, **vars(acceptance)) for entry in lapsed) if acceptance else ()
    entries = tuple(renewed[lapsed.index(entry)] if entry in lapsed else entry for entry in kept)
    profile = baseline.profile if baseline.entries else report["run"]["profile"]
    return Update(Baseline((*entries, *added), profile), added, renewed, removed)


def as_yaml(baseline: Baseline) -> str:
    """Return a baseline as the text of its file."""
    value = {
        "format": BASELINE,
        "profile": baseline.profile,
        "accepted": [_as_value(entry) for entry in baseline.entries],
    }
    return _HEAD + yaml.safe_dump(value, sort_keys=False, allow_unicode=True, width=110)


def _as_value(entry: Entry) -> dict[str, str]:
    told = {"reason": entry.reason, "owner": entry.owner, "expires": entry.expires.isoformat()}
    return {"rule": entry.rule, "operation": entry.operation, **entry.narrowed, **told}


def _mended(baseline: Baseline, report: dict[str, Any], keys: dict[Key, Any]) -> Iterator[Entry]:
    if report["errors"] or not baseline.is_covered_by(report["run"]["profile"]):
        return
    cells = {
        (rule["id"], operation)
        for rule in report["rules"]
        for operation, cell in rule["operations"].items()
        if cell["outcome"] not in _NOT_JUDGED
    }
    yield from (entry for entry in baseline.entries if is_mended(entry, cells, keys))


def _new_entries(keys: list[Key], acceptance: Acceptance, *, each: bool) -> Iterator[Entry]:
    told = (acceptance.reason, acceptance.owner, acceptance.expires)
    for rule, operation, *place in dict.fromkeys(key if each else key[:2] for key in keys):
        yield Entry(rule, operation, *told, *place)


def _cells(lapsed: list[Entry], unknown: list[Key]) -> Iterator[tuple[str, str]]:
    yield from ((entry.rule, entry.operation) for entry in lapsed)
    yield from (key[:2] for key in unknown)


def _is_known(key: Key, entries: list[Entry]) -> bool:
    return any(entry.matches(key) for entry in entries)


def _key(finding: dict[str, Any]) -> Key:
    return finding["rule"], finding["operation"], finding["pointer"], finding["kind"]
