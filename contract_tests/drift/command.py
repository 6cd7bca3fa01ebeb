"""The commands `contract-tests diff` and `contract-tests drift`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from contract_tests.drift.change import Severity
from contract_tests.errors import SuiteError
from contract_tests.flags import flags_of
from contract_tests.options import read_options, require_url
from governance_contract.locations import data_path

if TYPE_CHECKING:
    from contract_tests.drift.source import Source

NEVER = "never"


def diff(old: str, new: str, fail_on: str, form: str) -> None:
    """Compare two documents and say what breaks clients that keep to OLD when NEW takes its place.

    Either is a file or, as in git, REVISION:PATH. A rule or bound of requests that is stricter breaks clients, and so
    does an answer that may hold more, or a promise that is gone. Exit codes: 0 nothing as severe as --fail-on, 1
    something, 3 wrong usage.
    """
    from contract_tests.drift.source import named  # noqa: PLC0415 - reads documents: not needed for --help

    _conclude(named(old), named(new), fail_on, form)


def drift(url: str, document: str | None, allow_missing: bool, fail_on: str, form: str, **given: Any) -> None:
    """Compare the document of this kit with the one that the server at URL serves at /openapi.json.

    Exit codes: 0 they agree as far as --fail-on asks, 1 they do not, 2 the server serves none or cannot be asked,
    3 wrong usage.
    """
    from contract_tests.drift.source import SERVED, from_server, named  # noqa: PLC0415 - as above

    ours = named(document or str(data_path("openapi", "governance.yaml")))
    served = from_server(require_url(url), read_options(given))
    if served is None:
        message = f"{url} serves no document at {SERVED}, so there is nothing to compare"
        if not allow_missing:
            raise SuiteError(f"{message}; pass --allow-missing where that is right")
        click.echo(message)
        return
    _conclude(ours, served, fail_on, form)


def _conclude(old: Source, new: Source, fail_on: str, form: str) -> None:
    from contract_tests.drift.report import FORMATS, drift_between  # noqa: PLC0415 - as above

    found = drift_between(old, new)
    click.echo(FORMATS[form](found))
    sys.exit(int(fail_on != NEVER and found.has(Severity(fail_on))))


def _shared() -> list[click.Parameter]:
    severities = [*(str(each) for each in Severity), NEVER]
    return [
        click.Option(
            ["--fail-on"],
            type=click.Choice(severities),
            default=str(Severity.BREAKING),
            show_default=True,
            help="exit with 1 on a change of this severity or a worse one",
        ),
        click.Option(
            ["--format", "form"],
            type=click.Choice(["text", "markdown", "json"]),
            default="text",
            show_default=True,
            help="how the changes are written",
        ),
    ]


diff_command = click.Command(
    "diff",
    callback=diff,
    help=diff.__doc__,
    params=[click.Argument(["old"]), click.Argument(["new"]), *_shared()],
)

drift_command = click.Command(
    "drift",
    callback=drift,
    help=drift.__doc__,
    params=[
        click.Argument(["url"]),
        click.Option(["--document"], metavar="FILE", help="the document to hold it against; else that of this kit"),
        click.Option(["--allow-missing"], is_flag=True, help="a server that serves no document is no failure"),
        *_shared(),
        *flags_of(("api_key", "timeout", "header")),
    ],
)
