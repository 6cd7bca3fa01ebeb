"""Servers that are wrong in one named way, and the rule that must be red."""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from contract_tests.plan import Plan
from tests.contract_tests.conftest import KEY, PATH, Judged, Middleware, Served

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication

BASH = shutil.which("bash") or "bash"
Response = tuple[str, list[tuple[str, str]], bytes]
Ask = Callable[[dict[str, Any]], Response]


def middleware(change: Callable[[dict[str, Any], Ask], Response]) -> Middleware:
    """Return a middleware that answers what `change` makes of a request and of what the mock would answer."""

    def wrap(app: WSGIApplication) -> WSGIApplication:
        def ask(environ: dict[str, Any]) -> Response:
            told: list[Any] = []

            def start(status: str, headers: list[tuple[str, str]], *_: Any) -> Callable[[bytes], object]:
                told.extend((status, headers))
                return told.append

            body = b"".join(app(environ, start))
            return told[0], told[1], body

        def served(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
            status, headers, body = change(environ, ask)
            kept = [(name, value) for name, value in headers if name.lower() != "content-length"]
            start(status, [*kept, ("Content-Length", str(len(body)))])
            return [body]

        return served

    return wrap


def _read(environ: dict[str, Any]) -> bytes:
    """Return the body of a request and leave it to be read again."""
    body: bytes = environ["wsgi.input"].read()
    environ["wsgi.input"] = io.BytesIO(body)
    return body


def _answered(value: Any, status: str = "200 OK") -> Response:
    return status, [("Content-Type", "application/json")], json.dumps(value).encode()


def _edited(answer: Response, edit: Callable[[dict[str, Any]], None]) -> Response:
    status, headers, body = answer
    if not status.startswith("200"):
        return answer
    value = json.loads(body)
    edit(value)
    return status, headers, json.dumps(value).encode()


def key_in_other_header(environ: dict[str, Any], ask: Ask) -> Response:
    if environ.get("HTTP_X_API_KEY") == KEY:
        environ["HTTP_AUTHORIZATION"] = f"Bearer {KEY}"
    return ask(environ)


def update_without_budgets(environ: dict[str, Any], ask: Ask) -> Response:
    if environ["REQUEST_METHOD"] == "PUT":
        try:
            value = json.loads(_read(environ))
        except (ValueError, RecursionError):
            return ask(environ)
        if isinstance(value, dict) and "budgets" not in value:
            body = json.dumps({**value, "budgets": []}).encode()
            environ |= {"wsgi.input": io.BytesIO(body), "CONTENT_LENGTH": str(len(body))}
    return ask(environ)


def every_delete_succeeds(environ: dict[str, Any], ask: Ask) -> Response:
    answer = ask(environ)
    if environ["REQUEST_METHOD"] == "DELETE" and answer[0].startswith("404"):
        return _answered({"message": "Model config deleted successfully"})
    return answer


def list_counts_one_more(environ: dict[str, Any], ask: Ask) -> Response:
    if environ["REQUEST_METHOD"] == "GET" and environ["PATH_INFO"] == PATH:
        return _edited(ask(environ), lambda value: value.update(total_count=value["total_count"] + 1))
    return ask(environ)


def filtered_lists_count_the_page(environ: dict[str, Any], ask: Ask) -> Response:
    def edit(value: dict[str, Any]) -> None:
        if "model_configs" in value and "search=" in environ["QUERY_STRING"]:
            value["total_count"] = len(value["model_configs"])

    return _edited(ask(environ), edit)


def update_moves_created_at() -> Callable[[dict[str, Any], Ask], Response]:
    updated = set()

    def edit(value: dict[str, Any]) -> None:
        for config in value.get("model_configs") or [value.get("model_config", {})]:
            if config.get("id") in updated:
                config["created_at"] = "2020-01-01T00:00:00Z"

    def change(environ: dict[str, Any], ask: Ask) -> Response:
        if environ["REQUEST_METHOD"] == "PUT":
            updated.add(environ["PATH_INFO"].rpartition("/")[2])
        return _edited(ask(environ), edit)

    return change


def scope_without_target(environ: dict[str, Any], ask: Ask) -> Response:
    if environ["REQUEST_METHOD"] != "POST":
        return ask(environ)
    try:
        value = json.loads(_read(environ))
        scope = value.pop("scope") if not value.get("scope_id") else "global"
    except (ValueError, RecursionError, KeyError, AttributeError):
        return ask(environ)
    if scope not in ("virtual_key", "user"):
        return ask(environ)
    body = json.dumps({name: item for name, item in value.items() if name != "scope_id"}).encode()
    return ask({**environ, "wsgi.input": io.BytesIO(body), "CONTENT_LENGTH": str(len(body))})


def refused_and_stored(environ: dict[str, Any], ask: Ask) -> Response:
    if environ["REQUEST_METHOD"] != "POST":
        return ask(environ)
    body = _read(environ)
    answer = ask(environ)
    if answer[0].startswith("400") and b'"budgets"' in body:
        name = re.search(rb'"model_name": ?"([^"]+)"', body)
        smaller = b'{"model_name": "%s"}' % name.group(1) if name else b""
        ask({**environ, "wsgi.input": io.BytesIO(smaller), "CONTENT_LENGTH": str(len(smaller))})
    return answer


def fails_on_depth(environ: dict[str, Any], ask: Ask) -> Response:
    if environ["REQUEST_METHOD"] in ("POST", "PUT") and _read(environ).count(b"[[[[[["):
        return _answered({"error": {"message": "stack overflow"}}, "500 Internal Server Error")
    return ask(environ)


def echoes_the_key(environ: dict[str, Any], ask: Ask) -> Response:
    if environ["REQUEST_METHOD"] == "POST" and environ.get("HTTP_AUTHORIZATION", "").endswith(KEY):
        return _answered(
            {"error": {"message": f"who is {environ['HTTP_AUTHORIZATION']}?"}}, "500 Internal Server Error"
        )
    return ask(environ)


def time_stands_still(environ: dict[str, Any], ask: Ask) -> Response:
    """Say that the clock was moved, and do not move it."""
    if environ["PATH_INFO"] == "/__admin/clock" and environ["REQUEST_METHOD"] == "PUT":
        return _answered({"now": "2099-12-31T23:59:00Z"})
    return ask(environ)


SPOILT: dict[str, tuple[Callable[[dict[str, Any], Ask], Response], tuple[str, ...], str]] = {
    "an x-api-key header opens the door": (key_in_other_header, ("AUTH-0[1-4]",), "AUTH-04"),
    "an update without budgets removes them": (update_without_budgets, ("PUT-0[15]",), "PUT-01"),
    "a delete of what is gone succeeds": (every_delete_succeeds, ("LIFE-04",), "LIFE-04"),
    "the list counts one too many": (list_counts_one_more, ("LIST-0[12]",), "LIST-01"),
    "a page of a filtered list counts itself": (filtered_lists_count_the_page, ("LIST-03",), "LIST-01"),
    "an update moves created_at": (update_moves_created_at(), ("PUT-06",), "PUT-06"),
    "a refused create is stored": (refused_and_stored, ("BUD-03", "LIFE-02"), "LIFE-02"),
    "a scope without its target is accepted": (scope_without_target, ("REQ-05",), "REQ-05"),
    "deep JSON is answered 500": (fails_on_depth, ("REQ-09",), "REQ-09"),
}
ONLY_FUZZY = ("workflows", "breadth", "races")


@pytest.mark.parametrize("name", SPOILT)
def test_a_spoilt_server_turns_its_rule_red_first(
    name: str, serve: Callable[..., Served], judge_in_process: Callable[..., Judged]
) -> None:
    change, patterns, rule = SPOILT[name]
    served = serve(middleware(change), scenario="empty")

    judged = judge_in_process(served.url, *patterns, without=ONLY_FUZZY)

    assert judged.red[0] == rule
    assert served.names() == []
    assert_reproduces(judged, rule)


@pytest.mark.parametrize("rule", ["TIME-01", "TIME-02", "TIME-03"])
def test_windows_that_never_end_turn_the_rules_of_time_red(
    rule: str, serve: Callable[..., Served], judge_in_process: Callable[..., Judged]
) -> None:
    thorough = Plan(profile="thorough")
    assert judge_in_process(serve(scenario="empty").url, rule, plan=thorough).red == []
    spoilt = serve(middleware(time_stands_still), scenario="empty")
    assert judge_in_process(spoilt.url, rule, plan=thorough).red == [rule]


DOCUMENTS: dict[str, tuple[tuple[tuple[str, str], ...], str]] = {
    "equal durations are accepted on create": (
        (
            ("          uniqueItemProperties: [reset_duration]\n", ""),
            ("x-carries: {uniqueItemProperties: BUD-01, examples: BUD-07}", "x-carries: {examples: BUD-07}"),
        ),
        "BUD-01",
    ),
}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_server_by_a_laxer_document_turns_the_missing_rule_red_first(
    name: str, serve: Callable[..., Served], judge_in_process: Callable[..., Judged], edited: Callable[..., Path]
) -> None:
    changes, rule = DOCUMENTS[name]
    served = serve(document=edited(*changes), scenario="empty")

    judged = judge_in_process(served.url, rule, without=ONLY_FUZZY)

    assert judged.red[0] == rule
    assert served.names() == []
    assert_reproduces(judged, rule)


def run_script(script: str, key: str = KEY) -> str:
    """Return the status of the last of the commands that a finding shows, and run them all."""
    shown = re.sub(r"curl -sS(?!.*curl -sS)", "curl -sS -o /dev/null -w '%{http_code}'", script, flags=re.DOTALL)
    environment = {**os.environ, "GOVERNANCE_API_KEY": key}
    done = subprocess.run([BASH, "-c", shown], env=environment, capture_output=True, text=True, check=True, timeout=20)
    return done.stdout[-3:]


def assert_reproduces(judged: Judged, rule: str) -> None:
    finding = min(
        (each for each in judged.ledger.findings.values() if each.rule == rule), key=lambda each: len(each.script)
    )
    assert KEY not in finding.script
    status = re.match(r"\d{3}", finding.received)
    if status:
        assert run_script(finding.script) == status.group()


def test_a_server_that_echoes_the_key_does_not_get_it_into_the_findings(
    serve: Callable[..., Served], judge_in_process: Callable[..., Judged]
) -> None:
    served = serve(middleware(echoes_the_key), scenario="empty")

    judged = judge_in_process(served.url, "REQ-09", "REQ-08", without=ONLY_FUZZY)

    shown = repr(judged.ledger)
    assert "who is Bearer [API key]?" in shown
    assert KEY not in shown
    assert KEY[:-1] not in shown


def test_a_right_server_has_no_finding(serve: Callable[..., Served], judge_in_process: Callable[..., Judged]) -> None:
    served = serve(scenario="empty")

    judged = judge_in_process(served.url, "BUD-*", "AUTH-*", "LIFE-*", without=ONLY_FUZZY)

    assert judged.red == []
    assert served.names() == []
