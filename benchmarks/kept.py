"""Data that stay: how long a start takes with a data file of many configs, and how long an import holds up others."""

from __future__ import annotations

import tempfile
import threading
from pathlib import Path
from time import perf_counter
from typing import Any

import requests

from mockserver.app import create_app, mock_of, sessions_of
from mockserver.serving.garbage import put_off, spare_what_lasts
from mockserver.serving.server import BackgroundServer
from mockserver.settings import Settings

_CONFIG = {
    "budgets": [{"max_limit": 10, "reset_duration": "1d"}, {"max_limit": 100, "reset_duration": "1M"}],
    "rate_limit": {"token_max_limit": 1000, "token_reset_duration": "1h"},
}


def kept(size: int) -> dict[str, float]:
    """Return the seconds that an import of so many configs takes, a start with them, and the longest wait meanwhile.

    The wait is that of a request for the health of the mock, sent again and again while the import goes on.
    """
    put_off()
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(scenario="empty", data=Path(folder, "data"), max_body_bytes=2**30)
        imported, wait = _import(settings, size)
        begun = perf_counter()
        app = create_app(settings)
        started = perf_counter() - begun
        sessions_of(app).close()
    return {"configs": size, "import": imported, "longest wait": wait, "start": started}


def _import(settings: Settings, size: int) -> tuple[float, float]:
    app = create_app(settings)
    spare_what_lasts()
    configs = [{"model_name": f"m{number}", **_CONFIG} for number in range(size)]
    body: dict[str, Any] = {"collections": {"model_configs": configs}}
    with BackgroundServer(app, max_body_bytes=settings.max_body_bytes, direct=mock_of(app)) as running:
        over, waits = threading.Event(), [0.0]
        asking = threading.Thread(target=_ask, args=(running.url, over, waits))
        asking.start()
        begun = perf_counter()
        requests.put(f"{running.url}/__admin/state", json=body, timeout=3600).raise_for_status()
        took = perf_counter() - begun
        over.set()
        asking.join()
    sessions_of(app).close()
    return took, max(waits)


def _ask(url: str, over: threading.Event, waits: list[float]) -> None:
    with requests.Session() as client:
        while not over.is_set():
            begun = perf_counter()
            client.get(f"{url}/__admin/health", timeout=3600).raise_for_status()
            waits.append(perf_counter() - begun)
