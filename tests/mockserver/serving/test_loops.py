from __future__ import annotations

import asyncio
import sys

import pytest

from mockserver.serving import loops


async def _note(seen: list[str]) -> None:
    seen.append(type(asyncio.get_running_loop()).__module__)


async def _fail() -> None:
    raise OSError("no such address")


def test_what_runs_has_the_fastest_loop_of_this_system() -> None:
    seen: list[str] = []
    loops.run(_note(seen))
    is_uvloop = sys.platform != "win32" and sys.implementation.name == "cpython"
    assert [name.partition(".")[0] for name in seen] == ["uvloop" if is_uvloop else "asyncio"]


def test_an_error_comes_out() -> None:
    with pytest.raises(OSError, match="no such address"):
        loops.run(_fail())
