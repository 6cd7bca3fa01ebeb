"""Whether a read shows a resource as it is known, and whom to blame where it does not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from contract_tests.exchange import Exchange
from contract_tests.oracle.difference import Difference, find_differences, find_field_differences
from contract_tests.oracle.model import Doubt, Entry, Model
from contract_tests.oracle.notes import Defect, Notes, effect_of
from contract_tests.oracle.observation import Observation
from contract_tests.oracle.prediction import View
from contract_tests.oracle.values import UNKNOWN, shown
from contract_tests.oracle.windows import mask_elapsed
from contract_tests.oracle.writing import echo_rules
from governance_contract.resources import Resource
from governance_contract.rules import Carried


@dataclass(frozen=True)
class Culprit:
    """Who is to blame for a resource that is not as it was: the rules, in words why, what shows it, and the operation.

    `operation` is empty for the one that shows the resource.
    """

    rules: tuple[Carried, ...]
    told: str
    evidence: tuple[Exchange, ...]
    operation: str = ""


def judge_shown(notes: Notes, model: Model, resource: Resource, entry: Entry, view: View) -> Model:
    """Judge a resource that a get shows, and return what is known now.

    Of the states that it can be in those are left that agree. Where none does, the one that differs least is compared.
    """
    differing, known = _compare(notes, resource, entry, view)
    if differing:
        for difference in differing:
            _report(notes, entry, _culprit(notes, model, resource, entry, difference), difference)
        views: tuple[View, ...] = (disputed(known[0], view, differing),)
        agreed = entry.agreed
    else:
        _hold(notes, resource)
        views = tuple(_merged(each, view) for each in known)
        agreed = entry.agreed.insert(notes.operation_id, model.writes)
    after = replace(entry, views=views, may_be_gone=False, refused=None, agreed=agreed)
    return settle_doubts(notes, model.with_entry(resource, after), resource, entry.key, view)


def judge_listed(
    notes: Notes, model: Model, resource: Resource, entry: Entry, view: View, *, is_racing: bool = False
) -> Model:
    """Judge a resource that a list shows, and return what is known now.

    Where it is not as it is known, a get must tell whether the list is wrong or the resource has changed.
    """
    differing, known = _compare(notes, resource, entry, view)
    if not differing:
        _hold(notes, resource)
        agreed = entry.agreed.insert(notes.operation_id, model.writes)
        views = tuple(_merged(each, view) for each in known)
        return model.with_entry(resource, replace(entry, views=views, may_be_gone=False, refused=None, agreed=agreed))
    model = model.with_entry(
        resource, replace(entry, may_be_gone=False, told=entry.told | {each.pointer for each in differing})
    )
    for difference in differing:
        if difference.pointer in entry.told:
            continue
        trial = notes.trial()
        _report(trial, entry, _culprit(notes, model, resource, entry, difference, is_shown_twice=True), difference)
        if is_racing:
            notes.observations += trial.observations
        else:
            kept = _as_wrong_response(notes, resource, entry, difference)
            model = model.with_doubt(resource, entry.key, difference, known[0], kept, trial.observations)
    return model


def settle_doubts(notes: Notes, model: Model, resource: Resource, key: str, view: View | None) -> Model:
    """Note what a get, whose view is given, tells of earlier doubts, or that nothing will tell any more."""
    place = (resource.name, key)
    for doubt in model.doubts:
        if doubt.place == place:
            is_kept = view is not None and _is_kept(resource, doubt, view)
            notes.observations += doubt.if_kept if is_kept else doubt.if_changed
    return replace(model, doubts=tuple(each for each in model.doubts if each.place != place))


def _is_kept(resource: Resource, doubt: Doubt, view: View) -> bool:
    field = resource.shape.by_name[doubt.name]
    return not list(find_field_differences(field, doubt.expected, view.get(doubt.name)))


def _as_wrong_response(notes: Notes, resource: Resource, entry: Entry, difference: Difference) -> Sequence[Observation]:
    trial = notes.trial()
    culprit = Culprit(echo_rules(notes, resource, []), "get shows it as it was", entry.evidence)
    _report(trial, entry, culprit, difference)
    return trial.observations


def _compare(notes: Notes, resource: Resource, entry: Entry, view: View) -> tuple[list[Difference], list[View]]:
    """Return where a view differs from the nearest state, and that state; or nothing, and all states that agree.

    A mixture of two states, as a failed write may leave, differs from neither.
    """
    masked = [mask_elapsed(resource, each, entry.settled, notes.exchange.ended) for each in entry.views]
    found = [list(find_differences(resource.shape, each, view)) for each in masked]
    if agreeing := [each for each, differing in zip(masked, found, strict=True) if not differing]:
        return [], agreeing
    nearest = min(found, key=len)
    known = masked[found.index(nearest)]
    certain = [each for each in nearest if not _is_possible(each, found)]
    return (certain, [known]) if certain else ([], [disputed(known, view, nearest)])


def _is_possible(difference: Difference, found: list[list[Difference]]) -> bool:
    """Return whether another state explains a place."""
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


def disputed(known: View, view: View, differing: Sequence[Difference]) -> View:
    """Return what is known without the fields that are shown otherwise: they were reported, and are not again."""
    names = {str(each.path[0]) for each in differing}
    return {name: UNKNOWN if name in names else _deepened(value, view.get(name)) for name, value in known.items()}


def _hold(notes: Notes, resource: Resource) -> None:
    notes.hold_rules(echo_rules(notes, resource, []))
    for field in resource.shape.fields:
        notes.hold_rules(notes.carried_by(field.node, "x-immutable"))
    notes.hold("stored")


def _report(notes: Notes, entry: Entry, culprit: Culprit, difference: Difference) -> None:
    place = difference.pointer
    expected, received = shown(difference.expected), shown(difference.received)
    kind = "read-entries" if difference.is_count else "read"
    detail = f"{place} is not as it was: {culprit.told}"
    defect = Defect(kind, detail, expected, received, place, culprit.evidence, culprit.operation, entry.key)
    notes.broken_rules(culprit.rules, defect)


def _culprit(
    notes: Notes,
    model: Model,
    resource: Resource,
    entry: Entry,
    difference: Difference,
    *,
    is_shown_twice: bool = False,
) -> Culprit:
    """Return who is to blame for a field that is not as it was; `is_shown_twice` says that a get shows it as well."""
    field = resource.shape.by_name[str(difference.path[0])]
    found = None
    if field.name not in notes.mangled:
        found = _of_refused(notes, entry, "a refused request changed it")
        told = "a request for another resource changed it"
        found = found or _of_others(notes, model, entry, told, is_shown_twice=is_shown_twice)
    if found is not None:
        return found
    notes.mangled.add(field.name)
    rules = notes.carried_by(field.node, "x-immutable")[:1] or echo_rules(notes, resource, [])
    is_first = notes.operation_id not in entry.agreed and entry.written is not None
    operation = notes.operation_of(entry.written) if is_first and entry.written else ""
    return Culprit(rules, "it was answered otherwise before", entry.evidence, operation)


def _of_refused(notes: Notes, entry: Entry, told: str) -> Culprit | None:
    """Return that the last refused request for a resource is to blame, None where there is none."""
    if entry.refused is None:
        return None
    operation = notes.operation_of(entry.refused)
    rules = notes.about(effect_of(entry.refused), operation)
    return Culprit(rules, told, (*entry.evidence, entry.refused), operation) if rules else None


def _of_others(notes: Notes, model: Model, entry: Entry, told: str, *, is_shown_twice: bool = False) -> Culprit | None:
    """Return that the last write, for another resource, is to blame, None where all was well after it.

    What one operation shows otherwise than another did before may be a defect of the operation.
    """
    agreed, latest = entry.agreed.get(notes.operation_id), model.latest_write
    if is_shown_twice:
        agreed = max(entry.agreed.values(), default=None)
    if agreed is None or agreed >= model.writes or latest is None:
        return None
    operation = notes.operation_of(latest)
    rules = notes.about("side-effect", operation)
    return Culprit(rules, told, (*entry.evidence, latest), operation) if rules else None


def judge_missing(notes: Notes, model: Model, entry: Entry) -> None:
    """Judge that a read does not find a resource that is known to be there."""
    if entry.may_be_gone:
        return
    culprit = _of_refused(notes, entry, "a resource is gone after a refused request")
    told = "a resource is gone after a request for another one"
    culprit = culprit or _of_others(notes, model, entry, told, is_shown_twice=True)
    if culprit is None:
        told = "a resource that was created cannot be found"
        culprit = Culprit(notes.about("stored"), told, entry.evidence)
    received = notes.exchange.response.shown(120)
    evidence, operation = culprit.evidence, culprit.operation
    defect = Defect("missing", culprit.told, "the resource", received, "", evidence, operation, entry.key)
    notes.broken_rules(culprit.rules, defect)
