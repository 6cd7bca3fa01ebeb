"""The mock under WSGI servers that it does not come with: the same requests get the same answers."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPConnection, RemoteDisconnected
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from governance_contract import Contract, load_contract
from governance_contract.reading import request_examples
from governance_contract.resources import CREATE, UPDATE
from mockserver.serving.server import reserve

REQUESTS = int(os.environ.get("SERVER_REQUESTS", "2000"))
"""How many generated requests each server gets."""

ENVIRONMENT = {"MOCKSERVER_SEED": "1", "MOCKSERVER_SCENARIO": "empty", "MOCKSERVER_MAX_BODY_BYTES": "4000"}
COMMANDS = {
    "mockserver": ["-m", "mockserver", "--port", "{port}"],
    "mockserver, all through Flask": ["-m", "mockserver", "--port", "{port}", "--via-flask"],
    "flask run": ["-m", "flask", "--app", "mockserver", "run", "--port", "{port}"],
    "gunicorn": ["-m", "gunicorn", "--bind", "127.0.0.1:{port}", "--threads", "4", "mockserver:create_app()"],
    "waitress": ["-m", "waitress", "--listen", "127.0.0.1:{port}", "--call", "mockserver:create_app"],
}
KEY = "Bearer mock-development-key"
OF_THE_SERVER = {"connection", "server", "date", "transfer-encoding", "keep-alive", "content-length"}
"""Headers that each server writes as it likes."""

QUERIES = ["limit=2", "limit=-1", "limit=x&offset=1", "search=%C3%A9", "a=%FF", "__code=500"]
KEYS = ["none", "a%20b", "%C3%A9", "a%2Fb", "%0A"]
METHODS = ["HEAD", "PATCH", "OPTIONS", "DELETE", "PUT"]


@dataclass(frozen=True)
class Asked:
    """A request as it goes out."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes | None = None


class Maker:
    """Makes requests of all sorts from a seed: valid ones, broken ones, for paths that exist or nearly do."""

    def __init__(self, contract: Contract, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311 - the same requests every time
        self._operations = list(contract.operations)
        self._bodies: dict[str, list[Any]] = {}
        for operation in contract.operations:
            if operation.verb in (CREATE, UPDATE):
                valid = list(request_examples(contract.document, contract.request_schema(operation)))
                broken = [each.body for body in valid[:2] for each in contract.counterexamples(operation, body)]
                self._bodies[operation.id] = valid + broken

    def asked(self, keys: list[str]) -> Iterator[Asked]:
        """Yield requests without end; `keys` are those that exist, and may grow."""
        draw = self._random
        while True:
            operation = draw.choice(self._operations)
            path = operation.path
            for name in operation.path_parameters:
                path = path.replace(
                    f"{{{name}}}", draw.choice([*keys[-20:], "none", "a%20b", "%C3%A9", "a%2Fb", "%0A"])
                )
            path = draw.choice([path] * 12 + [path + "/", path[:-1], path.upper(), "/" + path, path + "%00"])
            query = draw.choice([""] * 3 + QUERIES)
            method = operation.method if draw.random() < 0.9 else draw.choice(METHODS)
            body = self._body(operation.id) if method in ("POST", "PUT", "PATCH") else None
            yield Asked(method, f"{path}?{query}" if query else path, self._headers(), body)

    def _body(self, operation: str) -> bytes:
        draw = self._random
        if operation in self._bodies and draw.random() < 0.85:
            body = draw.choice(self._bodies[operation])
            if isinstance(body, dict) and draw.random() < 0.7:
                body = {**body, "model_name": f"model-{draw.randrange(500)}"}
            return json.dumps(body).encode()
        return draw.choice([b"", b"{", b"[]", b"null", b"[" * 300, b'"' + b"x" * 5000 + b'"', b"\xff", "é".encode()])

    def _headers(self) -> dict[str, str]:
        draw = self._random
        headers = {"Host": "mock.test", "Authorization": draw.choice([KEY] * 15 + ["Bearer wrong", "Basic eA==", ""])}
        if draw.random() < 0.2:
            name, value = draw.choice(
                [
                    ("X-Mock-Session", "other"),
                    ("X-Mock-Session", "a/b"),
                    ("Cookie", "a=b; mock_session=third"),
                    ("Origin", "http://page.test"),
                    ("Prefer", "code=500"),
                    ("Prefer", "dynamic, seed=3"),
                    ("Prefer", "code=999"),
                    ("Content-Type", "text/plain"),
                ]
            )
            headers[name] = value
        return headers


@contextmanager
def served(command: list[str], errors: Path) -> Iterator[HTTPConnection]:
    """Serve the mock by a command, and yield a connection to it; the process ends with the block."""
    with reserve("127.0.0.1", 0) as reservation:
        port = reservation.port
    arguments = [each.format(port=port) for each in command]
    with errors.open("w") as stderr:
        process = subprocess.Popen(
            [sys.executable, *arguments], env={**os.environ, **ENVIRONMENT}, stdout=stderr, stderr=stderr
        )
        connection = HTTPConnection("127.0.0.1", port, timeout=20)
        try:
            _wait_for(process, connection, errors)
            yield connection
        finally:
            connection.close()
            process.terminate()
            process.wait(20)


def _wait_for(process: subprocess.Popen[bytes], connection: HTTPConnection, errors: Path) -> None:
    while True:
        assert process.poll() is None, errors.read_text()
        try:
            connection.connect()
        except OSError:
            with suppress(subprocess.TimeoutExpired):
                process.wait(0.02)
        else:
            return


def answer_to(connection: HTTPConnection, asked: Asked) -> tuple[int, list[tuple[str, str]], bytes]:
    """Return status, headers and body; the headers without those of the server."""
    for last in (False, True):
        try:
            connection.request(asked.method, asked.target, asked.body, asked.headers)
            response = connection.getresponse()
            break
        except (RemoteDisconnected, ConnectionResetError, BrokenPipeError):
            connection.close()
            assert not last, f"{asked} got no answer"
    body = response.read()
    headers = [(name.lower(), value) for name, value in response.getheaders()]
    return response.status, sorted(each for each in headers if each[0] not in OF_THE_SERVER), body


def answers(command: list[str], errors: Path) -> list[tuple[Asked, Any]]:
    """Return what a server answers to the generated requests."""
    contract, found = load_contract(), []
    keys: list[str] = []
    with served(command, errors) as connection:
        set_clock = json.dumps({"action": "set", "instant": "2030-03-01T09:00:00Z"}).encode()
        freeze = json.dumps({"action": "freeze"}).encode()
        for body in (freeze, set_clock):
            status, _, _ = answer_to(connection, Asked("PUT", "/__admin/clock", {"Host": "localhost"}, body))
            assert status == 200
        for asked in islice(Maker(contract, seed=5).asked(keys), REQUESTS):
            answer = answer_to(connection, asked)
            if asked.method == "POST" and answer[0] == 200:
                keys.append(quote(json.loads(answer[2])["model_config"]["id"], safe=""))
            found.append((asked, answer))
    return found


@pytest.mark.timeout(300)
def test_the_same_requests_get_the_same_answers_from_every_server(tmp_path: Path) -> None:
    own = answers(COMMANDS["mockserver"], tmp_path / "errors")
    assert {200, 400, 401, 404, 405, 413, 500} <= {answer[0] for _, answer in own}
    for name in [name for name in COMMANDS if name != "mockserver"]:
        others = answers(COMMANDS[name], tmp_path / "errors")
        pairs = zip(own, others, strict=True)
        differing = [(asked, mine, other) for (asked, mine), (_, other) in pairs if mine != other]
        assert differing[:1] == [], f"{len(differing)} answers of {name} differ"
