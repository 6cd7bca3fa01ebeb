"""The log of a session over the control API, and what it is exported as."""

from __future__ import annotations

import ast
import shlex
from collections.abc import Callable
from typing import Any

import orjson
import pytest
from flask.testing import FlaskClient

Ask = Callable[..., Any]
CONFIGS = "/api/governance/model-configs"
KEY = "management-key"


@pytest.fixture
def asked(ask: Ask, client: FlaskClient) -> Ask:
    """Return `ask` after a list, a create, a refused create, and a request that has no operation."""
    ask("GET", f"{CONFIGS}?limit=5")
    ask("POST", CONFIGS, {"model_name": "it's"})
    ask("POST", CONFIGS, {"model_name": "m", "budgets": [{"max_limit": 1, "reset_duration": "1d"}] * 2}, status=400)
    client.get("/nowhere", headers={"X-Api-Key": "secret", "Cookie": "a=secret"})
    return ask


def test_requests_are_listed_newest_first(asked: Ask) -> None:
    listed = asked("GET", "/requests")
    assert listed["total"] == 4
    assert [(each["operation"], each["response"]["status"]) for each in listed["requests"]] == [
        (None, 404),
        ("createModelConfig", 400),
        ("createModelConfig", 200),
        ("listModelConfigs", 200),
    ]
    assert asked("GET", "/requests?limit=1")["requests"] == listed["requests"][:1]
    oldest = listed["requests"][-1]
    assert (oldest["request"]["path"], oldest["request"]["query"]) == (CONFIGS, "limit=5")
    assert asked("GET", f"/requests/{oldest['id']}") == oldest


@pytest.mark.parametrize(
    ("criteria", "count"),
    [
        ({}, 4),
        ({"method": "post"}, 2),
        ({"path": "/nowhere"}, 1),
        ({"path": "/api/*"}, 3),
        ({"status": 400}, 1),
        ({"rule": "BUD-01"}, 1),
        ({"operation": "createModelConfig"}, 2),
        ({"operation": "createModelConfig", "status": 200}, 1),
        ({"rule": "BUD-02"}, 0),
        ({"warning": "equal-windows"}, 0),
    ],
)
def test_requests_are_found_and_counted_by_criteria(asked: Ask, criteria: Any, count: int) -> None:
    assert asked("POST", "/requests/count", criteria) == {"count": count}
    assert len(asked("POST", "/requests/find", criteria)["requests"]) == count


@pytest.mark.parametrize(
    ("criteria", "message"),
    [
        ({"operation": "createModelConfg"}, "operation must be one of listModelConfigs, "),
        ({"rule": "BUD-99"}, "rule must be one of AUTH-01, "),
        ({"warning": "ignored"}, "warning must be one of ignored-member, "),
    ],
)
@pytest.mark.parametrize("path", ["/requests/find", "/requests/count"])
def test_criteria_that_no_request_can_meet_are_refused(ask: Ask, path: str, criteria: Any, message: str) -> None:
    assert message in ask("POST", path, criteria, status=400)["error"]["message"]


def test_only_requests_without_operation_are_unmatched(asked: Ask) -> None:
    (entry,) = asked("GET", "/requests/unmatched")["requests"]
    assert entry["request"]["path"] == "/nowhere"


def test_neither_log_nor_export_has_a_secret(asked: Ask, client: FlaskClient) -> None:
    client.get(f"{CONFIGS}?key={KEY}", headers={"X-Note": f"the key is {KEY}"}, data=KEY)
    texts = [orjson.dumps(asked("GET", path)).decode() for path in ("/requests", "/requests/export")]
    texts += [asked("GET", f"/requests/export?format={form}") for form in ("curl", "pytest")]
    for text in texts:
        assert KEY not in text
        assert "secret" not in text
        assert "(hidden)" in text


def test_a_session_sees_its_own_requests_only(asked: Ask) -> None:
    asked("GET", CONFIGS, session="other")
    assert asked("GET", "/requests", session="other")["total"] == 1
    assert asked("GET", "/requests")["total"] == 4


def test_the_log_can_be_emptied(asked: Ask) -> None:
    asked("DELETE", "/requests")
    assert asked("GET", "/requests") == {"requests": [], "total": 0}
    asked("GET", "/requests/1", status=404)


def test_curl_commands_are_quoted_and_take_the_key_from_the_environment(asked: Ask) -> None:
    lines = asked("GET", "/requests/export?format=curl").splitlines()[2:]
    words = shlex.split(lines[1])
    assert words[:5] == ["curl", "-sS", "-X", "POST", f"http://localhost{CONFIGS}"]
    assert "Authorization: Bearer $GOVERNANCE_API_KEY" in words
    assert orjson.loads(words[-1]) == {"model_name": "it's"}


def test_an_http_archive_has_every_request_in_order(asked: Ask) -> None:
    archive = asked("GET", "/requests/export")["log"]
    assert archive["version"] == "1.2"
    assert [entry["response"]["status"] for entry in archive["entries"]] == [200, 200, 400, 404]
    assert archive["entries"][0]["request"]["queryString"] == [{"name": "limit", "value": "5"}]


def test_a_pytest_module_is_valid_python_with_every_request(asked: Ask) -> None:
    module = ast.parse(asked("GET", "/requests/export?format=pytest"))
    values = {
        node.targets[0].id: node.value
        for node in module.body
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
    }
    exchanges = ast.literal_eval(values["EXCHANGES"])
    assert [each["status"] for each in exchanges] == [200, 200, 400, 404]
    assert ast.literal_eval(values["BEGINNING"]) == "/__admin/scenarios/empty"


@pytest.mark.parametrize("path", ["/requests?limit=0", "/requests?limit=x", "/requests/export?format=xml"])
def test_a_wrong_query_is_refused(ask: Ask, path: str) -> None:
    ask("GET", path, status=400)


def test_requests_are_heard_of_as_they_come(ask: Ask, client: FlaskClient) -> None:
    stream = client.get("/__admin/events", buffered=False)
    assert stream.content_type.startswith("text/event-stream")
    ask("GET", CONFIGS)
    pieces = iter(stream.response)
    greeting, event = next(pieces), next(pieces)
    stream.close()
    assert isinstance(event, bytes)
    assert greeting == b": listening\n\n"
    first, kind, data, *_ = event.decode().split("\n")
    assert (first, kind) == ("id: 1", "event: request")
    assert orjson.loads(data.removeprefix("data: "))["operation"] == "listModelConfigs"


def test_a_hidden_key_does_not_make_a_body_pass_for_one_that_was_cut(ask: Ask) -> None:
    ask("POST", CONFIGS, {"model_name": f"{KEY} and more"})
    ask("POST", CONFIGS, {"model_name": "m" * 20000})
    whole, cut = ask("GET", "/requests/export?format=curl").splitlines()[2:]
    assert "longer than the log keeps" not in whole
    assert "longer than the log keeps" in cut


def test_an_archive_has_a_repeated_parameter_each_time(ask: Ask) -> None:
    ask("GET", f"{CONFIGS}?search=a&search=b")
    (entry,) = ask("GET", "/requests/export")["log"]["entries"]
    assert [each["value"] for each in entry["request"]["queryString"]] == ["a", "b"]


def test_a_request_has_the_time_that_it_took(ask: Ask) -> None:
    ask("POST", "/faults", {"kind": "latency", "latency": {"type": "fixed", "milliseconds": 20}, "times": 1})
    ask("GET", CONFIGS)
    (entry,) = ask("GET", "/requests")["requests"]
    (archived,) = ask("GET", "/requests/export")["log"]["entries"]
    assert 20 <= entry["duration_ms"] < 20_000
    assert archived["time"] == archived["timings"]["wait"] == entry["duration_ms"]


def test_an_exported_command_sends_what_was_sent_and_nothing_of_the_machine(client: FlaskClient, ask: Ask) -> None:
    client.open(CONFIGS, method="POST", data="@/etc/hostname", query_string="a=[1]")
    client.open("/nowhere", method="A;B")
    first, second = ask("GET", "/requests/export?format=curl").splitlines()[2:]
    assert shlex.split(first)[-2:] == ["--data-raw", "@/etc/hostname"]
    assert "--globoff" in first
    assert "-X 'A;B' " in second


def test_a_key_in_a_query_is_not_exported_however_it_is_encoded(client: FlaskClient, ask: Ask) -> None:
    key = "management-key"
    encoded = "".join(f"%{ord(sign):02X}" for sign in key)
    escaped = "".join(f"\\u{ord(sign):04x}" for sign in key)
    client.get(f"{CONFIGS}?search={encoded}")
    client.post(CONFIGS, data=f'{{"model_name": "{escaped}"}}')
    for form in ("har", "curl", "pytest"):
        exported = str(ask("GET", f"/requests/export?format={form}"))
        assert encoded not in exported
        assert escaped not in exported
        assert exported.count("(hidden)") >= 2
