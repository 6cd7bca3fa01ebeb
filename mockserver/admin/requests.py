"""The log of a session: listing, finding, counting and exporting its requests."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from governance_contract import Contract
from governance_contract.closest import closest
from governance_contract.operations import Operation
from governance_contract.validation import Violation
from mockserver import problems, suspicions, transcripts
from mockserver.admin.action import Act
from mockserver.admin.service import Service
from mockserver.admin.violations import Members
from mockserver.bodies import BodyReader
from mockserver.envelopes import Outcome
from mockserver.exchange import Request
from mockserver.log import Criteria, Entry, Log
from mockserver.queries import QueryReader
from mockserver.sessions import Session

_LISTED = 100
"""How many requests are answered where no limit is given."""

_PATIENCE = 5.0
"""After how many seconds without a request a stream sends a sign of life, and notices that nobody reads."""


def listing(_service: Service, control: Contract, operation: Operation) -> Act:
    """Return the action that answers the latest requests."""
    return _latest(control, operation, Log.all)


def listing_unmatched(_service: Service, control: Contract, operation: Operation) -> Act:
    """Return the action that answers the latest requests for which there is no operation."""
    return _latest(control, operation, Log.unmatched)


def clearing(_service: Service, _control: Contract, _operation: Operation) -> Act:
    """Return the action that empties the log."""

    def act(session: Session, _request: Request) -> Outcome:
        session.log.clear()
        return Outcome(item={"message": "the log is empty"})

    return act


def reading(_service: Service, _control: Contract, _operation: Operation) -> Act:
    """Return the action that answers one request."""

    def act(session: Session, request: Request) -> Outcome:
        number = request.path_parameters["number"]
        entry = session.log.get(number)
        if entry is None:
            raise problems.unknown_key("logged request", number)
        return Outcome(item=entry.as_json())

    return act


def streaming(_service: Service, _control: Contract, _operation: Operation) -> Act:
    """Return the action that answers each request to come as a server-sent event."""
    return lambda session, _request: Outcome(events=session.log.listen(_PATIENCE))


def finding(service: Service, control: Contract, operation: Operation) -> Act:
    """Return the action that answers the requests that meet criteria."""
    criteria = _criteria(service, control, operation)
    return lambda session, request: Outcome(item=_shown(session.log.found(criteria(request)), _LISTED))


def counting(service: Service, control: Contract, operation: Operation) -> Act:
    """Return the action that answers how many requests meet criteria."""
    criteria = _criteria(service, control, operation)
    return lambda session, request: Outcome(item={"count": len(session.log.found(criteria(request)))})


def exporting(service: Service, control: Contract, operation: Operation) -> Act:
    """Return the action that answers the whole log in the form that the query asks for."""
    reader = QueryReader(control, operation)
    scenario_path = f"{service.settings.admin_prefix}/scenarios/{service.settings.scenario}"

    def act(session: Session, request: Request) -> Outcome:
        form = reader.values(request.query).get("format", "har")
        entries, url = session.log.all(), f"http://{request.headers.get('host', '127.0.0.1:4010')}"
        if form == "har":
            return Outcome(item=transcripts.as_har(entries, url))
        if form == "curl":
            return Outcome(text=transcripts.as_curl(entries, url))
        return Outcome(text=transcripts.as_pytest(entries, url, scenario_path))

    return act


def _criteria(service: Service, control: Contract, operation: Operation) -> Callable[[Request], Criteria]:
    """Return what reads criteria and refuses those that no request can meet, so that a slip is not taken for "none"."""
    reader, members = BodyReader(control, operation), Members(control, operation)
    contract = service.api.contract
    known = {
        "operation": [each.id for each in contract.operations],
        "rule": [each.id for each in contract.rules],
        "warning": list(suspicions.IDS),
    }

    def futile(told: Mapping[str, Any]) -> Iterator[Violation]:
        for name, names in known.items():
            given = told.get(name)
            if isinstance(given, str) and given not in names:
                yield members.violation(name, given, f"one of {', '.join(names)}", closest(given, names) or names[0])

    return lambda request: Criteria(**reader.read(request.body, lambda told: tuple(futile(told))))


def _latest(control: Contract, operation: Operation, entries_of: Callable[[Log], list[Entry]]) -> Act:
    reader = QueryReader(control, operation)

    def act(session: Session, request: Request) -> Outcome:
        limit = reader.values(request.query).get("limit", _LISTED)
        return Outcome(item=_shown(entries_of(session.log), limit))

    return act


def _shown(entries: list[Entry], limit: int) -> dict[str, Any]:
    return {"requests": [entry.as_json() for entry in reversed(entries[-limit:])], "total": len(entries)}
