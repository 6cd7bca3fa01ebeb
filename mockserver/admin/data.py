"""Export and import of the whole state, and loading of scenarios."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from governance_contract import Contract, pointers
from governance_contract.fixtures import FixtureError, fixture_names, read_fixture
from governance_contract.operations import Operation
from governance_contract.validation import Violation
from governance_contract.values import ABSENT
from mockserver import problems
from mockserver.actions import present
from mockserver.admin.action import Act
from mockserver.admin.service import Service
from mockserver.admin.violations import Members
from mockserver.bodies import BodyReader, Finder
from mockserver.envelopes import Outcome
from mockserver.exchange import Request
from mockserver.problems import Problem
from mockserver.sessions import Session
from mockserver.state import clock, loading, seeding
from mockserver.state.store import State


def exporting(service: Service, _control: Contract, _operation: Operation) -> Act:
    """Return the action that answers the whole state."""
    return lambda session, _request: Outcome(item={"collections": collections_of(service, session)})


def importing(service: Service, control: Contract, operation: Operation) -> Act:
    """Return the action that puts collections in the place of the present ones, all of them or none."""
    reader, members = BodyReader(control, operation), Members(control, operation)

    def load(session: Session, given: Mapping[str, Any]) -> _Load:
        before = session.world.store.state
        return _Load(before, loading.filled(service.api, session.world, before, given), tuple(given))

    def unfit(session: Session, body: Mapping[str, Any]) -> tuple[Violation, ...]:
        given = body.get("collections")
        lists = given.items() if isinstance(given, dict) else ()
        try:
            load(session, {name: each for name, each in lists if isinstance(each, list)})
        except loading.UnfitEntry as error:
            return tuple(_violations(members, error))
        return ()

    def act(session: Session, request: Request) -> Outcome:
        given, store = _read(reader, request.body, partial(unfit, session)), session.world.store
        try:
            made = load(session, given)
            while not store.change(made.step):
                made = load(session, given)
        except loading.UnfitEntry as error:
            raise problems.unfit_state(str(error), tuple(_violations(members, error))) from error
        return Outcome(item={"collections": {name: len(made.made[name]) for name in given}})

    return act


@dataclass(frozen=True)
class _Load:
    """Collections that were made in no haste of what stood in a state: others go on meanwhile."""

    before: State
    made: State
    names: tuple[str, ...]

    def step(self, state: State) -> tuple[State, bool]:
        """Return `state` with the collections, and whether they fit it: the others must be as they were."""
        others = {*state.collections, *self.before.collections} - set(self.names)
        if any(state[name] is not self.before[name] for name in others):
            return state, False
        for name in self.names:
            state = state.with_collection(name, self.made[name])
        return state, True


def listing_scenarios(service: Service, _control: Contract, _operation: Operation) -> Act:
    """Return the action that answers every scenario with what it is for."""

    def act(_session: Session, _request: Request) -> Outcome:
        own = service.settings.fixtures
        names = fixture_names("scenarios", own)
        told = [{"name": n, "description": read_fixture("scenarios", n, own).value["description"]} for n in names]
        return Outcome(item={"scenarios": told})

    return act


def loading_scenario(service: Service, _control: Contract, _operation: Operation) -> Act:
    """Return the action that exchanges the state for that of a scenario, and the clock where it names an instant."""

    def act(session: Session, request: Request) -> Outcome:
        name, own = request.path_parameters["name"], service.settings.fixtures
        names = fixture_names("scenarios", own)
        if name not in names:
            raise problems.unknown_name("scenario", name, names)
        try:
            recipe = seeding.read_recipe(name, own)
            state = seeding.scene(service.api, session.world, session.timepiece, recipe)
        except FixtureError as error:
            raise problems.unfit_state(str(error)) from error
        session.replace(state)
        counts = {place: len(state[place]) for place, _ in service.api.places.all(state)}
        return Outcome(item={"name": name, "now": clock.timestamp(session.timepiece()), "collections": counts})

    return act


def collections_of(service: Service, session: Session) -> dict[str, list[Mapping[str, Any]]]:
    """Return all resources of a session as they are now, by collection."""
    state, now = session.world.store.state, session.timepiece()
    return {
        place: [present(shape, record, now) for record in state[place].all()]
        for place, shape in service.api.places.all(state)
    }


def _read(reader: BodyReader, body: bytes, unfit: Finder) -> Mapping[str, Any]:
    """Return the collections of a body; one that is refused is looked at as a whole, as all is to be told at once."""
    try:
        collections: Mapping[str, Any] = reader.read(body)["collections"]
    except Problem:
        reader.read(body, unfit)
        raise
    return collections


def _violations(members: Members, error: loading.UnfitEntry) -> Iterator[Violation]:
    for cause in error.causes:
        place = pointers.join("collections") + cause.pointer
        yield members.told(place, ABSENT, "an entry that keeps the document of the API", cause.message, None)
