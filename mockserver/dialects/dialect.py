"""Dialects: the deviations from the contract that a mock has, as data, and where in a request each has its say."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

from governance_contract import Contract
from governance_contract.fixtures import fixture_names, read_fixture
from governance_contract.operations import Operation
from governance_contract.resources import Shape
from mockserver.dialects import deviations
from mockserver.dialects.deviations import Deviation
from mockserver.envelopes import Outcome
from mockserver.exchange import Request, Response
from mockserver.problems import Problem
from mockserver.settings import CONTRACT_PROFILE, SettingsError
from mockserver.state.records import Item, Record
from mockserver.state.store import Collection

World = TypeVar("World")
Act = Callable[[World, Request], Outcome]


@dataclass(frozen=True)
class Dialect:
    """What a mock does differently from the contract; each hook is None where it does what the contract says."""

    deviations: tuple[Deviation, ...] = ()

    @property
    def is_open(self) -> bool:
        """Whether everybody is let in."""
        return bool(self._of("open"))

    @property
    def may_repeat_identities(self) -> bool:
        """Whether two resources may come to have one identity."""
        return bool(self._of("shared-identity") or self._of("race"))

    def reading(self, contract: Contract, operation: Operation) -> Callable[[Any], Any] | None:
        """Return what makes of the body of a request the one that is read, or refuses it."""
        refusals, any_case = self._of("refusal", operation.id), self._of("any-case", operation.id)
        if not refusals and not any_case:
            return None
        names = deviations.names_in(contract.document, contract.request_schema(operation))

        def read(body: Any) -> Any:
            body = deviations.respelt(names, body) if any_case else body
            for each in refusals:
                deviations.refuse(each, body)
            return body

        return read

    def arranging(self, operation: Operation) -> Callable[[Collection, str], Iterable[Record]] | None:
        """Return what puts a collection into the order of the list that a query asks for."""
        orders = self._of("order", operation.id)
        return partial(deviations.arranged, orders[0]) if orders else None

    def shares_identity(self, operation: Operation) -> bool:
        """Return whether an operation lets a resource have the identity of another one."""
        return bool(self._of("shared-identity", operation.id))

    def inheriting(self, operation: Operation) -> Callable[[Shape, Item, Sequence[Item]], Item] | None:
        """Return what a new entry of a list takes over from the old ones."""
        return deviations.inherited if self._of("inherited-usage", operation.id) else None

    def acting(self, operation: Operation, act: Act[World]) -> Act[World]:
        """Return the action of an operation with what it finds put as real servers put it."""
        extras = [each for each in self._of("extra-members") if each.told["resource"] == operation.resource]
        changes: list[Callable[[Outcome, str], Outcome]] = [partial(_extended, each) for each in extras]
        changes += [deviations.without_list for _ in self._of("null-list", operation.id)]
        if not changes:
            return act

        def acted(world: World, request: Request) -> Outcome:
            outcome = act(world, request)
            for change in changes:
                outcome = change(outcome, request.query)
            return outcome

        return acted

    def refusing(self, operation: Operation, problem: Problem) -> Problem:
        """Return a refusal with the status that real servers give it."""
        return deviations.with_status(self._of("status", operation.id), problem)

    def overlap(self, operation: Operation) -> float:
        """Return how many seconds an operation takes between looking at the state and acting on it."""
        return max((each.told["milliseconds"] / 1000 for each in self._of("race", operation.id)), default=0.0)

    def answered(self, response: Response) -> Response:
        """Return an answer without the headers that real servers do not send."""
        for each in self._of("hidden-headers"):
            response = deviations.hidden(each, response)
        return response

    def _of(self, kind: str, operation: str | None = None) -> tuple[Deviation, ...]:
        return tuple(
            each for each in self.deviations if each.kind == kind and (operation is None or each.concerns(operation))
        )


CONTRACT = Dialect()
"""The dialect of a server that keeps the contract."""


def dialect_names() -> tuple[str, ...]:
    """Return the names of all profiles, that of the contract first."""
    return (CONTRACT_PROFILE, *fixture_names("dialects"))


def deviations_of(profile: str) -> dict[str, Deviation]:
    """Return the deviations of a profile by name, those that it extends first; the contract has none.

    Raises:
        FixtureError: the data break their schema.
    """
    if profile == CONTRACT_PROFILE:
        return {}
    told = read_fixture("dialects", profile).value
    own = {name: _deviation(name, entry) for name, entry in told.get("deviations", {}).items()}
    return {**deviations_of(told.get("extends", CONTRACT_PROFILE)), **own}


def all_deviations() -> dict[str, Deviation]:
    """Return every deviation of every dialect by name."""
    return {name: each for profile in dialect_names() for name, each in deviations_of(profile).items()}


def chosen(profile: str, switched: Sequence[str]) -> Dialect:
    """Return the dialect with the deviations of a profile, and those that are switched on (`name`) or off (`-name`).

    Raises:
        FixtureError: the data break their schema.
        SettingsError: there is no such profile or deviation.
    """
    _require("profile", profile, dialect_names())
    found, known = deviations_of(profile), all_deviations() if switched else {}
    for text in switched:
        name = text.removeprefix("-")
        _require("deviation", name, known)
        if text.startswith("-"):
            found.pop(name, None)
        else:
            found[name] = known[name]
    return Dialect(tuple(found.values()))


def _require(what: str, name: str, known: Iterable[str]) -> None:
    if name not in known:
        near = difflib.get_close_matches(name, known, n=1)
        meant = f" (did you mean {near[0]}?)" if near else ""
        raise SettingsError(f"{what}: there is no {name!r}{meant}; expected one of {', '.join(known)}")


def _deviation(name: str, entry: Mapping[str, Any]) -> Deviation:
    told = {key: value for key, value in entry.items() if key not in ("description", "kind", "breaks")}
    return Deviation(name, entry["description"], entry["kind"], told)


def _extended(deviation: Deviation, outcome: Outcome, _query: str) -> Outcome:
    return deviations.extended(deviation, outcome)
