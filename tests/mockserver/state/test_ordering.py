from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.state import ordering
from mockserver.state.ordering import Ordering

STEPS = st.lists(st.one_of(st.just("append"), st.integers(0, 10**6)), max_size=60)
"""Each step appends an entry, or removes the one at this place, counted round and round."""


@pytest.fixture(autouse=True, scope="module")
def short_chunks() -> Iterator[None]:
    """Let chunks be so short that every test crosses their borders."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ordering, "_CHUNK", 3)
        patch.setattr(ordering, "_TAIL", 3)
        yield


def grown(length: int) -> Ordering[str]:
    sequence: Ordering[str] = Ordering()
    for number in range(length):
        sequence = sequence.appended(number, f"key-{number}")
    return sequence


def history(steps: list[str | int]) -> list[tuple[Ordering[str], list[tuple[int, str]]]]:
    """Return after each step the sequence and the plain list that it stands for."""
    states: list[tuple[Ordering[str], list[tuple[int, str]]]] = [(Ordering(), [])]
    for number, step in enumerate(steps):
        sequence, plain = states[-1]
        if isinstance(step, str):
            states.append((sequence.appended(number, f"key-{number}"), [*plain, (number, f"key-{number}")]))
        elif plain:
            entry = plain[step % len(plain)]
            states.append((sequence.removed(entry[0]), [other for other in plain if other != entry]))
    return states


@given(STEPS)
def test_every_sequence_of_changes_equals_that_of_a_plain_list_and_old_states_stay(steps: list[str | int]) -> None:
    for sequence, plain in history(steps):
        assert list(sequence) == [key for _, key in plain]
        assert len(sequence) == len(plain)
        assert all(sequence.chunks), "an empty chunk stayed behind"


@given(st.lists(st.integers(0, 50), unique=True, max_size=30), st.data())
def test_entries_inserted_anywhere_stand_in_the_order_of_their_places(places: list[int], data: st.DataObject) -> None:
    sequence: Ordering[str] = Ordering()
    for place in places:
        sequence = sequence.inserted(place, f"key-{place}")
    gone = data.draw(st.sampled_from(places)) if places else None
    sequence = sequence if gone is None else sequence.removed(gone)
    left = sorted(place for place in places if place != gone)
    assert list(sequence) == [f"key-{place}" for place in left]
    assert len(sequence) == len(left)
    assert all(0 < len(chunk) <= 3 for chunk in sequence.chunks)


@given(STEPS, st.integers(0, 70), st.integers(0, 70))
def test_a_page_is_a_slice(steps: list[str | int], offset: int, limit: int) -> None:
    sequence, plain = history(steps)[-1]
    assert sequence.page(offset, limit) == [key for _, key in plain[offset : offset + limit]]


@given(st.integers(0, 30), st.integers(1, 7))
def test_pages_neither_overlap_nor_miss(length: int, limit: int) -> None:
    sequence = grown(length)
    pages = [sequence.page(offset, limit) for offset in range(0, length, limit)]
    assert [key for page in pages for key in page] == list(sequence)


@pytest.mark.parametrize("offset", [5, 6, 2**31, 2**63 - 1, 2**63, 10**400])
def test_a_page_behind_the_end_is_empty(offset: int) -> None:
    assert grown(5).page(offset, 100) == []


def test_a_change_shares_the_chunks_that_it_does_not_touch() -> None:
    before = grown(9)
    after = before.removed(4)
    assert [old is new for old, new in zip(before.chunks, after.chunks, strict=True)] == [True, False, True]


def test_numbers_rise_from_entry_to_entry_whatever_was_removed() -> None:
    sequence = grown(10).removed(3).removed(0).appended(10, "key-10")
    numbers = [number for chunk in sequence.chunks for number, _ in chunk]
    assert all(first < second for first, second in pairwise(numbers))


def test_a_chunk_is_filled_before_there_is_another_and_holds_no_more_than_its_size() -> None:
    assert list(map(len, grown(7).chunks)) == [3, 3, 1]
    filled = Ordering.of([(1, "a"), (3, "c")]).inserted(2, "b")
    assert list(map(len, filled.chunks)) == [3]
    assert max(map(len, filled.inserted(2.5, "between").chunks)) < 3


def test_what_is_appended_joins_the_chunk_before_it_once_it_is_long_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ordering, "_CHUNK", 6)
    monkeypatch.setattr(ordering, "_TAIL", 2)
    lengths = [[len(chunk) for chunk in grown(count).chunks] for count in range(1, 9)]
    assert lengths == [[1], [2], [2, 1], [2, 2], [4, 1], [4, 2], [6, 1], [6, 2]]
    assert list(grown(8)) == [f"key-{number}" for number in range(8)]
