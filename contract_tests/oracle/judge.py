"""Judges one exchange in a known state: what it shows, and what is known after it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from contract_tests.exchange import NOT_JSON, Call, Exchange
from contract_tests.oracle import form, listing, positions, refusal, writing
from contract_tests.oracle.acceptance import hold_accepted
from contract_tests.oracle.credentials import UNCLEAR, VALID, Credentials
from contract_tests.oracle.difference import Difference, find_differences
from contract_tests.oracle.effects import WRITES, after_failure, after_refusal, predict
from contract_tests.oracle.model import Doubt, Entry, LostCreate, Model, Owns, identity_of
from contract_tests.oracle.notes import Defect, Notes
from contract_tests.oracle.observation import Observation
from contract_tests.oracle.page import judge_filters, judge_repeats, judge_size, read_page
from contract_tests.oracle.prediction import View, observe_view, predict_updated, unknown_view
from contract_tests.oracle.reading import disputed, judge_listed, judge_missing, judge_shown, settle_doubts
from contract_tests.oracle.request import Request, RequestReader, Unrouted
from contract_tests.oracle.statuses import BAD_REQUEST, NOT_FOUND, UNAUTHORISED
from contract_tests.oracle.values import UNKNOWN
from contract_tests.oracle.windows import mask_elapsed
from governance_contract import Contract
from governance_contract.resources import CREATE, DELETE, GET, LIST, UPDATE, Resource

_OF_PATHS = frozenset({BAD_REQUEST, NOT_FOUND})
"""Statuses by which a server may refuse a path that it never gave."""


@dataclass(frozen=True)
class Judgement:
    """What the oracle says of an exchange, and what is known after it."""

    observations: tuple[Observation, ...]
    model: Model

    @property
    def broken(self) -> tuple[Observation, ...]:
        """The observations of rules that are broken."""
        return tuple(each for each in self.observations if not each.holds)

    def remembering(self, resource: Resource, notes: Notes) -> Judgement:
        """Return the judgement whose model knows which defects there are, so that others are not made of them."""
        mangled = self.model.mangled | {(resource.name, name) for name in notes.mangled}
        kinds = self.model.kinds | {each.sort for each in self.broken}
        return replace(self, model=replace(self.model, mangled=mangled, kinds=kinds))


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
        if isinstance(request, Unrouted):
            notes = Notes(self._contract, request.operation.id, exchange)
            self._judge_unrouted(notes, request, exchange)
            return Judgement(tuple(notes.observations), model)
        notes = Notes(self._contract, request.operation.id, exchange, model.mangled_of(request.resource))
        verdict = self._credentials.judge(exchange.call, request.operation)
        if verdict != VALID:
            return self._judge_unauthorised(notes, model, request, exchange, verdict)
        if request.resource.is_lookup:
            return Judgement((), self._learn_targets(model, request, exchange))
        judgement = self._judge_request(notes, model, request, exchange, is_racing=is_racing)
        return judgement if is_racing else judgement.remembering(request.resource, notes)

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
        allowed = statuses if request.is_known_path else (NOT_FOUND,)
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
        if response.is_failure:
            form.judge_failure(notes, response, pointer)
            return Judgement(tuple(notes.observations), after_failure(self._contract, model, request, exchange))
        if aspect == UNCLEAR:
            return Judgement(tuple(notes.observations), _unsettled(notes, model, request))
        is_unreadable = bool(request.unclear_because) or any(not each.pointer for each in request.violations)
        if response.status == UNAUTHORISED:
            notes.hold(aspect)
            form.judge_error_body(notes, response)
            return Judgement(tuple(notes.observations), after_refusal(model, request, exchange))
        if not (is_unreadable and response.status == BAD_REQUEST):
            self._note_let_in(notes, exchange, aspect)
        if not 200 <= response.status < 300 or request.resource.is_lookup:
            return Judgement(tuple(notes.observations), model)
        after = self._judge_request(notes.trial(), model, request, exchange, is_racing=True)
        return Judgement(tuple(notes.observations), after.model)

    def _note_let_in(self, notes: Notes, exchange: Exchange, aspect: str) -> None:
        detail = f"a request is let in or refused otherwise ({aspect.replace('-', ' ')})"
        received = exchange.response.shown(200)
        notes.broken(aspect, Defect(f"let-in-{aspect}", detail, f"status {UNAUTHORISED}", received))

    def _judge_request(
        self, notes: Notes, model: Model, request: Request, exchange: Exchange, *, is_racing: bool
    ) -> Judgement:
        pointer = request.violations[0].pointer if request.violations else ""
        if form.judge_failure(notes, exchange.response, pointer):
            if request.action.verb in (UPDATE, DELETE) and request.key is not None:
                model = settle_doubts(notes, model, request.resource, request.key, None)
            refusal.judge_failed_refusal(notes, request)
            after = after_failure(self._contract, model, request, exchange)
            return Judgement(tuple(notes.observations), after)
        is_known = model.entry(request.resource, request.key) is not None
        if request.is_key_unusual and not is_known and exchange.response.status in _OF_PATHS:
            return Judgement(tuple(notes.observations), model)  # refused as a path, in whatever form
        form.judge_form(notes, request.action, request.resource, exchange.response)
        predicted = predict(self._contract, model, request)
        expectation = refusal.expect(self._contract, model, request, predicted)
        model = refusal.judge_outcome(notes, model, request, expectation)
        if 200 <= exchange.response.status < 300:
            is_judged = not expectation.reasons and not request.unclear_because
            sent = _Sent(request, predicted, is_judged=is_judged, is_racing=is_racing)
            model = self._judge_effect(notes, model, sent, exchange)
            return Judgement(tuple(notes.observations), model)
        entry = model.entry(request.resource, request.key)
        is_missing = exchange.response.status == NOT_FOUND and expectation.must_not_answer(NOT_FOUND)
        if request.action.verb == GET and is_missing and entry is not None:
            model = judge_missing(notes, model, request.resource, entry)
        elif is_missing and entry is not None and request.action.verb in WRITES and not is_racing:
            model = self._doubt_refusal(notes, model, request, entry, expectation)
        else:
            refusal.judge_rejection(notes, model, request, predicted, expectation, self._owns, is_racing=is_racing)
        return Judgement(tuple(notes.observations), after_refusal(model, request, exchange))

    def _doubt_refusal(
        self, notes: Notes, model: Model, request: Request, entry: Entry, expectation: refusal.Expectation
    ) -> Model:
        """Return the model that waits for a get to tell whether a resource is gone, or a write does not find it."""
        trial = notes.trial()
        refusal.judge_rejection(trial, model, request, None, expectation, self._owns, is_racing=False)
        place = (request.resource.name, entry.key)
        return model.with_doubt(Doubt(place, request.resource.key, entry.key, UNKNOWN, tuple(trial.observations), ()))

    def _judge_effect(self, notes: Notes, model: Model, sent: _Sent, exchange: Exchange) -> Model:
        """Judge what a response shows of a request that was accepted, and return what is known after it."""
        request = sent.request
        verb = request.action.verb
        if verb == LIST:
            return self._judge_list(notes, model, sent, exchange)
        if verb == CREATE:
            return self._judge_create(notes, model.noting_write(exchange), sent, exchange)
        if verb == GET:
            return self._judge_get(notes, model, request, exchange)
        if request.key is None or verb not in WRITES:
            return model
        model = settle_doubts(notes, model, request.resource, request.key, None).noting_write(exchange)
        if verb == UPDATE:
            return self._judge_update(notes, model, sent, exchange)
        notes.hold("deleted")
        return model.without_entry(request.resource, request.key, exchange)

    def _judge_create(self, notes: Notes, model: Model, sent: _Sent, exchange: Exchange) -> Model:
        request, resource = sent.request, sent.request.resource
        shown = _first_shown(request, exchange)
        key = shown.get(resource.key) if shown else None
        if shown is None or not isinstance(key, str) or not key:
            made = sent.predicted or unknown_view(resource)
            return replace(model, lost=(*model.lost, LostCreate(resource.name, made, exchange)))
        view = observe_view(resource, shown)
        differing: list[Difference] = []
        if sent.predicted is not None and sent.is_judged:
            differing = writing.judge_created(notes, request, sent.predicted, view)
            view = disputed(view, view, differing)
            hold_accepted(notes, request)
        if sent.is_judged:
            writing.judge_ids(notes, request, model, key, shown, differing)
        if (resource.name, key) in model.entries:
            return model.forgetting(resource, key)
        return model.with_entry(resource, Entry(key, (view,), made=exchange, written=exchange))

    def _judge_update(self, notes: Notes, model: Model, sent: _Sent, exchange: Exchange) -> Model:
        request, resource, key = sent.request, sent.request.resource, sent.request.key or ""
        entry, shown = model.entry(resource, key), _first_shown(request, exchange)
        if model.is_gone(resource, key):
            return model
        views: tuple[View, ...] = (sent.predicted or unknown_view(resource),)
        doubtful: list[Difference] = []
        if shown is not None and not self._is_of_other(notes, request, entry, shown):
            view = observe_view(resource, shown)
            views = (view,)
            if sent.is_judged and isinstance(request.body, dict):
                views, doubtful = self._judge_transition(notes, sent, entry, view)
                writing.judge_ids(notes, request, model, key, shown)
        if entry is not None:
            old = identity_of(resource, entry.view)
            if old is not None and old != identity_of(resource, views[0]):
                model = model.with_left(resource, entry.view, exchange)
        made = entry.made if entry is not None else None
        views = tuple({**view, resource.key: key} for view in views)
        model = model.with_entry(resource, Entry(key, views, made=made, written=exchange))
        if entry is not None:
            for difference in doubtful:
                model = self._doubt(notes, model, sent, entry, difference, views[-1])
        return model

    def _doubt(
        self, notes: Notes, model: Model, sent: _Sent, entry: Entry, difference: Difference, expected: View
    ) -> Model:
        """Return the model that waits for a get to tell whether an update changed a field that it does not send."""
        kept, changed = notes.trial(), notes.trial()
        writing.report_unsent(kept, sent.request, entry, difference, is_kept=True)
        writing.report_unsent(changed, sent.request, entry, difference, is_kept=False)
        if sent.is_racing:
            notes.observations += changed.observations
            return model
        place, name = (sent.request.resource.name, entry.key), str(difference.path[0])
        told = tuple(kept.observations), tuple(changed.observations)
        return model.with_doubt(Doubt(place, name, expected.get(name), UNKNOWN, *told))

    def _judge_transition(
        self, notes: Notes, sent: _Sent, entry: Entry | None, view: View
    ) -> tuple[tuple[View, ...], list[Difference]]:
        """Judge what an update made of a resource: of the states that it could be in, the nearest one counts.

        Returns the states that it can be in now, and where it shows fields otherwise that the request does not send.
        """
        request = sent.request
        known = entry.views if entry is not None else (unknown_view(request.resource),)
        settled = entry.settled if entry is not None else 0.0
        is_calm = entry is not None and not sent.is_racing and len(known) == 1
        calm = replace(entry, written=entry.written if is_calm else None) if entry is not None else None
        tried = []
        for before in known:
            masked = mask_elapsed(request.resource, before, settled, notes.exchange.ended)
            predicted, trial = predict_updated(self._contract, request, masked), notes.trial()
            tried.append((writing.judge_updated(trial, request, calm, predicted, view), predicted, trial))
        differing, predicted, trial = min(tried, key=lambda each: len(each[0]))
        notes.observations += trial.observations
        unsent = [each for each in differing if writing.is_unsent(request, each)]
        shown = disputed(view, view, [each for each in differing if each not in unsent])
        if not unsent:
            return (shown,), []
        names = {str(each.path[0]) for each in unsent}
        kept = {name: predicted[name] if name in names else value for name, value in shown.items()}
        return (shown, kept), unsent

    def _judge_get(self, notes: Notes, model: Model, request: Request, exchange: Exchange) -> Model:
        shown, entry = _first_shown(request, exchange), model.entry(request.resource, request.key)
        if shown is None or self._is_of_other(notes, request, entry, shown) or entry is None:
            return model
        if listing.is_in_motion(model, request.resource, entry, exchange):
            return model
        return judge_shown(notes, model, request.resource, entry, observe_view(request.resource, shown))

    def _is_of_other(self, notes: Notes, request: Request, entry: Entry | None, shown: Mapping[str, Any]) -> bool:
        """Judge that a response shows the resource that was asked for, and return whether it shows another one."""
        key, field = shown.get(request.resource.key), request.resource.shape.by_name[request.resource.key]
        if not isinstance(key, str) or key == request.key:
            return False
        rules = notes.carried_by(field.node, "x-generated") if entry is not None else notes.about("unknown-key")
        detail, expected = "a response shows another resource than was asked for", f"{field.name} {request.key}"
        evidence = entry.evidence if entry is not None else ()
        defect = Defect("other-key", detail, expected, f"{field.name} {key}", f"/{field.name}", evidence)
        notes.broken_rules(rules, defect)
        return True

    def _judge_list(self, notes: Notes, model: Model, sent: _Sent, exchange: Exchange) -> Model:
        body, request = exchange.response.json, sent.request
        if body is NOT_JSON:
            return model
        entries = [entry for entry, _ in form.resources_in(request.action, body)]
        page = read_page(request, body, entries, self._owns, notes.mangled, model.filled)
        if page.limit is not None:
            filled = max(page.filled, len(entries))
            model = replace(model, filled=model.filled.insert(bool(page.filters), filled))
        is_as_filtered = bool(request.unclear_because) or judge_filters(notes, page)
        judge_size(notes, page)
        judge_repeats(notes, page)
        positions.judge_order(notes, model, page)
        if not sent.is_racing:
            model = positions.judge_positions(notes, model, page)
        for shown in entries:
            model = self._judge_listed(notes, model, sent, exchange, shown)
        if all(each.kind != "stranger" for each in notes.observations):
            listing.hold_refused(notes, model, page)
        if not is_as_filtered:
            return model
        expected = listing.expected_entries(model, page, exchange)
        for missing in listing.judge_completeness(notes, page, expected, model.kinds):
            model = judge_missing(notes, model, request.resource, missing)
        return model

    def _judge_listed(
        self, notes: Notes, model: Model, sent: _Sent, exchange: Exchange, shown: Mapping[str, Any]
    ) -> Model:
        """Judge one entry of a list by what is known of it."""
        resource = sent.request.resource
        key = shown.get(resource.key)
        if not isinstance(key, str):
            return model
        view, entry = observe_view(resource, shown), model.entry(resource, key)
        if entry is not None:
            if listing.is_in_motion(model, resource, entry, exchange):
                return model
            return judge_listed(notes, model, resource, entry, view, is_racing=sent.is_racing)
        deleted = model.gone.get((resource.name, key))
        if deleted is None:
            return self._judge_stranger(notes, model, resource, key, view)
        if deleted.ended > exchange.began:
            return model
        detail = "a resource is shown that was deleted before"
        defect = Defect("risen", detail, "no resource with this key", key, "", (deleted,))
        return self._with_stranger(notes, model, resource, view, "deleted", defect)

    def _judge_stranger(self, notes: Notes, model: Model, resource: Resource, key: str, view: View) -> Model:
        """Judge a resource that nothing is known of: somebody else's, that of a lost create, or unexplained."""
        if not self._owns(resource, view):
            return model
        for lost in model.lost:
            if lost.resource == resource.name and not any(find_differences(resource.shape, lost.view, view)):
                rest = tuple(each for each in model.lost if each is not lost)
                entry = Entry(key, (view,), made=lost.exchange, written=lost.exchange)
                return replace(model, lost=rest).with_entry(resource, entry)
        if any(each.resource == resource.name and each.key is None for each in model.flights):
            return model
        aspect, defect = listing.explain_stranger(notes, model, resource, view, self._owns)
        return self._with_stranger(notes, model, resource, view, aspect, defect)

    @staticmethod
    def _with_stranger(
        notes: Notes, model: Model, resource: Resource, view: View, aspect: str, defect: Defect
    ) -> Model:
        """Note that a resource should not be there, and return the model that knows it."""
        trial = notes.trial()
        trial.broken(aspect, defect)
        notes.take(trial)
        entry = Entry(str(view[resource.key]), (view,), written=notes.exchange, presence=tuple(trial.observations))
        return model.with_entry(resource, entry)

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


@dataclass(frozen=True)
class _Sent:
    """A request and what is expected of it.

    `is_judged` says that its effect is the one that is predicted: nothing in it is open, and nothing should refuse it.
    """

    request: Request
    predicted: View | None
    is_judged: bool
    is_racing: bool


def _first_shown(request: Request, exchange: Exchange) -> Mapping[str, Any] | None:
    """Return the resource that a response shows, None where it shows none."""
    return next((shown for shown, _ in form.resources_in(request.action, exchange.response.json)), None)


def _unsettled(notes: Notes, model: Model, request: Request) -> Model:
    """Return the model after a request of which nobody knows whether it was let in."""
    if request.action.verb not in WRITES or request.key is None:
        return model
    model = settle_doubts(notes, model, request.resource, request.key, None)
    return model.forgetting(request.resource, request.key)
