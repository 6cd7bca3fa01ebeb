"""The log of a run: what happened, in order, as frozen events; every report is made of nothing else.

Instants are RFC 3339 texts, `at` counts seconds since the start of the run, durations are seconds. No event holds a
secret: findings come here after `contract_tests.secrecy`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from contract_tests.finding import Finding, Key
from contract_tests.formats import EVENTS, in_force
from contract_tests.lines import OtherFormat, read_lines
from contract_tests.plain import as_plain, read_plain
from governance_contract.rules import Rule


@dataclass(frozen=True)
class DocumentSeen:
    """The document that a run judged by; `lines` has the line that states each rule."""

    title: str
    version: str
    path: str
    sha256: str
    lines: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class OperationSeen:
    """An operation of that document."""

    id: str
    method: str
    path: str


@dataclass(frozen=True)
class RunStarted:
    """Who judges what, how, and by which rules; `gate` is the level from which on findings fail the run."""

    target: str
    started: str
    versions: Mapping[str, str]
    profile: str
    seed: int
    gate: str
    patterns: tuple[str, ...]
    read_only: bool
    document: DocumentSeen
    rules: tuple[Rule, ...]
    operations: tuple[OperationSeen, ...]
    formats: Mapping[str, int] = field(default_factory=in_force)


@dataclass(frozen=True)
class Exchanged:
    """A request of a probe; no operation where it was for none, no status where no answer came."""

    probe: str
    operation: str
    method: str
    path: str
    status: int | None
    at: float
    seconds: float


@dataclass(frozen=True)
class Found:
    """A finding of a probe; a flaky one did not show a second time, one beside is of a rule that is not judged."""

    probe: str
    finding: Finding
    is_flaky: bool = False
    is_beside: bool = False


@dataclass(frozen=True)
class ProbeFinished:
    """A probe came to its end; `reason` says why it could not do all it wanted, `untried` that it was left out.

    `cells` are the pairs of rule and operation that it exercised.
    """

    probe: str
    layer: str
    rules: tuple[str, ...]
    exercised: tuple[str, ...]
    cells: tuple[tuple[str, str], ...]
    reason: str
    untried: bool
    requests: int
    at: float
    seconds: float


@dataclass(frozen=True)
class Failed:
    """The suite could not judge, or not go on; `probe` is empty where it was not about one."""

    probe: str
    message: str


@dataclass(frozen=True)
class Accepted:
    """A finding that an entry of the baseline accepts."""

    rule: str
    operation: str
    pointer: str
    kind: str
    reason: str
    owner: str
    expires: str

    @property
    def key(self) -> Key:
        """The key of the finding."""
        return self.rule, self.operation, self.pointer, self.kind


@dataclass(frozen=True)
class Objected:
    """An entry of the baseline that fails the gate: it has expired, or what it accepts is no longer found."""

    rule: str
    operation: str
    place: str
    message: str


@dataclass(frozen=True)
class Past:
    """A finding of an earlier run."""

    fingerprint: str
    rule: str
    operation: str
    level: str
    label: str


@dataclass(frozen=True)
class Compared:
    """An earlier run that this one is held against."""

    target: str
    started: str
    exit_code: int
    findings: tuple[Past, ...]


@dataclass(frozen=True)
class RunEnded:
    """The run is over."""

    exit_code: int
    seconds: float


Event = RunStarted | Exchanged | Found | ProbeFinished | Failed | Accepted | Objected | Compared | RunEnded

_KINDS: Mapping[str, type[Event]] = {
    "run started": RunStarted,
    "exchanged": Exchanged,
    "found": Found,
    "probe finished": ProbeFinished,
    "failed": Failed,
    "accepted": Accepted,
    "objected": Objected,
    "compared": Compared,
    "run ended": RunEnded,
}
_NAMES = {kind: name for name, kind in _KINDS.items()}


def events_in_log() -> Mapping[str, tuple[str, ...]]:
    """Return the kinds of events by their names in a log, each with its members."""
    return {name: tuple(each.name for each in fields(kind)) for name, kind in _KINDS.items()}


def as_lines(events: Iterable[Event]) -> str:
    """Return events as JSON lines."""
    return "".join(json.dumps({"event": _NAMES[type(event)], **as_plain(event)}) + "\n" for event in events)


def read_events(path: Path) -> tuple[Event, ...]:
    """Return the events in a file of JSON lines.

    Raises:
        UsageError: it cannot be read, or holds something else; the message names file and line.
    """
    return read_lines(path, _event, one="event", file="the log of events of a run", version=EVENTS)


def _event(data: Any) -> Event:
    given = data.get("formats", {}).get("events", data.get("format", EVENTS))
    if given != EVENTS:
        raise OtherFormat(given)
    return read_plain(_KINDS[data.pop("event")], data)
