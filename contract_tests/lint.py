"""The command `contract-tests lint`: whether documents can drive mock and suite."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from governance_contract.locations import data_path


def lint(documents: tuple[str, ...]) -> None:
    """Look for defects in documents, or in that of this kit.

    A defect is an unknown keyword, a rule that nothing carries out, an example that its own schema refuses, and
    the like; all are reported with file and line. Exit codes: 0 none, 1 some, 3 wrong usage.
    """
    from governance_contract import DocumentError, load_contract  # noqa: PLC0415 - not needed for --help

    paths = [Path(each) for each in documents] or [data_path("openapi", "governance.yaml")]
    defective = 0
    for path in paths:
        try:
            contract = load_contract(path)
        except DocumentError as error:
            click.echo(str(error), err=True)
            defective += 1
        else:
            click.echo(f"{path}: no defects, {len(contract.operations)} operations, {len(contract.rules)} rules")
    sys.exit(int(defective > 0))


lint_command = click.Command(
    "lint",
    callback=lint,
    help=lint.__doc__,
    params=[click.Argument(["documents"], nargs=-1, metavar="[DOCUMENT]...")],
)
