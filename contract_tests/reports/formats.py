"""The kinds of reports: the option that asks for one, its file name in a folder of all, and its maker."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from contract_tests.reports import badge, junit, machine, markdown, quality, sarif
from contract_tests.reports.events import as_lines
from contract_tests.reports.html import page
from contract_tests.reports.run import Run


@dataclass(frozen=True)
class Format:
    """One kind of report: a pure function of the run."""

    option: str
    file_name: str
    title: str
    render: Callable[[Run], str]


def _events(run: Run) -> str:
    return as_lines(run.events)


FORMATS = (
    Format("events", "events.jsonl", "log of events", _events),
    Format("html", "report.html", "page", page.render),
    Format("json", "report.json", "JSON report", machine.render),
    Format("junit", "junit.xml", "JUnit report", junit.render),
    Format("sarif", "report.sarif", "SARIF report", sarif.render),
    Format("code_quality", "code-quality.json", "code quality report", quality.render),
    Format("markdown", "summary.md", "Markdown summary", markdown.render),
    Format("badge", "badge.svg", "badge", badge.render_svg),
    Format("badge", "badge.json", "badge for shields.io", badge.render_shields),
)
