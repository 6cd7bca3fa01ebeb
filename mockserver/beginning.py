"""How a mock begins: the base session with the data of a scenario, or with those that a data file has kept."""

from __future__ import annotations

import hashlib
import logging
from datetime import timedelta
from functools import partial

from mockserver.actions import Api, World
from mockserver.log import Log
from mockserver.sessions import BASE, Session, Sessions
from mockserver.settings import Settings
from mockserver.state import loading, persistence
from mockserver.state.chance import new_ids
from mockserver.state.clock import Clock, Timepiece
from mockserver.state.persistence import Keeper, Kept
from mockserver.state.seeding import read_recipe, scene
from mockserver.state.store import MemoryStore, State
from mockserver.version import version

_LOG = logging.getLogger(__name__)
_LEFT_OUT = "left out of scenario %s, as the document does not allow it: %s"


def begin(settings: Settings, api: Api, clock: Clock) -> Sessions:
    """Return the sessions of a new mock: the base alone.

    Raises:
        FixtureError: the scenario is unknown, or its file is wrong; what does not fit the document is left out.
        UnusableData: the data file cannot be used.
    """
    timepiece = Timepiece(clock)
    world = World(MemoryStore(), timepiece, new_ids(settings.seed))
    recipe = read_recipe(settings.scenario, settings.fixtures)
    origin = scene(api, world, timepiece, recipe, partial(_LOG.warning, _LEFT_OUT, settings.scenario))
    if settings.data is None:
        return _sessions(settings, clock, world, origin, origin)

    def fitted(kept: Kept) -> State:
        if kept.about.fit == fit:
            return loading.restored(api, kept.collections, kept.numbers)
        return loading.filled(api, world, State(), kept.collections)

    fit = _fit(settings, api)
    keeper, state = persistence.opened(settings.data, origin, fitted, fit)
    if not keeper.is_new:  # the seeded ids were given before, also to what has been deleted since
        world = World(MemoryStore(), timepiece, new_ids(None))
    return _sessions(settings, clock, world, origin, state, keeper)


def _fit(settings: Settings, api: Api) -> str:
    """Return the name of all that decides whether data can be loaded: document, dialect and version of the mock."""
    parts = (api.contract.document.text, settings.profile, *settings.deviation, version())
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _sessions(
    settings: Settings, clock: Clock, world: World, origin: State, state: State, keeper: Keeper | None = None
) -> Sessions:
    secrets = (settings.api_key, settings.admin_token or "")
    log = Log(limit=settings.log_requests, limit_bytes=settings.log_bytes, secrets=secrets)
    base = Session(BASE, state, clock, world.new_id, log, keeper)
    base.origin = origin
    idle = timedelta(seconds=settings.session_idle_seconds)
    return Sessions(base, lambda name: new_ids(settings.seed, name), limit=settings.max_sessions, idle=idle)
