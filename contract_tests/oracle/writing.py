"""What a successful create or update must show: what was sent, what stays, and what the server gives."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from contract_tests.exchange import Exchange
from contract_tests.oracle.difference import Difference, find_differences
from contract_tests.oracle.form import judge_clock
from contract_tests.oracle.instants import read_instant, resolution_of
from contract_tests.oracle.model import Entry, Model
from contract_tests.oracle.notes import Defect, Notes, effect_of
from contract_tests.oracle.observation import general
from contract_tests.oracle.prediction import View
from contract_tests.oracle.request import Request
from contract_tests.oracle.values import is_nothing, shown
from governance_contract import pointers
from governance_contract.resources import CREATE, Field, Resource, Shape
from governance_contract.rules import Carried


def judge_created(notes: Notes, request: Request, predicted: View, view: View) -> list[Difference]:
    """Judge the resource that a create shows, and return where it is wrong: sent fields come back, others default."""
    differing = list(find_differences(request.resource.shape, predicted, view))
    for difference in differing:
        rules = rules_of_difference(notes, request, difference)
        notes.broken_rules(rules, _defect(difference, _manner(request, difference)))
        if not _is_unusual(request, difference):
            notes.mangled.add(str(difference.path[0]))
    _hold_unharmed(notes, request, differing)
    judge_clock(notes, request.resource.shape, view, ("created", "updated"))
    return differing


def judge_updated(notes: Notes, request: Request, entry: Entry | None, predicted: View, view: View) -> list[Difference]:
    """Judge the resource that an update shows, and return where it is wrong: sent fields replaced, others kept."""
    differing = list(find_differences(request.resource.shape, predicted, view))
    for difference in differing:
        if not is_unsent(request, difference):
            rules = rules_of_difference(notes, request, difference)
            evidence = entry.evidence if entry else ()
            notes.broken_rules(rules, _defect(difference, _manner(request, difference), evidence))
            if rules == echo_rules(notes, request.resource, list(_fields_on(request.resource, difference.path))):
                notes.mangled.add(str(difference.path[0]))
    _hold_unharmed(notes, request, differing)
    if not any(is_unsent(request, each) for each in differing):
        notes.hold("unsent")
    if entry is not None:
        _judge_stamp(notes, request.resource.shape, entry, view)
    judge_clock(notes, request.resource.shape, view, ("updated",))
    return differing


def is_unsent(request: Request, difference: Difference) -> bool:
    """Return whether a request did not ask for a field that differs."""
    name = str(difference.path[0])
    return name not in request.fields or (request.action.verb != CREATE and name not in request.action.request)


def report_unsent(notes: Notes, request: Request, entry: Entry, difference: Difference, *, is_kept: bool) -> None:
    """Note that an update shows a field otherwise which it was not asked to change.

    With `is_kept` the field is as it was, so that the response alone is wrong. A refused request before that had asked
    for the field is to blame where there is one.
    """
    refused = entry.refused
    name = str(difference.path[0])
    if is_kept:
        field = request.resource.shape.by_name[name]
        immutable = notes.carried_by(field.node, "x-immutable")[:1]
        rules, evidence = immutable or echo_rules(notes, request.resource, []), entry.evidence
    elif refused is not None and f'"{name}"'.encode() in (refused.call.body or b""):
        rules, evidence = notes.about(effect_of(refused)), (*entry.evidence, refused)
    else:
        rules, evidence = rules_of_difference(notes, request, difference), entry.evidence
    notes.broken_rules(rules, replace(_defect(difference, "unsent", evidence), key=entry.key))


def _manner(request: Request, difference: Difference) -> str:
    name = str(difference.path[0])
    if name in request.fields:
        return "echo"
    return "default" if request.action.verb == CREATE else "unsent"


def _defect(difference: Difference, kind: str, evidence: tuple[Exchange, ...] = ()) -> Defect:
    told = {
        "echo": "does not come back as it was sent",
        "default": "was not sent and does not have its default",
        "unsent": "was not sent and did not stay as it was",
    }[kind]
    place = difference.pointer
    kind = f"{kind}-entries" if difference.is_count else kind
    return Defect(kind, f"{place} {told}", shown(difference.expected), shown(difference.received), place, evidence)


def rules_of_difference(notes: Notes, request: Request, difference: Difference) -> tuple[Carried, ...]:
    """Return the rules that a field breaks which a write shows otherwise than it should."""
    path = difference.path
    fields = list(_fields_on(request.resource, path))
    name = str(path[0])
    if _is_unusual(request, difference) and name not in notes.mangled:
        return notes.about("unusual")
    if request.action.verb != CREATE and name in request.action.request and name in request.fields:
        return _of_update(notes, request, fields, difference)
    if name not in request.fields or request.action.verb != CREATE:
        return _of_unsent(notes, request, fields)
    if is_nothing(difference.expected):
        return echo_rules(notes, request.resource, fields[:-1] or fields)
    last = fields[-1] if fields else None
    if last is not None and last.read_only:
        return notes.carried_by(last.node, "default") or echo_rules(notes, request.resource, fields)
    return echo_rules(notes, request.resource, fields)


def _is_unusual(request: Request, difference: Difference) -> bool:
    """Return whether a request sent an unusual value at a place that differs, or below it."""
    place = f"{general(difference.pointer)}/"
    return any(f"{general(each)}/".startswith(place) for each in request.unusual)


def _of_unsent(notes: Notes, request: Request, fields: list[Field]) -> tuple[Carried, ...]:
    field = fields[0]
    if request.action.verb != CREATE:
        return notes.carried_by(field.node, "x-immutable")[:1] or notes.about("unsent")
    told = request.action.request.get(field.name)
    carried = notes.carried_by(told.node, "default") if told else notes.carried_by(field.node, "default")
    return carried or echo_rules(notes, request.resource, [])


def _of_update(notes: Notes, request: Request, fields: list[Field], difference: Difference) -> tuple[Carried, ...]:
    """Return the rule of a sent field: how an update replaces it, what an entry keeps, or that it comes back."""
    told = request.action.request[fields[0].name]
    treatment = notes.carried_by(told.node, "x-update")
    is_removal = is_nothing(request.fields[fields[0].name])
    is_kept = len(fields) > 1 and fields[-1].read_only
    if treatment and is_kept:
        defaults = notes.carried_by(fields[-1].node, "default")
        return defaults[:1] if defaults and difference.is_new else treatment[-1:]
    if treatment and (is_removal or difference.is_count or is_nothing(difference.expected)):
        return treatment[:1]
    return echo_rules(notes, request.resource, fields[:-1] if is_nothing(difference.expected) else fields)


def echo_rules(notes: Notes, resource: Resource, fields: list[Field]) -> tuple[Carried, ...]:
    """Return the rule by which a field comes back: that of the deepest schema on the way to it that names one."""
    for node in [*(each.node for each in reversed(fields)), resource.node]:
        if carried := notes.carried_by(node, "x-echo"):
            return carried[:1]
    return notes.about("response")


def _fields_on(resource: Resource, path: tuple[str | int, ...]) -> Iterator[Field]:
    shape: Shape | None = resource.shape
    for token in path:
        if isinstance(token, int) or shape is None:
            continue
        field = shape.by_name.get(token)
        if field is None:
            return
        yield field
        shape = field.shape


def _hold_unharmed(notes: Notes, request: Request, differing: list[Difference]) -> None:
    """Note the rules of all fields that came back as they should."""
    harmed = {each.path[0] for each in differing}
    for name, item in request.fields.items():
        field = request.resource.shape.by_name.get(name)
        if field is None or name in harmed or name in {pointer[1:] for pointer in request.open_fields}:
            continue
        for fields in _paths(field, item):
            notes.hold_rules(echo_rules(notes, request.resource, fields))
            if fields[-1].read_only and request.action.verb == CREATE:
                notes.hold_rules(notes.carried_by(fields[-1].node, "default"))
        told = request.action.request.get(name)
        if told is not None and request.action.verb != CREATE:
            notes.hold_rules(notes.carried_by(told.node, "x-update"))
        if request.unusual:
            notes.hold("unusual")
    for field in request.resource.shape.fields:
        if field.name not in harmed and field.name not in request.fields and request.action.verb == CREATE:
            told = request.action.request.get(field.name)
            notes.hold_rules(notes.carried_by(told.node if told else field.node, "default"))
        elif field.name not in harmed and request.action.verb != CREATE:
            notes.hold_rules(notes.carried_by(field.node, "x-immutable"))


def _paths(field: Field, sent: Any) -> Iterator[list[Field]]:
    yield [field]
    parts = sent if isinstance(sent, list) else [sent]
    for part in parts if field.shape else ():
        if isinstance(part, dict):
            known = [field.shape.by_name[name] for name in part if field.shape and name in field.shape.by_name]
            yield from ([field, each] for each in known)
            for each in field.shape.fields if field.shape else ():
                if each.read_only:
                    yield [field, each]
            return


def _judge_stamp(notes: Notes, shape: Shape, entry: Entry, view: View) -> None:
    """Judge that an update moves the instant of the last change forward (PUT-06)."""
    for name in shape.updated:
        old, new = read_instant(entry.view.get(name)), read_instant(view.get(name))
        if old is None or new is None or entry.written is None:
            continue
        passed = notes.exchange.began - entry.written.ended
        tick = max(resolution_of(entry.view.get(name)), resolution_of(view.get(name)))
        if new > old or (new == old and passed < tick):
            if new > old:
                notes.hold_rules(notes.carried_by(shape.by_name[name].node, "x-generated")[-1:])
            continue
        detail = f"{name} does not move forward"
        expected, received = f"later than {entry.view[name]}", shown(view.get(name))
        rules = notes.carried_by(shape.by_name[name].node, "x-generated")[-1:]
        notes.broken_rules(rules, Defect("stamp", detail, expected, received, f"/{name}", entry.evidence))


def judge_ids(
    notes: Notes,
    request: Request,
    model: Model,
    key: str,
    shown_resource: Mapping[str, Any],
    differing: Sequence[Difference] = (),
) -> None:
    """Judge that a new resource and its parts have ids of their own, which the request did not bring along.

    Fields that are wrong as a whole are left out, and those of which a request was accepted although they break rules.
    """
    harmed = {str(each.path[0]) for each in differing if each.is_count}
    harmed |= {token for each in request.violations for token in pointers.split(each.pointer)[:1]}
    resource = request.resource
    place = (resource.name, key)
    key_rules = notes.carried_by(resource.shape.by_name[resource.key].node, "x-generated")
    if request.action.verb == CREATE:
        is_taken = place in model.entries or place in model.gone
        is_sent = isinstance(request.body, dict) and request.body.get(resource.key) == key
        if is_taken or is_sent:
            detail = (
                "a new resource has the id of another one" if is_taken else "a new resource has an id that was sent"
            )
            notes.broken_rules(
                key_rules, Defect("id-taken", detail, "an id of its own", shown(key), f"/{resource.key}")
            )
        else:
            notes.hold_rules(key_rules)
    for field in resource.shape.fields:
        if field.shape is not None and not field.derived and field.name not in harmed:
            _judge_part_ids(notes, request, model, place, field, shown_resource.get(field.name))


def _judge_part_ids(
    notes: Notes, request: Request, model: Model, place: tuple[str, str], field: Field, value: Any
) -> None:
    shape = field.shape
    parts = [part for part in (value if isinstance(value, list) else [value]) if isinstance(part, dict)]
    sent = (
        _sent_ids(shape, request.body.get(field.name) if isinstance(request.body, dict) else None) if shape else set()
    )
    for name in shape.ids if shape else ():
        rules = notes.carried_by(shape.by_name[name].node, "x-generated") if shape else ()
        found = [part[name] for part in parts if isinstance(part.get(name), str)]
        twice = {each for each in found if found.count(each) > 1}
        foreign = {each for each in found if model.owners.get((field.name, each), place) != place}
        adopted = {each for each in found if each in sent and model.owners.get((field.name, each)) != place}
        if wrong := sorted(twice | foreign | adopted):
            told = "is that of two parts" if twice else "is that of another resource" if foreign else "was sent"
            pointer = f"/{field.name}/*/{name}" if isinstance(value, list) else f"/{field.name}/{name}"
            defect = Defect("id-taken", f"{pointer} {told}", "an id of its own", shown(wrong[0]), pointer)
            notes.broken_rules(rules, defect)
        elif found:
            notes.hold_rules(rules)


def _sent_ids(shape: Shape, value: Any) -> set[str]:
    parts = [part for part in (value if isinstance(value, list) else [value]) if isinstance(part, dict)]
    return {part[name] for part in parts for name in shape.ids if isinstance(part.get(name), str)}
