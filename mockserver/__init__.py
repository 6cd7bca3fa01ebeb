"""A stateful mock of the governance API, driven by its OpenAPI document."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mockserver.testing.embedded import MockServer
    from mockserver.testing.session import MockSession

__all__ = ["MockServer", "MockSession"]

_HOMES = {"MockServer": "mockserver.testing.embedded", "MockSession": "mockserver.testing.session"}


def __getattr__(name: str) -> Any:
    """Return what tests import from here; its module is loaded only then, as the server takes half a second."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)
