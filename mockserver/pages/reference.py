"""The reference of both documents with try-it-out: Swagger UI from its package, without any other host."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

import orjson
from flask import Blueprint, Response, render_template, request

from governance_contract.document import Document
from governance_contract.servers import base_path
from mockserver.admin import control_contract
from mockserver.headers import NO_SNIFFING
from mockserver.pages.document import served
from mockserver.settings import DEVELOPMENT_KEY, Settings

PATH = "/docs"
"""Where the reference stands, after the prefix of the control API."""

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": _POLICY,
    "Referrer-Policy": "no-referrer",
    **NO_SNIFFING,
}
"""The headers of the page: a browser loads nothing from other hosts, and runs no script but those of the mock."""

_TYPES = {".css": "text/css", ".js": "text/javascript"}
_PACKAGE = files("flask_swagger_ui") / "dist"
_ASSETS: Mapping[str, Traversable] = {
    "swagger-ui.css": _PACKAGE / "swagger-ui.css",
    "swagger-ui-bundle.js": _PACKAGE / "swagger-ui-bundle.js",
    "swagger-ui-standalone-preset.js": _PACKAGE / "swagger-ui-standalone-preset.js",
    "reference.js": files("mockserver") / "templates" / "reference.js",
}


def add_reference(pages: Blueprint, settings: Settings, document: Document) -> None:
    """Serve the reference of the API's document and of the control API's.

    It needs no token: a browser has none when it opens a page, and there is nothing here that is secret.
    """
    base = settings.admin_prefix + PATH
    documents = {
        "api": served(document.root, base_path(document) or "/"),
        "control": served(control_contract().document.root, "/", settings.admin_prefix),
    }
    shown = {
        "urls": [{"name": root["info"]["title"], "url": f"{base}/{name}.json"} for name, root in documents.items()],
        "key": _key(settings, document),
    }
    _add(pages, base, lambda: _page(base, document, shown))
    for name, root in documents.items():
        answer = partial(Response, orjson.dumps(root), headers=NO_SNIFFING, mimetype="application/json")
        _add(pages, f"{base}/{name}.json", answer)
    for name, file in _ASSETS.items():
        _add(pages, f"{base}/{name}", partial(_asset, file))


def _add(pages: Blueprint, path: str, view: Callable[[], Response]) -> None:
    # A path is no id of an operation, hence as an endpoint it is in the way of none.
    pages.add_url_rule(path, path.replace(".", "_"), view)


def _key(settings: Settings, document: Document) -> dict[str, str] | None:
    """Return the key with which the page starts: the one that is no secret, where it opens the mock."""
    if settings.api_key != DEVELOPMENT_KEY:
        return None
    schemes = [name for requirement in document.root.get("security", ()) for name in requirement]
    return {"scheme": schemes[0], "value": DEVELOPMENT_KEY} if schemes else None


def _page(base: str, document: Document, shown: Mapping[str, Any]) -> Response:
    page = render_template("reference.html", base=base, title=document.root["info"]["title"], shown=shown)
    return Response(page, headers=HEADERS, mimetype="text/html")


def _asset(file: Traversable) -> Response:
    mimetype = _TYPES[file.name[file.name.rindex(".") :]]
    answer = Response(file.read_bytes(), mimetype=mimetype, headers=NO_SNIFFING)
    answer.headers["Cache-Control"] = "no-cache"
    answer.add_etag()
    answer.make_conditional(request)
    return answer
