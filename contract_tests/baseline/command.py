"""The command `contract-tests baseline`."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from contract_tests.errors import UsageError

if TYPE_CHECKING:
    from contract_tests.baseline.update import Acceptance


@click.group("baseline")
def baseline_command() -> None:
    """Keep the list of findings that are accepted for a while."""


@baseline_command.command()
@click.argument("file")
@click.option("--from", "report", required=True, metavar="REPORT", help="the JSON report of a run (--json)")
@click.option("--reason", metavar="TEXT", help="why the findings that are new are accepted")
@click.option("--owner", metavar="NAME", help="who answers for them")
@click.option("--expires", metavar="DATE", help="the last day on which they are accepted, such as 2027-01-31")
@click.option("--each", is_flag=True, help="an entry for each finding, instead of one for rule and operation")
def update(file: str, report: str, reason: str | None, owner: str | None, expires: str | None, each: bool) -> None:
    """Bring the baseline FILE up to date with the report of a run.

    What failed the run and has no entry is taken in, an entry that has expired is renewed, and an entry whose findings
    are gone is taken out; all others stay as they are. FILE is made where there is none; comments in it are lost.
    """
    from contract_tests.baseline import entries  # noqa: PLC0415 - reads the document: not needed for --help
    from contract_tests.baseline import update as updating  # noqa: PLC0415 - as above
    from contract_tests.reports.machine import read_report  # noqa: PLC0415 - as above
    from governance_contract import load_contract  # noqa: PLC0415 - as above

    path, today = Path(file), datetime.now(UTC).date()
    before = entries.read_baseline(path, load_contract()) if path.exists() else entries.Baseline()
    acceptance = _acceptance(reason, owner, expires, today)
    done = updating.updated(before, read_report(Path(report)), acceptance, today, each=each)
    try:
        path.write_text(updating.as_yaml(done.baseline), encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}; name a file that you may write to") from error
    for word, changed in (("added", done.added), ("renewed", done.renewed), ("removed", done.removed)):
        for entry in changed:
            click.echo(f"{word}: {entry.told}")
    click.echo(f"{path}: {len(done.baseline.entries)} entries")


def _acceptance(reason: str | None, owner: str | None, expires: str | None, today: date) -> Acceptance | None:
    from contract_tests.baseline.update import Acceptance  # noqa: PLC0415 - as above

    given = {"--reason": reason, "--owner": owner, "--expires": expires}
    if not any(given.values()):
        return None
    missing = [name for name, text in given.items() if not (text or "").strip()]
    if missing:
        raise UsageError(f"{', '.join(missing)} missing: an entry has a reason, an owner and a last day")
    try:
        day = date.fromisoformat(str(expires))
    except ValueError:
        raise UsageError(f"--expires {expires!r}: expected a date such as 2027-01-31") from None
    if day < today:
        raise UsageError(f"--expires {day}: this day is over; expected today or a later one")
    return Acceptance(str(reason), str(owner), day)
