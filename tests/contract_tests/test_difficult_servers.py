"""Servers that keep the contract but are slow, far, old or unsteady: the verdict is right, or honestly none."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

import pytest

from contract_tests.errors import SuiteError
from tests.contract_tests.conftest import Done, Judged, Served
from tests.contract_tests.relays import (
    Closing,
    Continuing,
    Dripping,
    Endless,
    Hinting,
    Inflating,
    Mortal,
    Relay,
    Remembering,
    Swallowing,
    Trickling,
    relayed,
)

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication

RULES = ("BUD-01", "LIFE-04")
PREFIX = "/some/prefix"

MANNERS: dict[str, dict[str, Any]] = {
    "HTTP/1.0": {"protocol_version": "HTTP/1.0"},
    "chunked": {"chunked": True},
    "a path prefix": {"prefix": PREFIX},
}


@pytest.mark.parametrize("manner", MANNERS)
def test_the_manner_of_transport_does_not_change_the_verdict(
    manner: str, serve: Callable[..., Served], judge_in_process: Callable[..., Judged]
) -> None:
    served = serve(scenario="empty")

    with relayed(served.url, **MANNERS[manner]) as url:
        judged = judge_in_process(url, *RULES, without=("workflows", "breadth", "races"))

    assert judged.red == []
    assert served.names() == []


def test_a_slow_server_is_judged_right(serve: Callable[..., Served], judge_in_process: Callable[..., Judged]) -> None:
    pause = threading.Event()

    def slow(app: WSGIApplication) -> WSGIApplication:
        def served(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
            pause.wait(0.1)  # the delay is what is tested: nothing is waited for
            return app(environ, start)

        return served

    served = serve(slow, scenario="empty")

    judged = judge_in_process(served.url, "LIFE-04", without=("workflows", "breadth", "races"))

    assert judged.red == []


def test_a_server_that_drops_every_50th_connection_gets_no_false_finding(
    serve: Callable[..., Served], run_command: Callable[..., Done]
) -> None:
    served = serve(scenario="empty")

    with relayed(served.url, dropped_every=50) as url:
        done = run_command(url, "--profile", "smoke")

    assert done.code in (0, 2), done.text
    assert done.code == 0 or "the suite could not judge: " in done.text
    assert served.names() == []


def test_requests_that_are_never_answered_while_others_are_break_a_rule(
    serve: Callable[..., Served], run_command: Callable[..., Done]
) -> None:
    served = serve(scenario="empty")

    with relayed(served.url, dropped_method="PUT") as url:
        done = run_command(url, "--profile", "smoke")

    assert done.code == 1, done.text
    assert "a request is not answered, while others are" in done.text
    assert served.names() == []


def test_a_list_that_is_never_answered_while_others_are_is_a_finding(
    serve: Callable[..., Served], run_command: Callable[..., Done]
) -> None:
    served = serve(scenario="empty")

    with relayed(served.url, dropped_path="/api/governance/model-configs") as url:
        done = run_command(url, "--profile", "smoke")

    assert done.code == 1
    assert "REQ-09 MUST (listModelConfigs)" in done.text


def test_a_server_that_answers_nothing_any_more_is_not_judged(
    serve: Callable[..., Served], judge_in_process: Callable[..., Judged]
) -> None:
    served = serve(scenario="empty")

    with relayed(served.url, dropped_method="GET") as url, pytest.raises(SuiteError, match="up and near"):
        judge_in_process(url, "PUT-06", without=("workflows", "breadth", "races"))


@pytest.mark.parametrize("kind", [Hinting, Remembering, Closing, Swallowing, Dripping], ids=lambda kind: kind.__name__)
def test_a_correct_server_behind_a_relay_of_this_kind_is_green_and_clean_afterwards(
    kind: type[Relay], serve: Callable[..., Served], run_command: Callable[..., Done]
) -> None:
    served = serve(scenario="empty")
    cookies: list[str] = []

    with relayed(served.url, kind=kind, cookies=cookies) as url:
        done = run_command(url, "--profile", "smoke")

    assert done.code == 0, done.text
    assert served.names() == []
    assert cookies == []


@pytest.mark.parametrize("kind", [Endless, Trickling, Continuing, Inflating], ids=lambda kind: kind.__name__)
def test_a_response_without_end_is_a_finding_in_bounded_time_and_memory(
    kind: type[Relay], serve: Callable[..., Served], run_command: Callable[..., Done]
) -> None:
    served = serve(scenario="empty")

    with relayed(served.url, kind=kind) as url:
        done = run_command(url, "--profile", "smoke", "--timeout", "1", module="tests.contract_tests.measured")

    assert done.code == 1, done.text
    assert served.names() == []
    assert "REQ-09" in done.text or "--max-response-bytes" in done.text
    assert int(done.text.rpartition("peak memory: ")[2].split()[0]) < 250


def test_a_deadline_holds_inside_a_response_that_trickles(
    serve: Callable[..., Served], run_command: Callable[..., Done]
) -> None:
    served = serve(scenario="empty")

    with relayed(served.url, kind=Trickling, endless_method="GET") as url:
        done = run_command(url, "--profile", "smoke", "--timeout", "30", "--deadline", "2")

    assert done.code == 2, done.text
    assert "the run was limited to 2 s (--deadline)" in done.text


def test_a_target_that_hangs_on_one_method_is_judged_all_the_same(
    serve: Callable[..., Served], run_command: Callable[..., Done]
) -> None:
    served = serve(scenario="empty")

    with relayed(served.url, hung_method="PUT") as url:
        done = run_command(url, "--profile", "smoke", "--timeout", "1")

    assert done.code == 1, done.text
    assert "REQ-09" in done.text
    assert "no whole response within 1 s" in done.text
    assert served.names() == []


def test_the_end_of_a_target_is_a_finding_that_names_the_last_requests(
    serve: Callable[..., Served], run_command: Callable[..., Done]
) -> None:
    served = serve(scenario="empty")

    with relayed(served.url, kind=Mortal) as url:
        done = run_command(url, "--profile", "smoke", "--restart-wait", "0")

    assert done.code == 1, done.text
    assert "the target ended" in done.text
    assert "its last request was PATCH /api/governance/model-configs" in done.text
    assert "-X PATCH" in done.text
    assert "probes not tried: the target ended" in done.text
    assert "contract-tests reap " in done.text
