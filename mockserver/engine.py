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


class Engine(Generic[Subject]):
    """Answers requests for the operations of a contract, whatever their verbs act on."""

    def __init__(
        self, contract: Contract, behaviours: Behaviours[Subject], *, resources: Collection[str], guard: Guard
    ) -> None:
        """Prepare every operation.

        Raises:
            DocumentError: an operation has a verb without behaviour, or acts on none of the `resources`.
        """
        _require_behaviour(contract, behaviours, resources)
        self._guard = guard
        self._actions = {o.id: behaviours[o.verb](o) for o in contract.operations}
        self._envelopes = {o.id: Envelope(contract.document, o) for o in contract.operations}

    def answer(self, operation: Operation, subject: Subject, request: Request) -> Response:
        """Return the answer to a request for `operation`; a refused request changes nothing (LIFE-02)."""
        try:
            return self._answered(operation, subject, request)
        except Problem as problem:
            return problem.response()
        except Exception:  # noqa: BLE001 - the mock goes on; the traceback is in the log
            _LOG.exception("%s failed", operation.id)
            return problems.internal_error().response()

    def _answered(self, operation: Operation, subject: Subject, request: Request) -> Response:
        if operation.secured:
            self._guard(request.headers)
        outcome = self._actions[operation.id](subject, request)
        status = operation.success_status
        if outcome.events is not None:
            return Response(status, b"", {"Cache-Control": "no-store"}, "text/event-stream", stream=outcome.events)
        if outcome.text is not None:
            return Response(status, outcome.text.encode(), content_type="text/plain; charset=utf-8")
        return Response(status, orjson.dumps(self._envelopes[operation.id].body(outcome)))


def _require_behaviour(contract: Contract, verbs: Collection[str], resources: Collection[str]) -> None:
    defects = tuple(_without_behaviour(contract, verbs, resources))
    if defects:
        raise DocumentError(contract.document.path, defects)


def _without_behaviour(contract: Contract, verbs: Collection[str], resources: Collection[str]) -> Iterator[Defect]:
    document = contract.document
    for operation in contract.operations:
        pointer = document.at("").child("paths", operation.path, operation.method.lower()).pointer
        line = document.line(pointer)
        if operation.verb not in verbs:
            known = ", ".join(verbs)
            message = f"{operation.id} has no behaviour: x-action.verb is {operation.verb!r}, expected one of {known}"
            yield Defect(pointer, line, message)
        if operation.resource not in resources:
            message = f"{operation.id} acts on {operation.resource!r}, expected one of {', '.join(resources)}"
            yield Defect(pointer, line, message)
