"""The changes between two documents as people, pull requests and programs read them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from contract_tests.drift.change import Change, Severity, by_severity
from contract_tests.drift.comparison import compared, states_rules
from contract_tests.drift.source import Source

_SHOWN = 6
"""How many operations a line names."""


@dataclass(frozen=True)
class Drift:
    """Two documents and what is different between them."""

    old: Source
    new: Source
    changes: Sequence[Change]

    @property
    def remarks(self) -> Iterator[str]:
        """What a reader should know beside the changes."""
        for source in (self.old, self.new):
            if not states_rules(source.document):
                yield f"{source.name} states no rules (x-rules), so only what OpenAPI itself can say was compared"
        versions = [str(source.document.root.get("info", {}).get("version")) for source in (self.old, self.new)]
        if versions[0] == versions[1] and any(change.severity is Severity.BREAKING for change in self.changes):
            yield f"something breaks, and info.version is still {versions[0]}"

    def has(self, worst: Severity) -> bool:
        """Return whether there is a change that is as severe as `worst`, or more so."""
        order = list(Severity)
        return any(order.index(change.severity) <= order.index(worst) for change in self.changes)


def drift_between(old: Source, new: Source) -> Drift:
    """Return what clients that keep to `old` meet in `new`."""
    return Drift(old, new, compared(old.document, new.document))


def as_text(drift: Drift) -> str:
    """Return the changes for a terminal, each with file and line."""
    lines = [f"{_count(drift)} from {drift.old.name} to {drift.new.name}"]
    for severity, changes in by_severity(drift.changes).items():
        lines += ["", f"{severity} ({len(changes)})"]
        for change in changes:
            lines += [f"  {_location(drift, change)}: {_said(change)}", f"      {change.pointer or '/'}"]
    return "\n".join([*lines, *(f"\nnote: {remark}" for remark in drift.remarks)])


def as_markdown(drift: Drift) -> str:
    """Return the changes as tables for a pull request or a step summary."""
    lines = [f"## {_count(drift)}", "", f"From `{drift.old.name}` to `{drift.new.name}`."]
    for severity, changes in by_severity(drift.changes).items():
        lines += ["", f"### {severity.capitalize()}", "", "| where | what | operations |", "| --- | --- | --- |"]
        lines += [
            f"| `{_location(drift, change)}` | {_cell(_with_rules(change))} | {_cell(', '.join(change.subjects))} |"
            for change in changes
        ]
    return "\n".join([*lines, *(f"\n> {_cell(remark)}" for remark in drift.remarks)])


def as_json(drift: Drift) -> str:
    """Return the changes for programs: one object with `changes`, `counts` by severity, and `remarks`."""
    counts = {str(each): len(by_severity(drift.changes).get(each, ())) for each in Severity}
    value = {
        "old": str(drift.old.name),
        "new": str(drift.new.name),
        "counts": counts,
        "changes": [change.as_json() for change in drift.changes],
        "remarks": list(drift.remarks),
    }
    return json.dumps(value, indent=2, ensure_ascii=False)


FORMATS: Mapping[str, Callable[[Drift], str]] = {"text": as_text, "markdown": as_markdown, "json": as_json}
"""How the changes can be written."""


def _count(drift: Drift) -> str:
    if not drift.changes:
        return "no changes"
    return ", ".join(f"{len(changes)} {severity}" for severity, changes in by_severity(drift.changes).items())


def _location(drift: Drift, change: Change) -> str:
    if change.new_line is not None:
        return f"{drift.new.name}:{change.new_line}"
    return f"{drift.old.name}:{change.old_line}"


def _said(change: Change) -> str:
    shown = ", ".join(change.subjects[:_SHOWN]) + (", …" if len(change.subjects) > _SHOWN else "")
    return f"{_with_rules(change)} [{shown}]" if shown else _with_rules(change)


def _with_rules(change: Change) -> str:
    named = [rule for rule in change.rules if rule not in change.message]
    return f"{change.message} ({', '.join(named)})" if named else change.message


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
