"""What an accepted request is warned of, in the header and in the log."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from mockserver import suspicions

PATH = "/api/governance/model-configs"
ERRORS_PAGE = Path(__file__).parents[2] / "docs" / "errors.md"


def windows(*durations: str) -> dict[str, Any]:
    return {"budgets": [{"max_limit": 1, "reset_duration": duration} for duration in durations]}


def warned(client: FlaskClient) -> list[tuple[str, str, str]]:
    """Return the warnings of the latest request, from the log."""
    found = client.get("/__admin/requests?limit=1").get_json()["requests"][0]["response"]["warnings"]
    return [(each["id"], each["pointer"], each["message"]) for each in found]


BODIES: list[tuple[dict[str, Any], list[tuple[str, str]]]] = [
    ({"budget": {"max_limit": 1}}, [("ignored-member", "/budget")]),
    ({"calendar_aligned": True}, [("ignored-member", "/calendar_aligned")]),
    ({"id": "mine", "created_at": "now"}, [("ignored-member", "/created_at"), ("ignored-member", "/id")]),
    ({"nonsense": 1}, [("unknown-member", "/nonsense")]),
    ({"Provider": "openai"}, [("unknown-member", "/Provider")]),
    (
        {"budgets": [{"max_limit": 1, "reset_duration": "1d", "current_usage": 5, "max": 2}]},
        [("ignored-member", "/budgets/0/current_usage"), ("unknown-member", "/budgets/0/max")],
    ),
    ({"rate_limit": {"tokens": 5}}, [("unknown-member", "/rate_limit/tokens")]),
    ({"rate_limit": {"token_reset_duration": "1h"}}, [("window-without-limit", "/rate_limit/token_reset_duration")]),
    ({"scope_id": "vk-frontend"}, [("ignored-member", "/scope_id")]),
    ({"scope": "global", "scope_id": "x"}, [("ignored-member", "/scope_id")]),
    (windows("1d", "24h"), [("equal-windows", "/budgets/1/reset_duration")]),
    (windows("1w", "1Y", "7d", "12M"), [("equal-windows", f"/budgets/{n}/reset_duration") for n in (2, 3)]),
    (windows("1m", "1M"), [("minutes-beside-months", "/budgets/0/reset_duration")]),
    ({}, []),
    ({"scope": "user", "scope_id": "user-ada", "provider": None, "budgets": None, "rate_limit": {}}, []),
    (windows("1h", "1d", "28d", "1M"), []),
    (
        {**windows("1M"), "rate_limit": {"request_max_limit": 600, "request_reset_duration": "1m"}},
        [],
    ),
]


@pytest.mark.parametrize(("body", "expected"), BODIES, ids=str)
def test_an_accepted_body_is_warned_of_what_looks_like_a_mistake(
    client: FlaskClient, body: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    answer = client.post(PATH, json={"model_name": "m", **body})
    assert answer.status_code == 200, answer.text
    told = answer.headers.get("X-Mock-Warnings", "")
    assert re.findall(r'([a-z-]+);at="([^"]*)"', told) == expected
    assert [(name, pointer) for name, pointer, _ in warned(client)] == expected


def test_a_warning_says_what_was_perhaps_meant(client: FlaskClient) -> None:
    body = {"model_name": "m", "budget": {"max_limit": 1}, "Provder": "x", **windows("1d", "24h")}
    client.post(PATH, json=body)
    assert [message for _, _, message in warned(client)] == [
        "createModelConfig ignores Provder, which it does not know; did you mean provider?",
        "createModelConfig ignores budget, which no such request can set; did you mean budgets?",
        "24h is as long as 1d of entry 0",
    ]


def test_an_update_is_warned_that_it_cannot_move_a_config(
    client: FlaskClient, created: Callable[..., dict[str, Any]]
) -> None:
    own = created()["id"]
    answer = client.put(f"{PATH}/{own}", json={"scope": "user", "scope_id": "user-ada"})
    assert answer.headers["X-Mock-Warnings"].count("ignored-member") == 2


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("scop=user", [("unknown-parameter", "query/scop")]),
        ("limit=101", [("capped-parameter", "query/limit")]),
        ("limit=100&scope=&offset=3&search=x", []),
        ("__code=200", []),
        ("__=200", [("unknown-parameter", "query/__")]),
    ],
)
def test_a_query_is_warned_of_what_is_ignored(client: FlaskClient, query: str, expected: list[tuple[str, str]]) -> None:
    told = client.get(f"{PATH}?{query}").headers.get("X-Mock-Warnings", "")
    assert re.findall(r'([a-z-]+);at="([^"]*)"', told) == expected


def test_a_refused_request_is_told_of_its_violations_alone(client: FlaskClient) -> None:
    answer = client.post(PATH, json={"budget": {}, **windows("1d", "1d")})
    assert "X-Mock-Warnings" not in answer.headers
    assert answer.headers["X-Mock-Violations"] == 'REQ-01;at="/model_name", BUD-01;at="/budgets/1/reset_duration"'
    assert warned(client) == []


def test_very_many_unknown_members_are_told_of_up_to_a_bound(client: FlaskClient) -> None:
    answer = client.post(PATH, json={"model_name": "m", **{f"x{number}": 1 for number in range(500)}})
    assert len(warned(client)) == suspicions.MOST
    assert len(answer.headers["X-Mock-Warnings"]) < 1200


def test_requests_are_found_by_the_warning_that_they_got(client: FlaskClient) -> None:
    client.post(PATH, json={"model_name": "m", "budget": {}})
    client.get(PATH)
    assert client.post("/__admin/requests/count", json={"warning": "ignored-member"}).get_json() == {"count": 1}
    assert client.post("/__admin/requests/count", json={"warning": "equal-windows"}).get_json() == {"count": 0}


def test_a_key_in_the_place_of_a_member_is_hidden_in_the_log(client: FlaskClient) -> None:
    client.post(PATH, json={"model_name": "m", "management-key": 1})
    ((_, pointer, message),) = warned(client)
    assert pointer == "/(hidden)"
    assert "management-key" not in message


def test_the_page_of_errors_has_every_warning() -> None:
    source = Path(suspicions.__file__).read_text(encoding="utf-8")
    made = set(re.findall(r'Suspicion\("([a-z-]+)"', source))
    documented = re.findall(
        r"^\| `([a-z-]+)` \| [^|]+ \| [^|]+ \|$", ERRORS_PAGE.read_text(encoding="utf-8"), re.MULTILINE
    )
    assert sorted(documented) == sorted(made) == sorted(suspicions.IDS)
