"""Whether a read shows a resource as it is known, and whom to blame where it does not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from contract_tests.exchange import Exchange
from contract_tests.oracle.difference import Difference, find_differences, find_field_differences
from contract_tests.oracle.model import Doubt, Entry, Model, Seen
from contract_tests.oracle.notes import Defect, Notes, effect_of
from contract_tests.oracle.prediction import View, distinct
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
    _repeat(notes, resource, entry, view)
    differing, known = _compare(notes, resource, entry, view)
    changed, agreed = entry.changed, entry.agreed
    if differing:
        doubts = {each.name: each for each in model.doubts if each.place == (resource.name, entry.key)}
        for name, differences in _by_field(differing).items():
            trial = notes.trial()
            for each in differences:
                _report(trial, entry, _culprit(trial, model, resource, entry, each), each)
            if name not in doubts:
                notes.take(trial)
            observed = doubts[name].if_changed if name in doubts else tuple(trial.observations)
            changed = changed.insert(name, Seen(view.get(name), observed))
        views: tuple[View, ...] = (disputed(known[0], view, differing),)
    else:
        _hold(notes, model, resource, entry)
        views = distinct(_merged(each, view) for each in known)
        agreed = agreed.insert(notes.operation_id, model.writes)
    after = replace(entry, views=views, may_be_gone=False, refused=None, agreed=agreed, changed=changed)
    return settle_doubts(notes, model.with_entry(resource, after), resource, entry.key, view)


def judge_listed(
    notes: Notes, model: Model, resource: Resource, entry: Entry, view: View, *, is_racing: bool = False
) -> Model:
    """Judge a resource that a list shows, and return what is known now.

    Where it is not as it is known, a get must tell whether the list is wrong or the resource has changed.
    """
    _repeat(notes, resource, entry, view)
    differing, known = _compare(notes, resource, entry, view)
    if not differing:
        _hold(notes, model, resource, entry)
        agreed = entry.agreed.insert(notes.operation_id, model.writes)
        views = distinct(_merged(each, view) for each in known)
        return model.with_entry(resource, replace(entry, views=views, may_be_gone=False, refused=None, agreed=agreed))
    model = model.with_entry(resource, replace(entry, may_be_gone=False))
    for name, differences in _by_field(differing).items():
        seen = entry.mislisted.get(name)
        if seen is not None and _is_same(resource, name, seen.value, view):
            notes.observations += seen.observations
            continue
        trial, kept = notes.trial(), notes.trial()
        for each in differences:
            _report(trial, entry, _culprit(trial, model, resource, entry, each, is_shown_twice=True), each)
            culprit = Culprit(echo_rules(notes, resource, []), "get shows it as it was", entry.evidence)
            _report(kept, entry, culprit, each)
        if is_racing:
            notes.take(trial)
        else:
            told = tuple(kept.observations), tuple(trial.observations)
            place, expected = (resource.name, entry.key), known[0].get(name)
            model = model.with_doubt(Doubt(place, name, expected, view.get(name), *told))
    return model


def _by_field(differing: Sequence[Difference]) -> dict[str, list[Difference]]:
    """Return differences by the field that they are in."""
    found: dict[str, list[Difference]] = {}
    for each in differing:
        found.setdefault(str(each.path[0]), []).append(each)
    return found


def _repeat(notes: Notes, resource: Resource, entry: Entry, view: View) -> None:
    """Note again what was observed of a resource before and shows again."""
    notes.observations += entry.presence
    for name, seen in entry.changed.items():
        if _is_same(resource, name, seen.value, view):
            notes.observations += seen.observations


def _is_same(resource: Resource, name: str, value: Any, view: View) -> bool:
    return not list(find_field_differences(resource.shape.by_name[name], value, view.get(name)))


def settle_doubts(notes: Notes, model: Model, resource: Resource, key: str, view: View | None) -> Model:
    """Note what a get, whose view is given, tells of earlier doubts, or that nothing will tell any more."""
    place = (resource.name, key)
    for doubt in model.doubts:
        if doubt.place != place:
            continue
        is_kept = view is not None and _is_same(resource, doubt.name, doubt.expected, view)
        notes.observations += doubt.if_kept if is_kept else doubt.if_changed
        entry = model.entry(resource, key)
        if is_kept and entry is not None and doubt.seen is not UNKNOWN:
            mislisted = entry.mislisted.insert(doubt.name, Seen(doubt.seen, doubt.if_kept))
            model = model.with_entry(resource, replace(entry, mislisted=mislisted))
        elif not is_kept and view is not None and entry is not None:
            changed = entry.changed.insert(doubt.name, Seen(view.get(doubt.name), doubt.if_changed))
            model = model.with_entry(resource, replace(entry, changed=changed))
    return replace(model, doubts=tuple(each for each in model.doubts if each.place != place))


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
    """Return what is known without the fields that are shown otherwise, of which nothing is expected any more."""
    names = {str(each.path[0]) for each in differing}
    return {name: UNKNOWN if name in names else _deepened(value, view.get(name)) for name, value in known.items()}


def _hold(notes: Notes, model: Model, resource: Resource, entry: Entry) -> None:
    """Note that a resource is as it is known: neither a refused request nor one for another resource changed it."""
    if entry.refused is not None:
        notes.hold(effect_of(entry.refused), notes.operation_of(entry.refused))
    if model.latest_write is not None and entry.agreed.get(notes.operation_id, model.writes) < model.writes:
        notes.hold("side-effect", notes.operation_of(model.latest_write))
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


def judge_missing(notes: Notes, model: Model, resource: Resource, entry: Entry) -> Model:
    """Judge that a read does not find a resource that is known to be there, and return what is known now."""
    if entry.may_be_gone:
        notes.observations += entry.absence
        return model
    culprit = _of_refused(notes, entry, "a resource is gone after a refused request")
    told = "a resource is gone after a request for another one"
    culprit = culprit or _of_others(notes, model, entry, told, is_shown_twice=True)
    if culprit is None:
        told = "a resource that was created cannot be found"
        culprit = Culprit(notes.about("stored"), told, entry.evidence)
    received, trial = notes.exchange.response.shown(120), notes.trial()
    evidence, operation = culprit.evidence, culprit.operation
    defect = Defect("missing", culprit.told, "the resource", received, "", evidence, operation, entry.key)
    trial.broken_rules(culprit.rules, defect)
    notes.take(trial)
    model = settle_doubts(notes, model, resource, entry.key, None)
    after = replace(entry, may_be_gone=True, absence=tuple(trial.observations))
    return model.with_entry(resource, after)
