from __future__ import annotations

from contract_tests.reports.visible import visible


def test_what_cannot_be_seen_is_written_as_its_escape() -> None:
    assert visible("a\x00\u202eb\ud800\u200d") == "a\\u0000\\u202eb\\ud800\\u200d"


def test_everything_else_stays() -> None:
    text = "line\n\ttab é 漢 العربية 😀 <&>"

    assert visible(text) == text
