"""The requests and answers of a finding as people read them in a report: as texts, and not longer than they read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from contract_tests.exchange import KEY_VARIABLE, Call, Exchange

_LONGEST = 3000
"""Characters of a body that are kept."""

_MOST = 25
"""Steps of a finding that are kept, the last ones; its script has them all."""

_TOLD = ("content-type", "location", "retry-after", "www-authenticate")
"""Headers of an answer that explain it; others may hold what is nobody's business."""


@dataclass(frozen=True)
class Step:
    """A request and its answer; no `status` where none came."""

    method: str
    target: str
    headers: tuple[tuple[str, str], ...]
    body: str
    status: int | None
    answer_headers: tuple[tuple[str, str], ...]
    answer: str


def steps_of(exchanges: Sequence[Exchange]) -> tuple[Step, ...]:
    """Return the last of `exchanges` as steps."""
    return tuple(_step(exchange) for exchange in exchanges[-_MOST:])


def _step(exchange: Exchange) -> Step:
    call, answer = exchange.call, exchange.response
    told = {name: answer.headers[name] for name in _TOLD if name in answer.headers}
    return Step(
        call.method,
        call.url_path,
        _pairs({**_authorization(call), **call.headers}),
        _text(call.body or b""),
        answer.status or None,
        _pairs(told),
        _text(answer.body),
    )


def _authorization(call: Call) -> dict[str, str]:
    if call.authorization is None:
        return {"Authorization": f"Bearer ${KEY_VARIABLE}"}
    return {"Authorization": call.authorization} if call.authorization else {}


def _pairs(headers: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple(headers.items())


def _text(body: bytes) -> str:
    text = body.decode("utf-8", "backslashreplace")
    rest = len(text) - _LONGEST
    return text if rest <= 0 else f"{text[:_LONGEST]}\n… and {rest} characters more"
