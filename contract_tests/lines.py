"""Files of JSON lines, each of which is read into one value."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from contract_tests.errors import UsageError

T = TypeVar("T")


def read_lines(path: Path, read: Callable[[Any], T], *, one: str, file: str, version: int) -> tuple[T, ...]:
    """Return what `read` makes of each line of a file; `one` says what a line is, `file` what the file is.

    Raises:
        UsageError: it cannot be read, or holds something else; the message names file and line.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} cannot be read: {error}; expected {file}") from error
    found: list[T] = []
    for number, line in enumerate(lines, start=1):
        try:
            found.append(read(json.loads(line)))
        except OtherFormat as error:
            told = f"{path}, line {number} is of format {error}; this version reads {version}"
            raise UsageError(f"{told}: run again to make the file anew") from error
        except (LookupError, TypeError, ValueError, AttributeError, RecursionError) as error:
            told = f"{path}, line {number} is no {one}: {line[:80]!r}"
            raise UsageError(f"{told}; expected an {one} as this version writes it (format {version})") from error
    return tuple(found)


class OtherFormat(Exception):
    """A line is of another format, which is the message."""
