"""The faults of a session: adding, listing, reading and deleting them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from governance_contract import Contract
from governance_contract.closest import closest
from governance_contract.operations import Operation
from governance_contract.validation import Violation
from governance_contract.values import first_of_each, is_number
from mockserver import problems
from mockserver.admin.action import Act
from mockserver.admin.service import Service
from mockserver.admin.violations import Members
from mockserver.bodies import BodyReader
from mockserver.envelopes import Outcome
from mockserver.exchange import Request
from mockserver.faults import wire
from mockserver.faults.paths import can_match, has_query
from mockserver.faults.plan import Fault, Latency
from mockserver.faults.wire import BREAKAGES
from mockserver.sessions import Session
from mockserver.state import clock


def listing(_service: Service, _control: Contract, _operation: Operation) -> Act:
    """Return the action that answers all faults."""

    def act(session: Session, _request: Request) -> Outcome:
        now = session.timepiece()
        return Outcome(item={"faults": [fault.as_json(now) for fault in session.faults.all()]})

    return act


def adding(service: Service, control: Contract, operation: Operation) -> Act:
    """Return the action that adds a fault."""
    reader, futility = BodyReader(control, operation), _Futility(service, control, operation)

    def act(session: Session, request: Request) -> Outcome:
        now = session.timepiece()
        fault = _read(reader.read(request.body, partial(futility.found_in, now)))
        return Outcome(item=session.faults.add(fault, now).as_json(now))

    return act


def clearing(_service: Service, _control: Contract, _operation: Operation) -> Act:
    """Return the action that deletes all faults and releases all requests that are held."""

    def act(session: Session, _request: Request) -> Outcome:
        session.faults.clear()
        return Outcome(item={"message": "there are no faults any more, and no request is held"})

    return act


def reading(_service: Service, _control: Contract, _operation: Operation) -> Act:
    """Return the action that answers one fault, with how often it has struck."""

    def act(session: Session, request: Request) -> Outcome:
        number = request.path_parameters["number"]
        fault = session.faults.get(number)
        if fault is None:
            raise problems.unknown_key("fault", number)
        return Outcome(item=fault.as_json(session.timepiece()))

    return act


def deleting(_service: Service, _control: Contract, _operation: Operation) -> Act:
    """Return the action that deletes a fault and releases the requests that it holds."""

    def act(session: Session, request: Request) -> Outcome:
        number = request.path_parameters["number"]
        if session.faults.remove(number) is None:
            raise problems.unknown_key("fault", number)
        return Outcome(item={"message": f"fault {number} is deleted"})

    return act


def _read(told: Mapping[str, Any]) -> Fault:
    """Return the fault that a request tells of."""
    members: dict[str, Any] = dict(told)
    if "latency" in told:
        members["latency"] = Latency(**told["latency"])
    members["until"] = clock.parse_timestamp(told["until"]) if "until" in told else None
    return Fault(**members)


class _Futility:
    """Finds why a fault could never strike: what no request for an operation of the API can have."""

    def __init__(self, service: Service, control: Contract, operation: Operation) -> None:
        self._operations = tuple(service.api.contract.operations)
        self._members = Members(control, operation)

    def found_in(self, now: datetime, told: Mapping[str, Any]) -> tuple[Violation, ...]:
        """Return a violation for each such member of a body, at this instant of the session."""
        checks = {"operation": self._operation, "method": self._method, "path": self._path, "kind": self._kind}
        texts = {name: each for name in checks if isinstance(each := told.get(name), str)}
        found = {name: checks[name](text, texts) for name, text in texts.items()}
        found |= {"until": _until(told.get("until"), now), "latency": _latency(told.get("latency"))}
        broken = {name: expectation for name, expectation in found.items() if expectation is not None}
        return tuple(self._members.violation(name, told[name], *expectation) for name, expectation in broken.items())

    def _operation(self, name: str, _texts: Mapping[str, str]) -> Expectation:
        known = [each.id for each in self._operations]
        return None if name in known else (f"one of {', '.join(known)}", closest(name, known) or known[0])

    def _method(self, method: str, texts: Mapping[str, str]) -> Expectation:
        methods = first_of_each(
            each for o in self._those({"operation": texts.get("operation")}) for each in _methods(o)
        )
        is_known = not methods or method.upper() in methods
        return None if is_known else (f"one of {', '.join(methods)}", closest(method, methods) or methods[0])

    def _path(self, path: str, texts: Mapping[str, str]) -> Expectation:
        if has_query(path):
            return "a path without a query", path.partition("?")[0]
        those = self._those(texts)
        if not those or any(can_match(path, each.path) for each in those):
            return None
        paths = first_of_each(each.path for each in those)
        near = closest(path, paths) or paths[0]
        return f"a pattern that matches one of {', '.join(paths)}", _PARAMETER.sub("*", near)

    def _kind(self, kind: str, _texts: Mapping[str, str]) -> Expectation:
        is_possible = kind not in (*BREAKAGES, "timeout") or wire.is_possible()
        cause = "this system has no list of open descriptors to break connections at"
        return None if is_possible else (f"another one than {kind}: {cause}",)

    def _those(self, texts: Mapping[str, str | None]) -> list[Operation]:
        """Return the operations of this id and method; an id or method that none has says nothing."""
        name, method = texts.get("operation"), (texts.get("method") or "").upper()
        named = [each for each in self._operations if each.id == name] or list(self._operations)
        return [each for each in named if method in _methods(each)] or named


Expectation = tuple[str] | tuple[str, Any] | None
"""What a member must be, and a value for it where one is known; None where it is as it must be."""

_PARAMETER = re.compile(r"\{[^}]*\}")


def _methods(operation: Operation) -> tuple[str, ...]:
    return ("GET", "HEAD") if operation.method == "GET" else (operation.method,)


def _until(until: Any, now: datetime) -> Expectation:
    if not isinstance(until, str):
        return None
    try:
        is_ahead = clock.parse_timestamp(until) > now
    except (ValueError, OverflowError):
        is_ahead = False
    later = clock.timestamp(now + timedelta(hours=1))
    return None if is_ahead else (f"later than {clock.timestamp(now)}, what the clock of the session shows", later)


def _latency(latency: Any) -> Expectation:
    lower, upper = (latency.get("lower"), latency.get("upper")) if isinstance(latency, dict) else (None, None)
    if not is_number(lower) or not is_number(upper) or lower <= upper:
        return None
    return "a range with lower at most upper", {**latency, "lower": upper, "upper": lower}
