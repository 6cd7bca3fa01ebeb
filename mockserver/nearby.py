"""The operation that a request for an unknown path was perhaps meant for."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass

_LONGEST = 200
"""Characters of a path that are looked at."""

_LIKE = 0.6
"""How much of two paths must be alike."""


@dataclass(frozen=True)
class Route:
    """Method and path template that an operation is served under."""

    method: str
    path: str
    operation: str


def nearest(routes: Iterable[Route], method: str, path: str) -> Route | None:
    """Return the route whose path is most like `path`, of equal ones that with the method, if one is like it."""
    given = path[:_LONGEST].casefold()
    ranked = [(_likeness(given, route.path), route.method == method, route) for route in routes]
    likeness, _, found = max(ranked, key=lambda each: each[:2], default=(0.0, False, None))
    return found if likeness >= _LIKE else None


def _likeness(given: str, template: str) -> float:
    parts = given.split("/")
    wanted = template.casefold().split("/")
    if len(parts) == len(wanted):  # a parameter is like whatever stands in its place
        wanted = [part if part and want.startswith("{") else want for want, part in zip(wanted, parts, strict=True)]
    return difflib.SequenceMatcher(None, given, "/".join(wanted), autojunk=False).ratio()
