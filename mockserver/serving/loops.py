"""The event loop of the server: that of uvloop where it can be installed, else asyncio's own."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Coroutine
from typing import Any

new_event_loop: Callable[[], asyncio.AbstractEventLoop] | None = None
"""Makes the loop; None leaves that to asyncio."""

if sys.platform != "win32" and sys.implementation.name == "cpython":
    from uvloop import new_event_loop


def run(main: Coroutine[Any, Any, None]) -> None:
    """Run `main` in a loop of its own until it ends, as `asyncio.run` does."""
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        runner.run(main)
