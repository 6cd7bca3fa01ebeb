"""The witness beside a data file: how many writes were answered, so that a loss of the latest ones is noticed."""

from __future__ import annotations

import contextlib
import os
import zlib
from pathlib import Path

_DIGITS = 20


class DamagedWitness(Exception):
    """A witness that cannot be read; the message says why."""


class Witness:
    """The file that holds the number of the latest write that was answered; it is written in place, and at once."""

    def __init__(self, path: Path, writes: int) -> None:
        """Make the file, whole or not at all.

        Raises:
            OSError: it cannot be made.
        """
        draft = path.with_name(f".{path.name}.{os.getpid()}")
        try:
            draft.write_bytes(_line(writes))
            draft.replace(path)
            self._handle = path.open("r+b", buffering=0)
        finally:
            draft.unlink(missing_ok=True)
        self._path = path

    def note(self, writes: int) -> None:
        """Note that so many writes are in the data file, before the last one is answered.

        Where it cannot be written, it goes on saying less than is there, which refuses nothing.
        """
        with contextlib.suppress(OSError):
            self._handle.seek(0)
            self._handle.write(_line(writes))

    def close(self) -> None:
        """Remove the file: what is written is in the data file itself."""
        self._handle.close()
        with contextlib.suppress(OSError):
            self._path.unlink()


def witnessed(path: Path) -> int:
    """Return how many writes a witness knows of, 0 where there is none.

    Raises:
        DamagedWitness: it is not as it was written.
        OSError: it cannot be read.
    """
    try:
        line = path.read_bytes()
    except FileNotFoundError:
        return 0
    digits = line[:_DIGITS]
    if not digits.isdigit() or line != _line(int(digits)):
        raise DamagedWitness(f"{path.name} is not as it was written")
    return int(digits)


def _line(writes: int) -> bytes:
    number = b"%0*d" % (_DIGITS, writes)
    return b"%b %08x\n" % (number, zlib.crc32(number))
