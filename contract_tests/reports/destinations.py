"""Where the reports of a run go: each kind to the file of its option, and all of them to the folder of `--report`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from contract_tests.baseline.entries import read_baseline
from contract_tests.casefile import require_keepable
from contract_tests.errors import UsageError
from contract_tests.options import RunOptions
from contract_tests.reports.formats import FORMATS, Format
from contract_tests.reports.machine import read_report
from contract_tests.reports.run import Run
from governance_contract import load_contract


def destinations(options: RunOptions) -> list[tuple[Path, Format]]:
    """Return the files that a run writes."""
    folder = [(Path(options.report) / each.file_name, each) for each in FORMATS] if options.report else []
    named = [(Path(options.values[name]), name) for name in options.reports if name != "report"]
    return [*folder, *((path, _format_for(path, name)) for path, name in named)]


def require_usable(options: RunOptions) -> None:
    """Make sure that every file can be read or written as the options ask, before anything is sent.

    Raises:
        UsageError: something cannot.
    """
    if options.baseline:
        read_baseline(Path(options.baseline), load_contract())
    if options.compare:
        read_report(Path(options.compare))
    if options.keep_cases:
        require_keepable(options)
    if options.record:
        _begin_recording(Path(options.record))
    require_writable(options)


def _begin_recording(path: Path) -> None:
    """Make a recording empty, whatever an earlier run left in it."""
    _require_writable(path, "recording")
    path.write_bytes(b"")


def require_writable(options: RunOptions) -> None:
    """Make sure that every report can be written before anything is sent, folders made where they are missing.

    Raises:
        UsageError: one cannot be written, or two go to one file; the message says which and why.
    """
    seen: set[Path] = set()
    if options.keep_cases:
        _require_writable(Path(options.keep_cases), "file of cases")
    for path, each in destinations(options):
        if path in seen:
            raise UsageError(f"--{each.option} {path}: another report goes to this file too; give each its own")
        seen.add(path)
        _require_writable(path, each.title)


def write(run: Run, options: RunOptions) -> tuple[str, ...]:
    """Write the reports of a run, and return a sentence for each that could not be written."""
    return tuple(_write_all(run, options))


def _write_all(run: Run, options: RunOptions) -> Iterator[str]:
    for path, each in destinations(options):
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(each.render(run).encode("utf-8", "replace"))
        except OSError as error:
            yield f"the {each.title} could not be written to {path}: {error.strerror or error}; the verdict is above"


def _format_for(path: Path, option: str) -> Format:
    """Return the format of an option, of several the one that the file name ends as, such as `.json` for a badge."""
    alike = [each for each in FORMATS if each.option == option]
    return next((each for each in alike if path.suffix == Path(each.file_name).suffix), alike[0])


def _require_writable(path: Path, title: str) -> None:
    try:
        _try_writing(path)
    except OSError as error:
        raise UsageError(
            f"the {title} cannot be written to {path}: {error.strerror or error}; name a file in a folder that you may "
            "write to"
        ) from error


def _try_writing(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    is_new = not path.exists()
    with path.open("ab"):
        pass
    if is_new:
        path.unlink()
