"""Whether simultaneous exchanges end as if they had come one after the other, in some order."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from contract_tests.exchange import Exchange
from contract_tests.labels import UNANSWERED
from contract_tests.oracle.effects import WRITES, identity_asked
from contract_tests.oracle.identities import rules_of_uniqueness
from contract_tests.oracle.judge import Judge
from contract_tests.oracle.model import LostCreate, Model
from contract_tests.oracle.notes import Defect, Notes
from contract_tests.oracle.observation import Observation
from contract_tests.oracle.prediction import distinct, unknown_view
from contract_tests.oracle.request import Request
from governance_contract import Contract
from governance_contract.resources import CREATE, DELETE, UPDATE
from governance_contract.rules import Carried
from governance_contract.values import comparable

LARGEST = 8
"""Exchanges that are brought into an order at most; more have too many orders."""

_YIELDS = frozenset({409, 412, 423, 429})
"""Statuses by which a server may turn away an update or a delete that meets another one."""


_MOST = 5000
"""Points of a search that are looked at; requests that fail beside each other can have come about in too many ways."""


class _TooManyOrders(Exception):
    """The search is given up, so that nothing can be said."""


class OrderSearch:
    """Looks for the orders of exchanges in which every response is right."""

    def __init__(self, contract: Contract, judge: Judge) -> None:
        self._contract = contract
        self._judge = judge

    def judge(
        self, model: Model, simultaneous: Sequence[Exchange], reads: Sequence[Exchange] = ()
    ) -> tuple[tuple[Observation, ...], Model]:
        """Return what exchanges show that were sent at the same moment, and reads after them; and what is known then.

        `reads` came one after the other when all the others were over.
        """
        alone = [each for exchange in simultaneous for each in self._judge_alone(exchange)]
        if len(simultaneous) > LARGEST:
            return tuple(alone), self._forget(model, simultaneous)
        try:
            ends = self._search(model, tuple(simultaneous), tuple(reads))
        except _TooManyOrders:
            return tuple(alone), self._forget(model, simultaneous)
        if not ends:
            return (*alone, *self._no_order(model, simultaneous, reads)), self._forget(model, simultaneous)
        held = self._held(simultaneous)
        return (*alone, *held), _joined(ends)

    def _judge_alone(self, exchange: Exchange) -> list[Observation]:
        """Return what a response breaks whatever the state is: its form, and failures of the server."""
        return [each for each in self._judge.judge(Model(), exchange, is_racing=True).broken if each.kind in _FORMS
                or each.kind.startswith("status-5") or each.kind == UNANSWERED]  # fmt: skip

    def _search(self, model: Model, waiting: tuple[Exchange, ...], reads: tuple[Exchange, ...]) -> list[Model]:
        """Return the models after each order in which all responses, and the reads after them, are right."""
        seen: set[tuple[frozenset[int], object]] = set()
        ends: list[Model] = []

        def go(current: Model, rest: tuple[Exchange, ...]) -> None:
            current, rest = self._take_reads(current, rest)
            mark = (frozenset(map(id, rest)), _digest(current))
            if mark in seen:
                return
            seen.add(mark)
            if len(seen) > _MOST:
                raise _TooManyOrders
            if not rest:
                after = self._after_reads(current, reads)
                ends.extend([after] if after is not None else [])
                return
            for index, exchange in enumerate(rest):
                if any(other.ended < exchange.began for other in rest if other is not exchange):
                    continue
                for following in self._steps(current, exchange):
                    go(following, rest[:index] + rest[index + 1 :])

        go(*self._take_failed_creates(model, waiting))
        return ends

    def _take_failed_creates(self, model: Model, waiting: tuple[Exchange, ...]) -> tuple[Model, tuple[Exchange, ...]]:
        """Return a model after all creates that failed, and what is left.

        Whether and when they acted stays open, so that their place in the order says nothing.
        """
        for exchange in waiting:
            request = self._judge.read(exchange.call)
            if isinstance(request, Request) and request.action.verb == CREATE and exchange.response.is_failure:
                model = self._judge.judge(model, exchange, is_racing=True).model
                waiting = tuple(each for each in waiting if each is not exchange)
        return model, waiting

    def _take_reads(self, model: Model, rest: tuple[Exchange, ...]) -> tuple[Model, tuple[Exchange, ...]]:
        """Return a model after all reads whose responses are right in it, and what is left.

        A read changes nothing: where its response is right now, it need not come later.
        """
        for exchange in rest:
            request = self._judge.read(exchange.call)
            is_read = isinstance(request, Request) and request.action.verb not in WRITES
            if not is_read or any(other.ended < exchange.began for other in rest):
                continue
            for following in self._steps(model, exchange):
                others = tuple(each for each in rest if each is not exchange)
                return self._take_reads(following, others)
        return model, rest

    def _steps(self, model: Model, exchange: Exchange) -> list[Model]:
        """Return the models after an exchange came next, none where its response would be wrong then."""
        request = self._judge.read(exchange.call)
        if not isinstance(request, Request):
            return [model]
        if exchange.response.is_failure:
            return [model, *self._acted(model, request, exchange)]
        if request.action.verb in (UPDATE, DELETE) and exchange.response.status in _YIELDS:
            return [model]
        if request.action.verb not in WRITES:
            exchange = replace(exchange, began=math.inf, ended=exchange.ended)  # it counts as behind all before it
        judgement = self._judge.judge(model, exchange, is_racing=True)
        is_wrong = any(_is_of_order(model, each) for each in judgement.broken)
        return [] if is_wrong else [judgement.model]

    def _acted(self, model: Model, request: Request, exchange: Exchange) -> list[Model]:
        """Return the models in which a write that failed acted all the same."""
        after = self._judge.judge(model, exchange, is_racing=True).model
        if request.action.verb == DELETE and request.key is not None:
            return [model.without_entry(request.resource, request.key, exchange)]
        entry = after.entry(request.resource, request.key)
        if request.action.verb == UPDATE and entry is not None:
            return [after.with_entry(request.resource, replace(entry, views=entry.views[-1:]))]
        return [after]

    def _after_reads(self, model: Model, reads: tuple[Exchange, ...]) -> Model | None:
        for exchange in reads:
            following = self._steps(model, exchange)
            if not following:
                return None
            model = following[0]
        return model

    def _held(self, simultaneous: Sequence[Exchange]) -> list[Observation]:
        rules, operation = self._rules_of(simultaneous)
        return [Observation(each.rule, operation, each.level, holds=True) for each in rules]

    def _no_order(
        self, model: Model, simultaneous: Sequence[Exchange], reads: Sequence[Exchange]
    ) -> tuple[Observation, ...]:
        """Return that no order explains the responses, under the rule for simultaneous requests of this sort."""
        rules, operation = self._rules_of(simultaneous)
        notes = Notes(self._contract, operation, simultaneous[-1])
        statuses = sorted(each.response.status for each in simultaneous)
        told = "; then " + ", ".join(each.response.shown(160) for each in reads) if reads else ""
        keys = {request.key for each in simultaneous if isinstance(request := self._judge.read(each.call), Request)}
        before = [each.made for each in model.entries.values() if each.key in keys and each.made is not None]
        defect = Defect(
            kind="no-order",
            detail="no order of the simultaneous requests explains their responses and what is read afterwards",
            expected="the responses of one request after the other, in some order",
            received=f"statuses {statuses}{told}"[:600],
            evidence=(*before, *simultaneous[:-1]),
        )
        notes.broken_rules(rules, defect)
        return tuple(notes.observations)

    def _rules_of(self, simultaneous: Sequence[Exchange]) -> tuple[tuple[Carried, ...], str]:
        """Return the rule for simultaneous requests of this sort, and the operation that it is about."""
        requests = [r for each in simultaneous if isinstance(r := self._judge.read(each.call), Request)]
        writes = [each for each in requests if each.action.verb in (CREATE, UPDATE, DELETE)]
        if not writes:
            return (), requests[0].operation.id if requests else ""
        verbs = {each.action.verb for each in writes}
        operation = writes[0].operation.id
        aspect = "race-order"
        if verbs == {CREATE}:
            identities = {identity_asked(each) for each in writes}
            aspect = "race-same-identity" if len(identities) < len(writes) else "race-distinct"
        elif verbs == {DELETE}:
            aspect = "race-deletes"
        elif verbs == {UPDATE} and len({each.key for each in writes}) == 1:
            names = [name for each in writes for name in each.fields]
            aspect = "race-updates" if len(set(names)) < len(names) else "race-order"
        elif verbs == {UPDATE}:
            return rules_of_uniqueness(self._contract, writes[0])[:1], operation
        rule = self._contract.rules.about(aspect, operation) or self._contract.rules.about("race-order", operation)
        return ((Carried(rule.id, rule.level),) if rule else ()), operation

    def _forget(self, model: Model, simultaneous: Sequence[Exchange]) -> Model:
        """Return the model without what the exchanges were about: what no order explains cannot be foreseen."""
        for exchange in simultaneous:
            request = self._judge.read(exchange.call)
            if not isinstance(request, Request):
                continue
            if request.action.verb == CREATE:
                model = self._judge.judge(model, exchange, is_racing=True).model
                lost = LostCreate(
                    request.resource.name, unknown_view(request.resource), exchange
                )  # it may have made any number
                model = replace(model, lost=(*model.lost, lost))
            elif request.key is not None:
                model = model.forgetting(request.resource, request.key)
        return model


_FORMS = frozenset(
    {
        "body",
        "clock",
        "content-type",
        "error-body",
        "form",
        "future",
        "instant",
        "limit-0",
        "mirror",
        "order",
        "place",
        "sequence",
        "size",
        "stamp",
    }
)
"""Kinds of defects that are no matter of what came before: calm requests show them as well."""


def _is_of_order(model: Model, broken: Observation) -> bool:
    """Return whether a defect is one of the order: neither of the form, nor known from calm requests."""
    return broken.kind not in _FORMS and broken.sort not in model.kinds


def _digest(model: Model) -> object:
    """Return what tells two models apart as far as later responses depend on it."""
    entries = {
        (place, each.may_be_gone, tuple(_stable(view) for view in each.views)) for place, each in model.entries.items()
    }
    return frozenset(entries), frozenset(model.gone), frozenset(id(each) for each in model.lost)


def _stable(view: dict[str, object]) -> object:
    return frozenset((name, comparable(value)) for name, value in view.items())


def _joined(ends: list[Model]) -> Model:
    """Return the model that leaves open which of several ends came about."""
    first, *others = ends
    for other in others:
        entries = first.entries
        for place, entry in other.entries.items():
            held = entries.get(place)
            if held is None:
                entries = entries.insert(place, replace(entry, may_be_gone=True))
            elif held.views != entry.views:
                views = distinct((*held.views, *entry.views))
                entries = entries.insert(place, replace(held, views=views))
        for place in first.entries:
            if place not in other.entries:
                entries = entries.insert(place, replace(entries[place], may_be_gone=True))
        first = replace(first, entries=entries)
    return first
