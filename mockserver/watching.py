"""The files that a mock is made of, watched for changes while it serves."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

from governance_contract.fixtures import fixture_folders
from governance_contract.locations import data_path
from mockserver.settings import Settings

_FIXTURES = ("lookups", "scenarios", "schemas")
_LOOK_AGAIN_MS = 1000
"""After how many milliseconds without a sign of a change the files are looked at all the same."""

Stamp = tuple[int, int, int]
"""What tells one version of a file from another."""


class Files:
    """Document and fixtures as they were when they were last looked at."""

    def __init__(self, settings: Settings) -> None:
        self._document = settings.document or data_path("openapi", "governance.yaml")
        self._fixtures = [folder for kind in _FIXTURES for folder in fixture_folders(kind, settings.fixtures)]
        self._stamps = self._present()

    @property
    def folders(self) -> list[Path]:
        """The folders in which the files lie; editors put new files in the place of old ones."""
        fixtures = (folder for folder in self._fixtures if folder.is_dir())
        return sorted({self._document.parent, self._document.resolve().parent, *fixtures})

    def changed(self) -> list[Path]:
        """Return the files that have changed, come or gone since the last look."""
        old, self._stamps = self._stamps, self._present()
        return sorted(path for path in {*old, *self._stamps} if old.get(path) != self._stamps.get(path))

    def _present(self) -> dict[Path, Stamp]:
        fixtures = [path for folder in self._fixtures for path in folder.glob("*.yaml")]
        stamps = {}
        for path in (self._document, *fixtures):
            with contextlib.suppress(OSError):
                seen = path.stat()
                stamps[path] = (seen.st_mtime_ns, seen.st_size, seen.st_ino)
        return stamps


@contextlib.contextmanager
def watched(files: Files, on_change: Callable[[str], None], on_failure: Callable[[str], None]) -> Iterator[None]:
    """Call `on_change` with the names of the changed files, in a thread, until the context ends."""
    stop = threading.Event()
    thread = threading.Thread(target=_watch, args=(files, on_change, on_failure, stop), name="watch", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def _watch(
    files: Files, on_change: Callable[[str], None], on_failure: Callable[[str], None], stop: threading.Event
) -> None:
    import watchfiles  # noqa: PLC0415 - it takes a while to load, and only --watch needs it

    turns = watchfiles.watch(
        *files.folders,
        watch_filter=None,
        stop_event=stop,
        rust_timeout=_LOOK_AGAIN_MS,
        yield_on_timeout=True,  # a change before the first sign, or one that gave none, is found nevertheless
        raise_interrupt=False,
        recursive=False,
    )
    try:
        for _ in turns:
            if changed := files.changed():
                on_change(", ".join(map(str, changed)))
    except OSError as error:
        on_failure(f"changes are not noticed any more: {error}")
