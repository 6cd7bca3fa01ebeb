"""What a resource looks like after a valid create or update, as far as the contract says; the rest is unknown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from contract_tests.oracle.request import Request
from contract_tests.oracle.values import UNKNOWN, is_nothing, same_scalar
from governance_contract import Contract, pointers
from governance_contract.resources import UNSET, Field, Resource, Shape

View = dict[str, Any]
"""A resource as it is known: every field of its shape, `UNKNOWN` where the oracle cannot say."""


def unknown_view(resource: Resource) -> View:
    """Return a view of which nothing is known."""
    return dict.fromkeys((field.name for field in resource.shape.fields), UNKNOWN)


_MOST = 8
"""States that a resource is held to be in at most; a request that fails again and again would double them each time."""


def distinct(views: Iterable[View]) -> tuple[View, ...]:
    """Return the states that a resource can be in, each once; of too many one state that leaves open what differs."""
    found: list[View] = []
    for view in views:
        if view not in found:
            found.append(view)
    return tuple(found) if len(found) <= _MOST else (common_to(found),)


def common_to(views: Sequence[View]) -> View:
    """Return what some states agree on; the rest is unknown."""
    first, *others = views
    return {
        name: value if all(each.get(name, UNKNOWN) == value for each in others) else UNKNOWN
        for name, value in first.items()
    }


def predict_created(contract: Contract, request: Request) -> View:
    """Return the resource that a valid create makes."""
    view: View = {}
    for field in request.resource.shape.fields:
        if field.name in request.fields and field.name in request.action.request:
            view[field.name] = _made(contract, field, request.fields[field.name])
        elif field.read_only or field.derived:
            view[field.name] = _given(contract, field)
        else:
            view[field.name] = request.value_of(field.name) if not request.is_ignored(field.name) else None
    return _open(view, request)


def predict_updated(contract: Contract, request: Request, before: View) -> View:
    """Return what a valid update makes of a resource: unsent fields stay, sent ones are replaced as documented."""
    view: View = {}
    for field in request.resource.shape.fields:
        name, old = field.name, before.get(field.name, UNKNOWN)
        told = request.action.request.get(name)
        if field.generated == "updated" or (field.derived and not _stays_derived(field, request)):
            view[name] = UNKNOWN
        elif name not in request.fields or told is None:
            view[name] = _stamped_anew(field, old)
        else:
            view[name] = _replaced(contract, field, request.fields[name], old, told.update)
    return _open(view, request)


def _stays_derived(field: Field, request: Request) -> bool:
    """Return whether a field is the name of what the update leaves its resource to refer to."""
    source = field.derived.get("name-of")
    return source is not None and (source not in request.fields or source not in request.action.request)


def _stamped_anew(field: Field, old: Any) -> Any:
    """Return a field that an update does not send: its parts stay, but a server may say that it wrote them again."""
    if field.shape is None or old is UNKNOWN:
        return old
    unknown = dict.fromkeys(field.shape.updated, UNKNOWN)
    if isinstance(old, list):
        return [{**part, **unknown} if isinstance(part, dict) else part for part in old]
    return {**old, **unknown} if isinstance(old, dict) else old


def _open(view: View, request: Request) -> View:
    """Return a view in which nothing is expected of what the request leaves open, or breaks a rule with."""
    for pointer in (*request.open_fields, *(each.pointer for each in request.violations)):
        tokens = pointers.split(pointer)
        if tokens and tokens[0] in view:
            view[tokens[0]] = UNKNOWN  # what is open in one entry is open for the whole field: entries may move
    return view


def _given(contract: Contract, field: Field) -> Any:
    """Return what the server gives a new object in a field that no request sets."""
    carried = contract.rules.carried_by(field.node.value, "default")
    return field.default if carried and field.default is not UNSET and field.generated is None else UNKNOWN


def _made(contract: Contract, field: Field, sent: Any) -> Any:
    """Return a field as a create makes it of what was sent."""
    if field.shape is None:
        return sent
    if field.is_list:
        return [_object(contract, field.shape, entry, {}) for entry in sent] if isinstance(sent, list) else UNKNOWN
    return None if is_nothing(sent) else _object(contract, field.shape, sent, {})


def _object(contract: Contract, shape: Shape, sent: Any, kept: Mapping[str, Any]) -> Any:
    """Return an object as a request makes it; `kept` is what only the server gives and what stays with it."""
    if not isinstance(sent, dict):
        return UNKNOWN
    view: View = {}
    for field in shape.fields:
        if field.read_only or field.derived:
            view[field.name] = kept.get(field.name, UNKNOWN) if kept else _given(contract, field)
        else:
            view[field.name] = sent.get(field.name)
    for name in (*shape.updated, *(shape.copies if kept else ())):
        view[name] = UNKNOWN
    return view


def _replaced(contract: Contract, field: Field, sent: Any, old: Any, treatment: Any) -> Any:
    if field.shape is None:
        return sent
    if field.is_list and isinstance(sent, list):
        keys = tuple(treatment["entries"]) if isinstance(treatment, Mapping) else ()
        return _entries(contract, field.shape, sent, old, keys)
    if is_nothing(sent):
        return None
    if is_nothing(old) and old is not UNKNOWN:
        return _object(contract, field.shape, sent, {})
    unknown = dict.fromkeys((each.name for each in field.shape.fields), UNKNOWN)
    return _object(contract, field.shape, sent, unknown)


def _entries(contract: Contract, shape: Shape, sent: list[Any], old: Any, keys: tuple[str, ...]) -> Any:
    """Return the entries of a list that an update replaces; an entry that stays keeps what only the server gives."""
    unknown = dict.fromkeys((each.name for each in shape.fields), UNKNOWN)
    if old is UNKNOWN:
        return [_object(contract, shape, entry, unknown) for entry in sent]
    partners = find_partners(sent, old if isinstance(old, list) else [], keys)
    made = []
    for entry, partner in zip(sent, partners, strict=True):
        is_named = isinstance(entry, dict) and any(entry.get(name) is not None for name in shape.ids)
        if partner is None and is_named:
            made.append(_object(contract, shape, entry, unknown))  # an entry that names nobody's is left open
        else:
            made.append(_object(contract, shape, entry, partner or {}))
    return made


def find_partners(sent: list[Any], old: list[Any], keys: tuple[str, ...]) -> list[Any]:
    """Return for each entry the old one that it continues, or None: the first key is asked for all before the next."""
    partners: list[Any] = [None] * len(sent)
    free = [entry for entry in old if isinstance(entry, dict)]
    for key in keys:
        for index, entry in enumerate(sent):
            if partners[index] is not None or not isinstance(entry, dict) or entry.get(key) is None:
                continue
            found = next((each for each in free if same_scalar(each.get(key), entry[key]) and each.get(key)), None)
            if found is not None:
                partners[index] = found
                free.remove(found)
    return partners


def observe_view(resource: Resource, shown: Mapping[str, Any]) -> View:
    """Return a resource as a response shows it, every field of its shape."""
    return {field.name: _shown(field, shown.get(field.name)) for field in resource.shape.fields}


def _shown(field: Field, value: Any) -> Any:
    if value is None and (field.is_required or field.generated is not None):
        return UNKNOWN  # the response has not the form that it should have, and says nothing of it
    if field.shape is None or is_nothing(value):
        return None if is_nothing(value) else value
    if field.is_list and isinstance(value, list):
        return [_shown_object(field.shape, entry) for entry in value]
    return _shown_object(field.shape, value)


def _shown_object(shape: Shape, value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    return {field.name: _shown(field, value.get(field.name)) for field in shape.fields}
