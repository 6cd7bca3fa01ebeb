from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from governance_contract.document import Document
from governance_contract.keywords import Fault, Keyword
from governance_contract.keywords.uniqueness import (
    UNIQUE_BY,
    UNIQUE_ITEM_PROPERTIES,
    Uniqueness,
    distinct,
    keys_of,
    mutate,
    varied,
)

DURATIONS = Uniqueness("uniqueItemProperties", (("duration",),))
HOUR, DAY, WEEK, YEAR = ({"duration": text, "max": 1} for text in ("1h", "1d", "1w", "1Y"))


def faults_of(keyword: Keyword, value: Any, *members: str) -> tuple[Fault, ...]:
    assert keyword.validate
    return keyword.validate(value, members)


def repaired(keyword: Keyword, value: Any, params: Uniqueness) -> Any:
    assert keyword.repair
    return keyword.repair(value, params)


def raised(entry: dict[str, Any], by: int) -> dict[str, Any]:
    return {**entry, "max": entry["max"] + by}


@pytest.mark.parametrize("value", [None, {"duration": "1h"}, [], [{}, {}], [7, 7], [HOUR, DAY, {"max": 1}], "aa"])
def test_absent_members_and_what_is_no_object_repeat_nothing(value: Any) -> None:
    assert faults_of(UNIQUE_ITEM_PROPERTIES, value, "duration") == ()
    assert repaired(UNIQUE_ITEM_PROPERTIES, value, DURATIONS) == value


def test_a_fault_names_the_later_entry_and_the_first_that_has_the_value() -> None:
    def fault(index: int, value: Any, member: str, twin: int) -> Fault:
        message = f"entries must have distinct {member}; this one equals that of entry {twin}"
        return Fault((index, member), value, f"a {member} that no other entry has", message)

    value = [7, {"id": 1, "duration": "1h"}, {"duration": "1d"}, {"id": 1.0, "duration": "1h"}, {"duration": "1h"}]
    assert faults_of(UNIQUE_ITEM_PROPERTIES, value, "duration", "id") == (
        fault(3, "1h", "duration", 1),
        fault(4, "1h", "duration", 1),
        fault(3, 1.0, "id", 1),
    )


def test_repair_keeps_the_first_of_each_value() -> None:
    entries = [HOUR, DAY, raised(HOUR, 1), 7, DAY, WEEK]
    assert repaired(UNIQUE_ITEM_PROPERTIES, entries, DURATIONS) == [HOUR, DAY, 7, WEEK]


def mutations_of(value: Any, params: Uniqueness) -> dict[str, Any]:
    return {each.told: each.value for each in mutate(value, params)}


def test_two_or_three_entries_share_the_member_and_are_equal_or_differ_in_their_numbers() -> None:
    assert mutations_of([HOUR, DAY], DURATIONS) == {
        "only two entries share duration, equal otherwise": [HOUR, HOUR],
        "three entries share duration, equal otherwise": [HOUR, HOUR, HOUR],
        "only two entries share duration, different otherwise": [HOUR, raised(HOUR, 1)],
        "three entries share duration, different otherwise": [HOUR, raised(HOUR, 1), raised(HOUR, 2)],
    }


MANY = {
    "equal": {
        "only two entries": "aa",
        "three entries": "aaa",
        "the first two of several": "aabc",
        "the last two of several": "abcdd",
        "the first and the last of several": "abcdea",
        "two far apart in the middle": "abcdebf",
        "two pairs": "abcdefgag",
        "all of many": "abcdefghabcdefgh",
    },
    "different": {
        "only two entries": "aa'",
        "three entries": "aa'a\"",
        "the first two of several": "aa'bcdefg",
        "the last two of several": "abcdeff'",
        "the first and the last of several": "abcdea'",
        "two far apart in the middle": "abcb'd",
        "two pairs": "abca'c'",
        "all of many": "abcdefgha'b'c'd'e'f'g'h'",
    },
}
"""The members of the entries in order, with a prime for each that other members were raised by."""


@pytest.mark.parametrize("listed", [1, 3, 8])
def test_entries_share_the_member_at_each_distance_in_lists_of_each_length(listed: int) -> None:
    value = [{"name": name, "max": 0} for name in "abcdefgh"[:listed]]
    made = mutations_of(value, Uniqueness("uniqueItemProperties", (("name",),), {"name": "abcdefgh"}))
    primes = ("", "'", '"')
    assert {label: "".join(entry["name"] + primes[entry["max"]] for entry in made[label]) for label in made} == {
        f"{where} share name, {alike} otherwise": shown
        for alike, places in MANY.items()
        for where, shown in places.items()
    }


@pytest.mark.parametrize(("names", "variants"), [("abc", 4), ("abcd", 16)])
def test_places_in_a_list_are_told_apart_from_four_entries_on(names: str, variants: int) -> None:
    assert (
        len(mutations_of([{"name": name} for name in names], Uniqueness("uniqueItemProperties", (("name",),))))
        == variants
    )


def test_a_twin_differs_in_other_numbers_alone() -> None:
    entry = {"rank": 1, "max": 2.5, "name": "x", "open": True}
    made = mutations_of([entry], Uniqueness("uniqueItemProperties", (("rank",),)))
    twin = {"rank": 1, "max": 3.5, "name": "x", "open": True}
    assert made["only two entries share rank, different otherwise"] == [entry, twin]


@pytest.mark.parametrize("value", [None, {"duration": "1h"}, [], [{}, 7]])
def test_where_no_entry_has_the_member_nothing_is_varied(value: Any) -> None:
    assert mutations_of(value, Uniqueness("uniqueItemProperties", (("duration",),), {"duration": ("1h",)})) == {}


def test_a_member_that_no_entry_has_hides_no_other_member() -> None:
    params = Uniqueness("uniqueItemProperties", (("id",), ("duration",)))
    assert [each.told for each in mutate([HOUR], params)][:1] == ["only two entries share duration, equal otherwise"]


RATES = Uniqueness(
    "x-unique-by", (("metric", "duration"),), {"metric": ("tokens", "requests"), "duration": ("1h", "1d", "1w")}
)
"""Entries that differ in metric or duration."""


def rate(metric: Any, duration: Any, limit: int = 1) -> dict[str, Any]:
    return {"metric": metric, "duration": duration, "max": limit}


@pytest.mark.parametrize(
    "value",
    [
        [],
        [rate("tokens", "1h"), rate("tokens", "1d"), rate("requests", "1h")],
        [rate("tokens", "1h"), {"metric": "tokens"}, {"metric": "tokens"}, {"duration": "1h"}, {}, {}],
        [rate("tokens", 1), rate("tokens", True), rate("tokens", "1"), rate("tokens", None)],
        [rate("a", "b, c"), rate("a, b", "c")],
        [7, 7, "a", "a"],
        None,
    ],
)
def test_entries_that_are_equal_in_one_of_the_members_alone_or_lack_one_repeat_nothing(value: Any) -> None:
    assert faults_of(UNIQUE_BY, value, "metric", "duration") == ()
    assert repaired(UNIQUE_BY, value, RATES) == value


def test_a_fault_of_a_tuple_is_the_whole_entry() -> None:
    value = [rate("tokens", "1h"), rate("tokens", "1d"), rate("tokens", "1h", 2), rate(None, None), rate(None, None)]

    def fault(index: int, twin: int) -> Fault:
        message = f"no two entries may have the same metric and duration; this one has those of entry {twin}"
        return Fault((index,), value[index], "an entry whose metric and duration together no other entry has", message)

    assert faults_of(UNIQUE_BY, value, "metric", "duration") == (fault(2, 0), fault(4, 3))
    assert repaired(UNIQUE_BY, value, RATES) == [value[0], value[1], value[3]]


def test_three_members_are_one_tuple() -> None:
    value = [{"a": 1, "b": 2, "c": 3}, {"a": 1, "b": 2, "c": 4}, {"a": 1, "b": 2, "c": 3}]
    (fault,) = faults_of(UNIQUE_BY, value, "a", "b", "c")
    assert fault.path == (2,)
    assert fault.message == "no two entries may have the same a, b and c; this one has those of entry 0"


@pytest.mark.parametrize("alike", ["equal", "different"])
def test_tuples_are_equal_at_each_distance_among_entries_that_differ_in_one_member(alike: str) -> None:
    made = mutations_of([rate("tokens", "1h")], RATES)
    twin = rate("tokens", "1h", 1 if alike == "equal" else 2)
    assert made[f"only two entries share metric and duration, {alike} otherwise"] == [rate("tokens", "1h"), twin]
    among = made[f"the first and the last of several share metric and duration, {alike} otherwise"]
    assert [(each["metric"], each["duration"]) for each in (among[0], among[-1])] == [("tokens", "1h")] * 2
    assert {len({each["metric"] for each in among}), len({each["duration"] for each in among})} == {2, 3}
    assert len(made) == 16


def test_every_mutation_repeats_a_tuple_and_loses_it_by_repair() -> None:
    for each in mutate([rate("tokens", "1h"), rate("requests", "1d")], RATES):
        assert faults_of(UNIQUE_BY, each.value, "metric", "duration"), each.told
        left = repaired(UNIQUE_BY, each.value, RATES)
        assert left
        assert faults_of(UNIQUE_BY, left, "metric", "duration") == ()
        assert (each.keyword, each.detail) == ("x-unique-by", "metric, duration")


def test_further_entries_are_copies_of_the_shortest() -> None:
    rich = {**rate("tokens", "1Q"), "reset_config": {}}
    made = mutations_of([rich, rate("tokens", "1h")], RATES)["all of many share metric and duration, equal otherwise"]
    assert [each for each in made if "reset_config" in each] == [rich, rich]


def test_copies_differ_in_one_member_each_the_members_in_turn() -> None:
    told = [(each["metric"], each["duration"]) for each in varied(rate("x", "y"), ("metric", "duration"), RATES.spare)]
    assert told == [("tokens", "y"), ("x", "1h"), ("requests", "y"), ("x", "1d"), ("x", "1w")]


def test_entries_are_made_distinct_in_each_key() -> None:
    schema = {"uniqueItemProperties": ["id", "name"], "x-unique-by": ["a", "b"], "type": "array"}
    keys = keys_of(schema)
    assert keys == (("id",), ("name",), ("a", "b"))
    entries = [{"id": 1, "a": 1, "b": 1}, {"id": 1}, {"id": 2, "a": 1, "b": 1}, {"id": 3, "a": 1}]
    assert distinct(entries, keys) == [entries[0], entries[3]]
    assert keys_of({"type": "array"}) == ()


@pytest.mark.parametrize(
    ("keyword", "expected"),
    [
        (UNIQUE_ITEM_PROPERTIES, "a list whose entries have distinct a and distinct b"),
        (UNIQUE_BY, "a list whose entries have distinct a and b together"),
    ],
    ids=lambda value: value.name if isinstance(value, Keyword) else "",
)
def test_what_is_expected_ends_a_sentence(keyword: Keyword, expected: str) -> None:
    assert keyword.explain({keyword.name: ["a", "b"]}, ()) == expected


def test_documented_values_of_the_entries_are_spare() -> None:
    switch = {"type": ["boolean", "null"], "default": False}
    properties = {"metric": {"enum": ["tokens", "requests"]}, "duration": {"examples": ["1h"]}, "on": switch}
    entry = {"properties": properties}
    listed = {"type": "array", "items": {"$ref": "#/components/schemas/Rate"}}
    owner = {"$ref": "#/components/schemas/Rates", "x-unique-by": ["metric", "duration", "on"]}
    document = Document(
        Path("rates.yaml"), "", {"components": {"schemas": {"Rate": entry, "Rates": listed, "Owner": owner}}}
    )
    assert UNIQUE_BY.read(document, document.schema("Owner")) == Uniqueness(
        "x-unique-by",
        (("metric", "duration", "on"),),
        {"metric": ["tokens", "requests"], "duration": ["1h"], "on": [False, True]},
    )
