"""The entries of a baseline, read and checked."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from contract_tests.errors import UsageError
from contract_tests.finding import Key
from contract_tests.probe import PROFILES
from governance_contract import Contract, pointers, yaml_source
from governance_contract.fixtures import FixtureError, read_data

SCHEMA = Path(__file__).with_name("schema.yaml")


@dataclass(frozen=True)
class Entry:
    """Findings that are accepted: those of a rule on an operation, or only those with a pointer, a kind or both."""

    rule: str
    operation: str
    reason: str
    owner: str
    expires: date
    pointer: str | None = None
    kind: str | None = None
    place: str = ""

    def matches(self, key: Key) -> bool:
        """Return whether it speaks of a finding with this key."""
        own = (self.rule, self.operation, self.pointer, self.kind)
        return all(wanted is None or wanted == given for wanted, given in zip(own, key, strict=True))

    @property
    def told(self) -> str:
        """What it speaks of, in one line."""
        more = (f"{name} {text!r}" for name, text in self.narrowed.items())
        return ", ".join([f"{self.rule} on {self.operation}", *more])

    @property
    def narrowed(self) -> dict[str, str]:
        """Pointer and kind, as far as it names them."""
        return {name: text for name, text in (("pointer", self.pointer), ("kind", self.kind)) if text is not None}

    def has_expired(self, today: date) -> bool:
        """Return whether its last day is over."""
        return today > self.expires


@dataclass(frozen=True)
class Baseline:
    """All entries of a file, and the profile of the runs that they come from."""

    entries: tuple[Entry, ...] = ()
    profile: str = "gate"

    def entry_for(self, key: Key, today: date) -> Entry | None:
        """Return the entry that accepts the finding with a key today."""
        matching = (entry for entry in self.entries if entry.matches(key))
        return next((entry for entry in matching if not entry.has_expired(today)), None)

    def is_covered_by(self, profile: str) -> bool:
        """Return whether a run of `profile` looks as closely as those that the entries come from."""
        return PROFILES.index(profile) >= PROFILES.index(self.profile)


def read_baseline(path: Path, contract: Contract) -> Baseline:
    """Return the baseline in a YAML file; one of format 1 is read where it does not name findings by their words.

    Raises:
        UsageError: it cannot be used; the message names file, line and what is expected.
    """
    try:
        value, lines = read_data(path, yaml_source.read(SCHEMA))
    except FixtureError as error:
        raise UsageError(f"the baseline cannot be used:\n{error}") from error

    def line(*tokens: str | int) -> int:
        return lines.get(pointers.join("accepted", *tokens), 1)

    _refuse_labels(path, value["accepted"], line)
    entries = tuple(_entry(each, f"{path}:{line(number)}") for number, each in enumerate(value["accepted"]))
    faults = list(_faults(path, value["accepted"], contract, line))
    if faults:
        raise UsageError("\n".join(["the baseline cannot be used:", *faults]))
    return Baseline(entries, value.get("profile", "gate"))


def _refuse_labels(path: Path, values: list[dict[str, Any]], line: Callable[..., int]) -> None:
    """Refuse entries that name findings by their words, as format 1 did, and say what to do.

    Raises:
        UsageError: an entry has a `label`.
    """
    labelled = [str(line(number, "label")) for number, value in enumerate(values) if "label" in value]
    if labelled:
        raise UsageError(
            f"{path}, line {', '.join(labelled)}: `label` is of format 1, which named findings by their words; now "
            "pointer and kind do. Take these entries out, run with --json REPORT, and take the findings in anew: "
            "contract-tests baseline update FILE --from REPORT --each --reason TEXT --owner NAME --expires DATE"
        )


def _entry(value: Mapping[str, Any], place: str) -> Entry:
    return Entry(**{**value, "expires": date.fromisoformat(value["expires"])}, place=place)


def _faults(path: Path, values: list[dict[str, Any]], contract: Contract, line: Callable[..., int]) -> Iterator[str]:
    """Yield what no schema can say: rules and operations that are unknown, and entries that stand there twice."""
    operations = {operation.id for operation in contract.operations}
    seen: dict[tuple[str | None, ...], int] = {}
    for number, value in enumerate(values):
        if value["rule"] not in contract.rules:
            told = f"there is no rule {value['rule']}; `contract-tests rules` lists them"
            yield f"{path}:{line(number, 'rule')}: {told}"
        if value["operation"] not in operations:
            expected = ", ".join(sorted(operations))
            told = f"there is no operation {value['operation']!r}; expected one of {expected}"
            yield f"{path}:{line(number, 'operation')}: {told}"
        key = (value["rule"], value["operation"], value.get("pointer"), value.get("kind"))
        if key in seen:
            yield f"{path}:{line(number)}: the entry of line {seen[key]} speaks of the same findings; keep one"
        seen.setdefault(key, line(number))
