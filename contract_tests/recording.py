"""Exchanges as lines of a file: what was sent and answered, and when, without the key (docs/formats.md)."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from contract_tests.client.observer import Observer
from contract_tests.exchange import Call, Exchange, Response
from contract_tests.formats import RECORDING
from contract_tests.lines import OtherFormat, read_lines
from contract_tests.secrecy import Secrets

_NO_COOKIE = "[cookie]"


class Recorder(Observer):
    """Appends each exchange to a file as soon as it is over; several processes may write to one file.

    All is told to another observer as well. A line that cannot be written ends the recording, not the run; `say` tells
    the user.
    """

    def __init__(self, path: Path, secrets: Secrets, inner: Observer, say: Callable[[str], None]) -> None:
        self._path = path
        self._secrets = secrets
        self._inner = inner
        self._say = say
        self._has_failed = False

    def begin(self, call: Call) -> int:
        """Hear that a call is sent."""
        return self._inner.begin(call)

    def end(self, number: int, exchange: Exchange | None) -> None:
        """Hear what became of a call."""
        if exchange is not None and not self._has_failed:
            try:
                self._append(self._secrets.hidden(as_line(exchange)))
            except OSError as error:
                self._has_failed = True
                self._say(f"the recording ends here, {self._path} cannot be written: {error.strerror}")
        self._inner.end(number, exchange)

    def _append(self, line: str) -> None:
        file = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(file, line.encode())
        finally:
            os.close(file)


def as_line(exchange: Exchange) -> str:
    """Return an exchange as a line of JSON; the key of the target and its cookies are not in it."""
    call, response = exchange.call, exchange.response
    value = {
        "format": RECORDING,
        "began": exchange.began,
        "ended": exchange.ended,
        "request": {
            "method": call.method,
            "path": call.path,
            "query": dict(call.query),
            "headers": dict(call.headers),
            "authorization": call.authorization,
            "body": None if call.body is None else _written(call.body),
        },
        "response": {
            "status": response.status,
            "headers": {name: _NO_COOKIE if name == "set-cookie" else text for name, text in response.headers.items()},
            "body": _written(response.body),
            "breach": response.breach,
        },
    }
    return json.dumps(value) + "\n"


def read_recording(path: Path) -> tuple[Exchange, ...]:
    """Return the exchanges in a file, in the order in which they ended.

    Raises:
        UsageError: it cannot be read, or holds something else; the message names file and line.
    """
    expected = "a recording, as --record writes it"
    return read_lines(path, _exchange, one="exchange", file=expected, version=RECORDING)


def _exchange(value: Any) -> Exchange:
    if value["format"] != RECORDING:
        raise OtherFormat(value["format"])
    request, response = value["request"], value["response"]
    body = request.pop("body")
    call = Call(**request, body=None if body is None else _bytes(body))
    answer = Response(**{**response, "body": _bytes(response["body"])})
    return Exchange(call, answer, value["began"], value["ended"])


def _written(body: bytes) -> Any:
    """Return a body as its text, or in base64 where it is no UTF-8."""
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(body).decode()}


def _bytes(written: Any) -> bytes:
    if isinstance(written, str):
        return written.encode()
    return base64.b64decode(written["base64"], validate=True)
