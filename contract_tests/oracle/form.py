"""What every response must keep, whatever the state is: status, content type, body, error body, ids and instants."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from contract_tests.exchange import NOT_JSON, Response
from contract_tests.labels import UNANSWERED
from contract_tests.oracle.difference import find_differences
from contract_tests.oracle.instants import read_instant
from contract_tests.oracle.notes import Defect, Notes
from contract_tests.oracle.values import is_nothing, shown
from governance_contract import Contract, pointers
from governance_contract.document import Node
from governance_contract.operations import Operation
from governance_contract.resources import Action, Resource, Shape
from governance_contract.validation import Violation

_SKEW = 60
"""Seconds by which an instant may be ahead of the Date of its response: clocks differ."""

_DRIFT = 300
"""Seconds by which an instant that a write sets may be away from the Date of its response (RESP-06)."""

_PROTOCOL = frozenset({413, 414, 415, 431})
"""Statuses of the layers below an API for requests that are too long, or of another media type."""

_JSON = "application/json"


def judge_failure(notes: Notes, response: Response, pointer: str = "") -> bool:
    """Judge whether the server failed; return whether it did."""
    if not response.is_failure:
        notes.hold("failure")
        return False
    kind = UNANSWERED if response.is_missing else f"status-{response.status}"
    detail = response.breach if response.is_missing else f"the response has the status {response.status}"
    notes.broken("failure", Defect(kind, detail, "a response with a status below 500", response.shown(), pointer))
    return True


def judge_form(notes: Notes, action: Action, resource: Resource, response: Response) -> None:
    """Judge a response that is no failure of the server."""
    operation = action.operation
    _judge_status(notes, operation, response)
    if response.status >= 400:
        judge_error_body(notes, response)
        return
    if response.status not in operation.success_statuses:
        return
    schema = operation.responses[str(response.status)]
    if schema is None:
        if response.body:
            _broken(notes, "body", f"a response with {response.status} has a body", "no body", response.shown(120))
        return
    _judge_content_type(notes, response)
    if response.json is NOT_JSON:
        _broken(notes, "body", f"the body cannot be read: {response.json_error}", "a JSON value", response.shown(200))
        return
    _judge_schema(notes, action, schema, response)
    date = _date_of(response)
    for shown_resource, pointer in resources_in(action, response.json):
        _judge_instants(notes, resource.shape, shown_resource, pointer)
        _judge_mirrors(notes, resource.shape, shown_resource, pointer)
        _judge_resets(notes, resource.shape, shown_resource, pointer, date)


def _judge_status(notes: Notes, operation: Operation, response: Response) -> None:
    allowed = allowed_statuses(notes.contract, operation)
    if response.status in allowed or response.status in _PROTOCOL:
        notes.hold("response")
        return
    listed = ", ".join(map(str, sorted(operation.statuses)))
    detail = f"the status {response.status} is not documented"
    _broken(notes, f"status-{response.status}", detail, f"one of {listed}", response.shown(200))


def allowed_statuses(contract: Contract, operation: Operation) -> set[int]:
    """Return the statuses that the document gives an operation, and those that its rules tolerate for a refusal."""
    refusals = (rule.refusal for rule in contract.rules if operation.id in rule.operations)
    return {*operation.statuses, *(status for refusal in refusals if refusal for status in refusal.tolerated)}


def judge_error_body(notes: Notes, response: Response) -> None:
    """Judge whether a response that refuses has the error body."""
    _judge_content_type(notes, response)
    schema = _error_schema(notes.contract)
    if response.json is NOT_JSON:
        detail = f"the body of a {response.status} cannot be read: {response.json_error}"
        notes.broken("error-body", Defect("error-body", detail, "the documented error body", response.shown(200)))
        return
    found = () if schema is None else notes.contract.validator(schema).violations(response.json)
    if found or _has_blank_message(response.json):
        told = found[0].message if found else "the message is blank"
        detail = f"the body of a {response.status} is not the error body: {told}"
        notes.broken("error-body", Defect("error-body", detail, "the documented error body", response.shown(200)))
    else:
        notes.hold("error-body")


def _has_blank_message(value: Any) -> bool:
    """Return whether every text of an error is blank."""
    error = next((item for item in value.values() if isinstance(item, dict)), None) if isinstance(value, dict) else None
    texts = [item for item in (error or {}).values() if isinstance(item, str)]
    return bool(texts) and not any(text.strip() for text in texts)


def _error_schema(contract: Contract) -> Node | None:
    """Return the schema of the error body: that of the first documented status of 400 or more."""
    for operation in contract.operations:
        for status, schema in operation.responses.items():
            if int(status) >= 400 and schema is not None:
                return schema
    return None


def _judge_content_type(notes: Notes, response: Response) -> None:
    media_type = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type == _JSON:
        notes.hold("response")
    else:
        received = media_type or "no Content-Type"
        _broken(notes, "content-type", f"the content type is {received}", _JSON, received)


def _judge_schema(notes: Notes, action: Action, schema: Node, response: Response) -> None:
    violations = notes.contract.validator(schema).violations(response.json)
    for violation in violations:
        detail = f"{violation.pointer or 'the body'}: {violation.message}"
        defect = Defect("form", detail, violation.expected, shown(violation.received), violation.pointer)
        notes.broken_rules(_rules_of_form(notes, action, violation), defect)
    if not violations:
        notes.hold("response")
        notes.hold("list-total" if action.envelope.items else "response")


def _rules_of_form(notes: Notes, action: Action, violation: Violation) -> Any:
    """Return the rules that a malformed response breaks: that of the field, else of the list, else of all responses."""
    tokens = pointers.split(violation.pointer)
    for node in _nodes_of(notes.contract, violation, tokens):
        if carried := notes.carried_by(node, "x-generated"):
            return carried[:1]
    parts = {action.envelope.items, action.envelope.total} - {None}
    is_of_list = len(tokens) <= 1 and bool(parts) and (not tokens or tokens[0] in parts)
    return notes.about("list-total" if is_of_list else "response")


def _nodes_of(contract: Contract, violation: Violation, tokens: tuple[str, ...]) -> Iterator[Node]:
    owner = contract.document.at(violation.keyword.rpartition("/")[0])
    yield owner
    if tokens and tokens[-1] in owner.value.get("properties", {}):
        yield owner.child("properties", tokens[-1])


def resources_in(action: Action, body: Any) -> Iterator[tuple[Mapping[str, Any], str]]:
    """Yield the resources in a success body with their pointers; what is no object is left to the schema."""
    if action.envelope.items is not None:
        entries = body.get(action.envelope.items) if isinstance(body, dict) else None
        place: tuple[str | int, ...] = (action.envelope.items,)
    elif isinstance(body, list):
        entries, place = body, ()
    else:
        single = body.get(action.envelope.item) if isinstance(body, dict) and action.envelope.item else body
        if isinstance(single, dict) and action.has_resource:
            yield single, pointers.join(*([action.envelope.item] if action.envelope.item else []))
        return
    for index, entry in enumerate(entries if isinstance(entries, list) else ()):
        if isinstance(entry, dict):
            yield entry, pointers.join(*place, index)


def _parts(shape: Shape, value: Any, pointer: str) -> Iterator[tuple[Shape, Mapping[str, Any], str]]:
    """Yield an object of a shape and all objects within it, each with its shape and pointer."""
    if not isinstance(value, dict):
        return
    yield shape, value, pointer
    for field in shape.fields:
        part = value.get(field.name)
        if field.shape is None or field.derived:
            continue
        for index, entry in enumerate(part) if isinstance(part, list) else [(None, part)]:
            below = [field.name] if index is None else [field.name, index]
            yield from _parts(field.shape, entry, pointer + pointers.join(*below))


def _judge_instants(notes: Notes, shape: Shape, value: Mapping[str, Any], pointer: str) -> None:
    """Judge that instants are such, and that nothing was changed before it was created."""
    for owner, part, place in _parts(shape, value, pointer):
        for field in owner.fields:
            given = part.get(field.name)
            if field.generated in (None, "id") or not isinstance(given, str):
                continue
            carried = _first(notes, field.node, "x-generated")
            if read_instant(given) is None:
                detail = f"{field.name} is not an RFC 3339 timestamp with a zone"
                expected = "an RFC 3339 timestamp with a zone"
                defect = Defect("instant", detail, expected, shown(given), f"{place}/{field.name}")
                notes.broken_rules(carried, defect)
            else:
                notes.hold_rules(carried)
        _judge_sequence(notes, owner, part, place)


def _judge_sequence(notes: Notes, shape: Shape, part: Mapping[str, Any], place: str) -> None:
    for created in shape.generated("created"):
        for updated in shape.generated("updated"):
            first, second = read_instant(part.get(created)), read_instant(part.get(updated))
            if first is not None and second is not None and first > second:
                carried = _first(notes, shape.by_name[updated].node, "x-generated")
                detail = f"{updated} is before {created}"
                expected, received = f"not before {part[created]}", shown(part[updated])
                notes.broken_rules(carried, Defect("sequence", detail, expected, received, f"{place}/{updated}"))


def _first(notes: Notes, node: Node, keyword: str) -> Any:
    return notes.carried_by(node, keyword)[:1]


def _judge_mirrors(notes: Notes, shape: Shape, value: Mapping[str, Any], pointer: str) -> None:
    """Judge that a field which mirrors the first entry of a list does, where it is sent."""
    for name, source in shape.mirrors.items():
        given, entries = value.get(name), value.get(source)
        if is_nothing(given):
            continue
        carried, nested = notes.carried_by(shape.by_name[name].node, "x-derived"), shape.by_name[source].shape
        first = entries[0] if isinstance(entries, list) and entries else None
        is_same = nested is not None and not list(find_differences(nested, first or {}, given))
        if isinstance(first, dict) and is_same:
            notes.hold_rules(carried)
            continue
        detail = f"{name} is not the first of {source}"
        defect = Defect("mirror", detail, f"the first of {source}, or nothing", shown(given), f"{pointer}/{name}")
        notes.broken_rules(carried, defect)


def _judge_resets(notes: Notes, shape: Shape, value: Mapping[str, Any], pointer: str, date: datetime | None) -> None:
    """Judge that no window began in the future."""
    if date is None:
        return
    for owner, part, place in _parts(shape, value, pointer):
        for name in owner.generated("reset"):
            instant = read_instant(part.get(name))
            if instant is None:
                continue
            carried = notes.carried_by(owner.by_name[name].node, "x-generated")
            if (instant - date).total_seconds() <= _SKEW:
                notes.hold_rules(carried)
                continue
            detail, expected = f"{name} is in the future", f"no instant behind the Date of the response, {date}"
            notes.broken_rules(carried, Defect("future", detail, expected, shown(part[name]), f"{place}/{name}"))


def judge_clock(notes: Notes, shape: Shape, value: Mapping[str, Any], roles: tuple[str, ...]) -> None:
    """Judge that the instants which a write sets lie near the Date of its response (RESP-06)."""
    date = _date_of(notes.exchange.response)
    for role in roles if date is not None else ():
        for name in shape.generated(role):
            instant = read_instant(value.get(name))
            if instant is None or date is None:
                continue
            if abs((instant - date).total_seconds()) <= _DRIFT:
                notes.hold("server-clock")
                continue
            detail = f"{name} is more than five minutes away from the Date of the response"
            defect = Defect("clock", detail, f"about {date.isoformat()}", shown(value.get(name)), f"/{name}")
            notes.broken("server-clock", defect)


def _date_of(response: Response) -> datetime | None:
    """Return when a response was made by the clock of the server, None where it does not say."""
    try:
        date = parsedate_to_datetime(response.headers.get("date", ""))
    except ValueError:
        return None
    return date if date.tzinfo else date.replace(tzinfo=UTC)


def _broken(notes: Notes, kind: str, detail: str, expected: str, received: str) -> None:
    notes.broken("response", Defect(kind, detail, expected, received))
