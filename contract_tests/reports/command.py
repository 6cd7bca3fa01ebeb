"""The command `contract-tests report`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from contract_tests.errors import SuiteError, UsageError
from contract_tests.flags import flags_of
from contract_tests.options import REPORTS, read_options


def report(log: str, **given: Any) -> None:
    """Make reports of the LOG of an earlier run (`--events`, or events.jsonl of `--report`), without judging anew.

    Exit codes: that of the run, 2 where a report could not be written, 3 wrong usage.
    """
    from contract_tests.reports import destinations  # noqa: PLC0415 - loads what makes reports: not needed for --help
    from contract_tests.reports.events import read_events  # noqa: PLC0415 - as above
    from contract_tests.reports.run import Run  # noqa: PLC0415 - as above

    options = read_options(given)
    if not options.reports:
        raise UsageError("no report was asked for; pass --report DIR, or an option such as --html FILE")
    run = Run(read_events(Path(log)))
    if not run.is_whole:
        raise UsageError(f"{log} is no log of a whole run: its first line is the start of one, its last the end")
    destinations.require_writable(options)
    unwritten = destinations.write(run, options)
    if unwritten:
        raise SuiteError("\n".join(unwritten))
    click.echo(f"{run.verdict}: {run.started.target}, {run.started.started}")
    sys.exit(run.exit_code)


report_command = click.Command(
    "report",
    callback=report,
    help=report.__doc__,
    params=[click.Argument(["log"]), *flags_of(REPORTS)],
)
