"""Operations carried out: let the request in, act, put the outcome into the envelope. It knows no web framework."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Generic, TypeVar

from governance_contract import Contract
from governance_contract.document import Defect, DocumentError
from governance_contract.operations import Operation
from mockserver import problems
from mockserver.envelopes import Envelope, Outcome
from mockserver.exchange import Request, Response
from mockserver.problems import Problem

_LOG = logging.getLogger(__name__)

Subject = TypeVar("Subject")
"""What the actions of an executor act on."""

Guard = Callable[[Request], None]
"""Lets a request pass, or raises a `Problem`."""

Behaviours = Mapping[str, Callable[[Operation], Callable[[Subject, Request], Outcome]]]
"""For each verb of `x-action` the maker of the action that carries an operation out."""

Refusing = Callable[[Operation, Problem], Problem]
"""Says how a refusal is answered."""


class Executor(Generic[Subject]):
    """Carries out the operations of a contract, whatever their verbs act on."""

    def __init__(
        self,
        contract: Contract,
        behaviours: Behaviours[Subject],
        *,
        resources: Collection[str],
        guarding: Callable[[Operation], Guard],
        refusing: Refusing = lambda _, problem: problem,
    ) -> None:
        """Prepare every operation; `guarding` makes the guard of one.

        Raises:
            DocumentError: an operation has a verb without behaviour, or acts on none of the `resources`.
        """
        _require_behaviour(contract, behaviours, resources)
        self._guards = {o.id: guarding(o) for o in contract.operations}
        self._refusing = refusing
        self._actions = {o.id: behaviours[o.verb](o) for o in contract.operations}
        self._envelopes = {o.id: Envelope(contract.document, o) for o in contract.operations}

    def answer(self, operation: Operation, subject: Subject, request: Request) -> Response:
        """Return the answer to a request for `operation`; a refused request changes nothing (LIFE-02)."""
        return self.admit(operation, request, lambda: self._acted(operation, subject, request))

    def admit(self, operation: Operation, request: Request, then: Callable[[], Response]) -> Response:
        """Return what `then` answers, where the guard lets the request pass."""

        def admitted() -> Response:
            self._guards[operation.id](request)
            return then()

        return self._answered(operation, admitted)

    def admits(self, operation: Operation, request: Request) -> bool:
        """Return whether the guard lets the request pass."""
        try:
            self._guards[operation.id](request)
        except Problem:
            return False
        return True

    def act(self, operation: Operation, subject: Subject, request: Request) -> Response:
        """Return the answer to a request that has been admitted; a refused one changes nothing (LIFE-02)."""
        return self._answered(operation, lambda: self._acted(operation, subject, request))

    def _acted(self, operation: Operation, subject: Subject, request: Request) -> Response:
        outcome = self._actions[operation.id](subject, request)
        return self._envelopes[operation.id].response(outcome, request)

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
