"""The table of routes: which operation a request is for, by method and path, and which one was perhaps meant."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from governance_contract.operations import Operation
from mockserver import problems
from mockserver.problems import Problem

_PARAMETER = re.compile(r"\{([^{}]*)\}")

_LONGEST = 200
"""Characters of a path that are looked at."""

_LIKE = 0.6
"""How much of two paths must be alike."""


@dataclass(frozen=True)
class Route:
    """Method and path template under which an operation is served."""

    method: str
    path: str
    operation: Operation


@dataclass
class _Template:
    """A path template, and the operation of each of its methods."""

    path: str
    pattern: re.Pattern[str]
    names: tuple[str, ...]
    operations: dict[str, Operation] = field(default_factory=dict)


Found = tuple[Operation, Mapping[str, str]]
"""An operation, and the path parameters of a request for it."""

_NO_PARAMETERS: Mapping[str, str] = {}


class Routes:
    """Finds operations by method and path. A concrete path goes before a template; HEAD is answered as GET."""

    def __init__(self, operations: Iterable[Operation], *, prefix: str = "", instead_of: str = "") -> None:
        """Serve each operation under its path, with `prefix` in the place of its beginning `instead_of`."""
        self.all = tuple(Route(o.method, prefix + o.path.removeprefix(instead_of), o) for o in operations)
        self._concrete: dict[str, dict[str, Operation]] = {}
        templates: dict[str, _Template] = {}
        for route in self.all:
            if "{" in route.path:
                template = templates.setdefault(route.path, _template(route.path))
                template.operations[route.method] = route.operation
            else:
                self._concrete.setdefault(route.path, {})[route.method] = route.operation
        self._templates = sorted(templates.values(), key=_concreteness, reverse=True)

    def find(self, method: str, path: str) -> Found | None:
        """Return the operation for a request and its path parameters; None where there is none."""
        for operations, parameters in self._matching(path):
            operation = operations.get(method) or (operations.get("GET") if method == "HEAD" else None)
            if operation is not None:
                return operation, parameters
        return None

    def methods(self, path: str) -> tuple[str, ...]:
        """Return the methods that a path supports, in the order of the alphabet; none where it does not exist."""
        supported = {method for operations, _ in self._matching(path) for method in operations}
        implied = {"OPTIONS", *({"HEAD"} if "GET" in supported else ())} if supported else set()
        return tuple(sorted(supported | implied))

    def refusal(self, method: str, path: str, others: Iterable[Route] = ()) -> Problem:
        """Return why no operation answers a request; one of `others` may have been meant, too (ROB-02)."""
        if allowed := self.methods(path):
            return problems.method_not_allowed(method, allowed)
        meant = nearest([*self.all, *others], method, path)
        told = f"{meant.method} {meant.path} ({meant.operation.id})" if meant else None
        return problems.unknown_path(path, told)

    def _matching(self, path: str) -> Iterator[tuple[Mapping[str, Operation], Mapping[str, str]]]:
        if operations := self._concrete.get(path):
            yield operations, _NO_PARAMETERS
        for template in self._templates:
            if match := template.pattern.fullmatch(path):
                yield template.operations, dict(zip(template.names, match.groups(), strict=True))


def nearest(routes: Iterable[Route], method: str, path: str) -> Route | None:
    """Return the route whose path is most like `path`, of equal ones that with the method, if one is like it."""
    given = path[:_LONGEST].casefold()
    ranked = [(_likeness(given, route.path), route.method == method, route) for route in routes]
    likeness, _, found = max(ranked, key=lambda each: each[:2], default=(0.0, False, None))
    return found if likeness >= _LIKE else None


def _template(path: str) -> _Template:
    """Return the template of a path; the texts between parameters stand at the even places."""
    parts = _PARAMETER.split(path)
    pattern = "".join("([^/]+)" if place % 2 else re.escape(part) for place, part in enumerate(parts))
    return _Template(path, re.compile(pattern), tuple(parts[1::2]))


def _concreteness(template: _Template) -> tuple[bool, ...]:
    return tuple("{" not in segment for segment in template.path.split("/"))


def _likeness(given: str, template: str) -> float:
    parts = given.split("/")
    wanted = template.casefold().split("/")
    if len(parts) == len(wanted):  # a parameter is like whatever stands in its place
        wanted = [part if part and want.startswith("{") else want for want, part in zip(wanted, parts, strict=True)]
    return difflib.SequenceMatcher(None, given, "/".join(wanted), autojunk=False).ratio()
