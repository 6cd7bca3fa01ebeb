"""The short way from server to API: Flask finds a route, wraps the request and the answer, and costs more than both."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache, partial

from werkzeug.http import http_date

from governance_contract.operations import Operation
from mockserver.api import Api
from mockserver.exchange import Request, Response
from mockserver.faults.delivery import Delivery
from mockserver.problems import Problem
from mockserver.sessions import Session, Sessions

_KEYED = re.compile(r"(?P<above>[^{}]*)/\{(?P<name>[^{}/]+)\}")
"""The path of an operation on one resource."""

Answered = tuple[Response, Session]
"""An answer, and the session that it comes from."""

Answering = Callable[[Session, Request], Response]
"""Answers a request in a session."""


class Shortcut:
    """Answers requests for operations of the API as the routes of the application do."""

    def __init__(self, api: Api, operations: tuple[Operation, ...], sessions: Sessions) -> None:
        self._api = api
        self._sessions = sessions
        self._plain = {(o.method, o.path): o for o in operations if "{" not in o.path}
        keyed = ((operation, _KEYED.fullmatch(operation.path)) for operation in operations)
        self._keyed = {(o.method, match["above"]): (o, match["name"]) for o, match in keyed if match}

    def way(
        self, method: str, path: str, query: str, headers: Mapping[str, str], body: bytes
    ) -> Callable[[Delivery], Answered] | None:
        """Return what answers such a request; None for one that Flask must see: another path, or from a page."""
        operation, parameters = self._found(method, path)
        if operation is None or "origin" in headers or not (path.isascii() and query.isascii()):
            return None
        return partial(self._answered, operation, Request(parameters, query, headers, body, method, path))

    def _found(self, method: str, path: str) -> tuple[Operation | None, Mapping[str, str]]:
        if plain := self._plain.get((method, path)):
            return plain, {}
        above, _, key = path.rpartition("/")
        operation, name = self._keyed.get((method, above), (None, ""))
        return (operation, {name: key}) if key else (None, {})

    def _answered(self, operation: Operation, asked: Request, delivery: Delivery) -> Answered:
        return answered(self._sessions, asked, lambda session, _: self._api.answer(operation, session, asked, delivery))


def answered(sessions: Sessions, asked: Request, answer: Answering) -> Answered:
    """Return the answer in the session that a request names."""
    try:
        session = sessions.chosen(asked.headers)
    except Problem as problem:
        return problem.response(), sessions.base
    return answer(session, asked), session


def head(response: Response, session: Session) -> dict[str, str]:
    """Return the headers of an answer that do not follow from its body."""
    return {"Date": _date(int(session.timepiece().timestamp())), **response.headers}


@lru_cache(maxsize=16)
def _date(second: int) -> str:
    """Return a value of the header `Date`; it costs as much as the rest of the head, hence once a second."""
    return http_date(second)
