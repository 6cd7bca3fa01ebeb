"""The sessions of all clients: listing and dropping them."""

from __future__ import annotations

from governance_contract import Contract
from governance_contract.operations import Operation
from mockserver.admin.action import Act
from mockserver.admin.service import Service
from mockserver.envelopes import Outcome
from mockserver.exchange import Request
from mockserver.sessions import Session
from mockserver.state import clock


def listing(service: Service, _control: Contract, _operation: Operation) -> Act:
    """Return the action that answers all sessions."""

    def act(_session: Session, _request: Request) -> Outcome:
        return Outcome(item={"sessions": [_shown(each) for each in service.sessions.all()]})

    return act


def dropping(service: Service, _control: Contract, _operation: Operation) -> Act:
    """Return the action that forgets a session."""

    def act(_session: Session, request: Request) -> Outcome:
        name = request.path_parameters["name"]
        service.sessions.drop(name)
        return Outcome(item={"message": f"session {name} is dropped"})

    return act


def _shown(session: Session) -> dict[str, object]:
    return {
        "name": session.name,
        "now": clock.timestamp(session.timepiece()),
        "created_at": clock.timestamp(session.created_at),
        "last_used": clock.timestamp(session.last_used),
        "requests": len(session.log.all()),
    }
