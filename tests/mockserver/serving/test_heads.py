from __future__ import annotations

import pytest

from mockserver.serving.heads import WrongHeadError, announced_length, require_proper


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("0", 0),
        ("3", 3),
        ("003", 3),
        ("0" * 5000, 0),
        ("0" * 5000 + "7", 7),
        ("3, 3", 3),
        (" 4 ", 4),
        ("9" * 19, 10**19 - 1),
    ],
)
def test_a_length_is_read_whatever_zeros_it_has(text: str, length: int) -> None:
    assert announced_length({"content-length": text}) == length


def test_a_head_without_length_announces_nothing() -> None:
    assert announced_length({}) == 0


@pytest.mark.parametrize("text", ["", "-1", "+1", "1.0", "1_0", "0x1", "9" * 20, "9" * 5000, "\u0663", "?", "a"])
def test_what_is_no_length_is_refused(text: str) -> None:
    with pytest.raises(WrongHeadError, match="is no number of bytes"):
        announced_length({"content-length": text})


def test_a_proper_head_passes() -> None:
    require_proper("1.1", "GET", {"host": "127.0.0.1:4010"})
    require_proper("1.1", "M-SEARCH", {"host": "localhost"})
    require_proper("1", "GET", {})


@pytest.mark.parametrize(
    ("version", "method", "headers", "message"),
    [
        ("1.1", "get", {"host": "a"}, "the method get is unknown"),
        ("1.1", "GET", {}, "the Host header is missing"),
        ("1.1", "GET", {"host": "a, b"}, "is no host"),
        ("1", "GET", {"host": "?"}, "is no host"),
    ],
)
def test_a_head_that_is_no_proper_http_is_refused(
    version: str, method: str, headers: dict[str, str], message: str
) -> None:
    with pytest.raises(WrongHeadError, match=message):
        require_proper(version, method, headers)
