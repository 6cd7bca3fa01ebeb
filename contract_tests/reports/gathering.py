"""Makes the log of a run from what the probes handed over, from this process or from workers."""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from contract_tests.options import RunOptions
from contract_tests.reports.events import (
    DocumentSeen,
    Event,
    Exchanged,
    Failed,
    Found,
    OperationSeen,
    ProbeFinished,
    RunStarted,
)
from contract_tests.session import from_data
from governance_contract import Contract

DOCUMENT_PATH = "openapi/governance.yaml"
"""Where the document lies in a repository that has the kit, for reports that point at lines."""

_PACKAGES = ("governance-contract-kit", "hypothesis", "pytest", "schemathesis")


def run_started(contract: Contract, options: RunOptions, target: str, since: float) -> RunStarted:
    """Return the event that begins a log; `since` is the start in seconds since the epoch."""
    return RunStarted(
        target=target,
        started=datetime.fromtimestamp(since, UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        versions={**{name: _version(name) for name in _PACKAGES}, "python": platform.python_version()},
        profile=options.profile,
        seed=options.seed,
        gate=options.level,
        patterns=options.patterns,
        read_only=options.read_only,
        document=_document(contract),
        rules=tuple(contract.rules),
        operations=tuple(OperationSeen(each.id, each.method, each.path) for each in contract.operations),
    )


def events_of(data: Mapping[str, Any], contract: Contract, layer: str, since: float) -> Iterator[Event]:
    """Yield what the report of one probe says, as plain data, in events."""
    report, error = from_data(dict(data))
    begun = _rounded(data.get("since", since) - since)
    for sent in data.get("sent", ()):
        yield _exchanged(report.probe, contract, sent, since)
    for finding in report.confirmed:
        yield Found(report.probe, finding)
    for finding in report.flaky:
        yield Found(report.probe, finding, is_flaky=True)
    for finding in report.beside:
        yield Found(report.probe, finding, is_beside=True)
    if error:
        yield Failed(report.probe, error)
    yield ProbeFinished(
        report.probe,
        layer,
        report.rules,
        tuple(sorted(report.exercised)),
        tuple(sorted(report.cells)),
        report.reason,
        data["untried"],
        report.requests,
        begun,
        _rounded(data.get("seconds", 0.0)),
    )


def since_of(reports: Sequence[Mapping[str, Any]], otherwise: float) -> float:
    """Return when the first of the probes began, in seconds since the epoch."""
    return float(min((each["since"] for each in reports if "since" in each), default=otherwise))


def _exchanged(probe: str, contract: Contract, sent: Mapping[str, Any], since: float) -> Exchanged:
    operation = contract.operations.at(sent["method"], sent["path"])
    return Exchanged(
        probe,
        operation.id if operation else "",
        sent["method"],
        operation.path if operation else "",
        sent["status"],
        _rounded(sent["since"] - since),
        _rounded(sent["seconds"]),
    )


def _document(contract: Contract) -> DocumentSeen:
    document = contract.document
    return DocumentSeen(
        document.root["info"]["title"],
        document.root["info"]["version"],
        DOCUMENT_PATH,
        hashlib.sha256(document.text.encode()).hexdigest(),
        {rule.id: document.line(f"/x-rules/{rule.id}") for rule in contract.rules},
    )


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def _rounded(seconds: float) -> float:
    """Return a duration to the tenth of a millisecond."""
    return round(max(0.0, seconds), 4)
