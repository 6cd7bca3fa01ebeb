"""The same seed sends the same requests in the same order."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from contract_tests.plan import Plan
from tests.contract_tests.conftest import Judged, Served

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication

SIMULTANEOUS = ("races",)
"""Whose order is that of the threads."""


def recorded(serve: Callable[..., Served], judge: Callable[..., Judged], run_id: int, seed: int) -> list[str]:
    """Return method, path and body of every request of a gate run against a fresh mock, ids masked."""
    sent: list[str] = []

    def recorder(app: WSGIApplication) -> WSGIApplication:
        def served(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
            body = environ["wsgi.input"].read()
            environ["wsgi.input"] = io.BytesIO(body)
            line = f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}?{environ['QUERY_STRING']} {body!r}"
            sent.append(re.sub(rf"feed{run_id:04}", "run", line, flags=re.IGNORECASE))
            return app(environ, start)

        return served

    judge(serve(recorder, scenario="empty").url, plan=Plan(seed=seed), without=SIMULTANEOUS, run_id=f"feed{run_id:04}")
    return sent


def test_two_runs_of_one_seed_send_the_same_and_another_seed_does_not(
    serve: Callable[..., Served], judge_in_process: Callable[..., Judged]
) -> None:
    first = recorded(serve, judge_in_process, 1, seed=7)
    second = recorded(serve, judge_in_process, 2, seed=7)
    other = recorded(serve, judge_in_process, 3, seed=8)

    assert first == second
    assert first != other
