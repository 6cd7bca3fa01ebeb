"""The documents as the mock serves them: with the URL under which they are served as their only server."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

import orjson
from flask import Blueprint, Response, request

from governance_contract.document import Document
from governance_contract.servers import base_path
from mockserver.admin import PREFIX
from mockserver.headers import NO_SNIFFING

_DESCRIPTION = "This mock."
_SERVERS = re.compile(r"^servers:.*\n(?:(?:[ \t]|-[ \t]|#).*\n|[ \t]*\n)*", re.MULTILINE)
_PATHS = re.compile(r"^paths:", re.MULTILINE)


def add_document(pages: Blueprint, document: Document, prefix: str = "") -> None:
    """Serve a document as JSON and YAML below `prefix`, which takes the place of the one in its paths."""
    base = "" if prefix else base_path(document)

    def as_json() -> Response:
        root = served(document.root, _url(base), prefix)
        return Response(
            orjson.dumps(root, option=orjson.OPT_INDENT_2), headers=NO_SNIFFING, mimetype="application/json"
        )

    def as_yaml() -> Response:
        return Response(served_text(document, _url(base), prefix), headers=NO_SNIFFING, mimetype="application/yaml")

    for extension, view in (("json", as_json), ("yaml", as_yaml)):
        pages.add_url_rule(f"{prefix}/openapi.{extension}", f"openapi_{extension}{prefix}".replace(".", "_"), view)


def served(root: Mapping[str, Any], url: str, prefix: str = "") -> dict[str, Any]:
    """Return a document with one server, and with its paths below the prefix that was set."""
    paths = {_below(prefix, path): item for path, item in root["paths"].items()}
    return {**root, "servers": [{"url": url, "description": _DESCRIPTION}], "paths": paths}


def served_text(document: Document, url: str, prefix: str = "") -> str:
    """Return what `served` does as YAML, with the comments and the order of the file where its form allows."""
    servers = f"servers:\n  - url: {json.dumps(url)}\n    description: {_DESCRIPTION}\n"
    text, count = _SERVERS.subn(lambda _: servers, document.text, count=1)
    if not count:
        text, count = _PATHS.subn(lambda match: servers + match[0], document.text, count=1)
    if not count:  # written in braces, and JSON is YAML, too
        return json.dumps(served(document.root, url, prefix), ensure_ascii=False, indent=2)
    return re.sub(rf"^(\s+){re.escape(PREFIX)}/", rf"\1{prefix}/", text, flags=re.MULTILINE) if prefix else text


def _url(base: str) -> str:
    """Return where this request has found the mock; behind a proxy that is what the server makes of its headers.

    `base` is the path below which the operations are.
    """
    return request.root_url.rstrip("/") + base


def _below(prefix: str, path: str) -> str:
    return prefix + path.removeprefix(PREFIX) if prefix and path.startswith(f"{PREFIX}/") else path
