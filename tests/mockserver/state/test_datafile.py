"""A data file that is not sound, not ours or not free is refused with the cause, and left exactly as it is."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from mockserver.state import datafile, persistence, windows
from mockserver.state.clock import Timing
from mockserver.state.datafile import UnusableData
from mockserver.state.loading import Cause, UnfitEntry
from mockserver.state.persistence import Keeper, Kept
from mockserver.state.store import Collection, State

TIMING = Timing(datetime(2026, 3, 1, tzinfo=UTC), datetime(2027, 5, 2, tzinfo=UTC), 2.5)
NAMES = ("a", "b", "c")


def state_of(collections: Any, timing: Timing) -> State:
    state = State().with_timing(timing)
    for name, resources in collections.items():
        collection = Collection()
        for resource in resources:
            collection = collection.inserted(resource["id"], None, resource, windows.NEVER)
        state = state.with_collection(name, collection)
    return state


FRESH = state_of({"users": [{"id": name, "text": f"{name}-" * 200} for name in NAMES]}, TIMING)


def contents(state: State) -> Any:
    return {name: [r.resource for r in c.all()] for name, c in state.collections.items()}, state.timing


def opened(path: Path) -> tuple[Keeper, State]:
    return persistence.opened(path, FRESH, lambda kept: state_of(kept.collections, kept.about.timing))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Return a sound data file in a folder of its own."""
    path = tmp_path / "folder" / "data"
    path.parent.mkdir()
    opened(path)[0].close()
    return path


def lying_in(folder: Path) -> dict[str, tuple[bytes, int]]:
    """Return all files of a folder: what is in them, and when they were last written."""
    return {
        path.name: (path.read_bytes(), path.stat().st_mtime_ns) if path.is_file() else (b"", 0)
        for path in folder.iterdir()
    }


def test_a_new_file_holds_the_fresh_state_and_nothing_lies_beside_it(file: Path) -> None:
    assert [path.name for path in file.parent.iterdir()] == ["data"]
    keeper, state = opened(file)
    keeper.close()
    assert (contents(state), keeper.is_new) == (contents(FRESH), False)


def flipped(data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 0x40]) + data[at + 1 :]


def by_sql(*statements: str) -> Callable[[Path], None]:
    def spoil(path: Path) -> None:
        with sqlite3.connect(path) as connection:
            for statement in statements:
                connection.execute(statement)
        connection.close()

    return spoil


def by_bytes(change: Callable[[bytes], bytes]) -> Callable[[Path], None]:
    def spoil(path: Path) -> None:
        path.write_bytes(change(path.read_bytes()))

    return spoil


def replaced_by(make: Callable[[Path], Any]) -> Callable[[Path], None]:
    def spoil(path: Path) -> None:
        path.unlink()
        make(path)

    return spoil


def without_main_file(path: Path) -> None:
    path.rename(path.with_name("data-wal"))


SPOILT: list[tuple[str, Callable[[Path], None], str]] = [
    ("an empty file", by_bytes(lambda _: b""), "is no data file of this mock"),
    ("a text", by_bytes(lambda _: b"hello\n"), "is no data file of this mock"),
    ("a long text", by_bytes(lambda _: b"hello\n" * 9999), "is no data file of this mock"),
    ("nothing but the header", by_bytes(lambda data: data[:100]), "is damaged"),
    ("half a file", by_bytes(lambda data: data[: len(data) // 2]), "is damaged"),
    ("a file without its last page", by_bytes(lambda data: data[:-4096]), "is damaged"),
    ("zeros after the header", by_bytes(lambda data: data[:100] + bytes(len(data) - 100)), "is damaged"),
    ("another letter in a resource", by_bytes(lambda data: data.replace(b"b-b-", b"b-c-", 1)), "is damaged"),
    ("another database", replaced_by(by_sql("CREATE TABLE t (x)")), "is a database of another program"),
    ("a newer format", by_sql("PRAGMA user_version = 2"), "has format 2, and this version of the mock reads format 1"),
    ("no table", by_sql("DROP TABLE resources"), "is damaged: no such table: resources"),
    ("no clock", by_sql("DELETE FROM about"), "is damaged: it has 0 clocks"),
    ("a changed clock", by_sql("UPDATE about SET told = replace(told, '7', '8')"), "the checksum of {"),
    ("another number", by_sql("UPDATE resources SET number = 9 WHERE key = 'a'"), "the checksum of users/a is wrong"),
    ("bytes that are no text", by_sql("UPDATE resources SET resource = x'ff00'"), "is damaged"),
    ("a folder", replaced_by(Path.mkdir), "is no file"),
    ("a pipe", replaced_by(os.mkfifo), "is no file"),
    ("a link to itself", replaced_by(lambda path: path.symlink_to(path)), "cannot be looked for"),
    ("a journal alone", without_main_file, "is not there, but data-wal is"),
]


@pytest.mark.parametrize(("spoil", "message"), [row[1:] for row in SPOILT], ids=[row[0] for row in SPOILT])
def test_a_file_that_is_not_sound_is_refused_and_left_as_it_is(
    file: Path, spoil: Callable[[Path], None], message: str
) -> None:
    spoil(file)
    before = lying_in(file.parent)
    with pytest.raises(UnusableData, match=r"^data file .*/data: ") as refusal:
        opened(file)
    assert message in str(refusal.value)
    assert lying_in(file.parent) == before


def test_any_flipped_bit_is_refused_or_changes_nothing(file: Path) -> None:
    data = file.read_bytes()
    for at in range(0, len(data), len(data) // 97):
        file.write_bytes(flipped(data, at))
        try:
            keeper, state = opened(file)
        except UnusableData:
            assert file.read_bytes() == flipped(data, at)
        else:
            keeper.close()
            assert contents(state) == contents(FRESH), f"byte {at}"
        assert [path.name for path in file.parent.iterdir()] == ["data"]


def test_what_a_kill_leaves_is_not_touched_either_where_it_does_not_fit(file: Path, tmp_path: Path) -> None:
    keeper, state = opened(file)
    keeper.keep(state, state.with_collection("users", Collection()))
    image = tmp_path / "image" / "data"
    image.parent.mkdir()
    for suffix in ("", "-wal", "-writes"):
        shutil.copyfile(datafile.beside(file, suffix), datafile.beside(image, suffix))
    keeper.close()
    before = lying_in(image.parent)

    def refusing(kept: Kept) -> State:
        assert kept.collections == {}
        raise UnfitEntry(Cause("/users/0", "wrong"))

    with pytest.raises(UnusableData, match=r"does not fit the document: /users/0: wrong; start with the document"):
        persistence.opened(image, FRESH, refusing)
    assert lying_in(image.parent) == before
    keeper, state = opened(image)
    keeper.close()
    assert contents(state)[0] == {}


def test_a_file_in_use_is_refused_and_its_user_goes_on(file: Path) -> None:
    keeper, state = opened(file)
    with pytest.raises(UnusableData, match="another mock uses it; stop that one, or name another file"):
        opened(file)
    keeper.keep(state, state.with_collection("users", Collection()))
    keeper.close()
    keeper, state = opened(file)
    keeper.close()
    assert contents(state)[0] == {}


def test_a_path_where_nothing_can_be_made_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnusableData, match=r"cannot be made: .*; expected a path in a folder that exists"):
        opened(tmp_path / "none" / "data")
    (tmp_path / "file").touch()
    with pytest.raises(UnusableData, match=r"cannot be made: .*; expected a path in a folder that exists"):
        opened(tmp_path / "file" / "data")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_file_that_may_not_be_written_is_refused(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", denied)
    with pytest.raises(UnusableData, match="cannot be opened: Permission denied; expected a file that can be read and"):
        opened(file)


def test_a_file_that_is_made_by_another_process_meanwhile_is_not_written_over(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keeper, state = opened(file)
    keeper.keep(state, state.with_collection("users", Collection()))
    keeper.close()
    monkeypatch.setattr(datafile, "located", lambda path: (path, False))
    keeper, state = opened(file)
    keeper.close()
    assert contents(state)[0] == {}
    assert [path.name for path in file.parent.iterdir()] == ["data"]


def test_a_link_leads_to_the_file(file: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(file)
    keeper, _ = opened(tmp_path / "link")
    keeper.close()
    assert keeper.path == file
    assert [path.name for path in file.parent.iterdir()] == ["data"]
