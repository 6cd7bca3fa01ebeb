"""The faults of a session: adding, listing, reading and deleting them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from governance_contract import Contract
from governance_contract.operations import Operation
from mockserver import problems
from mockserver.admin.action import Act
from mockserver.admin.service import Service
from mockserver.bodies import BodyReader
from mockserver.envelopes import Outcome
from mockserver.exchange import Request
from mockserver.faults import wire
from mockserver.faults.plan import Fault, Latency
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
    reader = BodyReader(control, operation)
    known = {each.id: each.method for each in service.blueprint.contract.operations}

    def act(session: Session, request: Request) -> Outcome:
        now = session.timepiece()
        fault = _read(reader.read(request.body))
        _refuse_unfit(fault, known, now)
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
    """Return the fault that a request tells of.

    Raises:
        Problem: its instant is none that a clock can show.
    """
    members: dict[str, Any] = dict(told)
    if "latency" in told:
        members["latency"] = Latency(**told["latency"])
    try:
        members["until"] = clock.parse_timestamp(told["until"]) if "until" in told else None
    except (ValueError, OverflowError) as error:
        raise problems.unfit_fault(f"until: {error}") from error
    return Fault(**members)


def _refuse_unfit(fault: Fault, known: Mapping[str, str], now: datetime) -> None:
    """Refuse a fault that could never strike; `known` are the methods of all operations."""
    if fault.operation is not None and fault.operation not in known:
        listed = ", ".join(known)
        raise problems.unfit_fault(f"operation: there is no {fault.operation[:80]!r}; there is: {listed}")
    methods = list(dict.fromkeys(known.values())) if fault.operation is None else [known[fault.operation]]
    methods += ["HEAD"] if "GET" in methods else []
    if fault.method is not None and fault.method.upper() not in methods:
        raise problems.unfit_fault(f"method: no such request is a {fault.method[:80]!r}; expected {', '.join(methods)}")
    if fault.is_over(now):
        raise problems.unfit_fault(f"until: it is {clock.timestamp(now)} in this session already, so it never strikes")
    if fault.latency and fault.latency.lower > fault.latency.upper:
        raise problems.unfit_fault(f"latency: lower {fault.latency.lower} is above upper {fault.latency.upper}")
    if fault.breakage() and not wire.is_possible():
        raise problems.unfit_fault(f"{fault.kind}: this system has no list of open descriptors to break connections at")
