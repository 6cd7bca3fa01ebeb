"""The suite passes against the mock in every scenario, and in many sessions at once."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from contract_tests.plan import Plan
from governance_contract.fixtures import fixture_names
from tests.contract_tests.conftest import Judged, Served

SESSIONS = 20
SMOKE = Plan(profile="smoke")


@pytest.mark.parametrize("scenario", fixture_names("scenarios"))
def test_nothing_is_found_in_any_scenario(
    serve: Callable[..., Served], judge_in_process: Callable[..., Judged], scenario: str
) -> None:
    judged = judge_in_process(serve(scenario=scenario).url, plan=SMOKE)
    assert judged.ledger.exercised
    assert judged.red == []


def test_sessions_that_are_judged_at_once_never_see_each_other(
    serve: Callable[..., Served], judge_in_process: Callable[..., Judged]
) -> None:
    url = serve(scenario="empty").url

    def judge(number: int) -> Judged:
        """All use the same names, which only one of them could have in a world that they shared."""
        return judge_in_process(url, plan=SMOKE, headers={"X-Mock-Session": f"world-{number}"})

    with ThreadPoolExecutor(SESSIONS) as pool:
        assert [judged.red for judged in pool.map(judge, range(SESSIONS))] == [[]] * SESSIONS
