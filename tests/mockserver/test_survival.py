"""A mock that is killed at any moment has, when it starts again, everything that it had answered."""

from __future__ import annotations

import contextlib
import itertools
import os
import random
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import requests

import mockserver
from mockserver.settings import DEVELOPMENT_KEY

CONFIGS = "/api/governance/model-configs"
CLIENTS = 4
SECONDS = 60
"""How long a test waits for what must come; nothing here takes that long unless it is broken."""

View = tuple[str, str | None, float]
"""What is compared of a config: its model, its provider, and what was spent."""


def view(config: dict[str, Any]) -> View:
    return config["model_name"], config.get("provider"), config["budgets"][0]["current_usage"]


class Client(threading.Thread):
    """Creates, changes, charges and deletes configs of its own, one request after the other, until the mock is gone.

    `known` has what was answered of each config, None for one that was deleted; `pending` is what the request in
    flight may have made of a config, whose id is not known where it is a new one.
    """

    def __init__(self, name: str, url: str, answered: Callable[[], None]) -> None:
        super().__init__(daemon=True)
        self.prefix = name
        self.known: dict[str, View | None] = {}
        self.pending: tuple[str | None, View | None] | None = None
        self._url = url
        self._answered = answered
        self._http = requests.Session()
        self._http.headers["Authorization"] = f"Bearer {DEVELOPMENT_KEY}"

    def run(self) -> None:
        try:
            for number in itertools.count():
                self._live(f"{self.prefix}-{number}", is_short=number % 3 == 0)
        except requests.RequestException:
            self._http.close()

    def settle(self, expected: dict[str, View], found: dict[str, View]) -> None:
        """Put what is known into `expected`; what was in flight may have been done or not, as `found` shows."""
        if self.pending and self.pending[0] is None:
            expected |= {key: seen for key, seen in found.items() if seen == self.pending[1]}
        elif self.pending and found.get(str(self.pending[0])) == self.pending[1]:
            self.known[str(self.pending[0])] = self.pending[1]
        expected |= {config_id: seen for config_id, seen in self.known.items() if seen}

    def _live(self, name: str, *, is_short: bool) -> None:
        body = {"model_name": name, "budgets": [{"max_limit": 9, "reset_duration": "1d"}]}
        self.pending = None, (name, None, 0)
        config_id = self._send("POST", CONFIGS, body)["model_config"]["id"]
        self._note(config_id, (name, None, 0))
        self._change(config_id, (name, "openai", 0), "PUT", f"{CONFIGS}/{config_id}", {"provider": "openai"})
        spent = {"model_config_id": config_id, "cost": 0.7}
        self._change(config_id, (name, "openai", 0.7), "POST", "/__admin/spend", spent)
        if is_short:
            self._change(config_id, None, "DELETE", f"{CONFIGS}/{config_id}", {})

    def _change(self, config_id: str, after: View | None, method: str, path: str, body: dict[str, Any]) -> None:
        self.pending = config_id, after
        self._send(method, path, body)
        self._note(config_id, after)

    def _note(self, config_id: str, after: View | None) -> None:
        self.known[config_id] = after
        self.pending = None
        self._answered()

    def _send(self, method: str, path: str, body: dict[str, Any]) -> Any:
        answer = self._http.request(method, self._url + path, json=body, timeout=SECONDS)
        assert answer.status_code == 200, answer.text
        return answer.json()


class Mock:
    """A mock as a process of its own, on the data file of a folder."""

    def __init__(self, folder: Path) -> None:
        ready = folder / "ready"
        ready.unlink(missing_ok=True)
        environ = {name: value for name, value in os.environ.items() if not name.startswith("MOCKSERVER_")}
        environ["PYTHONPATH"] = str(Path(mockserver.__file__).parents[1])
        flags = ["--port", "0", "--scenario", "empty", "--data", str(folder / "data"), "--ready-file", str(ready)]
        self._process = subprocess.Popen(
            [sys.executable, "-m", "mockserver", *flags], env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        )
        while not ready.exists():
            assert self._process.poll() is None, self._process.communicate()[1]
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(0.02)
        self.url = ready.read_text(encoding="utf-8").strip()

    def configs(self) -> dict[str, View]:
        answer = requests.get(f"{self.url}/__admin/state", timeout=SECONDS)
        return {each["id"]: view(each) for each in answer.json()["collections"]["model_configs"]}

    def kill(self) -> None:
        self._process.kill()
        self._process.communicate()


def survive(folder: Path, *, kills: int, seed: int = 1) -> int:
    """Kill a mock so often in the midst of its clients; return how many answered changes were there afterwards."""
    source = random.Random(seed)  # noqa: S311 - when to kill is no secret
    expected, clients, total = dict[str, View](), list[Client](), 0
    for enough in [source.randint(1, 120) for _ in range(kills)]:
        with running(folder) as mock:
            compare(expected, clients, mock.configs())
            clients = worked(mock.url, f"after{total}", enough)
            total += enough
        for client in clients:
            client.join(SECONDS)
    with running(folder) as mock:
        compare(expected, clients, mock.configs())
    return total


@contextlib.contextmanager
def running(folder: Path) -> Iterator[Mock]:
    """Yield a mock, and kill it."""
    mock = Mock(folder)
    try:
        yield mock
    finally:
        mock.kill()


def compare(expected: dict[str, View], clients: list[Client], found: dict[str, View]) -> None:
    """Check that everything is there that was answered to the clients, or to those before them, and nothing else."""
    for client in clients:
        client.settle(expected, found)
    assert found == expected


def worked(url: str, name: str, enough: int) -> list[Client]:
    """Return clients at work, once they have had so many answers."""
    answers = threading.Semaphore(0)
    clients = [Client(f"{name}-{number}", url, answers.release) for number in range(CLIENTS)]
    for client in clients:
        client.start()
    for _ in range(enough):
        assert answers.acquire(timeout=SECONDS), "the clients got no answer"
    return clients


def test_what_was_answered_outlives_a_kill(tmp_path: Path) -> None:
    assert survive(tmp_path, kills=3) > 0
