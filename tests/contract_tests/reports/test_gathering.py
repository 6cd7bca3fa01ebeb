from __future__ import annotations

from typing import Any

from contract_tests.bench import Report
from contract_tests.options import read_options
from contract_tests.reports.events import Exchanged, Failed, Found, OperationSeen, ProbeFinished
from contract_tests.reports.gathering import events_of, run_started, since_of
from contract_tests.session import as_data
from governance_contract import Contract
from tests.contract_tests.runs import CREATE, FINDING, PATH, SOFT

REPORT = Report("p", ("BUD-01",), (FINDING,), (SOFT,), frozenset({"BUD-01"}), "why", 2, frozenset({("BUD-01", CREATE)}))


def _sent(method: str, path: str, status: int | None, since: float) -> dict[str, Any]:
    return {"method": method, "path": path, "status": status, "since": since, "seconds": 0.01234567}


def test_what_a_probe_handed_over_becomes_events_in_order(contract: Contract) -> None:
    sent = [_sent("POST", PATH, 200, 101.5), _sent("GET", f"{PATH}/abc", None, 101.75), _sent("GET", "/odd", 404, 102)]
    data = {**as_data(REPORT, "gone"), "since": 101.25, "seconds": 2.0, "sent": sent, "target": "x"}

    events = list(events_of(data, contract, "cases", 100.0))

    assert events == [
        Exchanged("p", CREATE, "POST", PATH, 200, 1.5, 0.0123),
        Exchanged("p", "getModelConfig", "GET", f"{PATH}/{{mc_id}}", None, 1.75, 0.0123),
        Exchanged("p", "", "GET", "", 404, 2.0, 0.0123),
        Found("p", FINDING),
        Found("p", SOFT, is_flaky=True),
        Failed("p", "gone"),
        ProbeFinished("p", "cases", ("BUD-01",), ("BUD-01",), (("BUD-01", CREATE),), "why", False, 2, 1.25, 2.0),
    ]


def test_a_run_starts_with_its_first_probe_whichever_worker_had_it() -> None:
    assert since_of([{"since": 5.0}, {"since": 3.0}, {}], 9.0) == 3.0
    assert since_of([{}], 9.0) == 9.0


def test_a_log_begins_with_all_that_reports_need_of_the_document(contract: Contract) -> None:
    started = run_started(contract, read_options({"rules": "BUD-*", "seed": "4"}), "http://127.0.0.1:1", 0.0)

    assert (started.started, started.seed, started.patterns) == ("1970-01-01T00:00:00Z", 4, ("BUD-*",))
    assert started.rules == tuple(contract.rules)
    assert set(started.document.lines) == {rule.id for rule in contract.rules}
    assert OperationSeen(CREATE, "POST", PATH) in started.operations
