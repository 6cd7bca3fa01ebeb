"""What is known of a target after a write that was refused, or that nobody knows the outcome of."""

from __future__ import annotations

from dataclasses import replace

from contract_tests.exchange import Exchange
from contract_tests.oracle.model import Entry, Identity, LostCreate, Model, identity_of
from contract_tests.oracle.notes import effect_of
from contract_tests.oracle.prediction import View, common_to, distinct, predict_created, predict_updated, unknown_view
from contract_tests.oracle.request import Request
from contract_tests.oracle.statuses import CONFLICT, NOT_FOUND
from governance_contract import Contract, pointers
from governance_contract.resources import CREATE, DELETE, UPDATE

WRITES = frozenset({CREATE, UPDATE, DELETE})


def predict(contract: Contract, model: Model, request: Request) -> View | None:
    """Return what a valid request makes of its resource, None where it makes nothing that can be foreseen."""
    if not isinstance(request.body, dict) or (request.breaks_rules and not _is_soft(request)):
        return None
    if request.action.verb == CREATE:
        return predict_created(contract, request)
    entry = model.entry(request.resource, request.key)
    if request.action.verb != UPDATE or entry is None:
        return None
    return common_to([predict_updated(contract, request, view) for view in entry.views])


def after_refusal(model: Model, request: Request, exchange: Exchange) -> Model:
    """Return the model after a write that was refused, which must have changed nothing.

    It remembers what the request asked for, to know it again where it did change something.
    """
    if request.action.verb not in WRITES:
        return model
    model = model.noting_write(exchange)
    entry = model.entry(request.resource, request.key)
    touched = [entry] if entry is not None and exchange.response.status != NOT_FOUND else []
    if exchange.response.status == CONFLICT:
        touched += _holders_of_asked(model, request)
    for each in touched:
        model = model.with_entry(request.resource, replace(each, refused=exchange))
    if isinstance(request.body, dict):
        model = model.with_tried(request.resource, _identity_asked(model, request), exchange)
    if request.action.verb == CREATE and (view := _asked(request)):
        refused = model.refused.push_front(LostCreate(request.resource.name, view, exchange))
        refusals = model.refusals | {(effect_of(exchange), request.operation.id)}
        model = replace(model, refused=refused, refusals=refusals)
    return model


def after_failure(contract: Contract, model: Model, request: Request, exchange: Exchange) -> Model:
    """Return the model after a request of which nobody knows whether it acted: its resource may be in either state."""
    verb, resource = request.action.verb, request.resource
    if verb not in WRITES:
        return model
    model = model.noting_write(exchange)
    if verb == CREATE:
        made = predict(contract, model, request) or unknown_view(resource)
        return replace(model, lost=(*model.lost, LostCreate(resource.name, made, exchange)))
    entry = model.entry(resource, request.key)
    if entry is None:
        return model
    if verb == DELETE:
        return model.with_entry(resource, replace(entry, may_be_gone=True, written=exchange))
    after = [unknown_view(resource)]
    if isinstance(request.body, dict) and (not request.breaks_rules or _is_soft(request)):
        after = [predict_updated(contract, request, view) for view in entry.views]
    return model.with_entry(resource, replace(entry, views=distinct((*entry.views, *after)), written=exchange))


def identity_asked(request: Request) -> Identity | None:
    """Return the identity that a create asks for, by what it sends and the defaults of the document."""
    return identity_of(request.resource, {name: request.value_of(name) for name in request.resource.identity})


def _is_soft(request: Request) -> bool:
    """Return whether all that a request breaks are rules that a server may break for a while."""
    return all(each.level != "MUST" for each in request.violations)


def _holders_of_asked(model: Model, request: Request) -> tuple[Entry, ...]:
    """Return the resources that have the identity which a create asks for."""
    if request.action.verb != CREATE:
        return ()
    asked = identity_asked(request)
    return tuple(model.holders(request.resource, asked, None)[0]) if asked is not None else ()


def _identity_asked(model: Model, request: Request) -> Identity | None:
    """Return the identity that a resource would have got, None where it cannot be told."""
    names, entry = request.resource.identity, model.entry(request.resource, request.key)
    if request.action.verb == CREATE:
        identity = identity_asked(request)
    elif entry is not None:
        kept = {name: request.fields.get(name, entry.view.get(name)) for name in names}
        identity = identity_of(request.resource, kept)
    else:
        return None
    is_taken = identity is not None and model.holders(request.resource, identity, request.key)[0]
    return None if is_taken else identity


def _asked(request: Request) -> View:
    """Return what a refused create asked for, as far as it may be shown as it was sent; empty where nothing is."""
    wrong = {token for each in request.violations for token in pointers.split(each.pointer)[:1]}
    fields = [each.name for each in request.resource.shape.fields if each.shape is None and each.name not in wrong]
    known = {name: request.fields[name] for name in fields if isinstance(request.fields.get(name), str)}
    return {**unknown_view(request.resource), **known} if known else {}
