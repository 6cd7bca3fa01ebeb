"""The engine: the one way in. Whatever server listens, it answers every request for the API by these steps."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from functools import partial
from time import perf_counter

from governance_contract import Contract
from governance_contract.operations import Operation
from governance_contract.servers import base_path
from mockserver import actions, headers, problems
from mockserver.actions import Api, World
from mockserver.entrance import Answered, Entrance
from mockserver.exchange import Request, Response
from mockserver.execution import Executor
from mockserver.faults.delivery import Delivery
from mockserver.faults.plan import AFTER, BEFORE, Plan
from mockserver.faults.waits import Wait
from mockserver.forcing import answers, preferences
from mockserver.forcing.answers import Forcing
from mockserver.forcing.preferences import Preferences
from mockserver.problems import Problem
from mockserver.routes import Route, Routes
from mockserver.sessions import Session, Sessions
from mockserver.suspicions import Watch
from mockserver.verbs import behaviours


class Engine:
    """Answers requests for the API of one document, each in the session that it names.

    The steps: session and route (`Entrance`), fault before, credentials, forced answer, action (validation, change,
    envelope), warnings, log, fault after.
    """

    def __init__(
        self,
        api: Api,
        sessions: Sessions,
        api_key: str,
        new_seed: Callable[[], int],
        others: Iterable[Route] = (),
    ) -> None:
        """Prepare every operation.

        `new_seed` answers a seed for a request that names none; `others` are routes that may have been meant by a
        request for an unknown path, too.

        Raises:
            DocumentError: an operation has no behaviour.
        """
        contract = api.contract
        self.routes = self.routes_of(contract)
        self._others = tuple(others)
        self._sessions = sessions
        self._entrance = Entrance(sessions, self.routes, self._unrouted)
        self._dialect = dialect = api.dialect
        self._executor = Executor(
            contract,
            behaviours(api),
            resources=api.shapes,
            guarding=actions.admission(api_key, dialect),
            refusing=dialect.refusing,
        )
        self._overlaps = {o.id: Wait(seconds) for o in contract.operations if (seconds := dialect.overlap(o))}
        self._forcing = Forcing(contract, new_seed)
        self._watches = {operation.id: Watch(api, operation) for operation in contract.operations}

    @staticmethod
    def routes_of(contract: Contract) -> Routes:
        """Return where the operations of a document are served: below the path of its first server."""
        return Routes(contract.operations, prefix=base_path(contract.document))

    def answer(
        self, method: str, path: str, query: str, headers: Mapping[str, str], body: bytes, delivery: Delivery
    ) -> Answered:
        """Return the answer to a request, which is in the log of its session from then on.

        `path` is decoded, header names are in lower case. Where `delivery` has a delay afterwards that is not over,
        nothing has happened yet.
        """
        return self._entrance.answer(partial(self._struck, delivery), method, path, query, headers, body)

    def refuse(self, method: str, path: str, query: str, headers: Mapping[str, str], problem: Problem) -> Answered:
        """Return the answer to a request that is refused before an operation is looked for; it is in the log."""
        try:
            session = self._sessions.chosen(headers)
        except Problem:
            session = self._sessions.base
        return self._refused(session, Request({}, query, headers, b"", method, path), problem), session

    def _unrouted(self, session: Session, request: Request) -> Response:
        refusal = self.routes.refusal(request.method, request.path, self._others)
        return self._refused(session, request, refusal)

    def _refused(self, session: Session, request: Request, problem: Problem) -> Response:
        response = problem.response()
        session.log.add(session.timepiece(), None, request, response)
        return response

    def _struck(self, delivery: Delivery, operation: Operation, session: Session, request: Request) -> Response:
        """Return the answer to a request for an operation, with the faults that strike it before and after."""
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
        response = self._admitted(operation, world, asked, wanted) if plan.acts else plan.answer
        then = session.timepiece()
        session.log.add(then, operation.id, request, response, plan, perf_counter() - delivery.began)
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
        forced = forced if forced and self._executor.admits(operation, asked) else ()
        return session.faults.plan(operation.id, asked, now, forced)

    def _admitted(self, operation: Operation, world: World, asked: Request, wanted: Preferences) -> Response:
        """Return the answer to a request with credentials: the one that it forces, else what its action does."""
        act = partial(self._acted, operation, world)
        response = self._executor.admit(operation, asked, lambda: self._forcing.answer(operation, wanted, asked, act))
        return self._dialect.answered(response) if self._dialect.deviations else response

    def _acted(self, operation: Operation, world: World, request: Request) -> Response:
        return self._warned(operation, request, self._executor.act(operation, world, request))

    def _warned(self, operation: Operation, request: Request, response: Response) -> Response:
        """Return the answer to an accepted request with what looks like a mistake in it."""
        found = self._watches[operation.id].suspicions(request) if response.status < 400 else ()
        if not found:
            return response
        told = headers.listed((each.id, {"at": each.pointer, "say": each.message}) for each in found)
        return response._replace(headers={**response.headers, headers.WARNINGS: told}, suspicions=found)
