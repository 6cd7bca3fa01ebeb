"""Faults: which requests they strike, how often, and what comes of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from mockserver.exchange import NO_ANSWER, Request
from mockserver.faults.plan import AFTER, BEFORE, MOST_FAULTS, Fault, Faults, Latency, Plan
from mockserver.faults.waits import LONGEST_WAIT
from mockserver.faults.wire import Breakage
from mockserver.problems import Problem

NOW = datetime(2026, 3, 1, tzinfo=UTC)
REQUEST = Request(method="POST", path="/api/governance/model-configs")


def faults_of(*faults: Fault) -> Faults:
    kept = Faults()
    for fault in faults:
        kept.add(fault, NOW)
    return kept


def struck(faults: Faults, operation: str = "createModelConfig", now: datetime = NOW) -> list[str | None]:
    """Return the ids of the faults that strike the next request."""
    return [fault.id for fault in faults.plan(operation, REQUEST, now).faults]


@pytest.mark.parametrize(
    ("criteria", "is_struck"),
    [
        ({}, True),
        ({"operation": "createModelConfig"}, True),
        ({"operation": "listModelConfigs"}, False),
        ({"method": "post"}, True),
        ({"method": "GET"}, False),
        ({"path": "/api/governance/model-configs"}, True),
        ({"path": "/api/*/model-*"}, True),
        ({"path": "/api/governance"}, False),
        ({"path": "/API/*"}, False),
        ({"operation": "createModelConfig", "method": "GET"}, False),
    ],
)
def test_a_fault_strikes_the_requests_that_meet_all_its_criteria(criteria: Any, is_struck: bool) -> None:
    assert bool(struck(faults_of(Fault("status", **criteria)))) == is_struck


def test_a_fault_strikes_as_many_requests_as_it_says() -> None:
    faults = faults_of(Fault("status", times=2))
    assert [struck(faults) for _ in range(3)] == [["1"], ["1"], []]


def test_a_fault_strikes_until_its_instant() -> None:
    faults = faults_of(Fault("status", until=NOW))
    assert struck(faults, now=NOW - timedelta(microseconds=1)) == ["1"]
    assert struck(faults, now=NOW) == []


def test_the_chance_of_a_fault_follows_from_its_seed() -> None:
    runs = [
        [struck(faults) for _ in range(200)]
        for faults in (faults_of(Fault("status", probability=0.25, seed=seed)) for seed in (1, 1, 2))
    ]
    assert runs[0] == runs[1] != runs[2]
    assert 25 < runs[0].count(["1"]) < 75


def test_a_request_that_does_not_match_takes_no_chance_away() -> None:
    alone, among = (faults_of(Fault("status", probability=0.5, operation="createModelConfig")) for _ in range(2))
    for _ in range(20):
        struck(among, "listModelConfigs")
        assert struck(among) == struck(alone)


def test_a_request_is_ended_by_the_first_fault_that_ends_it_and_the_others_wait_for_their_turn() -> None:
    faults = faults_of(Fault("EMPTY_RESPONSE", times=1), Fault("status", times=1), Fault("latency"))
    assert [struck(faults) for _ in range(3)] == [["1", "3"], ["2", "3"], ["3"]]


def test_a_request_is_held_once_before_and_once_after_it_acts() -> None:
    holds = (Fault("hold", when=when) for when in (BEFORE, BEFORE, AFTER))
    assert struck(faults_of(*holds)) == ["1", "3"]


def test_what_the_request_itself_asks_for_comes_first() -> None:
    plan = faults_of(Fault("EMPTY_RESPONSE")).plan("any", REQUEST, NOW, [Fault("status", status=503)])
    assert plan.end == Fault("status", status=503)
    assert plan.summaries() == ({"id": None, "kind": "status", "when": "before", "status": 503},)


@pytest.mark.parametrize(("when", "acts"), [(BEFORE, False), (AFTER, True)])
def test_only_a_request_that_is_ended_before_it_acts_does_not_act(when: str, acts: bool) -> None:
    assert Plan((Fault("latency", when=when), Fault("timeout", when=when))).acts is acts
    assert Plan((Fault("latency", when=when),)).acts is True


@pytest.mark.parametrize(
    ("fault", "breakage", "logged", "sent"),
    [
        (Fault("EMPTY_RESPONSE", seed=7), Breakage("EMPTY_RESPONSE", 7), 0, 501),
        (Fault("timeout"), Breakage("EMPTY_RESPONSE"), 0, 501),
        (Fault("status", status=429), None, 429, 429),
    ],
)
def test_a_fault_ends_a_request_by_a_breakage_or_an_answer(
    fault: Fault, breakage: Breakage | None, logged: int, sent: int
) -> None:
    assert fault.breakage() == breakage
    assert Plan((fault,)).answer.status == logged
    assert fault.response().status == sent


def test_a_request_that_nothing_answers_has_no_answer_in_the_log() -> None:
    assert Plan((Fault("timeout"),)).answer is NO_ANSWER


@pytest.mark.parametrize(
    ("latency", "low", "high"),
    [
        (Latency(milliseconds=800), 0.8, 0.8),
        (Latency("uniform", lower=100, upper=200), 0.1, 0.2),
        (Latency("lognormal", median=100, sigma=0), 0.1, 0.1),
        (Latency("lognormal", median=100, sigma=0.1), 0.05, 0.2),
        (Latency("lognormal", median=100, sigma=10), 0, LONGEST_WAIT),
        (Latency(milliseconds=10**9), LONGEST_WAIT, LONGEST_WAIT),
    ],
)
def test_a_latency_is_drawn_from_its_distribution_by_the_seed(latency: Latency, low: float, high: float) -> None:
    drawn = [Fault("latency", latency=latency, matched=number).seconds() for number in range(50)]
    assert all(low <= seconds <= high for seconds in drawn)
    assert drawn == [Fault("latency", latency=latency, matched=number).seconds() for number in range(50)]


def test_latencies_add_up_on_their_side_and_a_timeout_passes_after_them() -> None:
    before, after = (Fault("latency", when=when, latency=Latency(milliseconds=500)) for when in (BEFORE, AFTER))
    plan = Plan((before, before, after, Fault("timeout", milliseconds=2000)))
    assert (plan.seconds(BEFORE), plan.seconds(AFTER)) == (1.0, 2.5)
    assert Plan((Fault("timeout"),) * 2).seconds(AFTER) == LONGEST_WAIT


def test_a_held_request_is_listed_until_it_waits_no_more() -> None:
    faults = faults_of(Fault("hold"))
    plan = faults.plan("createModelConfig", REQUEST, NOW)
    wait = faults.waits(plan, BEFORE, "createModelConfig", REQUEST, NOW)
    assert [hold.fault for hold in faults.holds.all()] == ["1"]
    wait.end()
    assert faults.holds.all() == []
    assert not faults.waits(plan, AFTER, "createModelConfig", REQUEST, NOW)


def test_a_copy_goes_its_own_way() -> None:
    faults = faults_of(Fault("status", times=2))
    struck(faults)
    copy = faults.copy()
    assert [struck(copy) for _ in range(2)] == [["1"], []]
    assert struck(faults) == ["1"]
    assert copy.add(Fault("hold"), NOW).id == "2"


def test_a_fault_that_is_over_gives_way_where_there_is_no_room() -> None:
    faults = faults_of(*[Fault("status", times=1)] * MOST_FAULTS)
    with pytest.raises(Problem, match="there are 100 faults already"):
        faults.add(Fault("status"), NOW)
    struck(faults)
    assert faults.add(Fault("status"), NOW).id == "101"
    assert faults.get("1") is None


def test_cleared_faults_release_what_they_hold() -> None:
    faults = faults_of(Fault("hold"))
    wait = faults.waits(faults.plan("any", REQUEST, NOW), BEFORE, "any", REQUEST, NOW)
    faults.clear()
    assert faults.all() == []
    assert wait.released
    assert wait.released.done()
    assert not wait.released.cancelled()


def test_a_fault_tells_what_it_is_without_conditions_that_it_does_not_have() -> None:
    fault = Fault("latency", "1", latency=Latency("uniform", lower=1, upper=2), until=NOW)
    assert fault.as_json(NOW) == {
        "kind": "latency",
        "id": "1",
        "when": "before",
        "probability": 1,
        "seed": 0,
        "until": "2026-03-01T00:00:00.000000Z",
        "latency": {"type": "uniform", "lower": 1, "upper": 2},
        "matched": 0,
        "fired": 0,
        "active": False,
    }
