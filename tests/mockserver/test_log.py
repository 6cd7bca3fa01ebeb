"""The log is bounded in number and bytes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from mockserver import log as logs
from mockserver.exchange import Request, Response
from mockserver.log import MOST_LISTENERS, Log
from mockserver.problems import Problem
from mockserver.redaction import BODY_BYTES

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


Listening = Callable[[int], tuple[Log, logs.Listener]]


@pytest.fixture
def listening_with_room_for(monkeypatch: pytest.MonkeyPatch) -> Listening:
    """Return what makes a log, and its listener for which so many entries may wait."""

    def listening(entries: int) -> tuple[Log, logs.Listener]:
        monkeypatch.setattr(logs, "_WAITING", entries)
        log = Log(limit=99, limit_bytes=10**6)
        return log, log.listen(0.001)

    return listening


def events(listener: logs.Listener, number: int) -> list[bytes]:
    return [next(listener) for _ in range(number)]


def test_what_a_listener_has_no_room_for_is_counted_in_its_place(listening_with_room_for: Listening) -> None:
    log, listener = listening_with_room_for(2)
    for _ in range(5):
        add(log)
    greeting, *told = events(listener, 4)
    assert greeting == b": listening\n\n"
    assert [each[:5] for each in told] == [b"id: 1", b"id: 2", b"event"]
    assert told[2] == b'event: missed\ndata: {"count": 3}\n\n'
    add(log)
    assert next(listener).startswith(b"id: 6\n")


def test_nothing_overtakes_what_was_missed(listening_with_room_for: Listening) -> None:
    log, listener = listening_with_room_for(1)
    for _ in range(3):
        add(log)
    assert events(listener, 2)[1].startswith(b"id: 1\n")
    add(log)
    assert next(listener) == b'event: missed\ndata: {"count": 3}\n\n'
    assert next(listener) == b": nothing yet\n\n"


def test_long_entries_fill_the_room_of_a_listener_sooner() -> None:
    log = Log(limit=9999, limit_bytes=10**9)
    listener = log.listen(0.001)
    for _ in range(200):
        add(log, body=b"x" * BODY_BYTES)
    told = events(listener, 70)
    assert any(each.startswith(b"event: missed\n") for each in told)
    assert sum(map(len, told)) < 2**21


def test_so_many_may_listen_in_all_sessions_together() -> None:
    log = Log(limit=9, limit_bytes=10**6)
    other = log.empty()
    listeners = [(log, other)[number % 2].listen(1) for number in range(MOST_LISTENERS)]
    for each in (log, other, log.empty()):
        with pytest.raises(Problem, match=f"{MOST_LISTENERS} event streams are open already") as refusal:
            each.listen(1)
        assert (refusal.value.id, refusal.value.status) == ("too-many", 409)
    listeners[0].close()
    listeners[0].close()
    listeners.append(other.listen(1))
    with pytest.raises(Problem, match="close one"):
        log.listen(1)
