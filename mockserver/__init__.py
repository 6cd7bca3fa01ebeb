"""A stateful mock of the governance API, driven by its OpenAPI document."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mockserver.app import create_app
    from mockserver.testing.embedded import MockServer
    from mockserver.testing.session import MockSession

__all__ = ["MockServer", "MockSession", "create_app"]

_HOMES = {
    "MockServer": "mockserver.testing.embedded",
    "MockSession": "mockserver.testing.session",
    "create_app": "mockserver.app",
}


def __getattr__(name: str) -> Any:
    """Return what tests and WSGI servers import from here; its module is loaded only then, as that takes a while."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)
