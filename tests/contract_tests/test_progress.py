from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from contract_tests.agenda import agenda_of
from contract_tests.options import read_options
from contract_tests.progress import Progress

AGENDA = tuple(probe for probe in agenda_of(read_options({})) if probe.layer in ("workflows", "races"))
FINDING = {"rule": "RACE-01", "level": "SHOULD", "operation": "createModelConfig", "kind": "no-order", "pointer": ""}


class Terminal:
    """Keeps what it is told to write, the changing line by itself."""

    def __init__(self, *, isatty: bool) -> None:
        self.isatty = isatty
        self.lines: list[str] = []
        self.changing: list[str] = []

    def write_line(self, line: str) -> None:
        self.lines.append(line)

    def rewrite(self, line: str, **_: bool) -> None:
        self.changing.append(line)


def shown(*, isatty: bool, findings: tuple[dict[str, str], ...] = (), requests: int = 3) -> Terminal:
    """Return what is shown of a run in which every probe reports the same."""
    terminal = Terminal(isatty=isatty)
    progress = Progress(AGENDA, "judging it")
    config = SimpleNamespace(pluginmanager=SimpleNamespace(getplugin=lambda _: terminal))
    session: Any = SimpleNamespace(config=config)
    progress.pytest_sessionstart(session)
    for probe in AGENDA:
        data = {"probe": probe.id, "requests": requests, "confirmed": list(findings)}
        report: Any = SimpleNamespace(judged=data)
        progress.pytest_runtest_logreport(report)
    other: Any = SimpleNamespace()
    progress.pytest_runtest_logreport(other)
    progress.pytest_sessionfinish()
    return terminal


def test_elsewhere_than_on_a_terminal_each_layer_has_a_plain_line() -> None:
    terminal = shown(isatty=False)

    assert terminal.lines == [
        "judging it",
        "workflows         1 probes     3 requests",
        "races             7 probes    21 requests",
    ]
    assert terminal.changing == []


def test_a_terminal_has_one_line_that_changes_and_is_gone_at_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")

    terminal = shown(isatty=True)

    assert terminal.lines == ["judging it"]
    assert terminal.changing[0] == "[1/8] 3 requests; workflows"
    assert terminal.changing[-1] == ""


def test_a_terminal_that_cannot_go_back_has_plain_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "dumb")

    assert shown(isatty=True).changing == []


def test_a_rule_is_named_once_as_soon_as_it_is_found_broken() -> None:
    lines = shown(isatty=False, findings=(FINDING, FINDING)).lines

    assert lines[1].startswith("RACE-01  SHOULD createModelConfig: no order of simultaneous requests explains")
    assert lines[1].endswith("…")
    assert len([line for line in lines if line.startswith("RACE-01")]) == 1


def test_a_layer_that_sent_nothing_has_no_line() -> None:
    assert shown(isatty=False, requests=0).lines == ["judging it"]


@pytest.mark.parametrize(("extra", "expected"), [({"judged": {}}, ("passed", "", "")), ({}, ("passed", ".", "PASSED"))])
def test_the_letters_of_pytest_are_kept_back_for_the_suite_alone(extra: dict[str, Any], expected: object) -> None:
    report: Any = SimpleNamespace(**extra)
    hook = Progress(AGENDA, "").pytest_report_teststatus(report)
    next(hook)

    with pytest.raises(StopIteration) as ended:
        hook.send(("passed", ".", "PASSED"))

    assert ended.value.value == expected
