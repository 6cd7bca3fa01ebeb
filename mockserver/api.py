"""The API itself: the steps that a request for one of its operations takes, in their order."""

from __future__ import annotations

from dataclasses import replace

from governance_contract.operations import Operation
from mockserver import actions, headers, problems
from mockserver.actions import Blueprint
from mockserver.delivery import Delivery
from mockserver.engine import Engine
from mockserver.exchange import Request, Response
from mockserver.faults import AFTER, BEFORE
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

    def answer(self, operation: Operation, session: Session, request: Request, delivery: Delivery) -> Response:
        """Return the answer to a request, which is in the log of the session from then on.

        Where `delivery` has a delay afterwards that is not over, nothing has happened yet.
        """
        plan = delivery.plan
        if plan is None:
            plan = delivery.plan = session.faults.plan(operation.id, request, session.timepiece())
            delivery.delay = session.faults.waits(plan, BEFORE, operation.id, request, session.timepiece())
        if delivery.delay and not delivery.is_delayed:
            return problems.cannot_wait().response()
        response = self._acted(operation, session, request) if plan.acts else plan.answer
        session.log.add(session.timepiece(), operation.id, request, response, plan)
        delivery.pause = session.faults.waits(plan, AFTER, operation.id, request, session.timepiece())
        if plan.end:
            delivery.breakage = plan.end.breakage()
            return plan.end.response()
        return response

    def _acted(self, operation: Operation, session: Session, request: Request) -> Response:
        return self._warned(operation, request, self._engine.answer(operation, session.world, request))

    def _warned(self, operation: Operation, request: Request, response: Response) -> Response:
        """Return the answer to an accepted request with what looks like a mistake in it."""
        found = self._watches[operation.id].suspicions(request) if response.status < 400 else ()
        if not found:
            return response
        told = headers.listed((each.id, {"at": each.pointer, "say": each.message}) for each in found)
        return replace(response, headers={**response.headers, headers.WARNINGS: told}, suspicions=found)
