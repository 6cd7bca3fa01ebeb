"""A correct model-configs server in FastAPI and SQLAlchemy, to judge the contract tests with.

Run `python server.py --port 0`. `API_KEY` is the management key, `STYLE` is `plain` or `other`, and `FAIL_WHEN` names
the requests that an unhandled exception strikes, such as `POST collection, PUT item rate_limit, DELETE item!`.
"""

import argparse
import hmac
import os
import socket
import sys
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import h11
import uvicorn
from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from tests.reference_servers.fastapi_sqlalchemy import lookups
from tests.reference_servers.fastapi_sqlalchemy.configs import ConfigService, read_utc_clock
from tests.reference_servers.fastapi_sqlalchemy.storage import Database
from tests.reference_servers.fastapi_sqlalchemy.styles import STYLES, Style
from tests.reference_servers.fastapi_sqlalchemy.validation import (
    MAX_BODY_BYTES,
    MAX_PAGE_SIZE,
    ApiError,
    BodyReader,
    QueryReader,
)

COLLECTION = "/api/governance/model-configs"
Json = dict[str, Any]


class InjectedError(RuntimeError):
    """The unhandled exception of a request that `FAIL_WHEN` names."""


@dataclass(frozen=True, slots=True)
class Fault:
    """The requests that fail, and whether they fail after the change was stored."""

    method: str
    target: str
    word: str
    after_commit: bool

    @classmethod
    def parse(cls, text: str) -> "Fault":
        """Returns the fault that a part of `FAIL_WHEN` describes, such as `POST collection budgets`."""
        method, target, *words = text.strip().removesuffix("!").split()
        return cls(method, target, " ".join(words), after_commit=text.strip().endswith("!"))


class Faults:
    """All faults of `FAIL_WHEN`."""

    def __init__(self, text: str) -> None:
        self._faults = [Fault.parse(part) for part in text.split(",") if part.strip()]

    def strike(self, request: Request, target: str, body: bytes = b"", *, after_commit: bool = False) -> None:
        """Raises an exception if a fault matches the request."""
        sent = body.decode("utf-8", "replace") if request.method in {"POST", "PUT"} else request.url.query
        for fault in self._faults:
            matches = (fault.method, fault.target, fault.after_commit) == (request.method, target, after_commit)
            if matches and fault.word in sent:
                raise InjectedError(f"{request.method} {target} fails as FAIL_WHEN says")


class HeadersMiddleware:
    """Adds a session cookie and a request id to each response."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                token = uuid.uuid4().hex.encode()
                message["headers"] = [
                    *message["headers"],
                    (b"set-cookie", b"session=" + token + b"; Path=/; HttpOnly; SameSite=Lax"),
                    (b"x-request-id", token),
                    (b"cache-control", b"no-store"),
                ]
            await send(message)

        await self._app(scope, receive, send_with_headers if scope["type"] == "http" else send)


def build_error(status: int, message: str, style: Style, headers: dict[str, str] | None = None) -> JSONResponse:
    """Returns a response with the error body."""
    body: Json = {"error": {"message": message}}
    if style.sends_extras:
        body["error"]["code"] = status
    else:
        body |= {"is_bifrost_error": False, "status_code": status, "extra_fields": {}}
    return JSONResponse(body, status, headers)


def build_key_check(api_key: str, style: Style) -> Callable[[Request], None]:
    """Returns the dependency that rejects a request without the management key."""

    def require_key(request: Request) -> None:
        sent = request.headers.getlist("authorization")
        scheme, _, token = (sent[0] if len(sent) == 1 else "").partition(" ")
        is_bearer = scheme == "Bearer" or (style.ignores_scheme_case and scheme.lower() == "bearer")
        if not is_bearer or not hmac.compare_digest(token.encode("latin-1"), api_key.encode()):
            raise ApiError(401, "a valid management API key is required: Authorization: Bearer <API key>")

    return require_key


def build_body_reader(style: Style) -> Callable[[Request], Awaitable[bytes]]:
    """Returns the dependency that reads a JSON body to its end."""

    async def read_body(request: Request) -> bytes:
        body = bytearray()
        is_oversized = False
        async for chunk in request.stream():
            is_oversized = is_oversized or len(body) + len(chunk) > MAX_BODY_BYTES
            if not is_oversized:
                body += chunk
        if is_oversized:
            raise ApiError(style.oversized_status, f"the body must have at most {MAX_BODY_BYTES} bytes")
        if not style.accepts_any_content_type:
            check_media_type(request)
        return bytes(body)

    return read_body


def check_media_type(request: Request) -> None:
    """Rejects a body that is not declared as plain JSON in UTF-8.

    Raises:
        ApiError: The headers declare another media type, charset or encoding.
    """
    media_type, _, parameters = request.headers.get("content-type", "application/json").partition(";")
    if media_type.strip().lower() != "application/json":
        raise ApiError(415, "the content type must be application/json")
    name, _, charset = parameters.strip().partition("=")
    if name.strip().lower() == "charset" and charset.strip(' "').lower() not in {"utf-8", "utf8"}:
        raise ApiError(415, "the charset must be utf-8")
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise ApiError(415, "the content encoding must be identity")


def build_config_routes(service: ConfigService, style: Style, faults: Faults) -> APIRouter:
    """Returns the routes of the model configs."""
    router = APIRouter(prefix=COLLECTION)
    bodies, queries = BodyReader(style), QueryReader(style)
    body_bytes = Annotated[bytes, Depends(build_body_reader(style))]

    @router.get("")
    def list_configs(request: Request) -> JSONResponse:
        faults.strike(request, "collection")
        page = queries.read_page(request.query_params)
        configs, total = service.find_page(page)
        content: Json = {"model_configs": configs, "total_count": total}
        if not style.sends_extras:
            limit = total if page.limit is None else page.limit
            content |= {"count": len(configs), "limit": limit, "offset": page.offset}
        return JSONResponse(content)

    @router.post("")
    def create_config(request: Request, body: body_bytes) -> JSONResponse:
        faults.strike(request, "collection", body)
        config = service.create(bodies.read_create(body))
        faults.strike(request, "collection", body, after_commit=True)
        return JSONResponse({"message": "Model config created successfully", "model_config": config})

    @router.get("/" + style.id_path)
    def get_config(request: Request, mc_id: str) -> JSONResponse:
        faults.strike(request, "item")
        return JSONResponse({"model_config": service.get(mc_id)})

    @router.put("/" + style.id_path)
    def update_config(request: Request, mc_id: str, body: body_bytes) -> JSONResponse:
        faults.strike(request, "item", body)
        config = service.update(mc_id, bodies.read_update(body))
        faults.strike(request, "item", body, after_commit=True)
        return JSONResponse({"message": "Model config updated successfully", "model_config": config})

    @router.delete("/" + style.id_path)
    def delete_config(request: Request, mc_id: str) -> JSONResponse:
        faults.strike(request, "item")
        service.delete(mc_id)
        faults.strike(request, "item", after_commit=True)
        return JSONResponse({"message": "Model config deleted successfully"})

    return router


def build_lookup_routes(style: Style) -> APIRouter:
    """Returns the routes of the virtual keys, users, providers and models."""
    router = APIRouter(prefix="/api")
    queries = QueryReader(style)

    def read_limit(request: Request) -> int:
        return min(queries.read_number(request.query_params, "limit", style.lookup_page_size), MAX_PAGE_SIZE)

    @router.get("/governance/virtual-keys")
    def list_virtual_keys(request: Request) -> JSONResponse:
        limit, offset = read_limit(request), queries.read_number(request.query_params, "offset", 0)
        keys = list(lookups.VIRTUAL_KEYS[offset : offset + limit])
        total = len(lookups.VIRTUAL_KEYS)
        return JSONResponse(
            {"virtual_keys": keys, "count": len(keys), "total_count": total, "limit": limit, "offset": offset}
        )

    @router.get("/governance/virtual-keys/{vk_id}")
    def get_virtual_key(vk_id: str) -> JSONResponse:
        key = lookups.find_entry(lookups.VIRTUAL_KEYS, vk_id)
        if key is None:
            raise ApiError(404, "virtual key not found")
        return JSONResponse({"virtual_key": key})

    @router.get("/users")
    def list_users(request: Request) -> JSONResponse:
        limit, page = read_limit(request), queries.read_number(request.query_params, "page", 1, least=1)
        total, first = len(lookups.USERS), (page - 1) * limit
        return JSONResponse(
            {
                "users": list(lookups.USERS[first : first + limit]),
                "total": total,
                "page": page,
                "limit": limit,
                "total_pages": -(-total // limit) if limit else 0,
                "has_more": bool(limit) and first + limit < total,
            }
        )

    @router.get("/providers")
    def list_providers() -> JSONResponse:
        return JSONResponse({"providers": lookups.PROVIDERS, "total": len(lookups.PROVIDERS)})

    @router.get("/models")
    def list_models() -> JSONResponse:
        return JSONResponse({"models": lookups.MODELS, "total": len(lookups.MODELS)})

    return router


def build_app(style: Style, api_key: str, faults: Faults) -> FastAPI:
    """Returns the application with an empty database."""
    app = FastAPI(title="Model configs", openapi_url=None, redirect_slashes=False)
    service = ConfigService(Database(), style, read_utc_clock)
    needs_key = [Depends(build_key_check(api_key, style))]
    app.include_router(build_config_routes(service, style, faults), dependencies=needs_key)
    app.include_router(build_lookup_routes(style), dependencies=needs_key)
    if style.sends_extras:
        app.add_middleware(HeadersMiddleware)

    @app.exception_handler(ApiError)
    async def respond_to_api_error(_request: Request, error: ApiError) -> JSONResponse:
        headers = {"WWW-Authenticate": "Bearer"} if error.status == 401 else None
        return build_error(error.status, error.message, style, headers)

    @app.exception_handler(HTTPException)
    async def respond_to_http_error(_request: Request, error: HTTPException) -> JSONResponse:
        return build_error(error.status_code, error.detail, style, dict(error.headers or {}))

    return app


def build_protocol(style: Style) -> type[H11Protocol]:
    """Returns uvicorn's protocol, with the error body for a request that is no HTTP."""
    body = bytes(build_error(400, "the request is not valid HTTP", style).body)

    class JsonErrorProtocol(H11Protocol):
        """Uvicorn's protocol with a JSON body in its own 400 response."""

        def send_400_response(self, msg: str) -> None:  # noqa: ARG002
            headers = [
                ("content-type", "application/json"),
                ("content-length", str(len(body))),
                ("connection", "close"),
            ]
            for event in (h11.Response(status_code=400, headers=headers), h11.Data(data=body), h11.EndOfMessage()):
                self.transport.write(self.conn.send(event) or b"")
            self.transport.close()

    return JsonErrorProtocol


class AnnouncingServer(uvicorn.Server):
    """A server that prints its URL once it accepts connections."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        port = self.servers[0].sockets[0].getsockname()[1]
        print(f"listening on http://127.0.0.1:{port}", flush=True)  # noqa: T201


def main() -> None:
    """Serves until SIGTERM."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 chooses a free port")
    port = parser.parse_args().port
    style = STYLES[os.environ.get("STYLE", "plain")]
    api_key = os.environ.get("API_KEY", "mock-development-key")
    app = build_app(style, api_key, Faults(os.environ.get("FAIL_WHEN", "")))
    config = uvicorn.Config(
        app,
        host="127.0.0.1",
        port=port,
        http=build_protocol(style),
        ws="none",
        log_level="warning",
        access_log=False,
        h11_max_incomplete_event_size=MAX_BODY_BYTES,
        timeout_graceful_shutdown=1,
    )
    AnnouncingServer(config).run()


if __name__ == "__main__":
    main()
