"""Whether a request must be refused, may be, or must not, in a known state; and with which status."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from contract_tests.exchange import Exchange
from contract_tests.labels import REFUSED
from contract_tests.oracle.acceptance import rules_of_acceptance
from contract_tests.oracle.identities import rules_of_coexistence, rules_of_uniqueness
from contract_tests.oracle.model import Entry, Identity, Model, Owns, identity_of, ids_within
from contract_tests.oracle.notes import Defect, Notes, effect_of
from contract_tests.oracle.prediction import View
from contract_tests.oracle.request import Request
from contract_tests.oracle.statuses import BAD_REQUEST, CONFLICT, FORBIDDEN, NOT_FOUND, UNAUTHORISED
from governance_contract import Contract
from governance_contract.resources import CREATE, DELETE, GET, UPDATE
from governance_contract.rules import LEVELS, Carried

_CREDENTIALS = frozenset({UNAUTHORISED, FORBIDDEN})


@dataclass(frozen=True)
class Reason:
    """Why a request must be refused: the rule, the statuses that refuse it, and how accepting it breaks the rule."""

    rules: tuple[Carried, ...]
    statuses: tuple[int, ...]
    defect: Defect

    @property
    def rank(self) -> int:
        """Where it stands among the reasons: the strictest first."""
        return min((LEVELS.index(each.level) for each in self.rules), default=len(LEVELS))


@dataclass(frozen=True)
class Expectation:
    """How a request may be answered: `reasons` to refuse it for certain, and further statuses that may refuse it.

    `open_because` says why any status of 400 to 499 may but those on credentials. With `is_unusual` those may that say
    that a value is not taken, which does not make an identity one that others have.
    """

    reasons: tuple[Reason, ...] = ()
    possible: frozenset[int] = frozenset()
    open_because: tuple[str, ...] = ()
    is_unusual: bool = False
    holders: tuple[Entry, ...] = field(default=(), repr=False)

    def must_not_answer(self, status: int) -> bool:
        """Return whether nothing may refuse the request with a status."""
        return not self.reasons and status not in self.possible and not self.may_be_refused_by(status)

    def may_be_refused_by(self, status: int) -> bool:
        """Return whether a status may refuse the request for what it leaves open, or for an unusual value."""
        if status in _CREDENTIALS:
            return False
        return bool(self.open_because) or (self.is_unusual and status != CONFLICT)


def expect(contract: Contract, model: Model, request: Request, predicted: View | None) -> Expectation:
    """Return how a request may be answered in a state; `predicted` is what it would make."""
    reasons = [_of_violations(contract, request)] if request.breaks_rules else []
    possible: set[int] = set()
    if request.violations and request.unclear_because:
        possible.add(BAD_REQUEST)
    if request.action.verb in (GET, UPDATE, DELETE):
        found = _of_key(contract, model, request)
        reasons += [found] if isinstance(found, Reason) else []
        possible |= found if isinstance(found, set) else set()
    holders: list[Entry] = []
    if predicted is not None and request.action.verb in (CREATE, UPDATE):
        dangling = _of_references(contract, model, request)
        reasons += [dangling] if isinstance(dangling, Reason) else []
        possible |= dangling if isinstance(dangling, set) else set()
        holders, conflict = _of_identity(contract, model, request, predicted)
        reasons += [conflict] if isinstance(conflict, Reason) else []
        possible |= conflict if isinstance(conflict, set) else set()
    because = (*request.open_because, *request.unclear_because)
    if request.action.verb == UPDATE and not request.violations:
        because = (*because, *_of_foreign_parts(model, request))
    ordered = tuple(sorted(reasons, key=lambda each: each.rank))
    return Expectation(ordered, frozenset(possible), because, bool(request.unusual), tuple(holders))


def _of_violations(contract: Contract, request: Request) -> Reason:
    first = min(request.violations, key=lambda each: LEVELS.index(each.level))
    refusal = contract.rules[first.rule].refusal
    statuses = {status for each in request.violations for status in _statuses(contract, each.rule)}
    keyword = first.keyword.rpartition("/")[2]
    detail = f"{first.pointer or 'the body'}: {first.message}"
    listed = " or ".join(map(str, refusal.statuses if refusal else (BAD_REQUEST,)))
    defect = Defect(f"accepted-{keyword}", detail, f"status {listed}", "", first.pointer)
    return Reason((Carried(first.rule, first.level),), tuple(sorted(statuses)), defect)


def _statuses(contract: Contract, rule_id: str) -> tuple[int, ...]:
    refusal = contract.rules[rule_id].refusal
    return refusal.statuses if refusal else (BAD_REQUEST,)


def _of_foreign_parts(model: Model, request: Request) -> tuple[str, ...]:
    """Return why an update may be refused that names parts by ids which its resource, as it is known, does not have."""
    entry = model.entry(request.resource, request.key)
    held = set() if entry is None else {each for view in entry.views for each in ids_within(request.resource, view)}
    for name, told in request.action.request.items():
        shape = request.resource.shape.by_name[name].shape if name in request.resource.shape.by_name else None
        parts = request.fields.get(name)
        if shape is None or not isinstance(told.update, Mapping) or not isinstance(parts, list):
            continue
        named = [(name, part.get(each)) for part in parts if isinstance(part, dict) for each in shape.ids]
        if any(isinstance(key, str) and key and (name, key) not in held for name, key in named):
            return (f"{name} names parts that the resource may not have",)
    return ()


def _of_key(contract: Contract, model: Model, request: Request) -> Reason | set[int]:
    """Return that there is no such resource, or the statuses by which that may be said."""
    entry = model.entry(request.resource, request.key)
    if entry is not None and not entry.may_be_gone:
        return set()
    if entry is not None or not model.is_gone(request.resource, request.key):
        return {NOT_FOUND}
    deleted = model.gone.get((request.resource.name, request.key or ""))
    aspect = "deleted" if deleted is not None else "unknown-key"
    rule = contract.rules.about(aspect, request.operation.id)
    told = "was deleted" if deleted is not None else "nobody has"
    evidence = (deleted,) if deleted is not None else ()
    detail = f"a key that {told} is found"
    defect = Defect(f"found-{aspect}", detail, f"status {NOT_FOUND}", "", "", evidence)
    carried = (Carried(rule.id, rule.level),) if rule else ()
    statuses = (NOT_FOUND, BAD_REQUEST) if request.is_key_unusual else (NOT_FOUND,)
    return Reason(carried, statuses, defect)


def _of_references(contract: Contract, model: Model, request: Request) -> Reason | set[int]:
    """Return that a field refers to what surely does not exist, or the statuses by which that may be said."""
    possible: set[int] = set()
    for name, told in request.action.request.items():
        value = request.fields.get(name)
        if told.refers_to is None or not isinstance(value, str):
            continue
        targets = told.refers_to.get("targets")
        target = told.refers_to if targets is None else targets.get(request.value_of(told.refers_to["by"]))
        carried = contract.rules.carried_by(told.node.value, "x-refers-to")
        if target is None or not carried:
            continue
        place = (target["resource"], value)
        statuses = {status for each in carried for status in _statuses(contract, each.rule)}
        if place in model.targets:
            continue
        if place in model.never and target["required"]:
            detail = f"{name} refers to a {target['resource']} that does not exist"
            expected = f"status {' or '.join(map(str, sorted(statuses)))}"
            return Reason(carried, tuple(statuses), Defect("accepted-reference", detail, expected, "", f"/{name}"))
        possible |= statuses
    return possible


def _of_identity(
    contract: Contract, model: Model, request: Request, predicted: View
) -> tuple[list[Entry], Reason | set[int]]:
    """Return who has the identity that a request asks for, and that this refuses it, or may."""
    resource = request.resource
    identity = identity_of(resource, predicted)
    rules = rules_of_uniqueness(contract, request)[:1]
    statuses = {status for each in rules for status in _statuses(contract, each.rule)} or {CONFLICT}
    if not resource.identity or (request.action.verb == UPDATE and not set(resource.identity) & set(request.fields)):
        return [], set()
    if identity is None or model.mangled_of(resource) & {*resource.identity}:
        return [], statuses
    own = request.key if request.action.verb == UPDATE else None
    holders, is_possible = model.holders(resource, identity, own)
    if not holders or not rules:
        return holders, statuses if is_possible or holders else set()
    detail = f"another resource has the same {', '.join(resource.identity)}"
    evidence = tuple(each.made for each in holders[:1] if each.made is not None)
    expected = f"status {' or '.join(map(str, sorted(statuses, reverse=True)))}"
    defect = Defect("accepted-identity", detail, expected, "", "", evidence)
    return holders, Reason(rules, tuple(statuses), defect)


def judge_outcome(notes: Notes, model: Model, request: Request, expectation: Expectation) -> Model:
    """Judge whether a request was accepted or refused as it should be, and return what is known of refusals now.

    An update that accepts what a create refuses breaks the rule on that, too.
    """
    exchange, verb = notes.exchange, request.action.verb
    response, rules = exchange.response, {each.rule for each in request.violations}
    if 200 <= response.status < 300:
        _judge_accepted(notes, expectation, exchange)
        if verb == UPDATE and expectation.reasons and rules and not rules & model.accepted:
            (first, *_) = expectation.reasons
            notes.broken("parity", replace(first.defect, received=response.shown()))
        if verb == CREATE and expectation.reasons:
            return replace(model, accepted=model.accepted | rules)
    elif 400 <= response.status < 500:
        _judge_refused(notes, expectation, exchange)
        if verb == UPDATE and rules:
            notes.hold("parity")
    return model


def judge_failed_refusal(notes: Notes, request: Request) -> None:
    """Judge that a server fails at a request that it should refuse, or may."""
    status, received = notes.exchange.response.status, notes.exchange.response.shown()
    if request.unusual and status and not request.violations:
        detail, expected = "a server fails at an unusual value", "the value as it was sent, or a refusal"
        notes.broken("unusual", Defect(f"status-{status}-unusual", detail, expected, received, request.unusual[0]))
    if request.breaks_rules and status:
        reason = _of_violations(notes.contract, request)
        kind = f"status-{status}-{reason.defect.kind.partition('-')[2]}"
        notes.broken_rules(reason.rules, replace(reason.defect, kind=kind, received=received))


def _judge_accepted(notes: Notes, expectation: Expectation, exchange: Exchange) -> None:
    for reason in expectation.reasons[:1]:
        notes.broken_rules(reason.rules, replace(reason.defect, received=exchange.response.shown()))


def _judge_refused(notes: Notes, expectation: Expectation, exchange: Exchange) -> None:
    status = exchange.response.status
    allowed = {each for reason in expectation.reasons for each in reason.statuses} | expectation.possible
    is_open = expectation.may_be_refused_by(status)
    if status in allowed or is_open:
        for reason in expectation.reasons:
            notes.hold_rules(reason.rules if is_open or status in reason.statuses else ())
        return
    for reason in expectation.reasons[:1]:
        kind = f"status-{status}-{reason.defect.kind.partition('-')[2]}"
        told = f"answered {status}: {reason.defect.detail}"
        defect = replace(reason.defect, kind=kind, detail=told, received=exchange.response.shown())
        notes.broken_rules(reason.rules, defect)


def judge_rejection(
    notes: Notes, model: Model, request: Request, predicted: View | None, expectation: Expectation, owns: Owns,
    *, is_racing: bool,
) -> None:  # fmt: skip
    """Judge a request that was refused although nothing in it or in the state may be a reason."""
    status, verb = notes.exchange.response.status, request.action.verb
    if not 400 <= status < 500 or not expectation.must_not_answer(status):
        return
    entry = model.entry(request.resource, request.key)
    if status == CONFLICT and _asks_for_identity(request):
        if not (is_racing and verb == UPDATE):
            _judge_conflict(notes, model, request, predicted, owns)
        return
    if (verb in (UPDATE, DELETE) and entry is None) or (is_racing and verb != CREATE):
        return
    received = notes.exchange.response.shown(200)
    evidence = entry.evidence if entry is not None else ()
    expected = f"status {request.operation.success_status}"
    defect = Defect(REFUSED, "a valid request is refused", expected, received, "", evidence)
    notes.broken_rules(rules_of_acceptance(notes, request), defect)


def _asks_for_identity(request: Request) -> bool:
    """Return whether a request says what identifies its resource, as each create does."""
    names = request.fields.keys() & {*request.resource.identity}
    return request.action.verb == CREATE or (request.action.verb == UPDATE and bool(names))


def _judge_conflict(notes: Notes, model: Model, request: Request, predicted: View | None, owns: Owns) -> None:
    """Judge that an identity is said to be taken which nobody has."""
    resource = request.resource
    identity = identity_of(resource, predicted) if predicted is not None else None
    if identity is None or predicted is None or not owns(resource, predicted):
        return
    if notes.mangled & {*resource.identity}:
        return
    left, tried = model.left.get((resource.name, identity)), model.tried.get((resource.name, identity))
    rules = rules_of_coexistence(notes.contract, request)
    detail, kind = "an identity that nobody has is said to be taken", "conflict"
    evidence: tuple[Exchange, ...] = ()
    if left is not None and notes.contract.operations[notes.operation_of(left)].verb == DELETE:
        rules, kind = notes.about("deleted"), "conflict-deleted"
        detail, evidence = "the identity of a deleted resource is still taken", (left,)
    elif left is not None:
        detail, evidence = "an identity that a rename left is still taken", (left,)
    elif tried is not None and tried.response.status != CONFLICT:
        rules, kind = notes.about(effect_of(tried)) or rules, "conflict-tried"
        detail, evidence = "the identity that a refused request asked for is taken", (tried,)
    else:
        evidence = tuple(each.made for each in _nearest(model, request, identity) if each.made is not None)
    expected, received = f"status {request.operation.success_status}", notes.exchange.response.shown(200)
    notes.broken_rules(rules, Defect(kind, detail, expected, received, "", evidence))


def _nearest(model: Model, request: Request, identity: Identity) -> list[Entry]:
    """Return the resources that differ from an identity in one value alone, which a server may take for the same."""
    found = []
    for entry in model.entries_of(request.resource):
        other = identity_of(request.resource, entry.view)
        if other is not None and sum(a != b for a, b in zip(identity, other, strict=True)) == 1:
            found.append(entry)
    return found[-_NAMED:]


_NAMED = 2
"""Resources that are named as those which an identity may have been taken for."""
