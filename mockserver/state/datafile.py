"""The data file as a file: it comes into being whole, belongs to one process, and is refused where it is not sound."""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO, NoReturn

from mockserver.state import journal as journals
from mockserver.state import witness

try:
    import fcntl
except ImportError:  # Windows, where the lock of SQLite has to do
    fcntl = None  # type: ignore[assignment]

APPLICATION_ID = 0x676F766D
"""Tells our files from those of other programs that use SQLite."""

FORMAT = 1
"""The version of the tables; a file of another one is refused."""

WITNESS = "-writes"
"""What the file beside a data file is called that knows how many writes were answered."""

_MAGIC = b"SQLite format 3\0"
_HEADER_BYTES = 100
_JOURNALS = ("-wal", "-journal")
_ANEW = "delete it to begin anew, or name another file"


class UnusableData(Exception):
    """A data file that cannot be used; the message names it, the cause and what to do."""


def located(path: Path) -> tuple[Path, bool]:
    """Return where the data file really lies, and whether it is there.

    Raises:
        UnusableData: this cannot be known.
    """
    try:
        resolved = path.resolve()
        return resolved, resolved.exists()
    except (OSError, RuntimeError) as error:
        refuse(path, f"cannot be looked for: {_cause(error)}", "expected the path of a file")


def create(path: Path, fill: Callable[[sqlite3.Connection], None]) -> None:
    """Make a data file that `fill` gives its tables and rows; it is there whole, or not at all.

    Raises:
        UnusableData: it cannot be made, or journals of a file that is no longer there lie beside it.
    """
    _refuse_orphans(path)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with contextlib.closing(sqlite3.connect(draft)) as connection:
            with connection:
                fill(connection)
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version = {FORMAT}")
            connection.execute("PRAGMA journal_mode = WAL")
        with contextlib.suppress(FileExistsError):  # another process has just made it, and has it now
            path.hardlink_to(draft)
    except (OSError, sqlite3.Error) as error:
        refuse(path, f"cannot be made: {_cause(error)}", "expected a path in a folder that exists and can be written")
    finally:
        with contextlib.suppress(OSError):
            draft.unlink()


def locked(path: Path) -> BinaryIO:
    """Return the open data file, which belongs to this process until it is closed; nothing in it has been changed.

    Raises:
        UnusableData: it is none of ours, or another process has it.
    """
    if not path.is_file():
        refuse(path, "is no file", "expected a file, or a path where one can be made")
    try:
        handle = path.open("r+b")
    except OSError as error:
        refuse(path, f"cannot be opened: {_cause(error)}", "expected a file that can be read and written")
    try:
        _lock(path, handle)
        _refuse_foreign(path, handle.read(_HEADER_BYTES))
    except UnusableData:
        handle.close()
        raise
    return handle


@contextlib.contextmanager
def sound_copy(path: Path) -> Iterator[sqlite3.Connection]:
    """Yield a connection to a copy of the data file, so that looking at it changes nothing, not even its journal.

    Raises:
        UnusableData: the file is damaged.
    """
    with tempfile.TemporaryDirectory(prefix="mockserver-") as folder:
        copy = Path(folder, "copy")
        try:
            for suffix in ("", *_JOURNALS):
                if beside(path, suffix).is_file():
                    shutil.copyfile(beside(path, suffix), beside(copy, suffix))
            with contextlib.closing(sqlite3.connect(copy)) as connection:
                found = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
                if found != "ok":
                    refuse_damaged(path, found)
                connection.execute(f"PRAGMA user_version = {FORMAT}")  # fails where the header forbids writing
                yield connection
        except (sqlite3.Error, ValueError, LookupError, TypeError) as error:  # such as texts that are no UTF-8
            refuse_damaged(path, str(error))
        except OSError as error:
            refuse(path, f"cannot be copied to be looked at: {_cause(error)}", "expected room for temporary files")


def require_whole(path: Path, writes: int) -> str:
    """Return what is to be said of how a data file of so many writes was left, nothing where it was left in order.

    Raises:
        UnusableData: writes that were answered are not in it.
    """
    journal, counter = beside(path, _JOURNALS[0]), beside(path, WITNESS)
    try:
        answered = witness.witnessed(counter)
        was_torn = journals.is_torn(journal)
    except (witness.DamagedWitness, OSError) as error:
        refuse(path, f"may have lost changes: {error}", _without(counter))
    if writes < answered:
        missing = f"the latest {answered - writes} of {answered} changes are missing"
        refuse(path, f"is damaged: {missing}, perhaps in {journal.name}", _without(counter))
    if was_torn:
        return "the last change was not complete, hence never answered, and is dropped"
    return "the mock before was killed, and no answered change is lost" if journal.exists() else ""


def _without(counter: Path) -> str:
    sound = "put sound copies of it and its journal in their places"
    return f"{sound}, or delete {counter.name} to go on without those changes"


def connected(path: Path) -> sqlite3.Connection:
    """Return the connection to write through; what is committed outlives the process, and a crash spoils nothing.

    Raises:
        UnusableData: the file cannot be written.
    """
    try:
        connection = sqlite3.connect(path, timeout=0, check_same_thread=False)
        connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        connection.execute("PRAGMA journal_mode = WAL")
        # Syncing each commit would only save the latest ones when the whole machine fails, at milliseconds each.
        connection.execute("PRAGMA synchronous = NORMAL")
    except sqlite3.Error as error:
        refuse_unwritable(path, error)
    return connection


def beside(path: Path, suffix: str) -> Path:
    """Return the path of a journal of `path`."""
    return path.with_name(path.name + suffix)


def refuse_damaged(path: Path, cause: str) -> NoReturn:
    """Raise the refusal of a file of ours with damaged contents."""
    refuse(path, f"is damaged: {cause}", f"put a sound copy in its place, {_ANEW}")


def refuse_unwritable(path: Path, error: Exception) -> NoReturn:
    """Raise the refusal of a file to which nothing can be written."""
    refuse(path, f"cannot be written: {error}", "expected a file and a folder that can be written, with room")


def refuse(path: Path, cause: str, advice: str) -> NoReturn:
    """Raise the refusal of a data file."""
    raise UnusableData(f"data file {path}: {cause}; {advice}")


def _refuse_orphans(path: Path) -> None:
    for journal in (beside(path, suffix) for suffix in _JOURNALS):
        if journal.exists():
            cause = f"is not there, but {journal.name} is, which holds the latest changes of a file of this name"
            refuse(path, cause, f"put that file back, or delete {journal.name} to begin anew")


def _lock(path: Path, handle: BinaryIO) -> None:
    if fcntl is None:
        return
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        refuse(path, "another mock uses it", "stop that one, or name another file")
    except OSError as error:
        refuse(path, f"cannot be locked: {_cause(error)}", "expected a file on a local disk")


def _refuse_foreign(path: Path, header: bytes) -> None:
    if len(header) < _HEADER_BYTES or not header.startswith(_MAGIC):
        refuse(path, "is no data file of this mock, or its beginning is damaged", _ANEW)
    version, application = (int.from_bytes(header[at : at + 4], "big") for at in (60, 68))
    if application != APPLICATION_ID:
        refuse(path, "is a database of another program", "name another file")
    if version != FORMAT:
        refuse(path, f"has format {version}, and this version of the mock reads format {FORMAT}", _ANEW)


def _cause(error: Exception) -> str:
    return (isinstance(error, OSError) and error.strerror) or str(error)
