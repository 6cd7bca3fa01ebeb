"""The log is bounded in number and bytes."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from mockserver.exchange import Request, Response
from mockserver.log import BODY_BYTES, Log

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def add(log: Log, path: str = "/", body: bytes = b"") -> None:
    log.add(NOW, "op", Request(path=path, body=body), Response(200, b"{}"))


def test_the_oldest_entries_give_way_when_there_are_too_many() -> None:
    log = Log(limit=3, limit_bytes=10**6)
    for number in range(5):
        add(log, f"/{number}")
    assert [(entry.number, entry.path) for entry in log.all()] == [(3, "/2"), (4, "/3"), (5, "/4")]
    assert log.get("1") is None
    assert log.get("5") is log.all()[-1]


def test_the_oldest_entries_give_way_when_they_are_too_long() -> None:
    log = Log(limit=100, limit_bytes=3 * 1300)
    for _ in range(5):
        add(log, body=b"x" * 1000)
    assert [entry.number for entry in log.all()] == [3, 4, 5]


@pytest.mark.parametrize("long", [{"path": "/" + "x" * 1000}, {"query": "x" * 1000}, {"headers": {"x": "x" * 1000}}])
def test_everything_that_is_kept_of_a_request_counts(long: dict[str, Any]) -> None:
    log = Log(limit=100, limit_bytes=3 * 1300)
    for _ in range(5):
        log.add(NOW, "op", Request(**long), Response(200, b"{}"))
    assert [entry.number for entry in log.all()] == [3, 4, 5]


def test_an_entry_that_is_longer_than_the_log_is_kept_alone() -> None:
    log = Log(limit=100, limit_bytes=10)
    add(log)
    add(log)
    assert [entry.number for entry in log.all()] == [2]


def test_a_long_body_is_cut_and_its_size_told() -> None:
    log = Log(limit=1, limit_bytes=10**6)
    add(log, body=b"x" * (BODY_BYTES + 1))
    (entry,) = log.all()
    assert (len(entry.body), entry.body_size) == (BODY_BYTES, BODY_BYTES + 1)


def test_a_log_of_no_requests_keeps_none() -> None:
    log = Log(limit=0, limit_bytes=10**6)
    add(log)
    assert log.all() == []


def test_numbers_go_on_after_the_log_was_emptied() -> None:
    log = Log(limit=9, limit_bytes=10**6)
    add(log)
    log.clear()
    add(log)
    assert [entry.number for entry in log.all()] == [2]


def test_a_secret_at_the_end_of_what_is_kept_is_hidden() -> None:
    log = Log(limit=9, limit_bytes=10**6, secrets=("management-key",))
    body = b"x" * (BODY_BYTES - 4) + b"management-key" + b"x" * 99
    log.add(NOW, None, Request(body=body), Response(200, b""))
    (entry,) = log.all()
    assert entry.body == b"x" * (BODY_BYTES - 4) + b"(hid"


@pytest.mark.parametrize("secret", ["management-key", "Bearer x"])
def test_a_secret_is_hidden_wherever_it_stands(secret: str) -> None:
    log = Log(limit=9, limit_bytes=10**6, secrets=(secret,))
    headers = {"authorization": "Bearer another", "x-note": f"a {secret}"}
    request = Request({}, f"q={secret}", headers, secret.encode(), path=f"/{secret}")
    log.add(NOW, None, request, Response(404, f'"{secret}"'.encode()))
    (entry,) = log.all()
    assert secret not in repr(entry)
    assert "another" not in repr(entry)


def test_a_listener_hears_what_comes_until_it_is_closed() -> None:
    log = Log(limit=9, limit_bytes=10**6)
    add(log)
    listener = log.listen(0.001)
    add(log)
    assert next(listener) == b": listening\n\n"
    assert next(listener).startswith(b"id: 2\n")
    assert next(listener) == b": nothing yet\n\n"
    listener.close()
    add(log)
    assert next(listener) == b": nothing yet\n\n"
