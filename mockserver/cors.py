"""Cross-origin requests: which pages of other origins a browser lets talk to the mock, and in which way."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from flask import Flask, request
from flask_cors import CORS

from mockserver import headers
from mockserver.routes import Route
from mockserver.settings import ANY_ORIGIN, Settings

_PARAMETER = re.compile(r"\\\{[^}]*\\\}")
_SECONDS = 600
"""How long a browser may remember what a preflight was answered."""


def add_cors(app: Flask, settings: Settings, routes: Iterable[Route], control_routes: Iterable[Route]) -> None:
    """Let the pages that the settings name read the answers of `app`; a preflight needs no key.

    The control API is for those alone whose origin is named, as it is open to whoever reaches it: `*` does not count.
    A page of a public site may reach this private address where its origin may use the mock at all.
    """
    if not settings.cors_origin:
        return
    named = tuple(origin for origin in settings.cors_origin if origin != ANY_ORIGIN)
    resources = {
        **_resources(control_routes, named),
        re.compile(rf"{re.escape(settings.admin_prefix)}(/.*)?\Z"): {"origins": _origins(named), "methods": ["GET"]},
        **_resources(routes, settings.cors_origin),
        re.compile(r"/.*\Z"): {"origins": _origins(settings.cors_origin), "methods": ["GET"]},
    }
    CORS(
        app,
        resources=resources,
        expose_headers=headers.EXPOSED,
        supports_credentials=settings.cors_credentials,
        send_wildcard=not settings.cors_credentials,
        allow_private_network=True,
        max_age=_SECONDS,
        intercept_exceptions=False,
    )
    _spare_other_clients(app)


def _spare_other_clients(app: Flask) -> None:
    """Let what was registered last see only answers to browsers; other clients send no `Origin`, and need no delay."""
    answered = app.after_request_funcs[None].pop()

    def for_browsers(response: Any) -> Any:
        return answered(response) if "HTTP_ORIGIN" in request.environ else response

    app.after_request(for_browsers)


def _resources(routes: Iterable[Route], origins: tuple[str, ...]) -> dict[Any, dict[str, Any]]:
    """Return for the pattern of each path its methods and who may use them."""
    methods: dict[str, list[str]] = {}
    for route in routes:
        methods.setdefault(route.path, []).append(route.method)
    return {_pattern(path): {"origins": _origins(origins), "methods": each} for path, each in methods.items()}


def _pattern(path: str) -> str | re.Pattern[str]:
    """Return what matches the concrete paths of a template; one without parameters is its own."""
    return re.compile(_PARAMETER.sub(".+", re.escape(path)) + r"\Z") if "{" in path else path


def _origins(origins: tuple[str, ...]) -> str | list[re.Pattern[str]]:
    if ANY_ORIGIN in origins:
        return ANY_ORIGIN
    return [re.compile(re.escape(origin) + r"\Z", re.IGNORECASE) for origin in origins]
