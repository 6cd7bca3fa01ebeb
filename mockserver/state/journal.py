"""The write-ahead journal of a data file, as far as it says whether its last write is complete.

SQLite itself reads the journal; its format is described at https://www.sqlite.org/fileformat.html#the_write_ahead_log.
"""

from __future__ import annotations

from pathlib import Path

_HEADER_BYTES = 32
_FRAME_BYTES = 24


def is_torn(path: Path) -> bool:
    """Return whether a journal ends within a write, as where a process was killed meanwhile; False where none is."""
    try:
        with path.open("rb") as journal:
            header = journal.read(_HEADER_BYTES)
            page_size, salts = int.from_bytes(header[8:12], "big"), header[16:24]
            is_complete = True
            while frame := journal.read(_FRAME_BYTES):
                if len(frame) == _FRAME_BYTES and frame[8:16] != salts:
                    break  # left from before the journal was begun anew
                is_whole = len(frame) == _FRAME_BYTES and len(journal.read(page_size)) == page_size
                is_complete = is_whole and frame[4:8] != bytes(4)  # of a commit: how long the file is then
            return not is_complete or 0 < len(header) < _HEADER_BYTES
    except FileNotFoundError:
        return False
