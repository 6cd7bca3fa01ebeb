"""The oracle: it judges one exchange after the other, and remembers what they tell of the target."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace

from contract_tests.exchange import Call, Exchange, segment
from contract_tests.oracle.credentials import Credentials
from contract_tests.oracle.difference import find_differences
from contract_tests.oracle.effects import WRITES
from contract_tests.oracle.judge import Judge
from contract_tests.oracle.model import Flight, Model, Owns
from contract_tests.oracle.observation import Observation
from contract_tests.oracle.order import OrderSearch
from contract_tests.oracle.prediction import predict_updated
from contract_tests.oracle.request import Request
from governance_contract import Contract
from governance_contract.resources import GET


class Oracle:
    """A judge with a memory: what it is told of one exchange it knows in the next."""

    def __init__(self, contract: Contract, credentials: Credentials, owns: Owns) -> None:
        self._contract = contract
        self._owns = owns
        self._judge = Judge(contract, credentials, owns)
        self._numbers = itertools.count(1)
        self.model = Model()

    def begin(self, call: Call) -> int:
        """Note that a call is on its way, and return its number; reads meanwhile may show either state."""
        number = next(self._numbers)
        request = self._judge.read(call)
        if isinstance(request, Request) and request.action.verb in WRITES and not request.resource.is_lookup:
            flight = Flight(number, request.resource.name, request.key)
            self.model = replace(self.model, flights=(*self.model.flights, flight))
        return number

    def judge(self, exchange: Exchange, number: int | None = None) -> tuple[Observation, ...]:
        """Return what an exchange shows, and remember it; `number` is that of `begin`."""
        flights = tuple(each for each in self.model.flights if each.number != number)
        judgement = self._judge.judge(replace(self.model, flights=flights), exchange)
        self.model = judgement.model
        return judgement.observations

    def judge_simultaneous(
        self, simultaneous: Sequence[Exchange], reads: Sequence[Exchange] = ()
    ) -> tuple[Observation, ...]:
        """Return what exchanges show that were sent at the same moment, and the reads after them."""
        observations, self.model = OrderSearch(self._contract, self._judge).judge(self.model, simultaneous, reads)
        return observations

    def conclude(self) -> tuple[Observation, ...]:
        """Return what is to be said of the doubts that nothing settled."""
        doubts, self.model = self.model.doubts, replace(self.model, doubts=())
        return tuple(each for doubt in doubts for each in doubt.if_changed)

    def drop(self, number: int) -> None:
        """Note that a call which had begun was not sent after all, or is not to be judged."""
        self.model = replace(self.model, flights=tuple(each for each in self.model.flights if each.number != number))

    def is_read(self, call: Call) -> bool:
        """Return whether a call is a read of a resource."""
        request = self._judge.read(call)
        return isinstance(request, Request) and request.action.verb not in WRITES

    def is_plainly_valid(self, call: Call) -> bool:
        """Return whether nothing in a call may be refused, whatever the state is."""
        request = self._judge.read(call)
        return isinstance(request, Request) and request.is_plainly_valid

    def has_acted(self, call: Call) -> bool:
        """Return whether a resource is as a call would leave it, as far as is known."""
        request = self._judge.read(call)
        entry = self.model.entry(request.resource, request.key) if isinstance(request, Request) else None
        if not isinstance(request, Request) or entry is None:
            return True
        after = predict_updated(self._contract, request, entry.view)
        return not any(find_differences(request.resource.shape, after, entry.view))

    def made_by(self, call: Call) -> str | None:
        """Return the key of what a create made, None where that is not known."""
        made = (
            entry.key for entry in self.model.entries.values() if entry.made is not None and entry.made.call is call
        )
        return next(made, None)

    def reads_of_doubtful(self) -> tuple[Call, ...]:
        """Return a get of each resource of which a get must tell whether it changed or a response was wrong."""
        found = []
        for name, key in dict.fromkeys(each.place for each in self.model.doubts):
            action = self._contract.resources[name].action(GET)
            if action is not None:
                held = "{" + str(self._contract.resources[name].key_parameter) + "}"
                found.append(Call(action.operation.method, action.operation.path.replace(held, segment(key))))
        return tuple(found)

    def know_absent(self, call: Call) -> None:
        """Note that nobody has the key that a call names, since the suite made it up."""
        request = self._judge.read(call)
        if isinstance(request, Request) and request.key is not None:
            self.know_no_target(request.resource.name, request.key)

    def know_no_target(self, resource: str, key: str) -> None:
        """Note that no resource of a kind has a key."""
        self.model = replace(self.model, never=self.model.never.insert((resource, key), True))

    def know_credentials(self, credentials: Credentials) -> None:
        """Note which keys open the target, and which must not."""
        self._judge = Judge(self._contract, credentials, self._owns)
