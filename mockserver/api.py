"""The API itself: the steps that a request for one of its operations takes, in their order."""

from __future__ import annotations

from governance_contract.operations import Operation
from mockserver import actions
from mockserver.actions import Blueprint
from mockserver.engine import Engine
from mockserver.exchange import Request, Response
from mockserver.sessions import Session


class Api:
    """Answers requests for the operations of the API's document, each in the session that it names."""

    def __init__(self, blueprint: Blueprint, api_key: str) -> None:
        """Prepare every operation.

        Raises:
            DocumentError: an operation has no behaviour.
        """
        verbs, guard = actions.behaviours(blueprint), actions.admission(api_key)
        self._engine = Engine(blueprint.contract, verbs, resources=blueprint.shapes, guard=guard)

    def answer(self, operation: Operation, session: Session, request: Request) -> Response:
        """Return the answer to a request, which is in the log of the session from then on."""
        response = self._engine.answer(operation, session.world, request)
        session.log.add(session.timepiece(), operation.id, request, response)
        return response
