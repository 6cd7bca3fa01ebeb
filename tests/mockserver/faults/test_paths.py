from __future__ import annotations

import pytest

from mockserver.faults.paths import can_match, has_query

CONFIG = "/api/configs/{id}"


@pytest.mark.parametrize(
    ("pattern", "template", "matches"),
    [
        ("/api/configs", "/api/configs", True),
        ("/api/config", "/api/configs", False),
        ("/api/configs/", "/api/configs", False),
        ("/api/*", CONFIG, True),
        ("*", CONFIG, True),
        ("*s", "/api/configs", True),
        ("/api/config?", "/api/configs", True),
        ("/api/configs?", "/api/configs", False),
        ("/api/[a-c]onfigs", "/api/configs", True),
        ("/api/[!c]onfigs", "/api/configs", False),
        ("/api/configs/0b9f", CONFIG, True),
        ("/api/configs/[0-9]*", CONFIG, True),
        ("/api/configs/*/more", CONFIG, False),
        ("/api/configs/a/b", CONFIG, False),
        ("/api/configs/", CONFIG, False),
        ("/api/configs/a/budgets", f"{CONFIG}/budgets", True),
        ("/api/configs/a/budget", f"{CONFIG}/budgets", False),
        ("/*/[", "/api/[", True),
        ("", "/api", False),
        ("/" + "a" * 5000, CONFIG, False),
        ("/api/configs/" + "a" * 5000, CONFIG, True),
    ],
)
def test_a_pattern_matches_what_a_path_of_the_template_can_be(pattern: str, template: str, *, matches: bool) -> None:
    assert can_match(pattern, template) is matches


@pytest.mark.parametrize(
    ("pattern", "expected"), [("/api?limit=1", True), ("/api/?/a=b", False), ("/api/a=b", False), ("/api/?", False)]
)
def test_a_question_mark_before_a_name_and_a_value_begins_a_query(pattern: str, *, expected: bool) -> None:
    assert has_query(pattern) is expected
