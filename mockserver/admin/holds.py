"""The requests that faults hold: listing and releasing them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from governance_contract import Contract
from governance_contract.operations import Operation
from mockserver import problems
from mockserver.admin.action import Act
from mockserver.admin.service import Service
from mockserver.envelopes import Outcome
from mockserver.exchange import Request
from mockserver.faults.holds import Hold
from mockserver.sessions import Session


def listing(_service: Service, _control: Contract, _operation: Operation) -> Act:
    """Return the action that answers all requests that are held."""
    return lambda session, _request: Outcome(item=_told(session, session.faults.holds.all()))


def releasing(_service: Service, _control: Contract, _operation: Operation) -> Act:
    """Return the action that lets one request go on."""

    def act(session: Session, request: Request) -> Outcome:
        number = request.path_parameters["number"]
        hold = session.faults.holds.release(number)
        if hold is None:
            raise problems.unknown_key("held request", number)
        return Outcome(item=hold.as_json(session.log.redaction))

    return act


def releasing_all(_service: Service, _control: Contract, _operation: Operation) -> Act:
    """Return the action that lets all requests go on."""
    return lambda session, _request: Outcome(item=_told(session, session.faults.holds.release_all()))


def _told(session: Session, holds: Iterable[Hold]) -> dict[str, Any]:
    return {"holds": [hold.as_json(session.log.redaction) for hold in holds]}
