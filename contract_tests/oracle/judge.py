"""Judges one exchange in a known state: what it shows, and what is known after it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from contract_tests.exchange import NOT_JSON, Call, Exchange
from contract_tests.oracle import form, listing, reading, refusal, writing
from contract_tests.oracle.credentials import UNCLEAR, VALID, Credentials
from contract_tests.oracle.listing import Owns
from contract_tests.oracle.model import Entry, LostCreate, Model, identity_of
from contract_tests.oracle.notes import Defect, Notes
from contract_tests.oracle.observation import Observation
from contract_tests.oracle.prediction import View, observe_view, predict_created, predict_updated
from contract_tests.oracle.request import Request, RequestReader, Unrouted
from contract_tests.oracle.values import UNKNOWN
from contract_tests.oracle.windows import mask_elapsed
from governance_contract import Contract, pointers
from governance_contract.resources import CREATE, DELETE, GET, LIST, UPDATE, Resource

WRITES = frozenset({CREATE, UPDATE, DELETE})
UNAUTHORISED = 401


@dataclass(frozen=True)
class Judgement:
    """What the oracle says of an exchange, and what is known after it."""

    observations: tuple[Observation, ...]
    model: Model

    @property
    def broken(self) -> tuple[Observation, ...]:
        """The observations of rules that are broken."""
        return tuple(each for each in self.observations if not each.holds)


class Judge:
    """Judges exchanges by one contract; it keeps nothing between two of them.

    `owns` says of which resources the suite can be sure that nobody else makes or changes them.
    """

    def __init__(self, contract: Contract, credentials: Credentials, owns: Owns) -> None:
        self._contract = contract
        self._credentials = credentials
        self._owns = owns
        self._reader = RequestReader(contract)

    def read(self, call: Call) -> Request | Unrouted | None:
        """Return a call as the contract reads it."""
        return self._reader.read(call)

    def judge(self, model: Model, exchange: Exchange, *, is_racing: bool = False) -> Judgement:
        """Return what an exchange shows in a known state; `is_racing` leaves out what only calm requests must keep."""
        request = self._reader.read(exchange.call)
        if request is None:
            return Judgement((), model)
        notes = Notes(self._contract, request.operation.id, exchange)
        if isinstance(request, Unrouted):
            self._judge_unrouted(notes, request, exchange)
            return Judgement(tuple(notes.observations), model)
        verdict = self._credentials.judge(exchange.call, request.operation)
        if verdict != VALID:
            return self._judge_unauthorised(notes, model, request, exchange, verdict)
        if request.resource.is_lookup:
            return Judgement((), self._learn_targets(model, request, exchange))
        return self._judge_request(notes, model, request, exchange, is_racing=is_racing)

    def _judge_unrouted(self, notes: Notes, request: Unrouted, exchange: Exchange) -> None:
        verdict = self._credentials.judge(exchange.call, request.operation)
        if form.judge_failure(notes, exchange.response):
            return
        if verdict not in (VALID, UNCLEAR) and 200 <= exchange.response.status < 300:
            self._note_let_in(notes, exchange, verdict)
        if verdict != VALID or request.is_alias:
            return
        rule = self._contract.rules.about("routing", request.operation.id)
        statuses = rule.refusal.statuses if rule is not None and rule.refusal else (405, 404)
        allowed = statuses if request.is_known_path else (refusal.NOT_FOUND,)
        if exchange.response.status in allowed:
            notes.hold("routing")
            form.judge_error_body(notes, exchange.response)
            return
        told = f"the method {exchange.call.method}" if request.is_known_path else "an unknown path"
        expected = f"status {' or '.join(map(str, allowed))}"
        kind = "method" if request.is_known_path else "path"
        received = exchange.response.shown(200)
        notes.broken("routing", Defect(kind, f"{told} is not refused as documented", expected, received))

    def _judge_unauthorised(
        self, notes: Notes, model: Model, request: Request, exchange: Exchange, aspect: str
    ) -> Judgement:
        """Judge a request without valid credentials: it must be refused, and change nothing."""
        response = exchange.response
        pointer = request.violations[0].pointer if request.violations else ""
        if aspect == UNCLEAR or form.judge_failure(notes, response, pointer):
            return Judgement(tuple(notes.observations), _unsettled(model, request))
        is_unreadable = bool(request.unclear_because) or any(not each.pointer for each in request.violations)
        if response.status == UNAUTHORISED:
            notes.hold(aspect)
            form.judge_error_body(notes, response)
            return Judgement(tuple(notes.observations), self._refused(model, request, exchange))
        if not (is_unreadable and response.status == refusal.BAD_REQUEST):
            self._note_let_in(notes, exchange, aspect)
        if not 200 <= response.status < 300 or request.resource.is_lookup:
            return Judgement(tuple(notes.observations), model)
        silent = Notes(self._contract, request.operation.id, exchange)
        after = self._judge_request(silent, model, request, exchange, is_racing=True)
        return Judgement(tuple(notes.observations), after.model)

    def _note_let_in(self, notes: Notes, exchange: Exchange, aspect: str) -> None:
        detail = f"a request is let in or refused otherwise ({aspect.replace('-', ' ')})"
        received = exchange.response.shown(200)
        notes.broken(aspect, Defect(f"let-in-{aspect}", detail, f"status {UNAUTHORISED}", received))

    def _judge_request(
        self, notes: Notes, model: Model, request: Request, exchange: Exchange, *, is_racing: bool
    ) -> Judgement:
        response = exchange.response
        pointer = request.violations[0].pointer if request.violations else ""
        if form.judge_failure(notes, response, pointer):
            return Judgement(tuple(notes.observations), self._unknown_outcome(model, request, exchange))
        form.judge_form(notes, request.action, request.resource, response)
        predicted = self._predict(model, request)
        expectation = refusal.expect(self._contract, model, request, predicted)
        refusal.judge_outcome(notes, expectation, exchange)
        is_accepted = 200 <= response.status < 300
        if not is_accepted:
            self._judge_rejection(notes, model, request, exchange, expectation, is_racing=is_racing)
            if request.action.verb in WRITES:
                model = self._refused(model, request, exchange)
            return Judgement(tuple(notes.observations), model)
        if request.action.verb == LIST:
            model = self._judge_list(notes, model, request, exchange)
        elif request.action.verb == GET:
            model = self._judge_get(notes, model, request, exchange)
        elif request.action.verb == CREATE:
            model = self._judge_create(notes, model, request, exchange, predicted, expectation)
        elif request.action.verb == UPDATE:
            model = self._judge_update(notes, model, request, exchange, predicted, expectation, is_racing=is_racing)
        elif request.action.verb == DELETE and request.key is not None:
            model = model.without_entry(request.resource, request.key, exchange).noting_write(exchange)
            notes.hold("deleted")
        return Judgement(tuple(notes.observations), model)

    def _predict(self, model: Model, request: Request) -> View | None:
        """Return what a valid request makes of its resource, None where it makes nothing that can be foreseen."""
        if not isinstance(request.body, dict) or (request.breaks_rules and not _is_soft(request)):
            return None
        if request.action.verb == CREATE:
            return predict_created(self._contract, request)
        entry = model.entry(request.resource, request.key)
        if request.action.verb != UPDATE or entry is None:
            return None
        views = [predict_updated(self._contract, request, view) for view in entry.views]
        return views[0] if len(views) == 1 else _common(views)

    def _judge_rejection(
        self, notes: Notes, model: Model, request: Request, exchange: Exchange, expectation: refusal.Expectation,
        *, is_racing: bool,
    ) -> None:  # fmt: skip
        """Judge a request that was refused although nothing in it or in the state may be a reason."""
        status = exchange.response.status
        if not expectation.must_not_answer(status) or not 400 <= status < 500:
            return
        entry = model.entry(request.resource, request.key)
        if request.action.verb == GET and status == refusal.NOT_FOUND and entry is not None:
            reading.judge_missing(notes, model, entry)
            return
        if request.action.verb in (UPDATE, DELETE) and entry is None:
            return
        if status == refusal.CONFLICT and request.action.verb in (CREATE, UPDATE):
            if not (is_racing and request.action.verb == UPDATE):
                self._judge_conflict(notes, model, request, exchange)
            return
        if is_racing and request.action.verb != CREATE:
            return
        detail, received = "a valid request is refused", exchange.response.shown(200)
        evidence = entry.evidence if entry is not None else ()
        expected = f"status {request.operation.success_status}"
        for carried in (writing.rules_of_refusal(notes, request),):
            notes.broken_rules(carried, Defect("refused", detail, expected, received, "", evidence))

    def _judge_conflict(self, notes: Notes, model: Model, request: Request, exchange: Exchange) -> None:
        """Judge that an identity is said to be taken which nobody has."""
        resource = request.resource
        predicted = self._predict(model, request)
        identity = identity_of(resource, predicted) if predicted is not None else None
        if identity is None or predicted is None or not self._owns(resource, predicted):
            return
        left, tried = model.left.get((resource.name, identity)), model.tried.get((resource.name, identity))
        if tried is not None and tried.response.status == refusal.CONFLICT:
            tried = None  # it was turned away for the same wrong reason
        rules = tuple(
            each
            for each in notes.carried_by(resource.node, "x-identity")
            if self._contract.rules[each.rule].refusal is None
        )
        detail, kind = "an identity that nobody has is said to be taken", "conflict"
        evidence: tuple[Exchange, ...] = ()
        if left is not None and self._verb_of(left) == DELETE:
            rules = notes.about("deleted")
            detail, evidence, kind = "the identity of a deleted resource is still taken", (left,), "conflict-deleted"
        elif left is not None:
            detail, evidence = "an identity that a rename left is still taken", (left,)
        elif tried is not None:
            aspect = "unauthorised-effect" if tried.response.status == UNAUTHORISED else "refused-effect"
            rules = notes.about(aspect) or rules
            detail, evidence, kind = (
                "the identity that a refused request asked for is taken",
                (tried,),
                "conflict-tried",
            )
        expected = f"status {request.operation.success_status}"
        notes.broken_rules(rules, Defect(kind, detail, expected, exchange.response.shown(200), "", evidence))

    def _verb_of(self, exchange: Exchange) -> str:
        operation = self._contract.operations.at(exchange.call.method, exchange.call.path.partition("?")[0])
        return operation.verb if operation is not None else ""

    def _judge_create(
        self, notes: Notes, model: Model, request: Request, exchange: Exchange, predicted: View | None,
        expectation: refusal.Expectation,
    ) -> Model:  # fmt: skip
        model = model.noting_write(exchange)
        shown = next(iter(form.resources_in(request.action, exchange.response.json)), None)
        key = shown[0].get(request.resource.key) if shown else None
        is_judged = not expectation.reasons and not request.unclear_because
        if shown is None or not isinstance(key, str) or not key:
            view = predicted or _unknown_view(request.resource)
            return replace(model, lost=(*model.lost, LostCreate(request.resource.name, view, exchange)))
        view = observe_view(request.resource, shown[0])
        if predicted is not None and is_judged:
            writing.judge_created(notes, request, predicted, view)
            self._hold_accepted(notes, request)
        writing.judge_ids(notes, request, model, key, shown[0])
        place = (request.resource.name, key)
        if place in model.entries:
            return model.forgetting(request.resource, key)
        entry = Entry(key, (view,), made=exchange, written=exchange)
        return model.with_entry(request.resource, entry)

    def _hold_accepted(self, notes: Notes, request: Request) -> None:
        """Note the rules by which a valid request is accepted: those of its fields, and of its identity."""
        for name, told in request.action.request.items():
            if self._is_example(told.node.value.get("examples", ()), request.body.get(name)):
                notes.hold_rules(notes.carried_by(told.node, "examples"))
        notes.hold_rules(
            each
            for each in notes.carried_by(request.resource.node, "x-identity")
            if self._contract.rules[each.rule].refusal is None
        )

    @staticmethod
    def _is_example(examples: Any, sent: Any) -> bool:
        return sent in examples or (sent is None and [] in examples)

    def _judge_update(
        self, notes: Notes, model: Model, request: Request, exchange: Exchange, predicted: View | None,
        expectation: refusal.Expectation, *, is_racing: bool,
    ) -> Model:  # fmt: skip
        model = model.noting_write(exchange)
        resource, key = request.resource, request.key
        if key is None:
            return model
        entry = model.entry(resource, key)
        shown = next(iter(form.resources_in(request.action, exchange.response.json)), None)
        view = observe_view(resource, shown[0]) if shown else None
        is_judged = not expectation.reasons and not request.unclear_because
        if view is not None and entry is not None and is_judged:
            self._judge_transition(notes, request, entry, view, is_racing=is_racing)
        elif view is not None and entry is None and is_judged and isinstance(request.body, dict):
            blank = predict_updated(self._contract, request, _unknown_view(resource))
            writing.judge_updated(notes, request, None, blank, view)
        if shown:
            writing.judge_ids(notes, request, model, key, shown[0])
        after = view or predicted or _unknown_view(resource)
        if entry is not None:
            old = identity_of(resource, entry.view)
            if old is not None and old != identity_of(resource, after):
                model = model.with_left(resource, entry.view, exchange)
        made = entry.made if entry is not None else None
        return model.with_entry(resource, Entry(key, ({**after, resource.key: key},), made=made, written=exchange))

    def _judge_transition(self, notes: Notes, request: Request, entry: Entry, view: View, *, is_racing: bool) -> None:
        """Judge what an update made of a resource: of the states that it could be in, the nearest one counts."""
        candidates = []
        for before in entry.views:
            masked = mask_elapsed(request.resource, before, entry.settled, notes.exchange.ended)
            predicted = predict_updated(self._contract, request, masked)
            trial = Notes(self._contract, notes.operation_id, notes.exchange)
            calm = entry if not is_racing and len(entry.views) == 1 else replace(entry, written=None)
            writing.judge_updated(trial, request, calm, predicted, view)
            candidates.append(trial.observations)
        notes.observations += min(candidates, key=lambda each: sum(not one.holds for one in each))

    def _judge_get(self, notes: Notes, model: Model, request: Request, exchange: Exchange) -> Model:
        shown = next(iter(form.resources_in(request.action, exchange.response.json)), None)
        if shown is None or request.key is None:
            return model
        view = observe_view(request.resource, shown[0])
        entry = model.entry(request.resource, request.key)
        if entry is None:
            return model
        if listing.is_in_motion(model, request.resource, entry, exchange):
            return model
        after = reading.judge_shown(notes, model, request.resource, entry, view, exchange)
        return model.with_entry(request.resource, after)

    def _judge_list(self, notes: Notes, model: Model, request: Request, exchange: Exchange) -> Model:
        body = exchange.response.json
        if body is NOT_JSON:
            return model
        entries = [entry for entry, _ in form.resources_in(request.action, body)]
        page = listing.read_page(request, body, entries, self._owns)
        if not request.unclear_because:
            listing.judge_filters(notes, page)
        listing.judge_size(notes, page)
        listing.judge_repeats(notes, page)
        listing.judge_order(notes, model, page)
        for shown in entries:
            model = self._judge_listed(notes, model, request, exchange, shown)
        expected = listing.expected_entries(model, page, exchange)
        for missing in listing.judge_completeness(notes, page, expected):
            reading.judge_missing(notes, model, missing)
            model = model.forgetting(request.resource, missing.key)
        return model

    def _judge_listed(
        self, notes: Notes, model: Model, request: Request, exchange: Exchange, shown: Mapping[str, Any]
    ) -> Model:
        """Judge one entry of a list by what is known of it."""
        resource, key = request.resource, shown.get(request.resource.key)
        if not isinstance(key, str):
            return model
        view = observe_view(resource, shown)
        entry = model.entry(resource, key)
        if entry is not None:
            if listing.is_in_motion(model, resource, entry, exchange):
                return model
            return model.with_entry(resource, reading.judge_shown(notes, model, resource, entry, view, exchange))
        deleted = model.gone.get((resource.name, key))
        if deleted is not None:
            if deleted.ended <= exchange.began:
                detail = "a resource is shown that was deleted before"
                defect = Defect("risen", detail, "no resource with this key", key, "", (deleted,))
                notes.broken("deleted", defect)
                return replace(model, gone=model.gone.remove((resource.name, key)))
            return model
        return self._judge_stranger(notes, model, resource, key, view, exchange)

    def _judge_stranger(
        self, notes: Notes, model: Model, resource: Resource, key: str, view: View, exchange: Exchange
    ) -> Model:
        """Judge a resource that nothing is known of: somebody else's, that of a lost create, or unexplained."""
        if not self._owns(resource, view):
            return model
        for lost in model.lost:
            if lost.resource == resource.name and not any(reading.differs(resource, lost.view, view)):
                rest = tuple(each for each in model.lost if each is not lost)
                entry = Entry(key, (view,), made=lost.exchange, written=lost.exchange)
                return replace(model, lost=rest).with_entry(resource, entry)
        if any(each.resource == resource.name and each.key is None for each in model.flights):
            return model
        aspect, detail, evidence, operation = listing.explain_stranger(notes, model, resource, view)
        defect = Defect("stranger", detail, "no such resource", key, "", evidence, operation)
        notes.broken(aspect, defect)
        return model.with_entry(resource, Entry(key, (view,), written=exchange))

    def _refused(self, model: Model, request: Request, exchange: Exchange) -> Model:
        """Return the model after a write that was refused, which must have changed nothing."""
        model = model.noting_write(exchange)
        entry = model.entry(request.resource, request.key)
        if entry is not None and request.action.verb in (UPDATE, DELETE):
            if exchange.response.status == refusal.NOT_FOUND:
                return model
            model = model.with_entry(request.resource, replace(entry, refused=exchange))
        if isinstance(request.body, dict) and request.action.verb in (CREATE, UPDATE):
            identity = self._identity_asked(model, request)
            if identity is not None and not model.holders(request.resource, identity, request.key)[0]:
                model = model.with_tried(request.resource, identity, exchange)
        if request.action.verb == CREATE and (view := _sent_view(request)):
            model = replace(model, refused=model.refused.push_front(LostCreate(request.resource.name, view, exchange)))
        return model

    def _identity_asked(self, model: Model, request: Request) -> tuple[Any, ...] | None:
        entry = model.entry(request.resource, request.key)
        if request.action.verb == UPDATE and entry is None:
            return None
        before = entry.view if entry is not None else {}
        asked = {name: request.value_of(name) for name in request.resource.identity}
        if request.action.verb == UPDATE:
            asked = {name: request.fields.get(name, before.get(name)) for name in request.resource.identity}
        try:
            return identity_of(request.resource, asked)
        except TypeError:
            return None  # a value that cannot be looked up, such as a list, is no identity

    def _unknown_outcome(self, model: Model, request: Request, exchange: Exchange) -> Model:
        """Return the model after a failure: a write may have acted, or not."""
        verb, resource = request.action.verb, request.resource
        if verb not in WRITES:
            return model
        model = model.noting_write(exchange)
        if verb == CREATE:
            predicted = self._predict(model, request)
            if predicted is None:
                predicted = _unknown_view(resource)
            return replace(model, lost=(*model.lost, LostCreate(resource.name, predicted, exchange)))
        entry = model.entry(resource, request.key)
        if entry is None:
            return model
        if verb == DELETE:
            return model.with_entry(resource, replace(entry, may_be_gone=True, written=exchange))
        unknown = _unknown_view(resource)
        after = [
            predict_updated(self._contract, request, view) if isinstance(request.body, dict) else unknown
            for view in entry.views
        ]
        if request.breaks_rules and not _is_soft(request):
            after = [unknown]
        return model.with_entry(resource, replace(entry, views=(*entry.views, *after), written=exchange))

    def _learn_targets(self, model: Model, request: Request, exchange: Exchange) -> Model:
        """Return the model that knows the keys which a look-up shows."""
        if not 200 <= exchange.response.status < 300 or exchange.response.json is NOT_JSON:
            return model
        targets = model.targets
        for entry, _ in form.resources_in(request.action, exchange.response.json):
            key = entry.get(request.resource.key)
            if isinstance(key, str):
                targets = targets.insert((request.resource.name, key), True)
        return replace(model, targets=targets)


def _is_soft(request: Request) -> bool:
    """Return whether all that a request breaks are rules that a server may break for a while."""
    return all(each.level != "MUST" for each in request.violations)


def _unknown_view(resource: Resource) -> View:
    return {field.name: UNKNOWN for field in resource.shape.fields}


def _sent_view(request: Request) -> View:
    """Return what a refused create asked for, as far as it may be shown as it was sent; empty where nothing is."""
    wrong = {token for each in request.violations for token in pointers.split(each.pointer)[:1]}
    fields = request.resource.shape.fields
    sent = {each.name: request.fields[each.name] for each in fields if each.name in request.fields and not each.shape}
    known = {name: item for name, item in sent.items() if name not in wrong and isinstance(item, str)}
    return {**_unknown_view(request.resource), **known} if known else {}


def _common(views: list[View]) -> View:
    """Return what several views have in common; where they differ nothing is known."""
    first, *rest = views
    return {name: value if all(each.get(name) == value for each in rest) else UNKNOWN for name, value in first.items()}


def _unsettled(model: Model, request: Request) -> Model:
    """Return the model after a request of which nobody knows whether it was let in."""
    if request.action.verb not in WRITES or request.key is None:
        return model
    return model.forgetting(request.resource, request.key)
