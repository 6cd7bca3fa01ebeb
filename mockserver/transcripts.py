"""Logged requests written down for other tools: curl commands, an HTTP Archive, a pytest module."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl, quote

import orjson
from werkzeug.http import HTTP_STATUS_CODES

from mockserver.log import Entry
from mockserver.redaction import BODY_BYTES
from mockserver.state import clock
from mockserver.version import version

KEY_VARIABLE = "GOVERNANCE_API_KEY"
"""The environment variable from which what is written here takes the key, which the log does not have."""

_OF_THE_CONNECTION = frozenset(
    {"host", "connection", "content-length", "transfer-encoding", "accept-encoding", "user-agent", "accept", "expect"}
)


def as_curl(entries: Iterable[Entry], url: str) -> str:
    """Return a shell script with one curl command for each request."""
    commands = [_curl(entry, url) for entry in entries]
    return "\n".join(["#!/bin/sh", f"# The key is taken from {KEY_VARIABLE}.", *commands]) + "\n"


def as_har(entries: Iterable[Entry], url: str) -> dict[str, Any]:
    """Return an HTTP Archive, version 1.2."""
    creator = {"name": "governance-contract-kit", "version": version()}
    return {"log": {"version": "1.2", "creator": creator, "entries": [_har(entry, url) for entry in entries]}}


def as_pytest(entries: Iterable[Entry], url: str, scenario_path: str) -> str:
    """Return a module that replays the requests that acted in a session of its own and expects the same statuses.

    The session begins with the data that a POST to `scenario_path` loads.
    """
    exchanges = "".join(f"    {_exchange(entry)!r},\n" for entry in entries if entry.plan.acts)
    values = {"URL": repr(url), "KEY": KEY_VARIABLE, "SCENARIO": repr(scenario_path), "EXCHANGES": exchanges}
    return re.sub("@([A-Z]+)@", lambda match: values[match[1]], _MODULE)


def _curl(entry: Entry, url: str) -> str:
    words = ["curl", "-sS", "-X", shlex.quote(entry.method), shlex.quote(url + _encoded(entry))]
    words += ["--globoff", "--path-as-is"]
    if entry.status != HTTPStatus.UNAUTHORIZED:
        words += ["-H", f'"Authorization: Bearer ${KEY_VARIABLE}"']
    for name, value in _own_headers(entry).items():
        words += ["-H", shlex.quote(f"{name}: {value}")]
    if entry.body:
        words += ["--data-raw", shlex.quote(entry.body.decode("utf-8", "replace"))]
    cut = "  # the body was longer than the log keeps" if entry.body_size > BODY_BYTES else ""
    return " ".join(words) + cut


def _har(entry: Entry, url: str) -> dict[str, Any]:
    return {
        "startedDateTime": clock.timestamp(entry.at),
        "time": entry.milliseconds,
        "request": _har_request(entry, url),
        "response": _har_response(entry),
        "cache": {},
        "timings": {"send": 0, "wait": entry.milliseconds, "receive": 0},
        **({"_faults": list(entry.plan.summaries())} if entry.plan.faults else {}),
    }


def _har_request(entry: Entry, url: str) -> dict[str, Any]:
    sent = entry.body.decode("utf-8", "replace")
    return {
        "method": entry.method,
        "url": url + _encoded(entry),
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": _pairs(entry.headers.items()),
        "queryString": _pairs(parse_qsl(entry.query, keep_blank_values=True)),
        "headersSize": -1,
        "bodySize": entry.body_size,
        **({"postData": {"mimeType": "application/json", "text": sent}} if sent else {}),
    }


def _har_response(entry: Entry) -> dict[str, Any]:
    content = {
        "size": entry.answer_size,
        "mimeType": "application/json",
        "text": entry.answer.decode("utf-8", "replace"),
    }
    return {
        "status": entry.status,
        "statusText": HTTP_STATUS_CODES.get(entry.status, ""),
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": [{"name": "content-type", "value": "application/json"}],
        "content": content,
        "redirectURL": "",
        "headersSize": -1,
        "bodySize": entry.answer_size,
    }


def _exchange(entry: Entry) -> dict[str, Any]:
    return {
        "method": entry.method,
        "target": _encoded(entry),
        "headers": {n: v for n, v in _own_headers(entry).items() if n != "x-mock-session"},
        "body": entry.body.decode("utf-8", "replace"),
        "with_key": entry.status != HTTPStatus.UNAUTHORIZED,
        "status": entry.status,
        "answer": _read(entry.answer),
    }


def _read(answer: bytes) -> Any:
    try:
        return orjson.loads(answer)
    except orjson.JSONDecodeError:  # longer than the log keeps
        return None


def _encoded(entry: Entry) -> str:
    path = quote(entry.path, safe="/:@!$&'()*+,;=~")
    return f"{path}?{entry.query}" if entry.query else path


def _own_headers(entry: Entry) -> dict[str, str]:
    return {name: value for name, value in entry.headers.items() if name not in _OF_THE_CONNECTION}


def _pairs(items: Iterable[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in items]


_MODULE = '''\
"""Replays requests that a mock has logged, in a session of its own; run it with pytest."""

import os
import uuid

import requests

URL = os.environ.get("GOVERNANCE_URL", @URL@)
KEY = os.environ.get("@KEY@", "")
BEGINNING = @SCENARIO@
EXCHANGES = [
@EXCHANGES@]


def learn(recorded, received, ids):
    """Note which id stands for which in what is received now."""
    if isinstance(recorded, dict) and isinstance(received, dict):
        if isinstance(recorded.get("id"), str) and isinstance(received.get("id"), str):
            ids[recorded["id"]] = received["id"]
        for name in recorded.keys() & received.keys():
            learn(recorded[name], received[name], ids)
    elif isinstance(recorded, list) and isinstance(received, list):
        for before, now in zip(recorded, received):
            learn(before, now, ids)


def test_the_requests_are_answered_as_before():
    session, ids = {"x-mock-session": f"replay-{uuid.uuid4()}"}, {}
    requests.post(URL + BEGINNING, headers=session, timeout=30)
    for number, exchange in enumerate(EXCHANGES, start=1):
        headers = {**exchange["headers"], **session}
        if exchange["with_key"]:
            headers["Authorization"] = f"Bearer {KEY}"
        target, body = exchange["target"], exchange["body"]
        for recorded, received in ids.items():
            target, body = target.replace(recorded, received), body.replace(recorded, received)
        answer = requests.request(exchange["method"], URL + target, headers=headers, data=body.encode(), timeout=30)
        assert answer.status_code == exchange["status"], f"request {number}: {answer.text}"
        if answer.content and exchange["answer"] is not None:
            learn(exchange["answer"], answer.json(), ids)
'''
