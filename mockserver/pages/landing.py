"""The page at `/`: what this is, and where things are; for programs the same as JSON."""

from __future__ import annotations

from typing import Any

import orjson
from flask import Blueprint, Response, render_template, request

from governance_contract.document import Document
from governance_contract.operations import Operation, Operations
from mockserver.actions import Api
from mockserver.admin import PREFIX, control_contract
from mockserver.pages import reference
from mockserver.problems import Problem
from mockserver.sessions import Session, Sessions
from mockserver.settings import DEVELOPMENT_KEY, Settings
from mockserver.state import clock
from mockserver.version import version

_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_HEADERS = {**reference.HEADERS, "Content-Security-Policy": _POLICY, "Cache-Control": "no-store", "Vary": "Accept"}


class Landing:
    """Tells whoever asks for `/` about the mock."""

    def __init__(self, settings: Settings, api: Api, sessions: Sessions) -> None:
        self._places = api.places
        self._sessions = sessions
        self._about = {
            **_api(settings, api.contract.document, api.contract.operations),
            "control": _control(settings) if settings.admin else None,
        }

    def answer(self) -> Response:
        """Return the page where a browser asks, else the same as JSON."""
        told = {**self._about, "now": self._now(self._session())}
        if request.accept_mimetypes.best_match(["application/json", "text/html"]) == "text/html":
            page = render_template("landing.html", host=request.host_url.rstrip("/"), **told)
            return Response(page, headers=_HEADERS, mimetype="text/html")
        return Response(orjson.dumps(told, option=orjson.OPT_INDENT_2), headers=_HEADERS, mimetype="application/json")

    def _session(self) -> Session:
        try:
            return self._sessions.chosen({name.lower(): value for name, value in request.headers.items()})
        except Problem:  # the page is there to help, also whoever has named no possible session
            return self._sessions.base

    def _now(self, session: Session) -> dict[str, Any]:
        state = session.world.store.state
        return {
            "session": session.name,
            "sessions": len(self._sessions.all()),
            "scenario": state.scenario,
            "clock": clock.timestamp(session.timepiece()),
            "collections": {name: len(state[name]) for name, _ in self._places.all(state)},
        }


def add_landing(pages: Blueprint, settings: Settings, api: Api, sessions: Sessions) -> None:
    """Serve the page at `/`."""
    pages.add_url_rule("/", "/", Landing(settings, api, sessions).answer)


def _api(settings: Settings, document: Document, operations: Operations) -> dict[str, Any]:
    is_documented = settings.api_key == DEVELOPMENT_KEY
    return {
        "title": document.root["info"]["title"],
        "version": version(),
        "authorization": f"Bearer {DEVELOPMENT_KEY}" if is_documented else None,
        "documents": ["/openapi.json", "/openapi.yaml"],
        "operations": [_told(document, operation, operation.path) for operation in operations],
    }


def _control(settings: Settings) -> dict[str, Any]:
    """Return where the control API is, and what of it a browser can look at."""
    control, prefix = control_contract(), settings.admin_prefix
    looks = [each for each in control.operations if each.method == "GET" and "{" not in each.path]
    return {
        "summary": control.document.root["info"]["summary"],
        "prefix": prefix,
        "reference": prefix + reference.PATH,
        "documents": [f"{prefix}/openapi.json", f"{prefix}/openapi.yaml"],
        "needs_token": settings.admin_token is not None,
        "looks": [_told(control.document, each, prefix + each.path.removeprefix(PREFIX)) for each in looks],
    }


def _told(document: Document, operation: Operation, path: str) -> dict[str, str]:
    described = document.root["paths"][operation.path][operation.method.lower()]
    return {"method": operation.method, "path": path, "summary": described.get("summary", operation.id)}
