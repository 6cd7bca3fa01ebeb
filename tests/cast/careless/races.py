"""Ledgers that are wrong only when requests come at one moment."""

from __future__ import annotations

import time

from tests.cast.careless.registry import breaking
from tests.cast.independent import Ledger, Refused, Row
from tests.cast.wire import Call, Reply


class _NoLock:
    def __enter__(self) -> None:
        """Wait for nobody."""

    def __exit__(self, *_: object) -> None:
        """Let nobody in."""


@breaking("RACE-01")
class ChecksThenActs(Ledger):
    """Checks the identity, and stores a moment later."""

    def __init__(self) -> None:
        super().__init__()
        self.lock = _NoLock()

    def require_free(self, row: Row, own_id: str | None) -> None:
        super().require_free(row, own_id)
        if own_id is None:
            time.sleep(0.01)


@breaking("RACE-02", "RACE-03", "RESP-03")
class NumbersWithoutLock(Ledger):
    """Reads a counter, and writes it a moment later."""

    def __init__(self) -> None:
        super().__init__()
        self.lock = _NoLock()
        self.last = 0

    def new_id(self) -> str:
        number = self.last + 1
        time.sleep(0.003)
        self.last = number
        return str(number)


@breaking("RACE-02", "RACE-01", "LIFE-01")
class WritesTheWholeTable(Ledger):
    """Reads all rows, and writes them all a moment later."""

    def __init__(self) -> None:
        super().__init__()
        self.lock = _NoLock()

    def keep(self, row: Row) -> None:
        rows = {**self.rows, row["id"]: row}
        if row["id"] not in self.rows:
            time.sleep(0.005)
        self.rows = rows


@breaking("RACE-03", "RACE-05")
class WritesMemberByMember(Ledger):
    """Writes an update one member after the other, now from the first, now from the last."""

    def __init__(self) -> None:
        super().__init__()
        self.turns = 0
        self.lock = _NoLock()

    def keep(self, row: Row) -> None:
        if row["id"] not in self.rows:
            super().keep(row)
            return
        self.turns += 1
        members = [*{**self.rows[row["id"]], **row}]
        for name in members[:: 1 if self.turns % 2 else -1]:
            held = {key: item for key, item in self.rows[row["id"]].items() if key != name}
            self.rows[row["id"]] = {**held, name: row[name]} if name in row else held
            time.sleep(0.001)


@breaking("RACE-04")
class DeletesTwice(Ledger):
    """Looks whether a config is there, and deletes it a moment later."""

    def __init__(self) -> None:
        super().__init__()
        self.lock = _NoLock()

    def drop(self, row: Row) -> None:
        time.sleep(0.01)
        self.rows.pop(row["id"], None)


@breaking("PUT-07", "RACE-03", "RACE-05")
class RenamesThenChecks(Ledger):
    """Lets two simultaneous renames take one identity."""

    def __init__(self) -> None:
        super().__init__()
        self.lock = _NoLock()

    def keep(self, row: Row) -> None:
        if row["id"] in self.rows or row["updated_at"] == row["created_at"]:
            super().keep(row)

    def require_free(self, row: Row, own_id: str | None) -> None:
        super().require_free(row, own_id)
        if own_id is not None:
            time.sleep(0.01)


@breaking("RACE-01", "RACE-02", "RACE-03", "RACE-04", "REQ-09")
class BusyFails(Ledger):
    """Answers 500 while another request is written."""

    def create(self, call: Call) -> Reply:
        if not self.lock.acquire(blocking=False):
            raise Refused(500, "database is locked")
        try:
            time.sleep(0.004)
            return super().create(call)
        finally:
            self.lock.release()
