from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import orjson
import pytest

from governance_contract import Contract
from governance_contract.validation import Violation
from mockserver import problems
from mockserver.problems import Problem

VIOLATION = Violation("BUD-05", "SHOULD", "/budgets/0/max_limit", "/x", 0, "greater than 0", "must be greater")

MADE: Mapping[str, Callable[[], Problem]] = {
    "missing_key": lambda: problems.missing_key("the Authorization header", '"Authorization: Bearer <key>"', "Bearer"),
    "wrong_scheme": lambda: problems.wrong_scheme('"Bearer <key>"', "other schemes", "Bearer"),
    "wrong_key": lambda: problems.wrong_key("Bearer"),
    "wrong_token": problems.wrong_token,
    "foreign_host": lambda: problems.foreign_host("evil.example"),
    "foreign_origin": lambda: problems.foreign_origin("http://evil.example"),
    "broken_rules": lambda: problems.broken_rules((VIOLATION,), 400),
    "refused_by_dialect": lambda: problems.refused_by_dialect("users belong to another edition", 400),
    "identity_taken": lambda: problems.identity_taken(VIOLATION, 409),
    "unknown_key": lambda: problems.unknown_key("ModelConfig", "no-such-id"),
    "still_needed": lambda: problems.still_needed("team", "t1", "virtual key vk-1", 2),
    "unknown_name": lambda: problems.unknown_name("scenario", "none", ("empty", "sample")),
    "malformed_name": lambda: problems.malformed_name("session", "a b"),
    "too_many": lambda: problems.too_many("snapshots", 100),
    "unfit_state": lambda: problems.unfit_state("model_configs[0]: wrong"),
    "unfit_clock": lambda: problems.unfit_clock("the clock would go back"),
    "injected_fault": lambda: problems.injected_fault("this error was asked for by fault 1"),
    "cannot_wait": problems.cannot_wait,
    "cannot_break": lambda: problems.cannot_break("EMPTY_RESPONSE"),
    "nothing_to_charge": problems.nothing_to_charge,
    "unfit_preference": lambda: problems.unfit_preference("code is 'x'; expected a status such as 409"),
    "forced_error": lambda: problems.forced_error(500),
    "unknown_path": lambda: problems.unknown_path("/nowhere"),
    "method_not_allowed": lambda: problems.method_not_allowed("PATCH", ("GET", "POST")),
    "body_too_large": lambda: problems.body_too_large(10),
    "not_kept": lambda: problems.not_kept("database or disk is full"),
    "bad_request": lambda: problems.bad_request("a header is malformed"),
    "internal_error": problems.internal_error,
}
"""One problem from each function of the catalogue."""

ERRORS_PAGE = Path(__file__).parents[2] / "docs" / "errors.md"


def test_every_function_of_the_catalogue_is_tested() -> None:
    public = {
        name
        for name, function in inspect.getmembers(problems, inspect.isfunction)
        if function.__module__ == problems.__name__ and not name.startswith("_")
    }
    assert public == set(MADE)


@pytest.mark.parametrize("name", MADE)
def test_a_problem_has_the_id_of_its_function(name: str) -> None:
    assert MADE[name]().id == name.replace("_", "-")


def test_catalogue_and_errors_page_name_the_same_problems_with_the_same_status() -> None:
    page = ERRORS_PAGE.read_text(encoding="utf-8")
    documented = re.findall(r"^\| `([a-z-]+)` \| (\d{3}) \| [^|]+ \| [^|]+ \|$", page, re.MULTILINE)
    made = [(problem.id, str(problem.status)) for problem in (make() for make in MADE.values())]
    assert documented == made


@pytest.mark.parametrize("make", MADE.values(), ids=list(MADE))
def test_the_answer_has_the_documented_error_body(contract: Contract, make: Callable[[], Problem]) -> None:
    problem = make()
    body: dict[str, Any] = orjson.loads(problem.response().body)
    assert contract.validator(contract.document.schema("ErrorResponse")).violations(body) == ()
    assert list(body) == ["is_bifrost_error", "status_code", "error", "extra_fields"]
    assert body["is_bifrost_error"] is False
    assert body["status_code"] == problem.response().status == problem.status
    assert body["error"] == {"message": problem.message}


def test_violations_stand_in_the_extra_fields() -> None:
    body = problems.broken_rules((VIOLATION, VIOLATION), 400).as_json()
    assert body["extra_fields"] == {"violations": [VIOLATION.as_json()] * 2}
    assert body["error"]["message"] == "must be greater (and 1 more, see extra_fields.violations)"


def test_a_problem_without_violations_has_empty_extra_fields() -> None:
    assert problems.unknown_path("/nowhere").as_json()["extra_fields"] == {}


def test_a_refused_method_names_those_that_are_allowed() -> None:
    problem = problems.method_not_allowed("PATCH", ("GET", "POST"))
    assert problem.headers == {"Allow": "GET, POST"}
    assert problem.message == "the path does not support PATCH; it supports GET, POST"
