"""The versions of everything that outlives a run: docs/formats.md describes each, and says what changes a version."""

from __future__ import annotations

from collections.abc import Mapping

IDENTITY = 2
"""What makes findings the same: rule, operation, pointer and kind. In version 1 it was the words."""

STIMULI = 1
"""The ids of what is sent, by which events name it."""

EVENTS = 2
"""The log of a run (`--events`)."""

BASELINE = 2
"""The file of accepted findings (`--baseline`)."""

RECORDING = 1
"""The file of exchanges (`--record`)."""

REPORT = "2.0"
"""The report for machines (`--json`): the first number changes where a reader of the former form would fail."""


def in_force() -> Mapping[str, int]:
    """Return the versions that a log of events and what it names keep."""
    return {"events": EVENTS, "identity": IDENTITY, "stimuli": STIMULI}
