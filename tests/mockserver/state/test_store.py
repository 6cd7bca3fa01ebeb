from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule

from mockserver.state import windows
from mockserver.state.clock import Timing
from mockserver.state.records import Identity, Key, Record
from mockserver.state.store import Collection, MemoryStore, State

DUE = datetime(2026, 3, 1, tzinfo=UTC)
IDENTITIES = st.one_of(st.none(), st.tuples(st.sampled_from("abcdef")))
Contents = list[tuple[Key, Identity | None, Mapping[str, Any]]]


def contents(collection: Collection) -> Contents:
    return [(record.key, record.identity, record.resource) for record in collection.all()]


def differing(one: Collection, other: Collection) -> set[Key]:
    keys = {*one.records, *other.records}
    return {key for key in keys if one.get(key) is not other.get(key)}


class Changes(RuleBasedStateMachine):
    """Changes a collection and a dictionary alike; every old state is looked at again."""

    keys = Bundle("keys")

    def __init__(self) -> None:
        super().__init__()
        self.collection = Collection()
        self.model: dict[str, tuple[Identity | None, Mapping[str, Any]]] = {}
        self.past: list[tuple[Collection, Contents]] = []
        self.made = 0

    def expected(self) -> Contents:
        return [(key, *entry) for key, entry in self.model.items()]

    def is_taken(self, identity: Identity | None, but: str | None = None) -> bool:
        return identity is not None and any(identity == other for key, (other, _) in self.model.items() if key != but)

    def keep(self) -> None:
        self.past.append((self.collection, self.expected()))

    @rule(target=keys, identity=IDENTITIES)
    def insert(self, identity: Identity | None) -> str:
        identity = None if self.is_taken(identity) else identity
        self.keep()
        self.made += 1
        key = f"key-{self.made}"
        self.collection = self.collection.inserted(key, identity, {"made": self.made}, DUE)
        self.model[key] = (identity, {"made": self.made})
        return key

    @rule(key=keys, identity=IDENTITIES, value=st.integers())
    def replace(self, key: str, identity: Identity | None, value: int) -> None:
        record = self.collection.get(key)
        assert record is not None
        identity = record.identity if self.is_taken(identity, but=key) else identity
        self.keep()
        self.collection = self.collection.replaced(record, identity, {"value": value}, windows.NEVER)
        self.model[key] = (identity, {"value": value})

    @rule(key=consumes(keys))
    def remove(self, key: str) -> None:
        record = self.collection.get(key)
        assert record is not None
        self.keep()
        self.collection = self.collection.removed(record)
        del self.model[key]
        assert key not in self.collection

    @invariant()
    def holds_what_the_model_holds_in_the_order_of_creation(self) -> None:
        assert contents(self.collection) == self.expected()
        assert len(self.collection) == len(self.model)
        assert [record.key for record in self.collection.page(1, 2)] == list(self.model)[1:3]

    @invariant()
    def finds_each_identity_and_no_other(self) -> None:
        held = {identity: key for key, (identity, _) in self.model.items() if identity is not None}
        assert {(letter,): self.collection.holder((letter,)) for letter in "abcdef"} == {
            (letter,): held.get((letter,)) for letter in "abcdef"
        }

    def teardown(self) -> None:
        for collection, then in self.past:
            assert contents(collection) == then, "an old state changed"
            assert differing(collection, self.collection) <= set(self.collection.changed_since(collection))
            assert differing(collection, self.collection) <= set(collection.changed_since(self.collection))


TestChanges = Changes.TestCase


def collection_of(count: int) -> Collection:
    collection = Collection()
    for number in range(count):
        collection = collection.inserted(f"key-{number}", None, {}, DUE)
    return collection


def record_of(collection: Collection, key: str) -> Record:
    record = collection.get(key)
    assert record is not None
    return record


@pytest.mark.parametrize(
    ("old", "new", "held"),
    [
        (("a",), ("a",), {("a",): "key"}),
        (("a",), ("b",), {("b",): "key"}),
        (("a",), None, {}),
        (None, ("b",), {("b",): "key"}),
        (None, None, {}),
    ],
)
def test_a_replaced_record_holds_its_new_identity_and_no_other(
    old: Identity | None, new: Identity | None, held: dict[Identity, str]
) -> None:
    before = Collection().inserted("key", old, {"old": 1}, DUE)
    after = before.replaced(record_of(before, "key"), new, {"new": 1}, windows.NEVER)
    assert dict(after.identities) == held
    assert record_of(after, "key") == Record(0, "key", new, {"new": 1}, windows.NEVER)
    assert dict(after.removed(record_of(after, "key")).identities) == {}


def test_a_removed_record_takes_no_number_and_no_identity_of_the_others_with_it() -> None:
    before = Collection().inserted("ada", ("a",), {}, DUE).inserted("bob", ("b",), {}, DUE)
    after = before.removed(record_of(before, "ada"))
    assert (dict(after.identities), after.next_number) == ({("b",): "bob"}, 2)
    assert [record.number for record in after.inserted("cid", None, {}, DUE).all()] == [1, 2]


def test_a_few_changes_are_known_without_a_look_at_the_other_records() -> None:
    earlier = collection_of(100)
    later = earlier.replaced(record_of(earlier, "key-7"), None, {"new": 1}, DUE).removed(record_of(earlier, "key-9"))
    later = later.inserted("key-new", None, {}, DUE)
    assert list(later.changed_since(earlier)) == ["key-7", "key-9", "key-new"]
    assert list(later.changed_since(later)) == []


@pytest.mark.parametrize("count", [63, 64, 65, 200])
def test_many_changes_are_found_and_nothing_else(count: int) -> None:
    earlier = later = collection_of(300)
    for number in range(count):
        later = later.replaced(record_of(later, f"key-{number}"), None, {"new": 1}, DUE)
    assert set(later.changed_since(earlier)) == {f"key-{number}" for number in range(count)}


def test_a_collection_that_did_not_come_from_the_other_one_is_compared_with_it() -> None:
    base = collection_of(3)
    one, other = base.removed(record_of(base, "key-0")), base.inserted("key-new", None, {}, DUE)
    assert set(one.changed_since(other)) == set(other.changed_since(one)) == {"key-0", "key-new"}


def test_a_name_that_was_never_used_is_an_empty_collection() -> None:
    assert len(State()["model_configs"]) == 0


def test_a_state_with_another_collection_leaves_the_old_state_as_it_was() -> None:
    old = State()
    new = old.with_collection("users", Collection().inserted("ada", None, {}, DUE))
    assert ("ada" in old["users"], "ada" in new["users"]) == (False, True)


def test_a_change_exchanges_the_state_and_returns_the_result() -> None:
    store = MemoryStore()
    state = State().with_collection("users", Collection().inserted("ada", None, {}, DUE))
    assert store.change(lambda _: (state, "done")) == "done"
    assert store.state is state


def test_records_are_found_by_when_they_are_due_and_those_that_never_are_are_not() -> None:
    later = DUE.replace(year=2027)
    collection = Collection()
    for key, due in {"never": windows.NEVER, "later": later, "soon": DUE, "gone": DUE}.items():
        collection = collection.inserted(key, None, {}, due)
    collection = collection.removed(collection.records["gone"])
    assert [record.key for record in collection.by_due()] == ["soon", "later"]
    postponed = collection.replaced(collection.records["soon"], None, {}, later.replace(month=5))
    assert [record.key for record in postponed.by_due()] == ["later", "soon"]


def test_a_change_that_fails_changes_nothing_and_the_next_one_goes_on() -> None:
    store = MemoryStore()
    before = store.state

    def failing(_: State) -> tuple[State, None]:
        raise LookupError

    with pytest.raises(LookupError):
        store.change(failing)
    assert store.state is before
    assert store.change(lambda state: (state, 1)) == 1


def test_a_change_that_cannot_be_kept_is_not_made() -> None:
    def keep(old: State, new: State) -> None:
        assert len(old["users"]) < len(new["users"])
        raise OSError("no room")

    store = MemoryStore(keep=keep)
    before = store.state
    state = before.with_collection("users", collection_of(1))
    with pytest.raises(OSError, match="no room"):
        store.change(lambda _: (state, None))
    assert store.state is before


def test_a_state_keeps_what_is_not_exchanged() -> None:
    timing = Timing(factor=60)
    state = State(scenario="empty").with_timing(timing)
    assert (state.timing, state.scenario) == (timing, "empty")
    grown = state.with_collection("users", collection_of(1))
    assert (len(grown["users"]), grown.timing, grown.scenario) == (1, timing, "empty")
