"""The control API as a client sees it: requests about one session of a mock, wherever that runs."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import requests

SECONDS = 30.0
"""How long an answer may take; only a simulation of much traffic takes more than milliseconds."""


class ControlRefused(Exception):
    """A control request that the mock refused; it changed nothing."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class NoMock(Exception):
    """An address at which no mock with a control API answers; the message says what is there instead."""


@dataclass(frozen=True)
class Control:
    """The control API at `url`, which includes its prefix, for one session."""

    url: str
    session: str
    token: str | None = field(default=None, repr=False)

    def get(self, path: str, **query: Any) -> Any:
        """Return the answer to a GET request; a part of the query that is None is left out."""
        return self._answer("GET", path, query=query)

    def post(self, path: str, body: Any = None) -> Any:
        """Return the answer to a POST request."""
        return self._answer("POST", path, body)

    def put(self, path: str, body: Any = None) -> Any:
        """Return the answer to a PUT request."""
        return self._answer("PUT", path, body)

    def delete(self, path: str) -> Any:
        """Return the answer to a DELETE request."""
        return self._answer("DELETE", path)

    def _answer(self, method: str, path: str, body: Any = None, query: dict[str, Any] | None = None) -> Any:
        """Return the answer, read if it is JSON, else as a text.

        Raises:
            ControlRefused: the mock refused the request.
            NoMock: no mock answered it.
        """
        answer = self._sent(method, path, body, query)
        is_json = answer.headers.get("Content-Type", "").startswith("application/json")
        value: Any = answer.json() if is_json else answer.text
        if answer.status_code < 400:
            return value
        try:
            cause = value["error"]["message"]
        except (TypeError, KeyError) as error:
            raise NoMock(f"{self.url} answers {answer.status_code}, and not as the mock does; {_EXPECTED}") from error
        raise ControlRefused(answer.status_code, f"{method} {self.url}{path}: {answer.status_code}: {cause}")

    def _sent(self, method: str, path: str, body: Any, query: dict[str, Any] | None) -> requests.Response:
        headers = {"X-Mock-Session": self.session, "Content-Type": "application/json"}
        if self.token is not None:
            headers["Authorization"] = f"Bearer {self.token}"
        data = None if body is None else json.dumps(body, allow_nan=False).encode()
        try:
            with requests.Session() as http:
                http.trust_env = False  # neither a proxy nor a .netrc has a say in whom a test talks to
                return http.request(
                    method, self.url + quote(path), params=query, data=data, headers=headers, timeout=SECONDS
                )
        except requests.RequestException as error:
            raise NoMock(f"no mock answers at {self.url}: {error}; {_EXPECTED}") from error


_EXPECTED = "expected the URL of a running mock, and the prefix of its control API"
