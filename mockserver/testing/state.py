"""The data of a session as tests drive it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mockserver.testing.control import Control


class SessionState:
    """Export, import, scenarios and snapshots of one session."""

    def __init__(self, control: Control) -> None:
        self._control = control

    def export(self) -> dict[str, list[dict[str, Any]]]:
        """Return all resources by collection, oldest first."""
        collections: dict[str, list[dict[str, Any]]] = self._control.get("/state")["collections"]
        return collections

    def import_(self, collections: Mapping[str, Sequence[Mapping[str, Any]]]) -> None:
        """Put each of the collections in the place of the present one, all of them or none."""
        self._control.put("/state", {"collections": collections})

    def load(self, scenario: str) -> None:
        """Exchange the data for that of a scenario, and the clock where the scenario names an instant."""
        self._control.post(f"/scenarios/{scenario}")

    def reset(self) -> None:
        """Go back to the data that the session began with and to real time; log and snapshots are emptied."""
        self._control.post("/reset")

    def snapshot(self, name: str = "snapshot") -> None:
        """Keep data and clock under a name; an older snapshot of that name is replaced."""
        self._control.put(f"/snapshots/{name}")

    def restore(self, name: str = "snapshot") -> None:
        """Go back to data and clock of a snapshot, which stays."""
        self._control.post(f"/snapshots/{name}/restore")

    def diff(self, name: str = "snapshot") -> dict[str, list[dict[str, Any]]]:
        """Return what was `added`, `removed` and `changed` since a snapshot."""
        diff: dict[str, list[dict[str, Any]]] = self._control.get(f"/snapshots/{name}/diff")
        return diff
