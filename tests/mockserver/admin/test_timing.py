"""The clock of a session (TIME-01 to TIME-03), and two sessions at two times."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

Ask = Callable[..., Any]
CONFIGS = "/api/governance/model-configs"
START = "2026-03-01T09:00:00.000000Z"


def make(ask: Ask, **members: Any) -> dict[str, Any]:
    config: dict[str, Any] = ask("POST", CONFIGS, {"model_name": "gpt-4o", **members})["model_config"]
    return config


def read(ask: Ask, config: dict[str, Any], session: str | None = None) -> dict[str, Any]:
    found: dict[str, Any] = ask("GET", f"{CONFIGS}/{config['id']}", session=session)["model_config"]
    return found


def move(ask: Ask, action: str, **rest: Any) -> dict[str, Any]:
    answer: dict[str, Any] = ask("PUT", "/clock", {"action": action, **rest})
    return answer


def test_a_clock_that_nobody_moved_is_the_machines(ask: Ask, advance: Callable[..., None]) -> None:
    assert ask("GET", "/clock") == {"now": START, "machine": START, "frozen": False, "factor": 1}
    advance(hours=1)
    assert ask("GET", "/clock")["now"] == "2026-03-01T10:00:00.000000Z"


def test_a_frozen_clock_stands_until_it_is_moved(ask: Ask, advance: Callable[..., None]) -> None:
    move(ask, "freeze")
    advance(days=3)
    assert ask("GET", "/clock")["now"] == START
    assert move(ask, "advance", duration="2h")["now"] == "2026-03-01T11:00:00.000000Z"
    advance(days=3)
    assert ask("GET", "/clock")["now"] == "2026-03-01T11:00:00.000000Z"
    assert move(ask, "reset")["now"] == "2026-03-07T09:00:00.000000Z"


@pytest.mark.parametrize(
    ("command", "now"),
    [
        ({"action": "advance", "duration": "30s"}, "2026-03-01T09:00:30.000000Z"),
        ({"action": "advance", "duration": "1M"}, "2026-04-01T09:00:00.000000Z"),
        ({"action": "set", "instant": "2028-02-29T23:59:59Z"}, "2028-02-29T23:59:59.000000Z"),
        ({"action": "set", "instant": "2026-03-01T11:00:00+01:00"}, "2026-03-01T10:00:00.000000Z"),
    ],
)
def test_the_clock_moves_on(ask: Ask, advance: Callable[..., None], command: dict[str, Any], now: str) -> None:
    assert ask("PUT", "/clock", command)["now"] == now
    advance(seconds=1)
    assert ask("GET", "/clock")["now"] > now


def test_a_scaled_clock_runs_faster_and_goes_back_to_its_pace(ask: Ask, advance: Callable[..., None]) -> None:
    move(ask, "scale", factor=60)
    advance(minutes=2)
    assert ask("GET", "/clock")["now"] == "2026-03-01T11:00:00.000000Z"
    move(ask, "scale", factor=1)
    advance(minutes=2)
    assert ask("GET", "/clock")["now"] == "2026-03-01T11:02:00.000000Z"


def test_a_clock_never_leaves_the_calendar(ask: Ask, advance: Callable[..., None]) -> None:
    move(ask, "scale", factor=1_000_000_000)
    advance(days=36500)
    assert ask("GET", "/clock")["now"] == "9998-01-01T00:00:00.000000Z"
    config = make(ask, budgets=[{"max_limit": 1, "reset_duration": "1Y"}])
    changed = ask("PUT", f"{CONFIGS}/{config['id']}", {"provider": "p"})["model_config"]
    assert changed["updated_at"] > config["updated_at"]


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ({"action": "set", "instant": "2026-03-01T08:59:59Z"}, "only `reset` moves the clock back"),
        ({"action": "set", "instant": "9999-03-01T08:59:59Z"}, "no further than 9998"),
        ({"action": "set", "instant": "2026-06-30T23:59:60Z"}, ""),
        ({"action": "set"}, "instant is required"),
        ({"action": "advance"}, "duration is required"),
        ({"action": "advance", "duration": "9999Y"}, "no further than 9998"),
        ({"action": "advance", "duration": "-2h"}, "duration must be"),
        ({"action": "scale"}, "factor is required"),
        ({"action": "scale", "factor": 0}, "factor must be"),
        ({"action": "next"}, "no counter will ever return to 0"),
        ({"action": "rewind"}, "action must be one of"),
        ({}, "action is required"),
        ([], "must be an object"),
    ],
)
def test_a_command_that_cannot_be_carried_out_changes_nothing(ask: Ask, command: Any, said: str) -> None:
    answer = ask("PUT", "/clock", command, status=400)
    assert said in answer["error"]["message"]
    assert ask("GET", "/clock")["now"] == START


def test_an_advance_answers_with_every_roll_over(ask: Ask) -> None:
    config = make(
        ask,
        budgets=[{"max_limit": 10, "reset_duration": "1d"}, {"max_limit": 99, "reset_duration": "1M"}],
        rate_limit={"token_max_limit": 1000, "token_reset_duration": "1h"},
    )
    ask("POST", "/spend", {"model_config_id": config["id"], "cost": 4.5, "tokens": 700})
    day, hour = "2026-03-02T09:00:00.000000Z", "2026-03-02T10:00:00.000000Z"
    assert move(ask, "advance", duration="25h")["rollovers"] == [
        {
            "collection": "model_configs",
            "key": config["id"],
            "pointer": pointer,
            "old_usage": usage,
            "old_reset": START,
            "new_reset": reset,
        }
        for pointer, usage, reset in [
            ("/budgets/0/current_usage", 4.5, day),
            ("/rate_limit/token_current_usage", 700, hour),
        ]
    ]
    after = read(ask, config)
    assert [line["current_usage"] for line in after["budgets"]] == [0, 4.5]
    assert [line["last_reset"] for line in after["budgets"]] == [day, START]
    assert move(ask, "advance", duration="30m")["rollovers"] == []


def test_the_next_roll_overs_are_listed_and_can_be_jumped_to(ask: Ask) -> None:
    config = make(ask, budgets=[{"max_limit": 1, "reset_duration": d} for d in ("2w", "1h", "3M")])
    listed = ask("GET", "/clock/upcoming?limit=2")["upcoming"]
    assert [(each["at"], each["pointer"]) for each in listed] == [
        ("2026-03-01T10:00:00.000000Z", "/budgets/1/current_usage"),
        ("2026-03-15T09:00:00.000000Z", "/budgets/0/current_usage"),
    ]
    answer = move(ask, "next")
    assert answer["now"] == "2026-03-01T10:00:00.000000Z"
    assert [each["key"] for each in answer["rollovers"]] == [config["id"]]


def test_calendar_windows_end_at_utc_boundaries(ask: Ask) -> None:
    ask("POST", "/scenarios/calendar-month-end")
    assert ask("GET", "/clock")["now"] == "2028-02-29T23:59:30.000000Z"
    answer = move(ask, "advance", duration="30s")
    midnight = "2028-03-01T00:00:00.000000Z"
    assert [(each["pointer"], each["new_reset"]) for each in answer["rollovers"]] == [
        ("/budgets/0/current_usage", midnight),
        ("/budgets/2/current_usage", midnight),
    ]


def test_timestamps_date_header_and_log_follow_the_clock(ask: Ask, client: FlaskClient) -> None:
    move(ask, "set", instant="2030-01-01T00:00:00Z")
    assert make(ask)["created_at"] == "2030-01-01T00:00:00.000000Z"
    assert client.get(CONFIGS).headers["Date"] == "Tue, 01 Jan 2030 00:00:00 GMT"
    assert ask("GET", "/requests?limit=1")["requests"][0]["at"] == "2030-01-01T00:00:00.000000Z"


def test_two_sessions_live_at_two_times_side_by_side(ask: Ask) -> None:
    config = make(ask, budgets=[{"max_limit": 10, "reset_duration": "1d"}])
    for session in ("early", "late"):
        ask("POST", "/spend", {"model_config_id": config["id"], "cost": 3}, session=session)
    ask("PUT", "/clock", {"action": "advance", "duration": "2d"}, session="late")
    usages = [read(ask, config, session)["budgets"][0]["current_usage"] for session in (None, "early", "late", "early")]
    assert usages == [0, 3, 0, 3]
    nows = [ask("GET", "/clock", session=session)["now"] for session in (None, "early", "late")]
    assert nows == [START, START, "2026-03-03T09:00:00.000000Z"]


LATER = "2099-01-01T00:00:00Z"


@pytest.mark.parametrize(
    ("body", "pointers"),
    [
        ({"action": "freeze", "instant": LATER}, {"/instant"}),
        (
            {"action": "advance", "duration": "1d", "factor": 2, "instant": "2099-01-01T00:00:00Z"},
            {"/factor", "/instant"},
        ),
        ({"action": "set", "instant": LATER, "duration": "1d"}, {"/duration"}),
        ({"action": "scale", "factor": 2, "duration": "1d"}, {"/duration"}),
        ({"action": "next", "factor": 2}, {"/factor"}),
        ({"action": "reset", "duration": "1d"}, {"/duration"}),
        ({"action": "advance", "factor": 2}, {"/duration", "/factor"}),
    ],
)
def test_what_an_action_does_not_use_is_rejected(ask: Ask, body: Any, pointers: set[str]) -> None:
    before = ask("GET", "/clock")
    answer = ask("PUT", "/clock", body, status=400)
    assert {each["pointer"] for each in answer["extra_fields"]["violations"]} == pointers
    assert ask("GET", "/clock") == before


def test_a_clock_that_is_frozen_first_shows_exactly_what_it_is_set_to(ask: Ask, advance: Callable[..., None]) -> None:
    ask("PUT", "/clock", {"action": "freeze"})
    advance(milliseconds=3)
    instant = "2099-03-31T23:59:59.123456Z"
    assert ask("PUT", "/clock", {"action": "set", "instant": instant})["now"] == instant
    advance(milliseconds=3)
    assert ask("GET", "/clock")["now"] == instant
    ask("PUT", "/clock", {"action": "advance", "duration": "1s"})
    assert ask("GET", "/clock")["now"] == "2099-04-01T00:00:00.123456Z"


def test_a_clock_that_is_frozen_afterwards_shows_the_time_that_passed_too(
    ask: Ask, advance: Callable[..., None]
) -> None:
    ask("PUT", "/clock", {"action": "set", "instant": "2099-03-31T23:59:59Z"})
    advance(milliseconds=3)
    assert ask("PUT", "/clock", {"action": "freeze"})["now"] == "2099-03-31T23:59:59.003000Z"
