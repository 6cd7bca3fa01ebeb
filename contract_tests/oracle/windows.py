"""Which fields the passing of time may have changed between two looks at a resource."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from contract_tests.oracle.instants import may_have_ended, read_instant
from contract_tests.oracle.prediction import View
from contract_tests.oracle.values import UNKNOWN
from governance_contract import durations
from governance_contract.resources import Counter, Resource, Shape


def mask_elapsed(resource: Resource, view: View, since: float, until: float) -> View:
    """Return a view in which all is unknown that a window may have changed which ended between two moments.

    With a counter and the beginning of its window, a server may move the instants of the last change.
    """
    masked, has_elapsed = _masked(resource.shape, view, since, until)
    return {**masked, **dict.fromkeys(resource.shape.updated, UNKNOWN)} if has_elapsed else masked


def _masked(shape: Shape, view: View, since: float, until: float) -> tuple[View, bool]:
    made, has_elapsed = dict(view), False
    for counter in shape.counters:
        if _has_ended(counter, view, since, until):
            made |= {counter.member: UNKNOWN, counter.since: UNKNOWN, **dict.fromkeys(shape.updated, UNKNOWN)}
            has_elapsed = True
    for field in shape.fields:
        value = view.get(field.name)
        if field.shape is None or field.derived:
            continue
        if isinstance(value, list):
            parts = [
                _masked(field.shape, part, since, until) if isinstance(part, dict) else (part, False) for part in value
            ]
            made[field.name] = [part for part, _ in parts]
            has_elapsed |= any(elapsed for _, elapsed in parts)
        elif isinstance(value, dict):
            made[field.name], elapsed = _masked(field.shape, value, since, until)
            has_elapsed |= elapsed
    return made, has_elapsed


def _has_ended(counter: Counter, view: Mapping[str, Any], since: float, until: float) -> bool:
    window = view.get(counter.window)
    if window is None:
        return False
    if window is UNKNOWN:
        return True
    begun = read_instant(view.get(counter.since))
    first = min(since, begun.timestamp()) if begun is not None else since
    length = durations.read_length(counter.units, window)
    rolls = length is not None and until - first >= length.shortest
    return rolls or may_have_ended(counter.units, window, since, until)
