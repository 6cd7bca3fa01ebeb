from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from contract_tests.baseline.entries import Baseline, read_baseline
from contract_tests.baseline.update import Acceptance, as_yaml, updated
from contract_tests.errors import UsageError
from contract_tests.finding import Finding
from contract_tests.reports import machine
from contract_tests.reports.events import Failed
from governance_contract import Contract
from tests.contract_tests.baseline.conftest import TODAY, entry
from tests.contract_tests.runs import CREATE, FINDING, found, probe, run_of

LATER = date(2027, 1, 31)
ACCEPTANCE = Acceptance("being mended", "team-b", LATER)


def _report(contract: Contract, *events: Any, **options: Any) -> dict[str, Any]:
    return machine.as_json(run_of(contract, *events, **options))


def test_what_failed_the_run_is_taken_in(contract: Contract) -> None:
    soft = Finding("BUD-05", CREATE, "SHOULD", "accepted-minimum", "status 400", "200")
    report = _report(contract, *found(FINDING, soft), probe())

    done = updated(Baseline(), report, ACCEPTANCE, TODAY)

    assert [(each.rule, each.narrowed, each.owner, each.expires) for each in done.added] == [
        ("BUD-01", {}, "team-b", LATER)
    ]
    assert done.baseline.entries == done.added


def test_an_entry_for_each_finding_names_its_pointer_and_kind(contract: Contract) -> None:
    odd = Finding("BUD-01", CREATE, "MUST", "accepted-unique_by", "status 400", "200", "/budgets/*")

    done = updated(Baseline(), _report(contract, *found(odd), probe()), ACCEPTANCE, TODAY, each=True)

    (added,) = done.added
    assert added.matches(odd.key)
    assert not added.matches(("BUD-01", CREATE, "/budgets/0", "accepted-unique_by"))


def test_an_entry_that_is_still_needed_stays_as_it_is(contract: Contract) -> None:
    report = _report(contract, *found(FINDING), probe())

    done = updated(Baseline((entry(),)), report, None, TODAY)

    assert done.baseline.entries == (entry(),)
    assert (done.added, done.renewed, done.removed) == ((), (), ())


def test_an_entry_whose_findings_are_gone_is_taken_out(contract: Contract) -> None:
    done = updated(Baseline((entry(),)), _report(contract, probe()), None, TODAY)

    assert done.removed == (entry(),)
    assert done.baseline.entries == ()


def test_what_the_run_did_not_judge_stays(contract: Contract) -> None:
    before = Baseline((entry(rule="BUD-02"), entry()))

    for report in (
        _report(contract, probe("p", ("BUD-03",))),
        _report(contract, probe(), Failed("q", "gone")),
        _report(contract, probe(), profile="smoke"),
    ):
        assert updated(before, report, None, TODAY).baseline == before


def test_an_entry_that_has_expired_is_renewed(contract: Contract) -> None:
    expired = entry(expires=TODAY - timedelta(days=1))

    done = updated(Baseline((expired,)), _report(contract, *found(FINDING), probe()), ACCEPTANCE, TODAY)

    (renewed,) = done.renewed
    assert (renewed.rule, renewed.reason, renewed.expires) == ("BUD-01", "being mended", LATER)
    assert done.baseline.entries == done.renewed


def test_nothing_is_accepted_without_reason_owner_and_day(contract: Contract) -> None:
    with pytest.raises(UsageError, match="to be accepted: BUD-01 on createModelConfig; pass --reason"):
        updated(Baseline(), _report(contract, *found(FINDING), probe()), None, TODAY)


def test_what_is_written_reads_back(contract: Contract, tmp_path: Path) -> None:
    baseline = Baseline((entry(reason='colon: "quote" é', pointer="", kind="read"), entry(rule="BUD-02")), "thorough")
    path = tmp_path / "known.yaml"
    path.write_text(as_yaml(baseline), encoding="utf-8")

    again = read_baseline(path, contract)

    assert as_yaml(again) == as_yaml(baseline)
    assert again.profile == "thorough"
