"""Counters and their windows, when the clock of a server was moved (TIME-01 to TIME-03)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from contract_tests.exchange import Call, Exchange, Response
from contract_tests.oracle.notes import Notes
from contract_tests.oracle.observation import Observation
from contract_tests.oracle.rollover import Passage, judge_passage
from governance_contract import Contract

BEGUN = datetime(2099, 12, 31, 23, 59, tzinfo=UTC)
SEEN = Exchange(Call("GET", "/"), Response(200, {}, b"{}"))


def _budget(window: str, usage: float, since: datetime) -> dict[str, Any]:
    return {"max_limit": 9, "reset_duration": window, "current_usage": usage, "last_reset": since.isoformat()}


def _rate(tokens: int, since: datetime, requests: int, requests_since: datetime) -> dict[str, Any]:
    return {
        "token_max_limit": 9, "token_reset_duration": "1h", "token_current_usage": tokens,
        "token_last_reset": since.isoformat(), "request_max_limit": 9, "request_reset_duration": "1m",
        "request_current_usage": requests, "request_last_reset": requests_since.isoformat(),
    }  # fmt: skip


def _judged(contract: Contract, *views: dict[str, Any], after: timedelta, aligned: bool = False) -> list[Observation]:
    notes = Notes(contract, "getModelConfig", SEEN)
    judge_passage(notes, contract.resources["ModelConfig"], Passage(views[0], views[1], BEGUN + after, aligned))
    return notes.observations


def _broken(observations: list[Observation]) -> list[tuple[str, str, str]]:
    return [(each.rule, each.kind, each.pointer) for each in observations if not each.holds]


@pytest.mark.parametrize(
    ("after", "usage", "moved", "broken"),
    [
        (timedelta(minutes=59), 4, timedelta(), []),
        (timedelta(minutes=59), 0, timedelta(), ["usage"]),
        (timedelta(minutes=59), 4, timedelta(minutes=1), ["window"]),
        (timedelta(hours=1), 0, timedelta(hours=1), []),
        (timedelta(minutes=61), 0, timedelta(minutes=60), []),
        (timedelta(minutes=61), 0, timedelta(minutes=61), []),
        (timedelta(minutes=61), 4, timedelta(minutes=60), ["usage"]),
        (timedelta(minutes=61), 0, timedelta(), ["window"]),
    ],
)
def test_a_rolling_window_ends_after_its_duration(
    after: timedelta, usage: float, moved: timedelta, broken: list[str], contract: Contract
) -> None:
    before, now = {"budgets": [_budget("1h", 4, BEGUN)]}, {"budgets": [_budget("1h", usage, BEGUN + moved)]}

    observed = _judged(contract, before, now, after=after)

    assert [kind for _, kind, _ in _broken(observed)] == broken
    assert {each.rule for each in observed} == {"TIME-01"}


@pytest.mark.parametrize(
    ("window", "since"),
    [("1d", (2100, 1, 1)), ("1w", (2099, 12, 28)), ("1M", (2100, 1, 1)), ("1Y", (2100, 1, 1))],
)
def test_an_aligned_window_begins_at_a_boundary(window: str, since: tuple[int, int, int], contract: Contract) -> None:
    boundary = datetime(*since, tzinfo=UTC)
    has_ended = boundary > BEGUN
    before = {"budgets": [_budget(window, 3, BEGUN)]}
    right = {"budgets": [_budget(window, 0 if has_ended else 3, boundary if has_ended else BEGUN)]}
    wrong = {"budgets": [_budget(window, 3 if has_ended else 0, boundary + timedelta(hours=1))]}

    seen, missed = (_judged(contract, before, now, after=timedelta(minutes=2), aligned=True) for now in (right, wrong))

    assert [(each.rule, each.holds) for each in seen] == [("TIME-02", True)]
    assert _broken(missed) == [
        ("TIME-02", "usage", "/budgets/*/current_usage"),
        ("TIME-02", "window", "/budgets/*/last_reset"),
    ]


def test_the_counters_of_a_rate_limit_end_apart(contract: Contract) -> None:
    later = BEGUN + timedelta(minutes=1)
    before = {"rate_limit": _rate(5, BEGUN, 2, BEGUN)}
    right = {"rate_limit": _rate(5, BEGUN, 0, later)}
    both = {"rate_limit": _rate(0, later, 0, later)}

    assert _broken(_judged(contract, before, right, after=timedelta(seconds=61))) == []
    assert _broken(_judged(contract, before, both, after=timedelta(seconds=61))) == [
        ("TIME-03", "usage", "/rate_limit/token_current_usage"),
        ("TIME-03", "window", "/rate_limit/token_last_reset"),
    ]


@pytest.mark.parametrize("window", ["2d", "1M", "soon"])
def test_a_window_that_the_contract_does_not_time_is_not_judged(window: str, contract: Contract) -> None:
    before, now = {"budgets": [_budget(window, 3, BEGUN)]}, {"budgets": [_budget(window, 1, BEGUN)]}
    aligned = window == "2d"

    assert _judged(contract, before, now, after=timedelta(days=400), aligned=aligned) == []


def test_an_entry_that_is_gone_is_wrong(contract: Contract) -> None:
    observed = _judged(contract, {"budgets": [_budget("1h", 3, BEGUN)]}, {"budgets": []}, after=timedelta(minutes=1))

    assert [kind for _, kind, _ in _broken(observed)] == ["usage", "window"]
