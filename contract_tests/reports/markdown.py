"""The report for pull requests and step summaries: short GitHub-flavoured Markdown, details collapsed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from contract_tests.finding import shortest
from contract_tests.outcomes import Outcome
from contract_tests.reports.comparison import comparison
from contract_tests.reports.run import Judged, Run
from contract_tests.reports.visible import visible

_SIGNS = {
    Outcome.PASS: "✅",
    Outcome.FAIL: "❌",
    Outcome.WARN: "⚠️",
    Outcome.ACCEPTED: "☑️",
    Outcome.FLAKY: "🎲",
    Outcome.NOT_EXERCISED: "▫️",
    Outcome.SKIPPED: "▫️",
}
_HEADLINES = {0: "✅ The contract is kept", 1: "❌ The contract is broken", 2: "▫️ No judgement was possible"}
_SHOWN = 40
"""Rows that are shown; a step summary may not be long."""


def render(run: Run) -> str:
    """Return the report as Markdown; it holds no times."""
    blocks = [
        f"## {_headline(run)}",
        _counts(run),
        *_problems(run),
        *_changes(run),
        *_table(run),
        *_details(run),
        *_beside(run),
        *_missing(run),
    ]
    return "\n\n".join([*blocks, _footer(run)]) + "\n"


def _headline(run: Run) -> str:
    is_baseline = run.exit_code == 1 and Outcome.FAIL not in run.counts
    return "❌ The baseline no longer fits" if is_baseline else _HEADLINES[run.exit_code]


def _counts(run: Run) -> str:
    counts = " · ".join(f"{_SIGNS[outcome]} {count} {outcome}" for outcome, count in reversed(run.counts.items()))
    return f"{len(run.rules)} rules: {counts}"


def _problems(run: Run) -> Iterator[str]:
    """Yield what is wrong with the run itself."""
    for message in run.errors:
        yield f"> **The suite could not judge:** {_text(message)}"
    for each in run.ledger.objections:
        yield f"> **Baseline** {_code(each.place)}: {each.rule} on {_code(each.operation)}: {_text(each.message)}"


def _changes(run: Run) -> Iterator[str]:
    """Yield what changed since the run that this one was compared with."""
    found = comparison(run)
    if found:
        counts = f"{len(found.new)} new, {len(found.fixed)} fixed, {len(found.still)} still there"
        yield f"Findings since the earlier run: {counts}"


def _groups(run: Run) -> list[tuple[Judged, ...]]:
    """Return the findings of one rule, operation and outcome together, the one that is shown first."""
    groups: dict[tuple[str, str, Outcome], list[Judged]] = {}
    for judged in run.findings:
        groups.setdefault((judged.finding.rule, judged.finding.operation, judged.outcome), []).append(judged)
    return [_with_shown_first(found) for found in groups.values()]


def _with_shown_first(found: Sequence[Judged]) -> tuple[Judged, ...]:
    shown = shortest([each.finding for each in found], found[0].rule)
    return tuple(sorted(found, key=lambda each: each.finding is not shown))


def _table(run: Run) -> Iterator[str]:
    groups = _groups(run)
    if groups:
        rows = [_row(group) for group in groups[:_SHOWN]]
        yield "\n".join(["| | rule | operation | found |", "| --- | --- | --- | --- |", *rows])
    if len(groups) > _SHOWN:
        yield f"… and {len(groups) - _SHOWN} more; the other reports have all of them."


def _row(group: Sequence[Judged]) -> str:
    judged = group[0]
    finding = judged.finding
    sign = f"{_SIGNS[judged.outcome]} {judged.outcome}"
    more = f" (and {len(group) - 1} more)" if len(group) > 1 else ""
    found = f"{_text(finding.label)}{more}"
    return f"| {sign} | **{finding.rule}** {finding.level} | {_code(finding.operation)} | {found} |"


def _details(run: Run) -> Iterator[str]:
    for group in _groups(run)[:_SHOWN]:
        judged = group[0]
        finding = judged.finding
        lines = [f"Expected: {finding.expected}", f"Received: {finding.received}"]
        blocks = [f"{judged.rule.level}: {_prose(judged.rule.statement)}", *_acceptance(judged), _fenced("text", lines)]
        blocks += [_fenced("sh", [finding.script])] if finding.script else []
        others = [f"- {_text(each.finding.label)}" for each in group[1:]]
        blocks += ["Also:", "\n".join(others)] if others else []
        yield _collapsed(f"{finding.rule} on {finding.operation}: {finding.label}", blocks)


def _acceptance(judged: Judged) -> Iterator[str]:
    if judged.accepted:
        accepted = judged.accepted
        yield f"Accepted until {accepted.expires} by {_text(accepted.owner)}: {_text(accepted.reason)}"


def _beside(run: Run) -> Iterator[str]:
    if run.beside:
        lines = (f"- {each.rule} on {_code(each.operation)}: {_text(each.label)}" for each in run.beside[:_SHOWN])
        yield _collapsed("Found beside, of rules that were not selected", ["\n".join(lines)])


def _missing(run: Run) -> Iterator[str]:
    if run.unexercised:
        lines = (f"- {_text(why)}: {', '.join(rule.id for rule in rules)}" for why, rules in run.gaps.items())
        yield _collapsed(f"{len(run.unexercised)} rules were not exercised", ["\n".join(lines)])


def _footer(run: Run) -> str:
    started = run.started
    return (
        f"<sub>{_text(started.target)} · profile {started.profile} · seed {started.seed} · {run.requests} requests · "
        f"{_text(started.document.title)} {_text(started.document.version)}</sub>"
    )


def _collapsed(title: str, blocks: Sequence[str]) -> str:
    return "\n\n".join([f"<details><summary>{_html(title)}</summary>", *blocks, "</details>"])


def _fenced(language: str, lines: Iterable[str]) -> str:
    """Return a block of code whose fence is longer than any in it."""
    text = visible("\n".join(lines))
    fence = "`" * max(3, 1 + max(map(len, re.findall("`+", text)), default=0))
    return f"{fence}{language}\n{text}\n{fence}"


def _code(text: str) -> str:
    return f"`{text.replace('`', chr(39))}`"


def _text(text: str) -> str:
    """Return `text` in one line, as it is: nothing in it is markup, ends a cell, or calls on a person."""
    escaped = re.sub(r"([\\`*_{}\[\]()#+!|~@-])", r"\\\1", _html(" ".join(text.split())))
    return escaped.replace("\\-", "-").replace("\\(", "(").replace("\\)", ")").replace("\\+", "+")


def _prose(statement: str) -> str:
    """Return a sentence of the document, in which code stands between backticks as in Markdown."""
    parts = " ".join(statement.split()).split("`")
    return "`".join(part if place % 2 else _html(part) for place, part in enumerate(parts))


def _html(text: str) -> str:
    return " ".join(visible(text).split()).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
