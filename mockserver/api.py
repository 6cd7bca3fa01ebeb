"""The API itself: the steps that a request for one of its operations takes, in their order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from functools import partial

from governance_contract.operations import Operation
from mockserver import actions, headers, problems
from mockserver.actions import Blueprint, World
from mockserver.engine import Engine
from mockserver.exchange import Request, Response
from mockserver.faults.delivery import Delivery
from mockserver.faults.plan import AFTER, BEFORE, Plan
from mockserver.faults.waits import Wait
from mockserver.forcing import answers, preferences
from mockserver.forcing.answers import Forcing
from mockserver.forcing.preferences import Preferences
from mockserver.sessions import Session
from mockserver.suspicions import Watch


class Api:
    """Answers requests for the operations of the API's document, each in the session that it names."""

    def __init__(self, blueprint: Blueprint, api_key: str, new_seed: Callable[[], int]) -> None:
        """Prepare every operation; `new_seed` answers a seed for a request that names none.

        Raises:
            DocumentError: an operation has no behaviour.
        """
        self._dialect = dialect = blueprint.dialect
        verbs, guard = actions.behaviours(blueprint), actions.admission(api_key, dialect)
        self._engine = Engine(
            blueprint.contract, verbs, resources=blueprint.shapes, guard=guard, refusing=dialect.refusing
        )
        self._overlaps = {o.id: Wait(seconds) for o in blueprint.contract.operations if (seconds := dialect.overlap(o))}
        self._forcing = Forcing(blueprint.contract, new_seed)
        self._watches = {operation.id: Watch(blueprint, operation) for operation in blueprint.contract.operations}

    def answer(self, operation: Operation, session: Session, request: Request, delivery: Delivery) -> Response:
        """Return the answer to a request, which is in the log of the session from then on.

        Where `delivery` has a delay afterwards that is not over, nothing has happened yet.
        """
        wanted, asked = preferences.separated(request)
        wanted = answers.storable(wanted) if session.keeper else wanted
        plan = delivery.plan
        if plan is None:
            now = session.timepiece()
            plan = delivery.plan = self._planned(operation, session, asked, wanted, now)
            delivery.delay = session.faults.waits(plan, BEFORE, operation.id, request, now)
            if plan.acts and operation.id in self._overlaps:
                delivery.delay = delivery.delay or self._overlaps[operation.id]
                delivery.seen = session.world.store.state
        if delivery.delay and not delivery.is_delayed:
            return problems.cannot_wait().response()
        world = session.world if delivery.seen is None else replace(session.world, seen=delivery.seen)
        response = self._preferred(operation, world, asked, wanted) if plan.acts else plan.answer
        then = session.timepiece()
        session.log.add(then, operation.id, request, response, plan)
        delivery.pause = session.faults.waits(plan, AFTER, operation.id, request, then)
        if plan.end:
            delivery.breakage = plan.end.breakage()
            return plan.end.response()
        return response

    def _planned(
        self, operation: Operation, session: Session, asked: Request, wanted: Preferences, now: datetime
    ) -> Plan:
        """Return the faults that strike a request, among them those that it prefers, if it may ask for anything."""
        forced = answers.faults(wanted)
        forced = forced if forced and self._engine.admits(operation, asked) else ()
        return session.faults.plan(operation.id, asked, now, forced)

    def _preferred(self, operation: Operation, world: World, asked: Request, wanted: Preferences) -> Response:
        act = partial(self._acted, operation, world)
        response = self._engine.admit(operation, asked, lambda: self._forcing.answer(operation, wanted, asked, act))
        return self._dialect.answered(response) if self._dialect.deviations else response

    def _acted(self, operation: Operation, world: World, request: Request) -> Response:
        return self._warned(operation, request, self._engine.act(operation, world, request))

    def _warned(self, operation: Operation, request: Request, response: Response) -> Response:
        """Return the answer to an accepted request with what looks like a mistake in it."""
        found = self._watches[operation.id].suspicions(request) if response.status < 400 else ()
        if not found:
            return response
        told = headers.listed((each.id, {"at": each.pointer, "say": each.message}) for each in found)
        return replace(response, headers={**response.headers, headers.WARNINGS: told}, suspicions=found)
