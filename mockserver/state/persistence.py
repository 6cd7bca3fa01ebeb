"""State that outlives the process: every change is in the data file before it is answered."""

from __future__ import annotations

import contextlib
import sqlite3
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import orjson

from mockserver import problems
from mockserver.state import clock, datafile, loading
from mockserver.state.clock import Timing
from mockserver.state.records import Record
from mockserver.state.store import Collection, State

_TABLES = """
    CREATE TABLE resources (
        collection TEXT NOT NULL, key TEXT NOT NULL, number INTEGER NOT NULL, resource TEXT NOT NULL,
        checksum INTEGER NOT NULL, PRIMARY KEY (collection, key));
    CREATE TABLE about (told TEXT NOT NULL, checksum INTEGER NOT NULL);
"""
_PUT = "REPLACE INTO resources VALUES (?, ?, ?, ?, ?)"
_DROP = "DELETE FROM resources WHERE collection = ? AND key = ?"
_ALL = "SELECT collection, key, number, resource, checksum FROM resources ORDER BY collection, number"


Row = tuple[Any, ...]
"""A resource as it is written, its checksum last."""


class Kept(NamedTuple):
    """What a data file holds: resources by collection, oldest first, how the clock runs, and the scenario behind it."""

    collections: Mapping[str, list[Mapping[str, Any]]]
    timing: Timing
    scenario: str | None
    rows: frozenset[Row]


class Keeper:
    """Writes each change of the state to the data file; the file is its own until it is closed."""

    def __init__(self, path: Path, handle: BinaryIO, state: State, kept: Kept, *, is_new: bool) -> None:
        """Write the whole state, if it is not as it was kept: its order may have been numbered anew.

        Raises:
            UnusableData: the file cannot be written.
        """
        self.path = path
        self.is_new = is_new
        self._handle = handle
        self._connection = datafile.connected(path)
        try:
            if kept.rows != frozenset(_rows(state)):
                with self._connection:
                    self._connection.execute("DELETE FROM resources")
                    _put_state(self._connection, state)
        except sqlite3.Error as error:
            self._connection.close()
            datafile.refuse_unwritable(path, error)

    def keep(self, old: State, new: State) -> None:
        """Write what is in `new` and was not so in `old`, all of it or nothing.

        Raises:
            Problem: it cannot be written.
        """
        try:
            with self._connection:
                for name in {**old.collections, **new.collections}:
                    _put_changes(self._connection, name, old[name], new[name])
                if (new.timing, new.scenario) != (old.timing, old.scenario):
                    _put_about(self._connection, new)
        except sqlite3.Error as error:
            raise problems.not_kept(str(error)) from error

    def close(self) -> None:
        """Leave the file to others, with everything in it and without journals beside it."""
        self._connection.close()
        self._handle.close()


def opened(path: Path, fresh: State, fitted: Callable[[Kept], State]) -> tuple[Keeper, State]:
    """Return the keeper of the data file at `path` and the state that it holds; a new file holds `fresh`.

    `fitted` makes a state of what was kept, or raises `UnfitEntry`. A file that is refused stays as it is.

    Raises:
        UnusableData: the file cannot be used.
    """
    path, is_there = datafile.located(path)
    if not is_there:
        datafile.create(path, lambda connection: _filled(connection, fresh))
    with contextlib.ExitStack() as on_refusal:
        handle = on_refusal.enter_context(datafile.locked(path))
        kept = _read(path)
        try:
            state = replace(fitted(kept), timing=kept.timing, scenario=kept.scenario)
        except loading.UnfitEntry as error:
            advice = "start with the document that it was made with, or name another file"
            datafile.refuse(path, f"does not fit the document: {error}", advice)
        keeper = Keeper(path, handle, state, kept, is_new=not is_there)
        on_refusal.pop_all()
    return keeper, state


def _filled(connection: sqlite3.Connection, state: State) -> None:
    connection.executescript(_TABLES)
    _put_state(connection, state)


def _put_state(connection: sqlite3.Connection, state: State) -> None:
    for name, collection in state.collections.items():
        _put_changes(connection, name, Collection(), collection)
    _put_about(connection, state)


def _put_changes(connection: sqlite3.Connection, name: str, old: Collection, new: Collection) -> None:
    keys = list(new.changed_since(old))
    records = [record for key in keys if (record := new.get(key))]
    connection.executemany(_DROP, ((name, key) for key in keys if key not in new))
    connection.executemany(_PUT, (_row(name, record) for record in records))


def _rows(state: State) -> Iterator[Row]:
    return (_row(name, record) for name, collection in state.collections.items() for record in collection.all())


def _row(name: str, record: Record) -> Row:
    row = (name, record.key, record.number, orjson.dumps(record.resource).decode())
    return (*row, _checksum(row))


def _put_about(connection: sqlite3.Connection, state: State) -> None:
    timing = state.timing
    told = {
        "scenario": state.scenario,
        "machine": clock.timestamp(timing.machine),
        "shown": clock.timestamp(timing.shown),
        "factor": timing.factor,
        "frozen": timing.frozen,
    }
    text = orjson.dumps(told).decode()
    connection.execute("DELETE FROM about")
    connection.execute("INSERT INTO about VALUES (?, ?)", (text, _checksum((text,))))


def _read(path: Path) -> Kept:
    with datafile.sound_copy(path) as connection:
        rows = tuple(_unspoilt(path, connection.execute(_ALL)))
        about = [orjson.loads(told) for told, _ in _unspoilt(path, connection.execute("SELECT * FROM about"))]
    if len(about) != 1:
        datafile.refuse_damaged(path, f"it has {len(about)} clocks")
    collections: dict[str, list[Mapping[str, Any]]] = {}
    for name, _, _, resource, _ in rows:
        collections.setdefault(name, []).append(orjson.loads(resource))
    return Kept(collections, _timing(about[0]), about[0]["scenario"], frozenset(rows))


def _unspoilt(path: Path, rows: Iterable[Row]) -> Iterator[Row]:
    for row in rows:
        if _checksum(row[:-1]) != row[-1]:
            datafile.refuse_damaged(path, f"the checksum of {'/'.join(map(str, row[:2]))[:80]} is wrong")
        yield row


def _timing(told: Mapping[str, Any]) -> Timing:
    machine, shown = clock.parse_timestamp(told["machine"]), clock.parse_timestamp(told["shown"])
    return Timing(machine, shown, told["factor"], told["frozen"])


def _checksum(row: tuple[Any, ...]) -> int:
    """Return what tells whether a row is as it was written; SQLite itself sees damage only between rows."""
    return zlib.crc32("\0".join(map(str, row)).encode())
