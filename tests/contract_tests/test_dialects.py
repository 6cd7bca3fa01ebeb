"""Each deviation of real servers is found by the suite where the contract forbids it, and passes where it does not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from governance_contract import Contract
from governance_contract.fixtures import fixture_names, read_fixture

DEVIATIONS: dict[str, Any] = {
    name: told
    for dialect in fixture_names("dialects")
    for name, told in read_fixture("dialects", dialect).value.get("deviations", {}).items()
}
FORBIDDEN = {name: told["breaks"] for name, told in DEVIATIONS.items() if told["breaks"]}
ALLOWED = sorted(set(DEVIATIONS) - set(FORBIDDEN))
SCENARIOS = {"empty-list-null": "empty"}
SAMPLE = ("AUTH-01", "BUD-08", "LIST-*", "PUT-*", "RESP-02")
"""Rules that look at what the allowed deviations change."""


@pytest.mark.parametrize("name", FORBIDDEN)
def test_a_deviation_that_the_contract_forbids_is_found(
    serve: Callable[..., Any], judge_in_process: Callable[..., Any], name: str
) -> None:
    url = serve(deviation=(name,), scenario=SCENARIOS.get(name, "sample")).url
    judged = judge_in_process(url, *FORBIDDEN[name], without=("breadth", "workflows"))
    assert set(judged.red) == set(FORBIDDEN[name])


def test_without_a_deviation_nothing_is_found(serve: Callable[..., Any], judge_in_process: Callable[..., Any]) -> None:
    rules = sorted({rule for breaks in FORBIDDEN.values() for rule in breaks})
    assert judge_in_process(serve().url, *rules, without=("breadth", "workflows")).red == []


def test_deviations_that_the_contract_allows_are_no_findings(
    serve: Callable[..., Any], judge_in_process: Callable[..., Any]
) -> None:
    assert judge_in_process(serve(deviation=tuple(ALLOWED)).url, *SAMPLE, without=("breadth",)).red == []


def test_what_deviations_are_said_to_break_are_rules(contract: Contract) -> None:
    assert [rule for breaks in FORBIDDEN.values() for rule in breaks if rule not in contract.rules] == []
