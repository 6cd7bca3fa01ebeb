from __future__ import annotations

from typing import Any

import pytest

from governance_contract.edits import Edit, Fix, patched


@pytest.mark.parametrize(
    ("edits", "expected"),
    [
        ([Edit("replace", "", 7)], 7),
        ([Edit("add", "/b", 1)], {"a": [{"x": 1}, 2], "b": 1}),
        ([Edit("replace", "/a/0/x", 3)], {"a": [{"x": 3}, 2]}),
        ([Edit("remove", "/a/0")], {"a": [2]}),
        ([Edit("remove", "/a/0/x"), Edit("remove", "/a/1")], {"a": [{}]}),
    ],
)
def test_edits_are_made_one_after_the_other_in_a_copy(edits: list[Edit], expected: Any) -> None:
    value = {"a": [{"x": 1}, 2]}
    assert patched(value, edits) == expected
    assert value == {"a": [{"x": 1}, 2]}


def test_an_edit_that_leads_nowhere_is_an_error() -> None:
    with pytest.raises(LookupError):
        patched({}, [Edit("remove", "/a/b")])


def test_of_two_fixes_at_one_place_the_later_says_the_value() -> None:
    first, then = Fix("add a", (Edit("add", "/a", 1),)), Fix("send 2", (Edit("replace", "/a", 2),))
    assert first.followed_by(then) == Fix("send 2", (Edit("add", "/a", 2),))


def test_what_a_later_fix_removes_is_removed() -> None:
    first, then = Fix("send 1", (Edit("replace", "/a", 1),)), Fix("drop a", (Edit("remove", "/a"),))
    assert patched({"a": 0}, first.followed_by(then).edits) == {}


def test_fixes_at_two_places_follow_each_other() -> None:
    first, then = Fix("add a", (Edit("add", "/a", 1),)), Fix("drop b", (Edit("remove", "/b"),))
    assert first.followed_by(then) == Fix("add a; drop b", (Edit("add", "/a", 1), Edit("remove", "/b")))
