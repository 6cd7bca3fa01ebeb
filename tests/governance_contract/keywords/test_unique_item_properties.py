from __future__ import annotations

from typing import Any

import pytest

from governance_contract.keywords import Fault
from governance_contract.keywords.unique_item_properties import UniqueBy, mutate, repair, validate

DURATIONS = UniqueBy(("duration",))
HOUR, DAY, WEEK, YEAR = ({"duration": text, "max": 1} for text in ("1h", "1d", "1w", "1Y"))


def raised(entry: dict[str, Any], by: int) -> dict[str, Any]:
    return {**entry, "max": entry["max"] + by}


@pytest.mark.parametrize("value", [None, {"duration": "1h"}, [], [{}, {}], [7, 7], [HOUR, DAY, {"max": 1}], "aa"])
def test_absent_members_and_what_is_no_object_repeat_nothing(value: Any) -> None:
    assert validate(value, DURATIONS.members) == ()
    assert repair(value, DURATIONS) == value


def test_a_fault_names_the_later_entry_and_the_first_that_has_the_value() -> None:
    def fault(index: int, value: Any, member: str, twin: int) -> Fault:
        message = f"entries must have distinct {member}; this one equals that of entry {twin}"
        return Fault((index, member), value, f"a {member} that no other entry has", message)

    value = [7, {"id": 1, "duration": "1h"}, {"duration": "1d"}, {"id": 1.0, "duration": "1h"}, {"duration": "1h"}]
    assert validate(value, ("duration", "id")) == (
        fault(3, "1h", "duration", 1),
        fault(4, "1h", "duration", 1),
        fault(3, 1.0, "id", 1),
    )


def test_repair_keeps_the_first_of_each_value() -> None:
    assert repair([HOUR, DAY, raised(HOUR, 1), 7, DAY, WEEK], DURATIONS) == [HOUR, DAY, 7, WEEK]


def mutations_of(value: Any, params: UniqueBy) -> dict[str, Any]:
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
    made = mutations_of(value, UniqueBy(("name",), tuple("abcdefgh")))
    primes = ("", "'", '"')
    assert {label: "".join(entry["name"] + primes[entry["max"]] for entry in made[label]) for label in made} == {
        f"{where} share name, {alike} otherwise": shown
        for alike, places in MANY.items()
        for where, shown in places.items()
    }


@pytest.mark.parametrize(("names", "variants"), [("abc", 4), ("abcd", 16)])
def test_places_in_a_list_are_told_apart_from_four_entries_on(names: str, variants: int) -> None:
    assert len(mutations_of([{"name": name} for name in names], UniqueBy(("name",)))) == variants


def test_a_twin_differs_in_other_numbers_alone() -> None:
    entry = {"rank": 1, "max": 2.5, "name": "x", "open": True}
    made = mutations_of([entry], UniqueBy(("rank",)))
    twin = {"rank": 1, "max": 3.5, "name": "x", "open": True}
    assert made["only two entries share rank, different otherwise"] == [entry, twin]


@pytest.mark.parametrize("value", [None, {"duration": "1h"}, [], [{}, 7]])
def test_where_no_entry_has_the_member_nothing_is_varied(value: Any) -> None:
    assert mutations_of(value, UniqueBy(("duration",), ("1h",))) == {}


def test_a_member_that_no_entry_has_hides_no_other_member() -> None:
    assert [each.told for each in mutate([HOUR], UniqueBy(("id", "duration")))][:1] == [
        "only two entries share duration, equal otherwise"
    ]
