from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance_contract import pointers

RFC_6901: dict[str, Any] = {
    "foo": ["bar", "baz"],
    "": 0,
    "a/b": 1,
    "c%d": 2,
    "e^f": 3,
    "g|h": 4,
    "i\\j": 5,
    'k"l': 6,
    " ": 7,
    "m~n": 8,
}
TOKENS = st.lists(st.text(max_size=6), max_size=4).map(tuple)


@pytest.mark.parametrize(
    ("pointer", "value"),
    [
        ("", RFC_6901),
        ("/foo", ["bar", "baz"]),
        ("/foo/0", "bar"),
        ("/", 0),
        ("/a~1b", 1),
        ("/c%d", 2),
        ("/e^f", 3),
        ("/g|h", 4),
        ("/i\\j", 5),
        ('/k"l', 6),
        ("/ ", 7),
        ("/m~0n", 8),
        ("#", RFC_6901),
        ("#/foo/0", "bar"),
        ("#/", 0),
        ("#/a~1b", 1),
        ("#/c%25d", 2),
        ("#/e%5Ef", 3),
        ("#/k%22l", 6),
        ("#/%20", 7),
        ("#/m~0n", 8),
    ],
)
def test_the_examples_of_rfc_6901_lead_where_it_says(pointer: str, value: Any) -> None:
    assert pointers.get(RFC_6901, pointers.split(pointer)) == value


def test_a_tilde_is_unescaped_once() -> None:
    assert pointers.split("/~01") == ("~1",)
    assert pointers.join("~1") == "/~01"


@given(tokens=TOKENS)
def test_what_is_joined_is_split_again(tokens: tuple[str, ...]) -> None:
    assert pointers.split(pointers.join(*tokens)) == tokens
    assert pointers.split(pointers.reference(*tokens)) == tokens


def test_positions_are_joined_as_numbers() -> None:
    assert pointers.join("budgets", 1, "max_limit") == "/budgets/1/max_limit"


@pytest.mark.parametrize("text", ["foo", "#foo", "other.yaml#/foo", "xcomponents/schemas"])
def test_text_that_does_not_begin_with_a_slash_is_no_pointer(text: str) -> None:
    with pytest.raises(LookupError, match=text):
        pointers.split(text)


@pytest.mark.parametrize(
    "tokens",
    [
        ("nowhere",),
        ("foo", "2"),
        ("foo", "-1"),
        ("foo", -1),
        ("foo", "01"),
        ("foo", "\N{ARABIC-INDIC DIGIT ZERO}"),
        ("foo", "\N{SUPERSCRIPT TWO}"),
        ("a/b", "0"),
    ],
)
def test_a_token_that_leads_nowhere_is_an_error(tokens: tuple[str | int, ...]) -> None:
    with pytest.raises(LookupError):
        pointers.get(RFC_6901, tokens)


@pytest.mark.parametrize(
    ("tokens", "expected"),
    [
        ((), "new"),
        (("a",), {"a": "new", "b": 1}),
        (("c",), {"a": [{"x": 1}, 2], "b": 1, "c": "new"}),
        (("a", 1), {"a": [{"x": 1}, "new"], "b": 1}),
        (("a", "0", "x"), {"a": [{"x": "new"}, 2], "b": 1}),
    ],
)
def test_a_replacement_makes_a_copy(tokens: tuple[str | int, ...], expected: Any) -> None:
    root = {"a": [{"x": 1}, 2], "b": 1}
    assert pointers.replaced(root, tokens, "new") == expected
    assert root == {"a": [{"x": 1}, 2], "b": 1}
