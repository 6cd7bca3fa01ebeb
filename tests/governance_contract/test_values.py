from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance_contract.values import ABSENT, comparable, is_number, same, without

SCALARS = st.sampled_from([None, True, False, 0, 1, 0.0, 1.0, -0.0, 2**53, 2**53 + 1, float(2**53), "", "1", "true"])
VALUES: st.SearchStrategy[Any] = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("ab"), inner, max_size=2),
)


@pytest.mark.parametrize(
    ("left", "right", "equal"),
    [
        (1, 1.0, True),
        (1, True, False),
        (0, False, False),
        (True, True, True),
        (None, ABSENT, False),
        (2**53 + 1, float(2**53), False),
        ({"a": 1, "b": [1]}, {"b": [1.0], "a": 1}, True),
        ({"a": 1}, {"a": True}, False),
        ([1, 2], [2, 1], False),
        ([1], [1, 1], False),
        ([0], [False], False),
        ("1", 1, False),
        ([], {}, False),
    ],
)
def test_json_values_are_compared_as_json_does(left: Any, right: Any, *, equal: bool) -> None:
    assert same(left, right) is equal
    assert same(right, left) is equal


@given(left=VALUES, right=VALUES)
def test_stand_ins_are_equal_where_the_values_are_the_same(left: Any, right: Any) -> None:
    assert (comparable(left) == comparable(right)) is same(left, right)
    if same(left, right):
        assert hash(comparable(left)) == hash(comparable(right))


@pytest.mark.parametrize(("value", "number"), [(1, True), (1.5, True), (True, False), ("1", False), (None, False)])
def test_a_boolean_is_no_number(value: Any, *, number: bool) -> None:
    assert is_number(value) is number


def test_without_leaves_the_original_as_it_is() -> None:
    value = {"a": 1, "b": 2}
    assert without(value, "a") == {"b": 2}
    assert without(value, "c") == value
    assert value == {"a": 1, "b": 2}


def test_absent_is_falsy_and_says_its_name() -> None:
    assert not ABSENT
    assert repr(ABSENT) == "absent"
