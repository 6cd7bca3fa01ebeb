"""The client of the suite, against small servers that answer as they are told."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest

from contract_tests.client.connection import Connections
from contract_tests.client.target import (
    DeadlineReached,
    Limits,
    OwnershipError,
    ReadOnlyRun,
    Target,
    TargetEnded,
)
from contract_tests.errors import SuiteError
from contract_tests.exchange import Call, json_call
from mockserver.serving.server import BackgroundServer
from tests.contract_tests.conftest import KEY

CREATED = b'{"model_config": {"id": "c1"}}'
Script = list[tuple[str, dict[str, str], bytes]]
LIST = Call("GET", "/configs")
CREATE = json_call("POST", "/configs", {"model_name": "m"})


class Scripted:
    """Answers one request after the other as it was told, the last answer again and again, and keeps the requests."""

    def __init__(self, script: Script) -> None:
        self.script = script
        self.requests: list[dict[str, Any]] = []

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        self.requests.append(environ)
        status, headers, body = self.script[min(len(self.requests), len(self.script)) - 1]
        start(status, [("Content-Length", str(len(body))), *headers.items()])
        return [body]


@pytest.fixture
def answering() -> Iterator[Callable[..., tuple[str, Scripted]]]:
    """Return what serves a script of answers: URL and server."""
    with ExitStack() as stack:

        def start(*script: tuple[str, dict[str, str], bytes]) -> tuple[str, Scripted]:
            app = Scripted(list(script))
            return stack.enter_context(BackgroundServer(app)).url, app

        yield start


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Return the seconds for which the client asked to sleep; it does not."""
    asked: list[float] = []
    monkeypatch.setattr(time, "sleep", asked.append)
    return asked


OK: tuple[str, dict[str, str], bytes] = ("200 OK", {}, b"{}")


def test_every_request_says_who_sends_it_and_in_which_run(
    answering: Callable[..., Any], target_of: Callable[..., Target]
) -> None:
    url, server = answering(OK)

    target_of(url, headers={"X-Tenant": "blue"}).send(LIST)

    sent = server.requests[0]
    assert sent["HTTP_USER_AGENT"].startswith("governance-contract-kit")
    assert sent["HTTP_X_CONFORMANCE_RUN"] == "0f0f0f0f"
    assert sent["HTTP_X_TENANT"] == "blue"


def test_every_request_is_noted_once_also_one_without_an_answer(
    answering: Callable[..., Any], target_of: Callable[..., Target]
) -> None:
    target = target_of(answering(OK)[0])
    target.send(LIST)
    target._connections.close()
    target._connections = Connections("http://127.0.0.1:9")
    with pytest.raises(SuiteError):
        target.send(LIST)

    sent = target.take_sent()

    assert [(each.method, each.path, each.status) for each in sent] == [
        ("GET", "/configs", 200),
        ("GET", "/configs", None),
    ]
    assert sent[0].since <= sent[1].since
    assert target.take_sent() == ()


THROTTLES: dict[str, tuple[str, dict[str, str], list[float]]] = {
    "a number": ("429 Too Many Requests", {"Retry-After": "3"}, [3.0]),
    "no hint": ("429 Too Many Requests", {}, [0.5]),
    "a proxy": ("503 Service Unavailable", {}, [0.5]),
    "nonsense": ("502 Bad Gateway", {"Retry-After": "soon"}, [0.5]),
}


@pytest.mark.parametrize("name", THROTTLES)
def test_a_request_that_was_turned_away_is_sent_again_after_the_time_asked_for(
    name: str, answering: Callable[..., Any], target_of: Callable[..., Target], pauses: list[float]
) -> None:
    status, headers, expected = THROTTLES[name]
    url, server = answering((status, headers, b""), OK)

    exchange = target_of(url, retries=1).send(LIST)

    assert exchange.response.status == 200
    assert pauses == expected
    assert len(server.requests) == 2


def test_a_retry_after_may_be_a_date(
    answering: Callable[..., Any], target_of: Callable[..., Target], pauses: list[float]
) -> None:
    date = format_datetime(datetime.now(UTC) + timedelta(seconds=20), usegmt=True)
    url, _ = answering(("503 Service Unavailable", {"Retry-After": date}, b""), OK)

    target_of(url, retries=1).send(LIST)

    assert 0 < pauses[0] <= 20


def test_a_wait_beyond_all_patience_ends_the_run_at_once(
    answering: Callable[..., Any], target_of: Callable[..., Target], pauses: list[float]
) -> None:
    url, server = answering(("429 Too Many Requests", {"Retry-After": "3600"}, b""), OK)

    with pytest.raises(SuiteError, match=r"answered 429 and asked to wait \(3600\)"):
        target_of(url, retries=5).send(LIST)

    assert (pauses, len(server.requests)) == ([], 1)


@pytest.mark.usefixtures("pauses")
@pytest.mark.parametrize(
    ("status", "headers", "times"),
    [
        ("503 Service Unavailable", {"Retry-After": "1"}, 1),
        ("503 Service Unavailable", {}, 1),
        ("504 Gateway Timeout", {}, 1),
        ("500 Internal Server Error", {}, 1),
    ],
)
def test_a_write_is_not_sent_again_before_somebody_looked_what_became_of_it(
    status: str,
    headers: dict[str, str],
    times: int,
    answering: Callable[..., Any],
    target_of: Callable[..., Target],
) -> None:
    url, server = answering((status, headers, b""), OK)

    exchange = target_of(url, retries=1).send(CREATE)

    assert exchange.response.status == int(status[:3])
    assert len(server.requests) == times


@pytest.mark.usefixtures("pauses")
def test_a_write_that_is_throttled_is_sent_again_since_nobody_looked_at_it(
    answering: Callable[..., Any], target_of: Callable[..., Target]
) -> None:
    url, server = answering(("429 Too Many Requests", {}, b""), OK)

    assert target_of(url, retries=1).send(CREATE).response.status == 200
    assert len(server.requests) == 2


def test_a_target_that_nobody_serves_is_no_finding(target_of: Callable[..., Target]) -> None:
    with pytest.raises(SuiteError, match="is the server running"):
        target_of("http://127.0.0.1:9").send(LIST)


def test_a_response_that_does_not_come_in_time_is_a_missing_one(target_of: Callable[..., Target]) -> None:
    release = threading.Event()

    def hang(_: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        release.wait(10)
        start("200 OK", [])
        return [b""]

    with BackgroundServer(hang) as server:
        target = target_of(server.url, timeout=0.05)
        exchange = target.send_once(LIST)
        release.set()

    assert exchange.response.is_missing
    assert exchange.response.shown() == "no response: no whole response within 0.05 s"


def test_a_target_that_stops_listening_has_ended_and_names_what_came_last(
    answering: Callable[..., Any], target_of: Callable[..., Target]
) -> None:
    target = target_of(answering(OK)[0])
    target.send(LIST)
    target._connections.close()
    target._connections = Connections("http://127.0.0.1:9")

    with pytest.raises(TargetEnded, match="nothing listens at port 9") as ended:
        target.send(CREATE)

    assert [each.call for each in ended.value.exchanges] == [LIST, CREATE]


def test_what_a_create_answers_is_journalled_and_may_be_deleted(
    answering: Callable[..., Any], target_of: Callable[..., Target]
) -> None:
    url, _ = answering(("200 OK", {}, CREATED))
    target = target_of(url)

    target.send(CREATE)
    assert target.journal.leftovers() == ("c1",)
    target.send(Call("DELETE", "/configs/c1"))

    assert target.journal.leftovers() == ()


BUSY: tuple[str, dict[str, str], bytes] = ("503 Service Unavailable", {"Retry-After": "0"}, b"")
GONE: tuple[str, dict[str, str], bytes] = ("404 Not Found", {}, b"{}")


def test_a_delete_that_is_answered_404_at_once_is_an_answer(
    answering: Callable[..., Any], target_of: Callable[..., Target]
) -> None:
    url, _ = answering(GONE)
    target = target_of(url, retries=1)
    target.journal.created("c1")

    assert target.send(Call("DELETE", "/configs/c1")).response.status == 404


def test_who_cleans_up_does_not_mind_which_try_deleted(
    answering: Callable[..., Any], target_of: Callable[..., Target]
) -> None:
    url, _ = answering(BUSY, GONE)
    target = target_of(url, retries=1)
    target.journal.created("c1")

    with target.cleaning():
        assert target.send(Call("DELETE", "/configs/c1")).response.status == 404


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_what_others_created_is_never_touched(
    method: str, answering: Callable[..., Any], target_of: Callable[..., Target]
) -> None:
    url, server = answering(OK)

    with pytest.raises(OwnershipError, match="this run did not create c9"):
        target_of(url).send(Call(method, "/configs/c9"))

    assert server.requests == []


def test_an_id_that_the_suite_made_up_may_be_deleted(
    answering: Callable[..., Any], target_of: Callable[..., Target]
) -> None:
    url, server = answering(OK)
    target = target_of(url)

    target.send(Call("DELETE", "/configs/" + target.stranger("c9")))

    assert len(server.requests) == 1


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_a_run_that_only_reads_sends_no_write(
    method: str, answering: Callable[..., Any], target_of: Callable[..., Target]
) -> None:
    url, server = answering(OK)
    target = target_of(url, read_only=True)

    with pytest.raises(ReadOnlyRun, match="--read-only"):
        target.send(Call(method, "/configs/c1", authorization=""))
    target.send(LIST)

    assert [environ["REQUEST_METHOD"] for environ in server.requests] == ["GET"]
    assert not target.has_written


def test_the_number_of_requests_is_limited_but_for_those_that_clean_up(
    answering: Callable[..., Any], target_of: Callable[..., Target]
) -> None:
    url, _ = answering(("200 OK", {}, CREATED))
    target = target_of(url, max_requests=1)
    target.send(CREATE)

    with pytest.raises(SuiteError, match="--max-requests"):
        target.send(LIST)
    with target.cleaning():
        target.send(Call("DELETE", "/configs/c1"))

    assert target.journal.leftovers() == ()


def test_processes_keep_the_limits_together() -> None:
    shared = Limits(max_rps=4, max_requests=9, share=2)

    assert (shared.own_rps, shared.own_requests) == (2, 4)
    assert (Limits(share=2).own_rps, Limits(share=2).own_requests) == (None, None)


def test_a_limit_that_is_shared_is_named_as_it_was_given(
    answering: Callable[..., Any], target_of: Callable[..., Target]
) -> None:
    url, _ = answering(OK)
    target = target_of(url, max_requests=3, share=2)
    target.send(LIST)

    with pytest.raises(SuiteError, match=r"limited to 3 requests, 1 for each of 2 processes \(--max-requests\)"):
        target.send(LIST)


def test_the_time_of_a_run_is_limited_but_not_that_of_cleaning_up(
    answering: Callable[..., Any], target_of: Callable[..., Target], monkeypatch: pytest.MonkeyPatch
) -> None:
    url, _ = answering(OK)
    target = target_of(url, deadline=5)
    later = time.monotonic() + 6
    monkeypatch.setattr(time, "monotonic", lambda: later)

    with pytest.raises(DeadlineReached, match=r"limited to 5 s \(--deadline\)"):
        target.send(LIST)
    with target.cleaning():
        assert target.send(LIST).response.status == 200


def test_requests_keep_their_distance(
    answering: Callable[..., Any],
    target_of: Callable[..., Target],
    pauses: list[float],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    url, _ = answering(OK)
    target = target_of(url, max_rps=4)
    monkeypatch.setattr(time, "monotonic", lambda: 1000.0)

    for _ in range(3):
        target.send(LIST)

    assert pauses == [0.25, 0.5]


def test_the_usual_variable_names_the_proxy(
    answering: Callable[..., Any], target_of: Callable[..., Target], monkeypatch: pytest.MonkeyPatch
) -> None:
    url, server = answering(OK)
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("http_proxy", url)

    target_of("http://gateway.invalid").send(LIST)

    assert server.requests[0]["HTTP_HOST"] == "gateway.invalid"


@pytest.mark.parametrize("authorization", [None, ""])
def test_a_key_of_the_netrc_is_never_sent(
    authorization: str | None,
    answering: Callable[..., Any],
    target_of: Callable[..., Target],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    url, server = answering(OK)
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login somebody password else\n", encoding="utf-8")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))

    target_of(url).send(Call("GET", "/configs", authorization=authorization))

    assert server.requests[0].get("HTTP_AUTHORIZATION") == (f"Bearer {KEY}" if authorization is None else None)
