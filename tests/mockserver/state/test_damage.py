"""Damage of what a killed mock leaves: every answered change is there, or the start is refused with the file named."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mockserver.state import datafile, persistence, windows
from mockserver.state.datafile import UnusableData
from mockserver.state.store import Collection, State

SUFFIXES = ("", "-wal", "-writes")
WRITES = 6
STRIDE = 251
"""Only each so many-th byte is spoilt: a prime, so that all parts of pages and frames have their turn."""


def state_of(keys: tuple[str, ...]) -> State:
    users = Collection()
    for key in keys:
        users = users.inserted(key, None, {"id": key, "text": f"{key}-" * 30}, windows.NEVER)
    return State().with_collection("users", users)


def keys_in(state: State) -> tuple[str, ...]:
    for record in state["users"].all():
        assert record.resource["text"] == f"{record.key}-" * 30
    return tuple(str(record.key) for record in state["users"].all())


def opened(path: Path) -> tuple[persistence.Keeper, State]:
    def fitted(kept: persistence.Kept) -> State:
        return state_of(tuple(each["id"] for each in kept.collections.get("users", ())))

    return persistence.opened(path, state_of(("first",)), fitted)


def copied(source: Path, target: Path) -> None:
    target.parent.mkdir(exist_ok=True)
    for path in target.parent.iterdir():
        path.unlink()
    for suffix in SUFFIXES:
        if datafile.beside(source, suffix).exists():
            shutil.copyfile(datafile.beside(source, suffix), datafile.beside(target, suffix))


def written(path: Path, name: str) -> tuple[persistence.Keeper, tuple[str, ...]]:
    """Return a keeper that is still at work, and the keys that it has answered for; new ones begin with `name`."""
    keeper, state = opened(path)
    keys = keys_in(state)
    for number in range(WRITES):
        keys = (*keys, f"{name}{number}") if number % 3 < 2 else keys[1:]
        changed = state
        for record in state["users"].all():
            if record.key not in keys:
                changed = changed.with_collection("users", changed["users"].removed(record))
        if keys[-1] not in changed["users"]:
            resource = {"id": keys[-1], "text": f"{keys[-1]}-" * 30}
            users = changed["users"].inserted(keys[-1], None, resource, windows.NEVER)
            changed = changed.with_collection("users", users)
        keeper.keep(state, changed)
        state = changed
    return keeper, keys


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, tuple[str, ...]]:
    """Return what a killed mock leaves, and the keys that it has answered for; some pages are in the file already."""
    folder = tmp_path_factory.mktemp("killed")
    keeper, _ = written(folder / "early", "a")
    keeper.close()
    keeper, keys = written(folder / "early", "b")
    copied(folder / "early", folder / "image" / "data")
    keeper.close()
    return folder / "image" / "data", keys


@pytest.fixture
def left(killed: tuple[Path, tuple[str, ...]], tmp_path: Path) -> tuple[Path, tuple[str, ...]]:
    """Return a copy of what a killed mock leaves, which a test may spoil, and the keys that it has answered for."""
    image, keys = killed
    copied(image, tmp_path / "folder" / "data")
    return tmp_path / "folder" / "data", keys


def outcome(path: Path) -> Any:
    """Return the keys that a start finds, or the message with which it is refused; refused files stay as they are."""
    before = {each.name: each.read_bytes() for each in path.parent.iterdir()}
    try:
        keeper, state = opened(path)
    except UnusableData as error:
        assert {each.name: each.read_bytes() for each in path.parent.iterdir()} == before
        return str(error)
    keeper.close()
    return keys_in(state)


def require_answered(path: Path, keys: tuple[str, ...], what: str) -> None:
    found = outcome(path)
    assert found == keys or str(found).startswith(f"data file {path}: "), f"{what}: {found}"


def spoilt(size: int) -> Iterator[int]:
    return iter(range(0, size, STRIDE))


def test_what_a_kill_leaves_is_whole(left: tuple[Path, tuple[str, ...]]) -> None:
    target, keys = left
    assert outcome(target) == keys
    assert [path.name for path in target.parent.iterdir()] == ["data"]


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("bit", [0x01, 0x80, 0xFF])
def test_a_flipped_byte_loses_no_answered_change_in_silence(
    killed: tuple[Path, tuple[str, ...]], tmp_path: Path, suffix: str, bit: int
) -> None:
    image, keys = killed
    data, target = datafile.beside(image, suffix).read_bytes(), tmp_path / "folder" / "data"
    for at in spoilt(len(data)) if suffix != "-writes" else range(len(data)):
        copied(image, target)
        datafile.beside(target, suffix).write_bytes(data[:at] + bytes([data[at] ^ bit]) + data[at + 1 :])
        require_answered(target, keys, f"byte {at}")


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_cut_file_loses_no_answered_change_in_silence(
    killed: tuple[Path, tuple[str, ...]], tmp_path: Path, suffix: str
) -> None:
    image, keys = killed
    data, target = datafile.beside(image, suffix).read_bytes(), tmp_path / "folder" / "data"
    for length in (*spoilt(len(data)), len(data) - 1) if suffix != "-writes" else range(len(data)):
        copied(image, target)
        datafile.beside(target, suffix).write_bytes(data[:length])
        require_answered(target, keys, f"length {length}")


@pytest.mark.parametrize("bit", [0x01, 0x80])
def test_a_flipped_byte_after_a_clean_stop_loses_nothing_in_silence(tmp_path: Path, bit: int) -> None:
    target = tmp_path / "folder" / "data"
    target.parent.mkdir()
    keeper, keys = written(target, "a")
    keeper.close()
    data = target.read_bytes()
    for at in spoilt(len(data)):
        target.write_bytes(data[:at] + bytes([data[at] ^ bit]) + data[at + 1 :])
        require_answered(target, keys, f"byte {at}")


def test_a_journal_that_is_gone_is_missed(left: tuple[Path, tuple[str, ...]]) -> None:
    target, _ = left
    datafile.beside(target, "-wal").unlink()
    advice = (
        "put sound copies of it and its journal in their places, or delete data-writes to go on without those changes"
    )
    written_anew = 1  # the order of what was kept, at the second start
    latest, all_of_them = WRITES + written_anew, 2 * WRITES + written_anew
    missing = f"the latest {latest} of {all_of_them} changes are missing, perhaps in data-wal"
    assert outcome(target) == f"data file {target}: is damaged: {missing}; {advice}"
    datafile.beside(target, "-writes").unlink()
    assert isinstance(outcome(target), tuple)


def test_a_write_that_was_not_complete_is_dropped_with_a_word(
    killed: tuple[Path, tuple[str, ...]], tmp_path: Path
) -> None:
    image, keys = killed
    target = tmp_path / "folder" / "data"
    copied(image, target)
    journal = datafile.beside(target, "-wal")
    whole = journal.read_bytes()
    salts, frame = whole[16:24], whole[32 : 32 + 24 + 4096]
    begun = frame[:4] + bytes(4) + salts + frame[16:]  # of a change whose last frame is still to come
    for tail in (begun, begun[:2000], begun[:10], frame[:3000]):
        copied(image, target)
        journal.write_bytes(whole + tail)
        keeper, state = opened(target)
        assert keys_in(state) == keys
        assert keeper.recovery == "the last change was not complete, hence never answered, and is dropped"
        keeper.close()


def test_a_kill_is_told_and_a_clean_stop_is_not(left: tuple[Path, tuple[str, ...]]) -> None:
    target, _ = left
    told = []
    for _ in range(2):
        keeper, _ = opened(target)
        told.append(keeper.recovery)
        keeper.close()
    assert told == ["the mock before was killed, and no answered change is lost", ""]


def test_a_change_that_was_written_but_not_answered_may_be_there(left: tuple[Path, tuple[str, ...]]) -> None:
    target, keys = left
    datafile.beside(target, "-writes").write_bytes(b"%020d %08x\n" % (11, 0))
    assert "may have lost changes: data-writes is not as it was written" in outcome(target)
    datafile.beside(target, "-writes").unlink()
    assert outcome(target) == keys
