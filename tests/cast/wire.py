"""Calls and replies as JSON values, and WSGI applications made of functions from one to the other."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

COLLECTION = "/api/governance/model-configs"
JSON = "application/json"
NOTHING: Any = object()
"""Stands for a body that is no JSON."""

_OF_COLLECTION = {"GET": "list", "POST": "create"}
_OF_CONFIG = {"GET": "get", "PUT": "update", "DELETE": "delete"}
Change = Callable[[Any], Any]


@dataclass(frozen=True)
class Call:
    """A request as a server sees it; `environ` is what WSGI says beside."""

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    environ: Mapping[str, Any] = field(default_factory=dict)

    @property
    def operation(self) -> str:
        """One of list, create, get, update, delete, or empty."""
        if self.path == COLLECTION:
            return _OF_COLLECTION.get(self.method, "")
        return _OF_CONFIG.get(self.method, "") if self.config_id and "/" not in self.config_id else ""

    @property
    def config_id(self) -> str:
        """The id in the path, if there is one."""
        return self.path.removeprefix(COLLECTION + "/") if self.path.startswith(COLLECTION + "/") else ""

    @property
    def json(self) -> Any:
        """The JSON value of the body, or `NOTHING`."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            return NOTHING

    def sending(self, value: Any) -> Call:
        """Return this call with another body."""
        return replace(self, body=json.dumps(value).encode())

    def on_config(self, method: str, config_id: str, value: Any = NOTHING) -> Call:
        """Return another call by the same client, on one config."""
        body = b"" if value is NOTHING else json.dumps(value).encode()
        return replace(self, method=method, path=f"{COLLECTION}/{config_id}", query={}, body=body)

    def listing(self, **query: str) -> Call:
        """Return a list call by the same client."""
        return replace(self, method="GET", path=COLLECTION, query=query, body=b"")


@dataclass(frozen=True)
class Reply:
    """A response: `value` goes out as JSON, `raw` as it is where there is one."""

    status: int
    value: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    raw: bytes | None = None
    media_type: str = JSON

    @property
    def is_success(self) -> bool:
        """Whether the status is of the 200s."""
        return 200 <= self.status < 300

    def with_configs(self, change: Change) -> Reply:
        """Return this reply with every config in it changed."""
        if not self.is_success or not isinstance(self.value, dict):
            return self
        if isinstance(self.value.get("model_config"), dict):
            return replace(self, value={**self.value, "model_config": change(self.value["model_config"])})
        if isinstance(self.value.get("model_configs"), list):
            configs = [change(config) for config in self.value["model_configs"]]
            return replace(self, value={**self.value, "model_configs": configs})
        return self

    @property
    def config(self) -> dict[str, Any]:
        """The one config in this reply, empty where there is none."""
        found = self.value.get("model_config") if isinstance(self.value, dict) else None
        return found if isinstance(found, dict) else {}


Handler = Callable[[Call], Reply]
Fault = Callable[[Call, Handler], Reply]


def refusal(status: int, message: str = "refused") -> Reply:
    """Return the documented error body with a status."""
    return Reply(status, {"is_bifrost_error": False, "status_code": status, "error": {"message": message}})


def as_wsgi(handler: Handler) -> WSGIApplication:
    """Return a handler as a WSGI application."""

    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        reply = handler(_call_of(environ))
        body = reply.raw if reply.raw is not None else json.dumps(reply.value).encode()
        headers = dict(reply.headers)
        if reply.media_type:
            headers["Content-Type"] = reply.media_type
        start_response(f"{reply.status} X", [*headers.items(), ("Content-Length", str(len(body)))])
        return [body]

    return app


def as_handler(app: WSGIApplication) -> Handler:
    """Return a WSGI application as a handler."""

    def handler(call: Call) -> Reply:
        told: list[Any] = []
        environ = {
            **{f"HTTP_{name.upper().replace('-', '_')}": text for name, text in call.headers.items()},
            "CONTENT_TYPE": call.headers.get("content-type", ""),
            "wsgi.url_scheme": "http",
            "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": "80",
            **call.environ,
            "REQUEST_METHOD": call.method,
            "PATH_INFO": call.path.encode().decode("latin-1"),
            "QUERY_STRING": urlencode(call.query),
            "CONTENT_LENGTH": str(len(call.body)),
            "wsgi.input": io.BytesIO(call.body),
        }
        parts = app(environ, lambda status, headers, _=None: told.extend((status, headers)))  # type: ignore[arg-type]
        body = b"".join(parts)
        headers = {name.title(): text for name, text in told[1]}
        media_type = headers.pop("Content-Type", "")
        headers.pop("Content-Length", None)
        return Reply(int(told[0][:3]), _value(body), headers, None if _value(body) is not NOTHING else body, media_type)

    return handler


def faulty(fault: Fault, handler: Handler) -> Handler:
    """Return `handler` with `fault` around it."""
    return lambda call: fault(call, handler)


def _value(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return NOTHING


def _call_of(environ: WSGIEnvironment) -> Call:
    headers = {name[5:].replace("_", "-").lower(): text for name, text in environ.items() if name.startswith("HTTP_")}
    headers["content-type"] = environ.get("CONTENT_TYPE", "")
    length = environ.get("CONTENT_LENGTH") or "0"
    return Call(
        method=environ["REQUEST_METHOD"],
        path=environ.get("PATH_INFO", "").encode("latin-1").decode("utf-8", "replace"),
        query=dict(parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True, errors="replace")),
        headers=headers,
        body=environ["wsgi.input"].read(int(length)),
        environ=environ,
    )
