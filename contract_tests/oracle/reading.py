"""Whether a read shows a resource as it is known, and whom to blame where it does not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from contract_tests.exchange import Exchange
from contract_tests.oracle.difference import Difference, find_differences
from contract_tests.oracle.model import Entry, Model
from contract_tests.oracle.notes import Defect, Notes
from contract_tests.oracle.prediction import View
from contract_tests.oracle.values import UNKNOWN, shown
from contract_tests.oracle.windows import mask_elapsed
from contract_tests.oracle.writing import echo_rules
from governance_contract.resources import Resource
from governance_contract.rules import Carried


def judge_shown(notes: Notes, model: Model, resource: Resource, entry: Entry, view: View, exchange: Exchange) -> Entry:
    """Judge a resource that a read shows, and return what is known of it now.

    Of the states that it can be in those are left that agree. Where none does, the one that differs least is compared.
    """
    masked = [mask_elapsed(resource, each, entry.settled, exchange.ended) for each in entry.views]
    found = [list(find_differences(resource.shape, each, view)) for each in masked]
    agreeing = [_merged(before, view) for before, each in zip(masked, found, strict=True) if not each]
    if agreeing:
        _hold(notes, resource)
        agreed = entry.agreed.insert(notes.operation_id, model.writes)
        return replace(entry, views=tuple(agreeing), may_be_gone=False, refused=None, agreed=agreed)
    differing = min(found, key=len)
    known = entry.views[found.index(differing)]
    possible = [each for each in differing if not _is_possible(each, found)]
    for difference in possible:
        _blame(notes, model, resource, entry, difference)
    return replace(entry, views=(_disputed(known, view, differing),), may_be_gone=False, refused=None)


def differs(resource: Resource, known: View, view: View) -> Iterator[Difference]:
    """Yield the places where a view is not as it is known; where there are none, they may be of one resource."""
    return find_differences(resource.shape, known, view)


def _is_possible(difference: Difference, found: list[list[Difference]]) -> bool:
    """Return whether another state explains a place: what is shown is a mixture, as a failed write may leave."""
    return any(all(each.path != difference.path for each in other) for other in found)


def _merged(known: View, view: View) -> View:
    """Return what is known with what a read adds to it."""
    return {name: _deepened(value, view.get(name)) for name, value in known.items()}


def _deepened(known: Any, seen: Any) -> Any:
    if known is UNKNOWN:
        return seen
    if isinstance(known, dict | list) and isinstance(seen, dict | list):
        return seen  # the parts agree as far as they are known
    return known


def _disputed(known: View, view: View, differing: list[Difference]) -> View:
    """Return what is known without the fields that are shown otherwise: they were reported, and are not again."""
    disputed = {str(each.path[0]) for each in differing}
    return {name: UNKNOWN if name in disputed else _deepened(value, view.get(name)) for name, value in known.items()}


def _hold(notes: Notes, resource: Resource) -> None:
    notes.hold_rules(echo_rules(notes, resource, []))
    for field in resource.shape.fields:
        notes.hold_rules(notes.carried_by(field.node, "x-immutable"))
    notes.hold("stored")


def _blame(notes: Notes, model: Model, resource: Resource, entry: Entry, difference: Difference) -> None:
    place = difference.pointer
    expected, received = shown(difference.expected), shown(difference.received)
    rules, told, evidence, operation = _culprit(notes, model, resource, entry, difference)
    kind = "read-entries" if difference.is_count else "read"
    detail = f"{place} is not as it was: {told}"
    notes.broken_rules(rules, Defect(kind, detail, expected, received, place, evidence, operation))


def _culprit(
    notes: Notes, model: Model, resource: Resource, entry: Entry, difference: Difference
) -> tuple[tuple[Carried, ...], str, tuple[Exchange, ...], str]:
    """Return the rules that a changed field breaks, in words why, what shows it, and the operation to blame."""
    refused = entry.refused
    if refused is not None:
        aspect = "unauthorised-effect" if refused.response.status == 401 else "refused-effect"
        operation = _operation_of(notes, refused)
        rules = notes.about(aspect, operation)
        if rules:
            return rules, "a refused request changed it", (*entry.evidence, refused), operation
    agreed = entry.agreed.get(notes.operation_id)
    if agreed is not None and agreed < model.writes and model.latest_write is not None:
        operation = _operation_of(notes, model.latest_write)
        rules = notes.about("side-effect", operation)
        if rules:
            return rules, "a request for another resource changed it", (*entry.evidence, model.latest_write), operation
    field = resource.shape.by_name[str(difference.path[0])]
    rules = notes.carried_by(field.node, "x-immutable")[:1] or echo_rules(notes, resource, [])
    return rules, "it was answered otherwise before", entry.evidence, ""


def _operation_of(notes: Notes, exchange: Exchange) -> str:
    operation = notes.contract.operations.at(exchange.call.method, exchange.call.path.partition("?")[0])
    return operation.id if operation is not None else notes.operation_id


def judge_missing(notes: Notes, model: Model, entry: Entry) -> None:
    """Judge that a read does not find a resource that is known to be there."""
    if entry.may_be_gone:
        return
    agreed = entry.agreed.get(notes.operation_id)
    refused = entry.refused
    if refused is not None:
        operation = _operation_of(notes, refused)
        aspect = "unauthorised-effect" if refused.response.status == 401 else "refused-effect"
        detail, evidence = "a resource is gone after a refused request", (*entry.evidence, refused)
        received = notes.exchange.response.shown(120)
        notes.broken(aspect, Defect("missing", detail, "the resource", received, "", evidence, operation))
        return
    has_others = agreed is not None and agreed < model.writes and model.latest_write is not None
    if has_others and model.latest_write is not None:
        operation = _operation_of(notes, model.latest_write)
        detail, evidence = "a resource is gone after a request for another one", (*entry.evidence, model.latest_write)
        aspect = "side-effect"
    else:
        operation, detail, evidence, aspect = (
            "",
            "a resource that was created cannot be found",
            entry.evidence,
            "stored",
        )
    received = notes.exchange.response.shown(120)
    notes.broken(aspect, Defect("missing", detail, "the resource", received, "", evidence, operation))
