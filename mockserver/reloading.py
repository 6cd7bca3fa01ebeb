"""Document and fixtures read anew while the mock serves: its sessions go on with all of their data that still fits."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from flask import Flask

from governance_contract.document import DocumentError
from governance_contract.fixtures import FixtureError
from mockserver.actions import Api
from mockserver.app import assembled, mock_of, read_api, sessions_of
from mockserver.entrance import Answered
from mockserver.faults.delivery import Delivery
from mockserver.problems import Problem
from mockserver.sessions import Session, Sessions
from mockserver.settings import Settings, SettingsError
from mockserver.state import loading
from mockserver.state.seeding import Recipe, read_recipe, scene
from mockserver.state.store import State

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

_MOST_TOLD = 20
"""How many of the entries that did not fit are named."""

_LOG = logging.getLogger(__name__)

Telling = Callable[[str], None]
"""Tells somebody what was reloaded, or why it was not."""


class Reloading:
    """The mock as a WSGI application, and as the direct way; between two requests another one can take its place."""

    def __init__(self, settings: Settings, app: Flask, tell: Telling) -> None:
        self._settings = settings
        self._app = app
        self._sessions = sessions_of(app)
        self._recipe = read_recipe(settings.scenario, settings.fixtures)
        self._tell = tell
        self._lock = threading.Lock()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request by the document that was read last."""
        with self._lock:
            return self._app(environ, start_response)

    def takes(self, method: str, path: str, headers: Mapping[str, str]) -> bool:
        """Return whether the engine answers such a request as the application would."""
        return mock_of(self._app).takes(method, path, headers)

    def is_slow(self, method: str, path: str) -> bool:
        """Return whether the control API may take long over such a request."""
        return mock_of(self._app).is_slow(method, path)

    def answer(
        self, method: str, path: str, query: str, headers: Mapping[str, str], body: bytes, delivery: Delivery
    ) -> Answered:
        """Return the answer of the engine, by the document that was read last."""
        with self._lock:
            return mock_of(self._app).answer(method, path, query, headers, body, delivery)

    def refuse_body(self, method: str, path: str, query: str, headers: Mapping[str, str]) -> Answered:
        """Return the answer to a request whose body is longer than the limit."""
        with self._lock:
            return mock_of(self._app).refuse_body(method, path, query, headers)

    def reload(self, reason: str) -> None:
        """Read document and fixtures anew, and tell what came of it; what cannot be used leaves all as it was."""
        try:
            self._tell("\n  ".join([f"reloaded: {reason}", *self._reloaded()]))
        except (DocumentError, SettingsError, Problem) as error:
            self._tell(_not_reloaded(error.message if isinstance(error, Problem) else str(error)))
        except Exception as error:  # noqa: BLE001 - whatever an edit brings about, the mock goes on
            _LOG.exception("a reload failed")
            self._tell(_not_reloaded(f"{type(error).__name__}: {error}"))

    def _reloaded(self) -> list[str]:
        """Exchange the application and return what is to be told beside that."""
        api = read_api(self._settings)
        app = assembled(self._settings, api, self._sessions)
        recipe, fresh, remarks = self._read_scenario(api)
        fitting = _Fitting(api, self._sessions, fresh, _changed(self._recipe, recipe))
        with self._lock:
            fitting.fit_all()
            self._app, self._recipe = app, recipe
        return remarks + _shortened(fitting.dropped)

    def _read_scenario(self, api: Api) -> tuple[Recipe, State | None, list[str]]:
        """Return what the scenario is made of now, and its state if that is something else than before."""
        base, name = self._sessions.base, self._settings.scenario
        try:
            recipe = read_recipe(name, self._settings.fixtures)
            fresh = None if recipe == self._recipe else scene(api, base.world, base.timepiece, recipe)
        except FixtureError as error:
            return self._recipe, None, [f"but scenario {name} stays as it was: {error}"]
        return recipe, fresh, []


class _Fitting:
    """Fits all that sessions hold to a document; `fresh` is the state of the scenario, where that has changed.

    Look-ups, which no request can change, become those of the scenario, where these have changed.
    """

    def __init__(self, api: Api, sessions: Sessions, fresh: State | None, changed: frozenset[str]) -> None:
        creatable = {o.resource for o in api.contract.operations if o.verb == "create"}
        lookups = [shape.collection for name, shape in api.shapes.items() if name not in creatable]
        self.dropped: list[str] = []
        self._api = api
        self._sessions = sessions
        self._old_origin = sessions.base.origin
        self._fresh = fresh
        self._lookups = {name: fresh[name] for name in lookups if fresh and name in changed}
        self._fitted: dict[frozenset[tuple[str, object]], State] = {}

    def fit_all(self) -> None:
        """Fit every session.

        Raises:
            Problem: what became of the base cannot be kept in the data file; nothing has changed.
        """
        for session in self._sessions.all():  # the base first, the only one that can fail
            self._fit_session(session)

    def _fit_session(self, session: Session) -> None:
        session.world.store.change(lambda state: (self._fit(state, f"session {session.name}"), None))
        if self._fresh is not None and session.origin is self._old_origin:
            session.origin = self._fresh
        else:
            session.origin = self._fit(session.origin, f"what a reset of session {session.name} goes back to")
        for name, snapshot in session.snapshots.items():
            fitted = self._fit(snapshot.state, f"snapshot {name} of session {session.name}")
            session.snapshots[name] = replace(snapshot, state=fitted)

    def _fit(self, state: State, place: str) -> State:
        """Return what of a state fits; states that share all collections are looked at once."""
        marks = frozenset((name, collection.mark) for name, collection in state.collections.items())
        if marks not in self._fitted:
            given = state
            for name, collection in self._lookups.items():
                given = given.with_collection(name, collection)
            fitted, dropped = loading.refitted(self._api, self._sessions.base.world, given)
            self._fitted[marks] = fitted
            self.dropped += [f"dropped from {place}: {each}" for each in dropped]
        return replace(state, collections=self._fitted[marks].collections)


def _changed(old: Recipe, new: Recipe) -> frozenset[str]:
    """Return the names of the collections whose entries in the fixtures are other ones."""
    return frozenset(
        name
        for name in {**old.collections, **new.collections}
        if old.collections.get(name) != new.collections.get(name)
    )


def _not_reloaded(cause: str) -> str:
    return f"not reloaded, and what was there goes on serving: {cause}"


def _shortened(dropped: list[str]) -> list[str]:
    more = len(dropped) - _MOST_TOLD
    return dropped if more <= 0 else [*dropped[:_MOST_TOLD], f"and {more} more"]
