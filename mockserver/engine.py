"""The engine: admit, act, put into the envelope. It knows operations and values, no web framework."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Generic, TypeVar

import orjson

from governance_contract import Contract
from governance_contract.document import Defect, DocumentError
from governance_contract.operations import Operation
from mockserver import problems
from mockserver.envelopes import Envelope, Outcome
from mockserver.exchange import Request, Response
from mockserver.problems import Problem

_LOG = logging.getLogger(__name__)

Subject = TypeVar("Subject")
"""What the actions of an engine act on."""

Guard = Callable[[Mapping[str, str]], None]
"""Lets the headers of a request pass, or raises a `Problem`."""

Behaviours = Mapping[str, Callable[[Operation], Callable[[Subject, Request], Outcome]]]
"""For each verb of `x-action` the maker of the action that carries an operation out."""

Refusing = Callable[[Operation, Problem], Problem]
"""Says how a refusal is answered."""


class Engine(Generic[Subject]):
    """Answers requests for the operations of a contract, whatever their verbs act on."""

    def __init__(
        self,
        contract: Contract,
        behaviours: Behaviours[Subject],
        *,
        resources: Collection[str],
        guard: Guard,
        refusing: Refusing = lambda _, problem: problem,
    ) -> None:
        """Prepare every operation.

        Raises:
            DocumentError: an operation has a verb without behaviour, or acts on none of the `resources`.
        """
        _require_behaviour(contract, behaviours, resources)
        self._guard = guard
        self._refusing = refusing
        self._actions = {o.id: behaviours[o.verb](o) for o in contract.operations}
        self._envelopes = {o.id: Envelope(contract.document, o) for o in contract.operations}

    def answer(self, operation: Operation, subject: Subject, request: Request) -> Response:
        """Return the answer to a request for `operation`; a refused request changes nothing (LIFE-02)."""
        return self.admit(operation, request, lambda: self._acted(operation, subject, request))

    def admit(self, operation: Operation, request: Request, then: Callable[[], Response]) -> Response:
        """Return what `then` answers, where the guard lets the request pass."""

        def admitted() -> Response:
            self._let_pass(operation, request)
            return then()

        return self._answered(operation, admitted)

    def admits(self, operation: Operation, request: Request) -> bool:
        """Return whether the guard lets the request pass."""
        try:
            self._let_pass(operation, request)
        except Problem:
            return False
        return True

    def act(self, operation: Operation, subject: Subject, request: Request) -> Response:
        """Return the answer to a request that has been admitted; a refused one changes nothing (LIFE-02)."""
        return self._answered(operation, lambda: self._acted(operation, subject, request))

    def _let_pass(self, operation: Operation, request: Request) -> None:
        if operation.secured:
            self._guard(request.headers)

    def _acted(self, operation: Operation, subject: Subject, request: Request) -> Response:
        outcome = self._actions[operation.id](subject, request)
        status = operation.success_status
        if outcome.events is not None:
            return Response(status, b"", {"Cache-Control": "no-store"}, "text/event-stream", stream=outcome.events)
        if outcome.text is not None:
            return Response(status, outcome.text.encode(), content_type="text/plain; charset=utf-8")
        body = orjson.dumps(self._envelopes[operation.id].body(outcome))
        return Response(status, body, passed=outcome.passed)

    def _answered(self, operation: Operation, answer: Callable[[], Response]) -> Response:
        """Return what `answer` does, or the answer that a refusal or a failure of the mock becomes."""
        try:
            return answer()
        except Problem as problem:
            return self._refusing(operation, problem).response()
        except Exception:  # noqa: BLE001 - the mock goes on; the traceback is in the log
            _LOG.exception("%s failed", operation.id)
            return problems.internal_error().response()


def _require_behaviour(contract: Contract, verbs: Collection[str], resources: Collection[str]) -> None:
    defects = tuple(_without_behaviour(contract, verbs, resources))
    if defects:
        raise DocumentError(contract.document.path, defects)


def _without_behaviour(contract: Contract, verbs: Collection[str], resources: Collection[str]) -> Iterator[Defect]:
    document = contract.document
    for operation in contract.operations:
        pointer = document.at("").child("paths", operation.path, operation.method.lower()).pointer
        if operation.verb not in verbs:
            known = ", ".join(verbs)
            message = f"{operation.id} has no behaviour: x-action.verb is {operation.verb!r}, expected one of {known}"
            yield Defect(pointer, document.line(pointer), message)
        if operation.resource not in resources:
            message = f"{operation.id} acts on {operation.resource!r}, expected one of {', '.join(resources)}"
            yield Defect(pointer, document.line(pointer), message)
