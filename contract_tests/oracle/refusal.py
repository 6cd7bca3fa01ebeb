"""Whether a request must be refused, may be, or must not, in a known state; and with which status."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from contract_tests.exchange import Exchange
from contract_tests.oracle.model import Entry, Model, identity_of
from contract_tests.oracle.notes import Defect, Notes
from contract_tests.oracle.prediction import View
from contract_tests.oracle.request import Request
from governance_contract import Contract
from governance_contract.resources import CREATE, DELETE, GET, UPDATE
from governance_contract.rules import LEVELS, Carried

BAD_REQUEST, NOT_FOUND, CONFLICT = 400, 404, 409


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

    `may_refuse` says that any status of 400 to 499 but those on credentials may; `because` says why.
    """

    reasons: tuple[Reason, ...] = ()
    possible: frozenset[int] = frozenset()
    may_refuse: bool = False
    because: tuple[str, ...] = ()
    holders: tuple[Entry, ...] = field(default=(), repr=False)

    def must_not_answer(self, status: int) -> bool:
        """Return whether nothing may refuse the request with a status."""
        return not self.reasons and status not in self.possible and not self.may_refuse


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
    if request.unusual:
        because = (*because, f"{request.unusual[0]} is unusual")
    may_refuse = bool(because)
    ordered = tuple(sorted(reasons, key=lambda each: each.rank))
    return Expectation(ordered, frozenset(possible), may_refuse, because, tuple(holders))


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
        target = told.refers_to["targets"].get(request.value_of(told.refers_to["by"]))
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
    rule = next(
        (
            contract.rules[each.rule]
            for each in contract.rules.carried_by(resource.node.value, "x-identity")
            if request.operation.id in contract.rules[each.rule].operations and contract.rules[each.rule].refusal
        ),
        None,
    )
    statuses = rule.refusal.statuses if rule is not None and rule.refusal else (CONFLICT,)
    if not resource.identity or (request.action.verb == UPDATE and not set(resource.identity) & set(request.fields)):
        return [], set()
    if identity is None:
        return [], set(statuses)
    own = request.key if request.action.verb == UPDATE else None
    holders, is_possible = model.holders(resource, identity, own)
    if holders and rule is not None:
        names = ", ".join(resource.identity)
        detail = f"another resource has the same {names}"
        evidence = tuple(each.made for each in holders[:1] if each.made is not None)
        expected = f"status {' or '.join(map(str, statuses))}"
        return holders, Reason(
            (Carried(rule.id, rule.level),), statuses, Defect("accepted-identity", detail, expected, "", "", evidence)
        )
    return holders, set(statuses) if is_possible or holders else set()


def judge_outcome(notes: Notes, expectation: Expectation, exchange: Exchange) -> None:
    """Judge whether a request was accepted or refused as it should be."""
    response = exchange.response
    is_accepted = 200 <= response.status < 300
    if is_accepted:
        _judge_accepted(notes, expectation, exchange)
    elif 400 <= response.status < 500:
        _judge_refused(notes, expectation, exchange)


def _judge_accepted(notes: Notes, expectation: Expectation, exchange: Exchange) -> None:
    for reason in expectation.reasons[:1]:
        told = f"accepted: {reason.defect.detail}"
        notes.broken_rules(reason.rules, replace(reason.defect, detail=told, received=exchange.response.shown()))


def _judge_refused(notes: Notes, expectation: Expectation, exchange: Exchange) -> None:
    status = exchange.response.status
    allowed = {each for reason in expectation.reasons for each in reason.statuses} | expectation.possible
    if status in allowed or (expectation.may_refuse and status not in (401, 403)):
        for reason in expectation.reasons:
            notes.hold_rules(reason.rules if expectation.may_refuse or status in reason.statuses else ())
        return
    for reason in expectation.reasons[:1]:
        kind = f"status-{status}-{reason.defect.kind.partition('-')[2]}"
        told = f"answered {status}: {reason.defect.detail}"
        defect = replace(reason.defect, kind=kind, detail=told, received=exchange.response.shown())
        notes.broken_rules(reason.rules, defect)
