"""State that outlives the process: every change is in the data file before it is answered."""

from __future__ import annotations

import contextlib
import sqlite3
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import orjson

from mockserver import problems
from mockserver.state import clock, datafile, loading
from mockserver.state.clock import Timing
from mockserver.state.records import Record
from mockserver.state.store import Collection, State
from mockserver.state.witness import Witness

_TABLES = """
    CREATE TABLE resources (
        collection TEXT NOT NULL, key TEXT NOT NULL, number INTEGER NOT NULL, resource TEXT NOT NULL,
        checksum INTEGER NOT NULL, PRIMARY KEY (collection, key));
    CREATE TABLE about (told TEXT NOT NULL, checksum INTEGER NOT NULL);
"""
_PUT = "REPLACE INTO resources VALUES (?, ?, ?, ?, ?)"
_DROP = "DELETE FROM resources WHERE collection = ? AND key = ?"
_ALL = "SELECT collection, key, number, resource, checksum FROM resources"


Row = tuple[Any, ...]
"""A resource as it is written, its checksum last."""


Place = tuple[str, str, int, int]
"""Where a resource stands: its collection, key and number; and the checksum of what it is."""


class About(NamedTuple):
    """What a data file says of itself: how the clock runs, the scenario behind it, what its resources fit, its writes.

    `fit` names the document and the rules that every resource was found to fit, `writes` counts the changes so far.
    """

    timing: Timing
    scenario: str | None
    fit: str = ""
    writes: int = 0


class Kept(NamedTuple):
    """What a data file holds: resources by collection, oldest first, their places in the same order, and the rest."""

    collections: Mapping[str, list[Mapping[str, Any]]]
    places: Mapping[str, list[Place]]
    about: About

    @property
    def numbers(self) -> Mapping[str, list[int]]:
        """The numbers of the resources by collection, in the same order."""
        return {name: [number for _, _, number, _ in places] for name, places in self.places.items()}


class Keeper:
    """Writes each change of the state to the data file; the file is its own until it is closed."""

    is_new = False
    """Whether the file was made just now."""

    def __init__(self, path: Path, handle: BinaryIO, state: State, kept: Kept, fit: str, recovery: str) -> None:
        """Write the whole state, if it is not as it was kept: its order may have been numbered anew.

        Raises:
            UnusableData: the file cannot be written.
        """
        self.path = path
        self.recovery = recovery
        """What is to be said of how the data were found, nothing where all was in order."""
        self._handle = handle
        self._fit = fit
        self._writes = kept.about.writes
        self._connection = datafile.connected(path)
        try:
            if not (fit and kept.about.fit == fit):
                self._adopt(state, kept)
            self._witness = Witness(datafile.beside(path, datafile.WITNESS), self._writes)
        except (OSError, sqlite3.Error) as error:
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
                _put_about(self._connection, self._about(new, self._writes + 1))
        except sqlite3.Error as error:
            raise problems.not_kept(str(error)) from error
        self._writes += 1
        self._witness.note(self._writes)

    def close(self) -> None:
        """Leave the file to others, with everything in it and nothing beside it."""
        self._connection.close()
        self._witness.close()
        self._handle.close()

    def _about(self, state: State, writes: int) -> About:
        return About(state.timing, state.scenario, self._fit, writes)

    def _adopt(self, state: State, kept: Kept) -> None:
        """Write that the state fits, and the state itself where it is not as it was kept."""
        is_as_kept = set(chain.from_iterable(kept.places.values())) == set(_places(state))
        if is_as_kept and kept.about.fit == self._fit:
            return
        with self._connection:
            if not is_as_kept:
                self._connection.execute("DELETE FROM resources")
                _put_resources(self._connection, state)
            _put_about(self._connection, self._about(state, self._writes + 1))
        self._writes += 1


def opened(path: Path, fresh: State, fitted: Callable[[Kept], State], fit: str = "") -> tuple[Keeper, State]:
    """Return the keeper of the data file at `path` and the state that it holds; a new file holds `fresh`.

    `fitted` makes a state of what was kept, or raises `UnfitEntry`. `fit` names what it fits then: where the file names
    the same, the state is as it was kept. A file that is refused stays as it is.

    Raises:
        UnusableData: the file cannot be used.
    """
    path, is_there = datafile.located(path)
    if not is_there:
        datafile.create(path, lambda connection: _filled(connection, fresh, fit))
    with contextlib.ExitStack() as on_refusal:
        handle = on_refusal.enter_context(datafile.locked(path))
        kept = _read(path)
        recovery = datafile.require_whole(path, kept.about.writes)
        try:
            state = replace(fitted(kept), timing=kept.about.timing, scenario=kept.about.scenario)
        except loading.UnfitEntry as error:
            advice = "start with the document that it was made with, or name another file"
            datafile.refuse(path, f"does not fit the document: {error}", advice)
        keeper = Keeper(path, handle, state, kept, fit, recovery)
        keeper.is_new = not is_there
        on_refusal.pop_all()
    return keeper, state


def _filled(connection: sqlite3.Connection, state: State, fit: str) -> None:
    connection.executescript(_TABLES)
    _put_resources(connection, state)
    _put_about(connection, About(state.timing, state.scenario, fit))


def _put_resources(connection: sqlite3.Connection, state: State) -> None:
    for name, collection in state.collections.items():
        _put_changes(connection, name, Collection(), collection)


def _put_changes(connection: sqlite3.Connection, name: str, old: Collection, new: Collection) -> None:
    keys = list(new.changed_since(old))
    records = [record for key in keys if (record := new.get(key))]
    connection.executemany(_DROP, ((name, key) for key in keys if key not in new))
    connection.executemany(_PUT, (_row(name, record) for record in records))


def _places(state: State) -> Iterator[Place]:
    rows = (_row(name, record) for name, collection in state.collections.items() for record in collection.all())
    return ((name, key, number, checksum) for name, key, number, _, checksum in rows)


def _row(name: str, record: Record) -> Row:
    row = (name, str(record.key), record.number, orjson.dumps(record.resource).decode())
    return (*row, _checksum(row))


def _put_about(connection: sqlite3.Connection, about: About) -> None:
    timing = about.timing
    told = {
        "scenario": about.scenario,
        "machine": clock.timestamp(timing.machine),
        "shown": clock.timestamp(timing.shown),
        "factor": timing.factor,
        "frozen": timing.frozen,
        "fit": about.fit,
        "writes": about.writes,
    }
    text = orjson.dumps(told).decode()
    connection.execute("REPLACE INTO about (rowid, told, checksum) VALUES (1, ?, ?)", (text, _checksum((text,))))


def _read(path: Path) -> Kept:
    with datafile.sound_copy(path) as connection:
        about = [orjson.loads(told) for told, _ in _unspoilt(path, connection.execute("SELECT * FROM about"))]
        found: dict[str, list[tuple[Place, Mapping[str, Any]]]] = {}
        for name, key, number, resource, checksum in _unspoilt(path, connection.execute(_ALL)):
            found.setdefault(name, []).append(((name, key, number, checksum), orjson.loads(resource)))
        tables = {sql for (sql,) in connection.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL")}
    if tables != {sql.strip() for sql in _TABLES.split(";") if sql.strip()}:
        datafile.refuse_damaged(path, "its tables are not as they were made")
    for entries in found.values():
        entries.sort(key=_number)  # faster here than in the database, which would write all of them down once more
    if len(about) != 1:
        datafile.refuse_damaged(path, f"it has {len(about)} clocks")
    (told,) = about
    collections = {name: [resource for _, resource in entries] for name, entries in found.items()}
    places = {name: [place for place, _ in entries] for name, entries in found.items()}
    return Kept(collections, places, About(_timing(told), told["scenario"], told.get("fit", ""), told.get("writes", 0)))


def _number(entry: tuple[Place, Any]) -> int:
    return entry[0][2]


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
