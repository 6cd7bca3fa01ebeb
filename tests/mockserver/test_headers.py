from __future__ import annotations

import pytest

from mockserver import headers


def test_entries_become_a_structured_list() -> None:
    told = headers.listed([("BUD-01", {"at": "/budgets/1"}), ("REQ-05", {"at": "/scope_id", "say": "no"})])
    assert told == 'BUD-01;at="/budgets/1", REQ-05;at="/scope_id";say="no"'
    assert headers.listed([]) == ""


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ('a "b" \\', '"a \\"b\\" \\\\"'),
        ("größe", '"gr%C3%B6%C3%9Fe"'),
        ("a\r\nX: y", '"a%0D%0AX: y"'),
        ("\ud800", '"%3F"'),
    ],
)
def test_a_value_is_visible_ascii(text: str, written: str) -> None:
    assert headers.listed([("x", {"at": text})]) == f"x;at={written}"


def test_what_does_not_fit_is_counted() -> None:
    told = headers.listed([("x", {"at": "/" * 300})] * 10)
    assert told.count("x;at=") == 3
    assert told.endswith(", more;count=7")
    assert len(told) <= 1100


def test_an_entry_that_alone_is_too_long_is_only_counted() -> None:
    assert headers.listed([("x", {"at": "/" * 3000})]) == "more;count=1"
