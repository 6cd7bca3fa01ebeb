"""The version of the kit."""

from __future__ import annotations

import importlib.metadata

_DISTRIBUTION = "governance-contract-kit"


def version() -> str:
    """Return the version of the installed kit, or a stand-in in a checkout that is not installed."""
    try:
        return importlib.metadata.version(_DISTRIBUTION)
    except importlib.metadata.PackageNotFoundError:
        return "0+checkout"
