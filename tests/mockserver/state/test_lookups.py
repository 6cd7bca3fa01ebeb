from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.state import lookups, windows
from mockserver.state.records import Key, Record
from mockserver.state.store import Collection

MEMBERS = ("scope", "provider")
RESOURCES = st.fixed_dictionaries(
    {},
    optional={
        "scope": st.sampled_from(["global", "user", None]),
        "provider": st.sampled_from(["openai", "ollama", ["openai"], {"name": "openai"}]),
        "model_name": st.sampled_from(["GPT-4o", "gpt-4o-mini", "Straße", 7]),
    },
)
STEPS = st.lists(
    st.tuples(st.sampled_from(["insert", "replace", "remove"]), st.integers(0, 50), RESOURCES), max_size=40
)
"""Each step inserts a resource, or replaces or removes that at a place counted round and round."""


def collection_of(*resources: dict[str, Any]) -> Collection:
    made = Collection()
    for number, resource in enumerate(resources):
        made = made.inserted(f"key-{number}", None, resource, windows.NEVER)
    return made


def stepped(collection: Collection, number: int, step: tuple[str, int, dict[str, Any]]) -> Collection:
    what, place, resource = step
    held = list(collection.all())
    if what == "insert" or not held:
        return collection.inserted(f"new-{number}", None, resource, windows.NEVER)
    record = held[place % len(held)]
    if what == "remove":
        return collection.removed(record)
    return collection.replaced(record, None, resource, windows.NEVER)


def having(collection: Collection, *values: str) -> list[Key]:
    def has(record: Record) -> bool:
        return all(record.resource.get(member) == value for member, value in zip(MEMBERS, values, strict=False))

    return [record.key for record in collection.all() if has(record)]


@given(STEPS)
def test_lookups_follow_every_change_and_those_of_old_collections_stay(steps: list[tuple[str, int, Any]]) -> None:
    collection = collection_of({"scope": "global", "provider": "openai", "model_name": "GPT-4o"})
    seen = []
    for number, step in enumerate(steps):
        list(collection.having(MEMBERS, ("global", "openai")))
        list(collection.having(MEMBERS[:1], ("user",)))
        list(collection.containing("model_name", "gpt"))
        seen.append(collection)
        collection = stepped(collection, number, step)
    for each in (*seen, collection):
        assert list(each.having(MEMBERS, ("global", "openai"))) == having(each, "global", "openai")
        assert list(each.having(MEMBERS[:1], ("user",))) == having(each, "user")
        named = ((record.key, record.resource.get("model_name")) for record in each.all())
        expected = [key for key, name in named if isinstance(name, str) and "gpt" in name.casefold()]
        assert list(each.containing("model_name", "gpT")) == expected


def test_what_nobody_has_is_found_nowhere() -> None:
    collection = collection_of({"scope": "global"}, {})
    assert len(collection.having(("scope",), ("user",))) == 0
    assert len(collection.containing("model_name", "")) == 0


def test_a_text_is_found_in_whatever_case_it_is_asked_for() -> None:
    collection = collection_of({"model_name": "Straße"}, {"model_name": "STRASSE"}, {"model_name": "Weg"})
    assert list(collection.containing("model_name", "strasse")) == ["key-0", "key-1"]


def test_of_many_combinations_of_members_the_latest_are_carried_on() -> None:
    collection = collection_of({"scope": "global", "provider": "openai"})
    combinations = [("scope",) * times for times in range(1, lookups.MOST + 3)]
    for members in combinations:
        collection.having(members, ("global",) * len(members))
    grown = collection.inserted("key-1", None, {"scope": "global"}, windows.NEVER)
    for members in combinations:
        assert list(grown.having(members, ("global",) * len(members))) == ["key-0", "key-1"]


def made_anew(_: object, *__: object) -> None:
    raise AssertionError("a lookup was made from all records again")


def test_a_lookup_is_made_once_and_carried_on_by_every_change(monkeypatch: pytest.MonkeyPatch) -> None:
    collection = collection_of({"scope": "global", "model_name": "a"}, {"scope": "global", "model_name": "b"})
    assert list(collection.having(("scope",), ("global",))) == list(collection.containing("model_name", ""))
    monkeypatch.setattr(lookups.Groups, "over", made_anew)
    monkeypatch.setattr(lookups.Texts, "over", made_anew)
    grown = collection.inserted("key-2", None, {"scope": "user", "model_name": "ab"}, windows.NEVER)
    assert list(grown.having(("scope",), ("user",))) == ["key-2"]
    moved = grown.replaced(grown.records["key-2"], None, {"scope": "global", "model_name": "c"}, windows.NEVER)
    assert list(moved.having(("scope",), ("global",))) == ["key-0", "key-1", "key-2"]
    assert list(moved.containing("model_name", "c")) == ["key-2"]
    left = moved.removed(moved.records["key-0"])
    assert list(left.having(("scope",), ("global",))) == ["key-1", "key-2"]
    assert list(left.containing("model_name", "")) == ["key-1", "key-2"]


@pytest.mark.parametrize("kind", ["groups", "texts"])
def test_one_kind_of_lookup_is_carried_on_without_the_other(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    collection = collection_of({"scope": "global", "model_name": "a"})

    def found(held: Collection) -> list[Key]:
        is_group = kind == "groups"
        return list(held.having(("scope",), ("global",)) if is_group else held.containing("model_name", "a"))

    assert found(collection) == ["key-0"]
    monkeypatch.setattr(lookups.Groups, "over", made_anew)
    monkeypatch.setattr(lookups.Texts, "over", made_anew)
    assert found(collection.removed(collection.records["key-0"])) == []


def test_a_group_that_nobody_is_left_in_is_forgotten() -> None:
    (record,) = collection_of({"scope": "global"}).all()
    groups = lookups.Groups.over(("scope",), [record])
    assert len(groups.by_values) == 1
    assert len(groups.changed(record, None).by_values) == 0


def test_only_so_many_combinations_are_kept_and_the_oldest_gives_way(monkeypatch: pytest.MonkeyPatch) -> None:
    collection = collection_of({"scope": "global"})
    made: list[tuple[str, ...]] = []
    over = lookups.Groups.over

    def counted(members: tuple[str, ...], records: Any) -> lookups.Groups:
        made.append(members)
        return over(members, records)

    monkeypatch.setattr(lookups.Groups, "over", counted)
    combinations = [("scope",) * times for times in range(1, lookups.MOST + 2)]
    for members in (*combinations, *combinations[1:]):
        collection.having(members, ("global",) * len(members))
    assert made == combinations
    collection.having(combinations[0], ("global",))
    assert made == [*combinations, combinations[0]]
