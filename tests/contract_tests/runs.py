"""Runs made by hand, to see what reports make of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from contract_tests.finding import Finding
from contract_tests.options import read_options
from contract_tests.outcomes import Ledger
from contract_tests.reports.events import (
    Accepted,
    Compared,
    Event,
    Exchanged,
    Failed,
    Found,
    Objected,
    Past,
    ProbeFinished,
    RunEnded,
)
from contract_tests.reports.gathering import run_started
from contract_tests.reports.run import Run
from contract_tests.steps import Step
from governance_contract import Contract

CREATE = "createModelConfig"
PATH = "/api/governance/model-configs"
NASTY = "<script>alert('x')</script> & \"quotes\" | `ticks`\x00\ud800 \u202e"
"""What no report may let through as it is."""

STEP = Step(
    "POST",
    PATH,
    (("Content-Type", "application/json"),),
    '{"model_name": "a"}',
    200,
    (("content-type", "application/json"),),
    "{}",
)
_EQUAL = "accepted-unique_by"
FINDING = Finding("BUD-01", CREATE, "MUST", _EQUAL, "status 400", "200 {}", "/budgets", "curl -sS x", (STEP,))
SOFT = Finding("BUD-05", CREATE, "SHOULD", "accepted-minimum", "status 400", "200 {}", "/budgets", "curl -sS y")
NASTY_FINDING = Finding("REQ-07", CREATE, "MUST", "form", NASTY, NASTY, NASTY, f"curl {NASTY}", (STEP,))


def probe(
    name: str = "p", rules: Sequence[str] = ("BUD-01",), *, reason: str = "", untried: bool = False, **more: Any
) -> ProbeFinished:
    """Return a probe that exercised its rules on create, unless there is a reason why not."""
    exercised = () if reason else tuple(rules)
    cells = tuple((rule, CREATE) for rule in exercised)
    return ProbeFinished(
        name, more.get("layer", "probes"), tuple(rules), exercised, cells, reason, untried, 3, more.get("at", 0.0), 0.5
    )


def exchanged(seconds: float, *, operation: str = CREATE, status: int | None = 200, at: float = 0.0) -> Exchanged:
    """Return a request of the probe `p`."""
    return Exchanged("p", operation, "POST", PATH, status, at, seconds)


def accepted(finding: Finding) -> Accepted:
    """Return that a baseline accepts `finding`."""
    return Accepted(*finding.key, "known since May", "team-a", "2027-01-31")


def found(*findings: Finding, flaky: bool = False) -> tuple[Event, ...]:
    """Return the events that report findings."""
    return tuple(Found("p", finding, flaky) for finding in findings)


def run_of(contract: Contract, *events: Event, **options: Any) -> Run:
    """Return a run with these events between its start and its end."""
    given = read_options(options)
    started = run_started(contract, given, "http://127.0.0.1:4010", 1_790_000_000.0)
    code = Ledger.of(events).exit_code(contract.rules, given.level)
    return Run((started, *events, RunEnded(code, 1.5)))


def _past(finding: Finding) -> Past:
    return Past(finding.fingerprint, finding.rule, finding.operation, finding.level, finding.label)


def eventful(contract: Contract) -> Run:
    """Return a run in which everything happened that a report can tell."""
    return run_of(
        contract,
        *found(FINDING, SOFT, NASTY_FINDING),
        *found(Finding("LIST-01", "listModelConfigs", "MUST", "order", "one", "two"), flaky=True),
        Found("p", Finding("REQ-01", CREATE, "MUST", "accepted-required", "status 400", "200", "/model_name")),
        Found("p", Finding("IDN-01", CREATE, "SHOULD", "accepted-identity", "status 409", "200"), is_beside=True),
        exchanged(0.004),
        exchanged(0.010, at=0.1),
        exchanged(2.0, status=None, at=0.2),
        probe("p", ("BUD-01", "BUD-05", "REQ-07", "LIST-01", "REQ-01")),
        probe("q", ("AUTH-05",), reason="no virtual_key was found; pass --virtual-key-id", at=0.5),
        probe("r", ("TIME-01",), reason="not tried: deadline", untried=True, layer="time"),
        Failed("s", f"gone {NASTY}"),
        Accepted("REQ-01", CREATE, "/model_name", "accepted-required", "known since May", "team-a", "2027-01-31"),
        Objected("BUD-02", CREATE, "known.yaml:7", "the entry has expired"),
        Compared(
            "http://127.0.0.1:4010",
            "2026-09-20T14:13:20Z",
            1,
            (
                _past(FINDING),
                _past(Finding("BUD-05", CREATE, "SHOULD", "echo", "", "", "/mended")),
                _past(NASTY_FINDING),
            ),
        ),
    )
