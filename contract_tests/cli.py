"""The command `contract-tests`: the same run as `pytest contract_tests`, with options of its own."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import click

from contract_tests.baseline.command import baseline_command
from contract_tests.drift.command import diff_command, drift_command
from contract_tests.errors import SuiteError, UsageError
from contract_tests.exchange import KEY_VARIABLE
from contract_tests.flags import flags_of
from contract_tests.interruption import ended_by_terminate
from contract_tests.lint import lint_command
from contract_tests.options import FILES, OPTIONS, Option, read_options, require_url
from contract_tests.probe import Probe
from contract_tests.reports.command import report_command

GREEN, FINDINGS, NO_JUDGEMENT, WRONG_USAGE = 0, 1, 2, 3


class _WithUrl(click.Group):
    """A group that runs the suite when the first argument is no subcommand, so that `contract-tests URL` works."""

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        """Return the subcommand that `args` name, `run` where they name none."""
        name = args[0] if args and args[0] in self.commands else None
        return super().resolve_command(ctx, args if name else ["run", *args])

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Leave everything but the options of the group itself to the subcommand."""
        if not args or args[0] not in {*self.commands, "--help", "--version"}:
            args = ["run", *args]
        return super().parse_args(ctx, args)


def _version() -> str:
    try:
        return version("governance-contract-kit")
    except PackageNotFoundError:
        return "not installed"


@click.group(cls=_WithUrl, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(_version(), prog_name="contract-tests")
def cli() -> None:
    """Judge a server of the governance API, rule by rule.

    `contract-tests URL` runs the suite, which is `contract-tests run URL`; without a URL it starts the mock and judges
    that. Exit codes: 0 green, 1 findings, 2 the suite could not judge or a MUST rule was not exercised, 3 wrong
    usage.
    """


def run(url: str | None, list_only: bool, verbose: bool, workers: str | None, **given: Any) -> None:
    """Judge the server at URL, or the mock where none is given."""
    options = read_options(given)
    from contract_tests.agenda import require_agenda  # noqa: PLC0415 - reads the document: not needed for --help

    agenda = require_agenda(options)
    if list_only:
        _list(agenda)
        return
    if url is not None:
        require_url(url)
    options.key_for(own_mock=url is None)
    if any(options.values[name] for name in FILES):
        from contract_tests.reports.destinations import require_usable  # noqa: PLC0415 - only a run reads and writes

        require_usable(options)
    if workers and find_spec("xdist") is None:
        raise UsageError("-n needs pytest-xdist: pip install 'governance-contract-kit[scale]'")
    arguments = [
        "-c",
        str(Path(__file__).with_name("command.ini")),
        "--pyargs",
        "contract_tests",
        "-p",
        "no:cacheprovider",
        "-p",
        "no:randomly",
        "-p",
        "no:schemathesis",  # its plugin costs a second at start, and the suite calls it as a library
        "--no-header",
        "-rN",
        "--tb=no",
    ]
    arguments += ["-v"] if verbose else ["-q"]
    arguments += ["-n", workers] if workers else []
    arguments += ["--base-url", url] if url else []
    for option in OPTIONS:
        arguments += _as_argument(option, given.get(option.attribute))
    headline = (
        f"judging {url or 'a mock of its own'}: profile {options.profile}, seed {options.seed}, {len(agenda)} probes"
    )
    sys.exit(_run_pytest(arguments, [] if verbose else [_progress(agenda, headline)]))


def _as_argument(option: Option, value: Any) -> list[str]:
    """Return an option as pytest takes it; the key travels in the environment, where no process list shows it."""
    if option.name == "api-key" and value:
        os.environ[KEY_VARIABLE] = value
        return []
    if value is None or value is False or value == ():
        return []
    if value is True:
        return [f"--ct-{option.name}"]
    values = value if isinstance(value, tuple) else (value,)
    return [f"--ct-{option.name}={each}" for each in values]


def _progress(agenda: tuple[Probe, ...], headline: str) -> object:
    from contract_tests.progress import Progress  # noqa: PLC0415 - only a run needs pytest

    return Progress(agenda, headline)


def _run_pytest(arguments: list[str], plugins: list[object]) -> int:
    import pytest  # noqa: PLC0415 - only a run needs it: listing must be quick

    with ended_by_terminate():
        code = int(pytest.main(arguments, plugins))
    return WRONG_USAGE if code == pytest.ExitCode.USAGE_ERROR else min(code, NO_JUDGEMENT)


def _list(agenda: Iterable[Probe]) -> None:
    for probe in agenda:
        click.echo(f"{probe.layer:15} {probe.id:42} {', '.join(probe.rules)}")


run_command = click.Command(
    "run",
    callback=run,
    help=run.__doc__,
    params=[
        click.Argument(["url"], required=False),
        click.Option(["--list", "list_only"], is_flag=True, help="list the probes that would be carried out"),
        click.Option(["-v", "--verbose"], is_flag=True, help="one line for each probe"),
        click.Option(["-n", "workers"], metavar="N", help="processes to use (needs the extra `scale`)"),
        *flags_of(),
    ],
)
cli.add_command(run_command)
cli.add_command(baseline_command)
cli.add_command(report_command)


_REAPING = ("api_key", "prefix", "timeout", "retries", "max_rps", "header", "proxy_auth", "max_response_bytes")


def reap(url: str, older_than: str, journal: str | None, dry_run: bool, **given: Any) -> None:
    """Delete from the server at URL what earlier runs left there.

    That is every config whose name (or provider) begins with the prefix and a hyphen and that is old enough, or, with
    --journal, what the journal of one run names, whatever its age. Exit codes: 0 nothing is left, 1 something could
    not be deleted, 2 the target cannot be judged, 3 wrong usage.
    """
    from contract_tests import reap as reaper  # noqa: PLC0415 - loads the contract: not needed for --help

    options = read_options(given)
    age = reaper.read_age(older_than)
    with reaper.reaping(require_url(url), options, Path(journal) if journal else None) as (contract, target):
        if journal:
            results = reaper.reap_journal(contract, target, dry_run=dry_run)
        else:
            before = datetime.now(UTC) - age
            results = reaper.reap_prefix(contract, target, options.prefix, before, dry_run=dry_run)
        left = reaper.write_report(results, lambda line: click.echo(target.secrets.hidden(line)))
    sys.exit(FINDINGS if left else GREEN)


reap_command = click.Command(
    "reap",
    callback=reap,
    help=reap.__doc__,
    params=[
        click.Argument(["url"]),
        click.Option(["--older-than"], default="2h", show_default=True, metavar="AGE", help="such as 90s, 30m, 2h, 1d"),
        click.Option(
            ["--journal"], metavar="FILE", help="delete what this journal names, instead of what has the prefix"
        ),
        click.Option(["--dry-run"], is_flag=True, help="only say what would be deleted"),
        *flags_of(_REAPING),
    ],
)
cli.add_command(reap_command)


cli.add_command(diff_command)
cli.add_command(drift_command)
cli.add_command(lint_command)


@cli.command()
@click.argument("patterns", nargs=-1, metavar="[RULE]...")
def rules(patterns: tuple[str, ...]) -> None:
    """Print the catalogue: every rule with its level, source, operations, and how many probes exercise it.

    With one or more RULEs, such as BUD-06 or 'LIST-*', print all there is to know of each: statement, refusal, what it
    leaves open and is never a finding, and the probes.
    """
    from contract_tests.agenda import require_rules  # noqa: PLC0415 - reads the document: not needed for --help
    from contract_tests.catalogue import as_table, as_text  # noqa: PLC0415

    require_rules(patterns)
    click.echo(as_text(patterns) if patterns else as_table())


def main() -> None:
    """Run the command; wrong usage exits with 3."""
    try:
        cli.main(standalone_mode=False)
    except click.UsageError as error:
        error.show()
        sys.exit(WRONG_USAGE)
    except UsageError as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(WRONG_USAGE)
    except SuiteError as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(NO_JUDGEMENT)
    except click.Abort:
        sys.exit(NO_JUDGEMENT)


if __name__ == "__main__":
    main()
