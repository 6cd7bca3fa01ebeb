"""What this run created on the target, written to disk before it is used, so that all of it can be deleted."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Self

from contract_tests.errors import UsageError


class Journal:
    """The ids that this run owns, in the order in which they were created."""

    def __init__(self, path: Path) -> None:
        """Open the journal.

        Raises:
            UsageError: it cannot be written.
        """
        self.path = path
        self._owned: dict[str, None] = {}
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = path.open("a", encoding="utf-8")
        except OSError as error:
            raise UsageError(
                f"the journal of what is created cannot be written to {path}: {error.strerror or error}; name a folder "
                "that you may write to with --journal-dir"
            ) from error

    @classmethod
    def reopened(cls, path: Path) -> Self:
        """Return the journal of an earlier run, to go on with it.

        Raises:
            UsageError: there is no such file, or it is no journal.
        """
        owned = dict.fromkeys(journalled(path))
        journal = cls(path)
        journal._owned.update(owned)
        return journal

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
    """Yield the ids that the journal of an earlier run says are still there; a torn last line counts for nothing.

    Raises:
        UsageError: there is no such file, or it is no journal.
    """
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} cannot be read: {error}; expected the journal that an earlier run named") from error
    owned: dict[str, None] = {}
    for number, line in enumerate(lines[:-1], start=1):
        event, config_id = _entry(path, number, line)
        if event == "created":
            owned[config_id] = None
        else:
            owned.pop(config_id, None)
    yield from owned


def _entry(path: Path, number: int, line: str) -> tuple[str, str]:
    try:
        entry = json.loads(line)
        event, config_id = entry["event"], entry["id"]
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise UsageError(f"{path}, line {number} is no entry of a journal: {line[:80]!r}") from error
    if event not in ("created", "deleted") or not isinstance(config_id, str):
        raise UsageError(f"{path}, line {number} is no entry of a journal: {line[:80]!r}")
    return event, config_id
