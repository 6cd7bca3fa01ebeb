from __future__ import annotations

import pytest

from contract_tests.finding import Finding
from contract_tests.reports.comparison import Comparison, compared, comparison
from contract_tests.reports.events import Event
from contract_tests.reports.machine import as_json
from contract_tests.reports.run import Run
from governance_contract import Contract
from tests.contract_tests.runs import CREATE, FINDING, SOFT, accepted, found, probe, run_of

ANOTHER = Finding("BUD-02", CREATE, "MUST", "read", "both", "one")
LOST = Finding("BUD-03", CREATE, "MUST", "accepted-unique_by", "status 400", "200")


def _compared(contract: Contract, before: tuple[Event, ...], now: tuple[Event, ...]) -> Comparison:
    earlier = as_json(run_of(contract, *before))
    told = comparison(run_of(contract, *now, compared(earlier)))
    assert told is not None
    return told


def test_findings_are_new_still_there_fixed_or_not_judged_again(contract: Contract) -> None:
    before = (*found(FINDING, ANOTHER, LOST), probe("p", ("BUD-01", "BUD-02", "BUD-03")))
    now = (*found(FINDING, SOFT), probe("p", ("BUD-01", "BUD-02", "BUD-05")))

    told = _compared(contract, before, now)

    assert [each.finding for each in told.new] == [SOFT]
    assert [each.finding for each in told.still] == [FINDING]
    assert [each.rule for each in told.fixed] == ["BUD-02"]
    assert [each.rule for each in told.unknown] == ["BUD-03"]


def test_a_finding_that_was_accepted_meanwhile_is_still_there(contract: Contract) -> None:
    told = _compared(contract, (*found(FINDING), probe()), (*found(FINDING), accepted(FINDING), probe()))

    assert [each.finding for each in told.still] == [FINDING]


@pytest.mark.parametrize("flaky_before", [True, False])
def test_what_flickers_is_neither_new_nor_fixed(flaky_before: bool, contract: Contract) -> None:
    flaky = (*found(FINDING, flaky=True), probe())

    told = _compared(contract, *((flaky, (probe(),)) if flaky_before else ((probe(),), flaky)))

    assert (told.new, told.still, told.fixed, told.unknown) == ((), (), (), ())


def test_a_run_that_was_compared_with_none_has_no_comparison(red: Run) -> None:
    assert comparison(red) is None
