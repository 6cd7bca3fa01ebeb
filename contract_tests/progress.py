"""What the command shows while a run goes on: one line that changes on a terminal, plain lines elsewhere."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Generator
from shutil import get_terminal_size
from typing import Any

import pytest

from contract_tests.agenda import sizes
from contract_tests.labels import label_of
from contract_tests.probe import Probe


class Progress:
    """A pytest plugin in the place of pytest's dots; each rule is named once, as soon as it is found broken."""

    def __init__(self, agenda: tuple[Probe, ...], headline: str) -> None:
        self._headline = headline
        self._sizes = sizes(agenda)
        self._layers = {probe.id: probe.layer for probe in agenda}
        self._done: Counter[str] = Counter()
        self._requests: Counter[str] = Counter()
        self._broken: set[str] = set()
        self._terminal: Any = None

    def pytest_sessionstart(self, session: pytest.Session) -> None:
        """Say what begins."""
        self._terminal = session.config.pluginmanager.getplugin("terminalreporter")
        self._terminal.write_line(self._headline)

    @pytest.hookimpl(wrapper=True)
    def pytest_report_teststatus(self, report: pytest.TestReport) -> Generator[None, Any, Any]:
        """Keep pytest from showing a letter for each test."""
        category, letter, word = yield
        return (category, "", "") if hasattr(report, "judged") else (category, letter, word)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Show that a probe came to its end, and what it brought to light."""
        data = getattr(report, "judged", None)
        if data is None:
            return
        layer = self._layers.get(data["probe"], "")
        self._done[layer] += 1
        self._requests[layer] += data["requests"]
        for finding in data["confirmed"]:
            self._show_broken(finding)
        if self._changes:
            self._terminal.rewrite(self._line(data["probe"])[: get_terminal_size().columns - 1], erase=True)
        elif self._done[layer] == self._sizes.get(layer) and self._requests[layer]:
            self._terminal.write_line(f"{layer:15} {self._done[layer]:3} probes {self._requests[layer]:5} requests")

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self) -> None:
        """Take the changing line away before the summary comes."""
        self._erase()

    def _show_broken(self, finding: dict[str, Any]) -> None:
        if finding["rule"] in self._broken:
            return
        self._broken.add(finding["rule"])
        self._erase()
        label = label_of(finding["kind"], finding["pointer"])
        text = f"{finding['rule']:8} {finding['level']:6} {finding['operation']}: {label}"
        self._terminal.write_line(text if len(text) <= _WIDTH else f"{text[: _WIDTH - 1]}…")

    def _line(self, probe_id: str) -> str:
        done, all_ = sum(self._done.values()), sum(self._sizes.values())
        return f"[{done:{len(str(all_))}}/{all_}] {sum(self._requests.values())} requests; {probe_id}"

    def _erase(self) -> None:
        if self._terminal and self._changes:
            self._terminal.rewrite("", erase=True)
            self._terminal.rewrite("")

    @property
    def _changes(self) -> bool:
        return bool(self._terminal.isatty) and os.environ.get("TERM") != "dumb"


_WIDTH = 110
"""Characters of a finding that are shown while the run goes on; the summary has it whole."""
