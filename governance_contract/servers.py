"""Where the document says that its API is served."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from governance_contract.document import Document


def base_path(document: Document) -> str:
    """Return the path before every path of the document, without a slash at its end: that of the first server.

    Variables of the server have their defaults.
    """
    servers = document.root.get("servers") or ()
    return urlsplit(_url(servers[0])).path.rstrip("/") if servers else ""


def _url(server: Mapping[str, Any]) -> str:
    url = str(server["url"])
    for name, variable in server.get("variables", {}).items():
        url = url.replace(f"{{{name}}}", str(variable["default"]))
    return url
