"""The engine: authenticate, act, put into the envelope. It knows operations and values, no web framework."""

from __future__ import annotations

import logging

import orjson

from governance_contract import Contract
from governance_contract.document import Defect, DocumentError
from governance_contract.operations import Operation
from mockserver import problems
from mockserver.actions import VERBS, Blueprint, World
from mockserver.authentication import authenticate
from mockserver.envelopes import Envelope
from mockserver.exchange import Request, Response
from mockserver.problems import Problem

_LOG = logging.getLogger(__name__)


class Engine:
    """Answers requests for the operations of a contract."""

    def __init__(self, contract: Contract, world: World, *, api_key: str) -> None:
        """Prepare every operation.

        Raises:
            DocumentError: an operation has a verb or a resource that the mock knows nothing of.
        """
        blueprint = Blueprint(contract)
        _require_behaviour(contract, blueprint)
        self._world = world
        self._api_key = api_key
        self._actions = {o.id: VERBS[o.verb](blueprint, o) for o in contract.operations}
        self._envelopes = {o.id: Envelope(contract.document, o) for o in contract.operations}

    def answer(self, operation: Operation, request: Request) -> Response:
        """Return the answer to a request for `operation`; a refused request changes nothing (LIFE-02)."""
        try:
            return self._answered(operation, request)
        except Problem as problem:
            return problem.response()
        except Exception:  # noqa: BLE001 - the mock goes on; the traceback is in the log
            _LOG.exception("%s failed", operation.id)
            return problems.internal_error().response()

    def _answered(self, operation: Operation, request: Request) -> Response:
        if operation.secured:
            authenticate(request.headers, self._api_key)
        outcome = self._actions[operation.id](self._world, request)
        return Response(operation.success_status, orjson.dumps(self._envelopes[operation.id].body(outcome)))


def _require_behaviour(contract: Contract, blueprint: Blueprint) -> None:
    document = contract.document
    defects = []
    for operation in contract.operations:
        pointer = document.at("").child("paths", operation.path, operation.method.lower()).pointer
        if operation.verb not in VERBS:
            known = ", ".join(VERBS)
            message = f"{operation.id} has no behaviour: x-action.verb is {operation.verb!r}, expected one of {known}"
            defects.append(Defect(pointer, document.line(pointer), message))
        if operation.resource not in blueprint.shapes:
            message = f"{operation.id} acts on {operation.resource!r}, which is no schema with x-resource"
            defects.append(Defect(pointer, document.line(pointer), message))
    if defects:
        raise DocumentError(document.path, tuple(defects))
