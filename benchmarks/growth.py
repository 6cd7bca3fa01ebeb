"""Growth: what each operation costs with few and with many configs, through the application, without a network."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterable
from itertools import count
from statistics import median
from time import perf_counter
from typing import Any

from flask import Flask

from governance_contract import load_contract
from mockserver.actions import Api
from mockserver.app import create_app, sessions_of
from mockserver.serving.garbage import spare_what_lasts
from mockserver.sessions import Session
from mockserver.settings import DEVELOPMENT_KEY, Settings
from mockserver.state import resources, rollover

SIZES = (10**2, 10**4, 10**6)

_PATH = "/api/governance/model-configs"
_MOST_SAMPLES = 300
_SECONDS = 0.6
"""How long each operation is repeated at most."""

_FIRST = "the first list by provider, which makes the lookup"
"""An operation that there is once."""

_NEW = {"provider": "openai", "budgets": [{"max_limit": 25, "reset_duration": "1d"}]}


def grown(sizes: Iterable[int]) -> dict[str, dict[str, float]]:
    """Return for each operation the median of its microseconds by number of configs."""
    found: dict[str, dict[str, float]] = {}
    spare_what_lasts()  # as the mock does before it serves
    for size in sizes:
        app = create_app(Settings(scenario="empty", max_sessions=1000))
        session = sessions_of(app).base
        _fill(session, size)
        for name, act in _operations(app, size).items():
            found.setdefault(name, {})[str(size)] = _cost(act, 1 if name == _FIRST else min(size, _MOST_SAMPLES))
    return found


def _fill(session: Session, size: int) -> None:
    """Store so many configs below HTTP: each is made of one real config with a name and an id of its own."""
    api = Api(load_contract())
    shape = api.shapes["ModelConfig"]
    made = resources.create(
        shape.shape,
        {**_NEW, "model_name": "", "scope": "global"},
        api.making(session.world, session.world.store.state, shape, shape.collection),
    )
    due = rollover.next_rollover(shape.shape, made)
    state = session.world.store.state
    collection = state[shape.collection]
    for number in range(size):
        key, name = f"seed-{number}", f"seed-{number}"
        identity = (name, "openai", "global", None)
        collection = collection.inserted(key, identity, {**made, "id": key, "model_name": name}, due)
    session.replace(state.with_collection(shape.collection, collection))


def _operations(app: Flask, size: int) -> dict[str, Callable[[], Any]]:
    ask, numbers = _Asking(app), count()
    spread = count(0, 7919)
    doomed = count()
    return {
        "create": lambda: ask("POST", body={**_NEW, "model_name": f"new-{next(numbers)}"}),
        "get": lambda: ask("GET", f"{_PATH}/seed-{next(spread) % size}"),
        "update": lambda: ask("PUT", f"{_PATH}/seed-{next(spread) % size}", {"budgets": _NEW["budgets"]}),
        "list, first page": lambda: ask("GET", query="limit=100"),
        "list, middle page": lambda: ask("GET", query=f"limit=100&offset={size // 2}"),
        "list, last page": lambda: ask("GET", query=f"limit=100&offset={max(size - 100, 0)}"),
        _FIRST: lambda: ask("GET", query="limit=100&provider=openai"),
        "list by provider and scope": lambda: ask("GET", query="limit=100&provider=openai&scope=global"),
        "search": lambda: ask("GET", query="limit=100&search=seed-1"),
        "take a snapshot": lambda: ask("PUT", "/__admin/snapshots/growth"),
        "first request of a new session": lambda: ask("GET", f"{_PATH}/seed-1", session=f"s{next(numbers)}"),
        "advance the clock, nothing due": lambda: ask("PUT", "/__admin/clock", {"action": "advance", "duration": "1s"}),
        "next roll-overs": lambda: ask("GET", "/__admin/clock/upcoming", query="limit=10"),
        "delete": lambda: ask("DELETE", f"{_PATH}/seed-{next(doomed)}"),
    }


class _Asking:
    """Asks the application as a server does; a refusal is an error of the measurement."""

    def __init__(self, app: Flask) -> None:
        self._app = app

    def __call__(self, method: str, path: str = _PATH, body: Any = None, *, query: str = "", session: str = "") -> None:
        data = b"" if body is None else json.dumps(body).encode()
        environ = {
            "REQUEST_METHOD": method,
            "SCRIPT_NAME": "",
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": "4010",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "HTTP_HOST": "127.0.0.1:4010",
            "HTTP_AUTHORIZATION": f"Bearer {DEVELOPMENT_KEY}",
            "CONTENT_TYPE": "application/json",
            "CONTENT_LENGTH": str(len(data)),
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(data),
            "wsgi.errors": io.StringIO(),
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
            **({"HTTP_X_MOCK_SESSION": session} if session else {}),
        }
        answers: list[str] = []
        pieces = self._app(environ, lambda status, *_: answers.append(status))  # type: ignore[arg-type]
        answer = b"".join(pieces)
        if not answers[0].startswith("2"):
            raise RuntimeError(f"{method} {path} answered {answers[0]}: {answer[:300]!r}")


def _cost(act: Callable[[], Any], most: int) -> float:
    """Return the median cost of a call in microseconds."""
    samples: list[float] = []
    began = perf_counter()
    while len(samples) < most and (len(samples) < 3 or perf_counter() - began < _SECONDS):
        start = perf_counter()
        act()
        samples.append(perf_counter() - start)
    return round(median(samples) * 1e6, 1)
