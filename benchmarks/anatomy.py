"""Where the time of a POST goes: each stage inside the process, and the server around them."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from benchmarks.contenders import ours
from benchmarks.load import Target, send
from benchmarks.process import KEY, running
from governance_contract import validation
from mockserver import actions
from mockserver.app import create_app, mock_of
from mockserver.bodies import BodyReader
from mockserver.engine import Engine
from mockserver.envelopes import Envelope
from mockserver.execution import Executor
from mockserver.log import Log
from mockserver.routes import Routes
from mockserver.serving import bridge as bridges
from mockserver.serving import garbage, loops
from mockserver.serving.bridge import Bridge
from mockserver.serving.server import MAX_BODY_BYTES
from mockserver.sessions import Sessions
from mockserver.settings import load_settings
from mockserver.state import chance, resources, rollover
from mockserver.state.references import References
from mockserver.state.store import Store
from mockserver.suspicions import Watch

PATH = "/api/governance/model-configs"
BODY = (
    '{"model_name": "%s", "provider": "openai", "budgets": [{"max_limit": 25, "reset_duration": "1d"},'
    ' {"max_limit": 400, "reset_duration": "1M"}],'
    ' "rate_limit": {"token_max_limit": 100000, "token_reset_duration": "1h"}}'
)
"""The body that `requests.lua` sends."""

SERVER = "server: HTTP, event loop, threads"

Seam = tuple[str, Any, str]
"""A stage, and the function through which it is entered: its owner and its name there."""

SEAMS: tuple[Seam, ...] = (
    ("head and body", Bridge, "_read_in_time"),
    ("head and body", bridges, "_joined"),
    ("head and body", bridges, "require_proper"),
    ("head and body", bridges, "_told_headers"),
    ("session, route, credentials, faults", Engine, "answer"),
    ("session, route, credentials, faults", Sessions, "chosen"),
    ("session, route, credentials, faults", Routes, "find"),
    ("session, route, credentials, faults", Executor, "admit"),
    ("parse", BodyReader, "_object"),
    ("validate", BodyReader, "read"),
    ("validate", validation.Validator, "violations"),
    *(("rules in Python", keyword, "validate") for keyword in validation.PYTHON_KEYWORDS.values()),
    ("references", References, "violations"),
    ("references", References, "name_of"),
    ("identity", actions, "_free_identity"),
    ("build", actions.Api, "making"),
    ("build", resources, "create"),
    ("ids", chance, "_uuid"),
    ("next roll-over", rollover, "next_rollover"),
    ("store", Store, "change"),
    ("serialize", Envelope, "response"),
    ("likely mistakes", Watch, "suspicions"),
    ("log", Log, "add"),
    ("write", bridges, "_as_answer"),
    ("write", Bridge, "_send"),
)

BETWEEN = "between these stages"
_WARM_UP = 2000
_CHUNK = 100


@dataclass
class Times:
    """Seconds by stage, each without the stages within it, and how often a stage was entered and entered others."""

    seconds: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    entries: Counter[str] = field(default_factory=Counter)
    calls: Counter[str] = field(default_factory=Counter)

    @property
    def total(self) -> float:
        """The seconds of all stages."""
        return sum(self.seconds.values())


class Stopwatch:
    """Measures nested stages: time goes to the stage that was entered last."""

    def __init__(self) -> None:
        self.restart()

    def restart(self) -> None:
        """Forget all times."""
        self.times = Times()
        self._open = [BETWEEN]
        self._since = time.perf_counter()

    def stop(self) -> Times:
        """Return the times since the restart."""
        self._charge()
        return self.times

    @contextlib.contextmanager
    def watching(self, seams: Iterable[Seam]) -> Iterator[None]:
        """Measure what passes these functions, until the context ends."""
        with contextlib.ExitStack() as stack:
            for stage, owner, name in seams:
                original = getattr(owner, name)
                stack.callback(setattr, owner, name, original)
                setattr(owner, name, self.around(stage, original))
            yield

    def around(self, stage: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return a function that does what `function` does as a stage."""
        if asyncio.iscoroutinefunction(function):

            async def awaited(*args: Any, **kwargs: Any) -> Any:
                self._enter(stage)
                try:
                    return await function(*args, **kwargs)
                finally:
                    self._leave()

            return awaited

        def called(*args: Any, **kwargs: Any) -> Any:
            self._enter(stage)
            try:
                return function(*args, **kwargs)
            finally:
                self._leave()

        return called

    def _enter(self, stage: str) -> None:
        self._charge()
        self.times.calls[self._open[-1]] += 1
        self.times.entries[stage] += 1
        self._open.append(stage)

    def _leave(self) -> None:
        self._charge()
        self._open.pop()

    def _charge(self) -> None:
        now = time.perf_counter()
        self.times.seconds[self._open[-1]] += now - self._since
        self._since = now


class _Scope:
    """The head of a POST, as the server hands it over."""

    http_version, method, path, query_string, scheme = "1.1", "POST", PATH, "", "http"
    server, client = "127.0.0.1:8080", "127.0.0.1:50000"

    def __init__(self, body: bytes) -> None:
        sent = {name.lower(): value for name, value in KEY.items()}
        self.headers = {"host": self.server, **sent, "content-length": str(len(body))}


class _Channel:
    """The body of a POST, and the place where its response leaves the process."""

    def __init__(self, body: bytes) -> None:
        self._body = body
        self.status = 0

    async def __call__(self) -> bytes:
        return self._body

    def response_bytes(self, status: int, _headers: object, _body: bytes) -> None:
        self.status = status


def measure(chunks: int, *, seconds: int) -> dict[str, float]:
    """Return the microseconds of each stage of a POST: what the server takes besides, then the most expensive first."""
    stages = dissect(chunks)
    whole = measure_server(seconds)
    return {SERVER: max(0.0, whole - sum(stages.values())), **stages}


def dissect(chunks: int) -> dict[str, float]:
    """Return the microseconds of each stage inside the process, the most expensive first."""
    stopwatch = Stopwatch()
    with stopwatch.watching(SEAMS):
        quick = _quickest(_sample(chunks, stopwatch))
    inside, outside = _cost_of_watching()
    found = {}
    for stage in {stage for times in quick for stage in times.seconds}:
        spent = [t.seconds[stage] - t.entries[stage] * inside - t.calls[stage] * outside for t in quick]
        found[stage] = max(0.0, median(spent)) / _CHUNK * 1e6
    return dict(sorted(found.items(), key=lambda each: -each[1]))


def measure_server(seconds: int) -> float:
    """Return the microseconds on the processor that the server takes for a POST in the quickest of some seconds."""
    mock = ours()
    with running(mock.command, mock.path) as server:
        target = Target(server.url, mock.path, mock.list_query)
        send(target, "create", connections=8, seconds=1, tag="warm")
        costs = []
        for second in range(seconds):
            before = server.processor_seconds
            told = send(target, "create", connections=32, seconds=1, tag=f"anatomy-{second}")
            costs.append((server.processor_seconds - before) / told.requests * 1e6)
        return min(costs)


def _sample(chunks: int, stopwatch: Stopwatch) -> list[Times]:
    """Return what each chunk of POSTs took, after a warm-up."""
    app = create_app(load_settings({"scenario": "empty"}, {}))
    bridge = Bridge(app, MAX_BODY_BYTES, mock_of(app))
    found: list[Times] = []

    async def run() -> None:
        garbage.spare_what_lasts()
        await _post(bridge, range(_WARM_UP))
        for start in range(_WARM_UP, _WARM_UP + chunks * _CHUNK, _CHUNK):
            stopwatch.restart()
            await _post(bridge, range(start, start + _CHUNK))
            found.append(stopwatch.stop())

    loops.run(run())
    return found


async def _post(bridge: Bridge, numbers: Iterable[int]) -> None:
    for number in numbers:
        body = (BODY % f"anatomy-{number}").encode()
        channel = _Channel(body)
        await bridge.__rsgi__(_Scope(body), channel)  # type: ignore[arg-type]  # all that is asked of them
        if channel.status not in (200, 201):
            raise RuntimeError(f"a valid config is answered with {channel.status}")


def _quickest(samples: list[Times]) -> list[Times]:
    """Return the quarter of the samples that other processes disturbed least."""
    return sorted(samples, key=lambda times: times.total)[: max(1, len(samples) // 4)]


def _cost_of_watching() -> tuple[float, float]:
    """Return the seconds that an entry adds to its stage, and to the stage around it."""
    stopwatch = Stopwatch()
    nothing = stopwatch.around("nothing", lambda: None)
    samples = []
    for _ in range(_CHUNK):
        stopwatch.restart()
        for _ in range(_CHUNK):
            nothing()
        samples.append(stopwatch.stop())
    quick = _quickest(samples)
    inside, outside = (median(times.seconds[stage] for times in quick) / _CHUNK for stage in ("nothing", BETWEEN))
    return inside, outside
