"""Makes the page: the template, its style and its script in one file, by a policy that lets nothing else in."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from itertools import groupby
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from contract_tests.finding import source_of
from contract_tests.outcomes import Outcome
from contract_tests.reports import badge
from contract_tests.reports.comparison import comparison
from contract_tests.reports.html import pictures
from contract_tests.reports.latency import latencies
from contract_tests.reports.run import Cell, Judged, Run
from contract_tests.reports.visible import visible
from governance_contract.rules import Rule

_FOLDER = Path(__file__).parent
_SIGNS = {
    Outcome.PASS: "✓",
    Outcome.FAIL: "✕",
    Outcome.WARN: "!",
    Outcome.ACCEPTED: "≈",
    Outcome.FLAKY: "~",
    Outcome.NOT_EXERCISED: "○",
    Outcome.SKIPPED: "·",
}
_HEADLINES = {0: "The contract is kept", 1: "The contract is broken", 2: "No judgement was possible"}
_STEPS = 12
"""Steps of a finding that are shown, the last ones."""


@dataclass(frozen=True)
class Group:
    """The findings of one rule."""

    rule: Rule
    line: int
    source: str
    findings: tuple[Judged, ...]


def render(run: Run) -> str:
    """Return the page."""
    style, script = _asset("page.css"), _asset("page.js")
    policy = (
        f"default-src 'none'; style-src '{_digest(style)}'; script-src '{_digest(script)}'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )
    return (
        _environment()
        .get_template("page.html")
        .render(
            run=run,
            started=run.started,
            style=Markup(style),  # noqa: S704 - our own file
            script=Markup(script),  # noqa: S704 - our own file
            policy=policy,
            headline=_headline(run),
            badge=badge.message(run),
            groups=tuple(_groups(run)),
            matrix=tuple(_matrix(run)),
            timeline=pictures.timeline(run),
            latencies=tuple(latencies(run.exchanges, [each.id for each in run.started.operations])),
            shares=pictures.shares(run),
            comparison=comparison(run),
            **_choices(run),
        )
    )


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=lambda value: visible(value) if type(value) is str else value,
    )
    environment.filters |= {
        "prose": _prose,
        "day": _day,
        "seconds": _seconds,
        "slug": _slug,
        "plural": _plural,
        "breakable": _breakable,
        "pretty": _pretty,
    }
    environment.globals |= {
        "sign": _SIGNS.__getitem__,
        "Outcome": Outcome,
        "shown_steps": _STEPS,
        "range_of": pictures.Scale,
    }
    return environment


def _headline(run: Run) -> str:
    is_baseline = run.exit_code == 1 and Outcome.FAIL not in run.counts
    return "The baseline no longer fits" if is_baseline else _HEADLINES[run.exit_code]


def _groups(run: Run) -> Iterator[Group]:
    """Yield the findings rule by rule, the rules that fail the run first."""
    worst = list(dict.fromkeys(judged.rule.id for judged in run.findings))
    ordered = sorted(run.findings, key=lambda judged: worst.index(judged.rule.id))
    for _, found in groupby(ordered, key=lambda judged: judged.rule.id):
        findings = tuple(found)
        first = findings[0]
        yield Group(first.rule, first.line, source_of(first.rule), findings)


def _matrix(run: Run) -> Iterator[tuple[Rule, Outcome, dict[str, Cell]]]:
    for rule, cells in groupby(run.cells, key=lambda cell: cell.rule):
        yield rule, run.outcomes[rule.id], {cell.operation: cell for cell in cells}


def _choices(run: Run) -> dict[str, Any]:
    """Return what the reader can choose from."""
    families = dict.fromkeys(rule.id.partition("-")[0] for rule in run.rules)
    outcomes = [each for each in pictures.ORDER if any(cell.outcome is each for cell in run.cells)]
    return {
        "families": tuple(families),
        "levels": tuple(dict.fromkeys(rule.level for rule in run.rules)),
        "outcomes": tuple(outcomes),
    }


def _asset(name: str) -> str:
    return (_FOLDER / name).read_text(encoding="utf-8")


def _digest(text: str) -> str:
    return f"sha256-{b64encode(sha256(text.encode()).digest()).decode()}"


def _prose(statement: str) -> Markup:
    """Return a sentence of the document, in which code stands between backticks."""
    parts = visible(statement).split("`")
    pieces = (Markup("<code>{}</code>").format(part) if place % 2 else escape(part) for place, part in enumerate(parts))
    return Markup("").join(pieces)


def _day(instant: str) -> str:
    moment = datetime.fromisoformat(instant)
    return f"{moment.day} {moment:%b %Y, %H:%M} UTC"


def _seconds(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.1f} s"
    return f"{int(seconds // 60)} min {int(seconds % 60)} s"


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


def _pretty(body: str) -> str:
    """Return JSON with a member on each line where nothing is lost by that, anything else as it is."""
    try:
        value = json.loads(body)
        compact = (json.dumps(value, ensure_ascii=False, separators=each) for each in ((", ", ": "), (",", ":")))
        return json.dumps(value, ensure_ascii=False, indent=2) if body in compact else body
    except (ValueError, RecursionError):
        return body


def _breakable(name: str) -> Markup:
    """Return a name in which a line may end before each capital."""
    return Markup("<wbr>").join(re.split(r"(?=[A-Z])", visible(name)))


def _plural(count: int, word: str, many: str = "") -> str:
    return f"{count} {word if count == 1 else many or word + 's'}"
