"""The end of a run on a terminal that has colours: the same as in plain text, as tables and panels."""

from __future__ import annotations

import io
import shutil
from collections.abc import Iterator

from rich import box
from rich.console import Console, Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from contract_tests.finding import Finding, by_rule, shortest, source_of
from contract_tests.outcomes import Outcome
from contract_tests.reports.run import Run
from contract_tests.reports.visible import visible

_STYLES = {
    Outcome.PASS: "green",
    Outcome.SKIPPED: "dim",
    Outcome.NOT_EXERCISED: "dim",
    Outcome.FLAKY: "magenta",
    Outcome.ACCEPTED: "blue",
    Outcome.WARN: "yellow",
    Outcome.FAIL: "bold red",
}
_SIGNS = {Outcome.PASS: "✓", Outcome.FAIL: "✗", Outcome.WARN: "!", Outcome.FLAKY: "~", Outcome.ACCEPTED: "≈"}
_SHOWN = 4
"""How many further findings of one rule are named."""


def rendered(run: Run, remarks: tuple[str, ...], width: int | None = None) -> str:
    """Return the outcome of every rule, the findings and `remarks`, coloured, for a terminal of some columns."""
    columns = width or shutil.get_terminal_size().columns
    console = Console(file=io.StringIO(), force_terminal=True, width=columns, highlight=False, legacy_windows=False)
    console.print(_table(run))
    for rule_id, found in by_rule(run.ledger.open()).items():
        console.print(_panel(run, rule_id, found))
        if script := shortest(found, run.rules[rule_id]).script:
            console.print(Text(visible(script)), soft_wrap=True)  # outside the frame, so that it can be copied
            console.print()
    for remark in remarks:
        console.print(Text(remark))
    console.print(_counts(run))
    assert isinstance(console.file, io.StringIO)  # noqa: S101 - tells the types what stands three lines above
    return console.file.getvalue()


def _table(run: Run) -> Table:
    table = Table(box=box.SIMPLE_HEAD, expand=True, pad_edge=False)
    table.add_column("rule", no_wrap=True, style="bold")
    table.add_column("level", no_wrap=True, style="dim")
    table.add_column("outcome", no_wrap=True)
    table.add_column("the contract says", no_wrap=True, overflow="ellipsis", ratio=1)
    for rule in run.rules:
        outcome = run.outcomes[rule.id]
        if outcome is not Outcome.SKIPPED:
            sign = Text(f"{_SIGNS.get(outcome, '·')} {outcome}", style=_STYLES[outcome])
            table.add_row(rule.id, rule.level, sign, Text(rule.statement))
    return table


def _panel(run: Run, rule_id: str, found: list[Finding]) -> Panel:
    rule, first = run.rules[rule_id], shortest(found, run.rules[rule_id])
    style = _STYLES[run.outcomes[rule_id]]
    sides = Table.grid(padding=(0, 2))
    sides.add_column(style="dim", no_wrap=True)
    sides.add_column(overflow="fold")
    for name, text in _sides(first):
        sides.add_row(name, Text(visible(text)))
    others = list(_others(found, first))
    parts: list[RenderableType] = [Text(rule.statement, style="italic"), Text(""), sides]
    parts += [Text(""), *others] if others else []
    title = Text.assemble((f"{rule.id} {first.level}", style), f" on {first.operation}")
    return Panel(Group(*parts), title=title, title_align="left", subtitle=source_of(rule), border_style=style)


def _sides(finding: Finding) -> Iterator[tuple[str, str]]:
    yield "found", finding.label
    yield "expected", finding.expected
    yield "received", finding.received


def _others(found: list[Finding], first: Finding) -> Iterator[Text]:
    others = [each for each in found if each is not first]
    for each in others[:_SHOWN]:
        yield Text(visible(f"also {each.operation}: {each.label}"), style="dim")
    if len(others) > _SHOWN:
        yield Text(f"and {len(others) - _SHOWN} more like these", style="dim")


def _counts(run: Run) -> Text:
    parts = [(f"{count} {outcome}", _STYLES[outcome]) for outcome, count in run.counts.items()]
    pieces = [piece for part in parts for piece in (part, ", ")][:-1]
    sent = f"; {run.requests} requests, seed {run.started.seed}"
    return Text.assemble((f"{len(run.rules)} rules: ", "bold"), *pieces, sent)
