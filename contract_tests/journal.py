"""What this run created on the target, written to disk before it is used, so that all of it can be deleted."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path


class Journal:
    """The ids that this run owns, in the order in which they were created."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self._owned: dict[str, None] = {}
        self._file = path.open("a", encoding="utf-8")

    def created(self, config_id: str) -> None:
        """Note that the run owns `config_id`, on disk too before this returns."""
        self._owned[config_id] = None
        self._write("created", config_id)

    def deleted(self, config_id: str) -> None:
        """Note that `config_id` is gone."""
        if self._owned.pop(config_id, 0) is None:
            self._write("deleted", config_id)

    def owns(self, config_id: str) -> bool:
        """Return whether the run created `config_id` and has not deleted it."""
        return config_id in self._owned

    def leftovers(self) -> tuple[str, ...]:
        """Return the ids that are still there, newest first."""
        return tuple(reversed(self._owned))

    def close(self) -> None:
        """Close the file, and remove it when nothing is left on the target."""
        self._file.close()
        if not self._owned:
            self.path.unlink(missing_ok=True)

    def _write(self, event: str, config_id: str) -> None:
        self._file.write(json.dumps({"event": event, "id": config_id}) + "\n")
        self._file.flush()
        os.fsync(self._file.fileno())


def journalled(path: Path) -> Iterator[str]:
    """Yield the ids that the journal of an earlier run says are still there."""
    owned: dict[str, None] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        entry = json.loads(line)
        if entry["event"] == "created":
            owned[entry["id"]] = None
        else:
            owned.pop(entry["id"], None)
    yield from owned
