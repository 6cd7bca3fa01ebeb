"""What no request to the control API may have: a query parameter or a body that its operation does not know."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from urllib.parse import parse_qsl

from governance_contract import Contract
from governance_contract.closest import closest
from governance_contract.document import Node
from governance_contract.edits import Edit, Fix
from governance_contract.operations import Operation, operation_nodes
from governance_contract.validation import Violation
from mockserver import problems
from mockserver.admin.action import Act
from mockserver.bodies import BodyReader
from mockserver.envelopes import Outcome
from mockserver.exchange import Request
from mockserver.queries import QueryReader
from mockserver.sessions import Session


def strict(control: Contract, operation: Operation, act: Act) -> Act:
    """Return the action that first rejects a request with something in it that its operation does not know."""
    surplus = _Surplus(control, operation)
    query = QueryReader(control, operation)
    body = BodyReader(control, operation) if operation.request_schema is not None else None

    def checked(session: Session, request: Request) -> Outcome:
        found = tuple(surplus.found_in(request))
        if found:
            known = (*query.violations(request.query), *(body.violations(request.body) if body else ()))
            raise problems.broken_rules((*found, *known), 400)
        return act(session, request)

    return checked


class _Surplus:
    """Finds what one operation does not know."""

    def __init__(self, control: Contract, operation: Operation) -> None:
        self._operation = operation
        self._names = tuple(parameter.name for parameter in operation.parameters_in("query"))
        self._node = _node_of(control, operation)
        self._carried = control.rules.default_for("additionalProperties")

    def found_in(self, request: Request) -> Iterator[Violation]:
        """Yield a violation for each unknown or repeated parameter, and for a body where none is taken."""
        pairs = parse_qsl(request.query, keep_blank_values=True, errors="replace")
        counts = Counter(name for name, _ in pairs)
        for name, text in dict(pairs).items():
            if name not in self._names:
                yield self._unknown(name, text)
            elif counts[name] > 1:
                fix = Fix(f"send {name} once")
                yield self._violation(f"query/{name}", text, "sent once", f"{name} is sent more than once", fix)
        if self._operation.request_schema is None and request.body.strip() not in _SAYING_NOTHING:
            received, message = request.body[:_SHOWN].decode("utf-8", "replace"), f"{self._operation.id} takes no body"
            yield self._violation("", received, "no body", message, Fix("send the request without a body"))

    def _unknown(self, name: str, text: str) -> Violation:
        meant = closest(name, self._names)
        expected = f"one of {', '.join(self._names)}" if self._names else "no query parameters"
        hint = f"did you mean {meant}?" if meant else f"expected {expected}"
        fix = Fix(f"leave {name} out", (Edit("remove", f"query/{name}"),))
        return self._violation(f"query/{name}", text, expected, f"the query parameter {name} is unknown; {hint}", fix)

    def _violation(self, pointer: str, received: str, expected: str, message: str, fix: Fix) -> Violation:
        rule, level = self._carried.rule, self._carried.level
        return Violation(rule, level, pointer, self._node.pointer, received, expected, message, fix)


_SAYING_NOTHING = (b"", b"{}")
"""Bodies that clients send who have nothing to say; nobody means anything by them."""

_SHOWN = 1000
"""Characters of a body that a violation shows."""


def _node_of(control: Contract, operation: Operation) -> Node:
    return next(node for _, node in operation_nodes(control.document) if node.value["operationId"] == operation.id)
