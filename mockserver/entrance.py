"""The first steps of every request, be it to the API or to the control API: its session and its operation."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from governance_contract.operations import Operation
from mockserver.exchange import Request, Response
from mockserver.problems import Problem
from mockserver.routes import Routes
from mockserver.sessions import Session, Sessions

Answered = tuple[Response, Session]
"""An answer, and the session that it comes from."""

Acting = Callable[[Operation, Session, Request], Response]
"""Answers a request for an operation, in the session that it names."""

Refusing = Callable[[Session, Request], Response]
"""Answers a request that no operation is for."""


class Entrance:
    """Finds the session and the operation that a request is for."""

    def __init__(self, sessions: Sessions, routes: Routes, refusing: Refusing) -> None:
        self._sessions = sessions
        self._routes = routes
        self._refusing = refusing

    def answer(
        self, acting: Acting, method: str, path: str, query: str, headers: Mapping[str, str], body: bytes
    ) -> Answered:
        """Return what `acting` answers, or the refusal of a request that names no possible session or no operation.

        `path` is decoded, header names are in lower case.
        """
        try:
            session = self._sessions.chosen(headers)
        except Problem as problem:
            return problem.response(), self._sessions.base
        found = self._routes.find(method, path)
        if found is None:
            return self._refusing(session, Request({}, query, headers, b"", method, path)), session
        operation, parameters = found
        return acting(operation, session, Request(parameters, query, headers, body, method, path)), session
