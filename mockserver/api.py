"""The API itself: the steps that a request for one of its operations takes, in their order."""

from __future__ import annotations

from dataclasses import replace

from governance_contract.operations import Operation
from mockserver import actions, headers
from mockserver.actions import Blueprint
from mockserver.engine import Engine
from mockserver.exchange import Request, Response
from mockserver.sessions import Session
from mockserver.suspicions import Watch


class Api:
    """Answers requests for the operations of the API's document, each in the session that it names."""

    def __init__(self, blueprint: Blueprint, api_key: str) -> None:
        """Prepare every operation.

        Raises:
            DocumentError: an operation has no behaviour.
        """
        verbs, guard = actions.behaviours(blueprint), actions.admission(api_key)
        self._engine = Engine(blueprint.contract, verbs, resources=blueprint.shapes, guard=guard)
        self._watches = {operation.id: Watch(blueprint, operation) for operation in blueprint.contract.operations}

    def answer(self, operation: Operation, session: Session, request: Request) -> Response:
        """Return the answer to a request, which is in the log of the session from then on."""
        response = self._warned(operation, request, self._engine.answer(operation, session.world, request))
        session.log.add(session.timepiece(), operation.id, request, response)
        return response

    def _warned(self, operation: Operation, request: Request, response: Response) -> Response:
        """Return the answer to an accepted request with what looks like a mistake in it."""
        found = self._watches[operation.id].suspicions(request) if response.status < 400 else ()
        if not found:
            return response
        told = headers.listed((each.id, {"at": each.pointer, "say": each.message}) for each in found)
        return replace(response, headers={**response.headers, headers.WARNINGS: told}, suspicions=found)
