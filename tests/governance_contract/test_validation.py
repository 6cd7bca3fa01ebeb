from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from governance_contract import Contract
from governance_contract.validation import Validator, Violation
from governance_contract.values import ABSENT

CREATE = "/components/schemas/CreateModelConfigRequest"
BUDGET = "/components/schemas/CreateBudgetRequest"
LIMITS = "/components/schemas/RateLimitRequest"
A_DURATION = "a positive whole number and one unit of s m h d w M Y"


def body(**members: Any) -> dict[str, Any]:
    """Return a valid create body with other members."""
    return {"model_name": "gpt-4o", **members}


def budget(limit: Any = 1, duration: Any = "1d") -> dict[str, Any]:
    """Return a create body with one budget."""
    return body(budgets=[{"max_limit": limit, "reset_duration": duration}])


def tokens(limit: Any = 1, duration: Any = "1d") -> dict[str, Any]:
    """Return a create body with a limit of tokens."""
    return body(rate_limit={"token_max_limit": limit, "token_reset_duration": duration})


@pytest.fixture(scope="module")
def creating(contract: Contract) -> Validator:
    return contract.request_validator(contract.operations["createModelConfig"])


@pytest.fixture(scope="module")
def updating(contract: Contract) -> Validator:
    return contract.request_validator(contract.operations["updateModelConfig"])


def found_in(validator: Validator, value: Any) -> set[tuple[str, str, str]]:
    """Return rule, level and pointer of every violation in `value`."""
    return {(violation.rule, violation.level, violation.pointer) for violation in validator.violations(value)}


def test_a_body_with_many_faults_gets_every_one_of_them_told(creating: Validator) -> None:
    broken = {
        "model_name": None,
        "provider": 7,
        "scope": "team",
        "budgets": [
            {"max_limit": 0, "reset_duration": "1d"},
            {"max_limit": 1, "reset_duration": "1d"},
            {"reset_duration": "P1D"},
        ],
        "rate_limit": {"token_max_limit": 1.5, "request_max_limit": 2**63, "request_reset_duration": "1m"},
    }
    second = "entries must have distinct reset_duration; this one equals that of entry 0"
    distinct = "a reset_duration that no other entry has"
    scopes = "one of global, virtual_key, user"
    most = "at most 9223372036854775807"
    window = "token_reset_duration"
    scope, limit, int64 = (
        "/components/schemas/Scope",
        f"{BUDGET}/properties/max_limit",
        "/components/schemas/Int64Limit",
    )
    expected = {
        Violation(
            "REQ-01",
            "MUST",
            "/model_name",
            f"{CREATE}/properties/model_name/type",
            None,
            "a model_name",
            "model_name is required",
        ),
        Violation(
            "REQ-07",
            "MUST",
            "/provider",
            f"{CREATE}/properties/provider/type",
            7,
            "a string or null",
            "provider must be a string or null",
        ),
        Violation("REQ-03", "MUST", "/scope", f"{scope}/enum", "team", scopes, f"scope must be {scopes}"),
        Violation(
            "BUD-05",
            "SHOULD",
            "/budgets/0/max_limit",
            f"{limit}/exclusiveMinimum",
            0,
            "greater than 0",
            "max_limit must be greater than 0",
        ),
        Violation(
            "BUD-01",
            "MUST",
            "/budgets/1/reset_duration",
            f"{CREATE}/properties/budgets/uniqueItemProperties",
            "1d",
            distinct,
            second,
        ),
        Violation(
            "BUD-03",
            "MUST",
            "/budgets/2/max_limit",
            f"{BUDGET}/required",
            ABSENT,
            "a max_limit",
            "max_limit is required",
        ),
        Violation(
            "BUD-06",
            "MUST",
            "/budgets/2/reset_duration",
            "/components/schemas/Duration/pattern",
            "P1D",
            A_DURATION,
            f"reset_duration must be {A_DURATION}",
        ),
        Violation(
            "RATE-03",
            "MUST",
            "/rate_limit/token_max_limit",
            f"{int64}/type",
            1.5,
            "an integer",
            "token_max_limit must be an integer",
        ),
        Violation(
            "RATE-02",
            "SHOULD",
            f"/rate_limit/{window}",
            f"{LIMITS}/dependentRequired",
            ABSENT,
            f"a {window}",
            f"{window} is required when token_max_limit is sent",
        ),
        Violation(
            "ROB-01",
            "MUST",
            "/rate_limit/request_max_limit",
            f"{int64}/maximum",
            2**63,
            most,
            f"request_max_limit must be {most}",
        ),
    }
    violations = creating.violations(broken)
    assert set(violations) == expected
    assert len(violations) == len(expected)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ([], {("REQ-08", "MUST", "")}),
        (None, {("REQ-08", "MUST", "")}),
        ("text", {("REQ-08", "MUST", "")}),
        ({}, {("REQ-01", "MUST", "/model_name")}),
        ({"model_name": ""}, {("REQ-01", "MUST", "/model_name")}),
        ({"model_name": " \t\n"}, {("REQ-01", "SHOULD", "/model_name")}),
        ({"model_name": ["m"]}, {("REQ-07", "MUST", "/model_name")}),
        (body(scope=""), {("REQ-03", "MUST", "/scope")}),
        (body(scope="Global"), {("REQ-03", "MUST", "/scope")}),
        (body(scope=None), {("REQ-07", "MUST", "/scope")}),
        (body(scope="user"), {("REQ-05", "MUST", "/scope_id")}),
        (body(scope="user", scope_id=None), {("REQ-05", "MUST", "/scope_id")}),
        (body(scope="virtual_key", scope_id=""), {("REQ-05", "MUST", "/scope_id")}),
        (body(scope="virtual_key", scope_id=7), {("REQ-07", "MUST", "/scope_id")}),
        (body(provider=""), {("REQ-10", "MAY", "/provider")}),
        (body(budgets={}), {("REQ-07", "MUST", "/budgets")}),
        (body(budgets=[None]), {("REQ-07", "MUST", "/budgets/0")}),
        (
            body(budgets=[{}]),
            {("BUD-03", "MUST", "/budgets/0/max_limit"), ("BUD-03", "MUST", "/budgets/0/reset_duration")},
        ),
        (budget(limit=None), {("BUD-03", "MUST", "/budgets/0/max_limit")}),
        (budget(limit="1"), {("REQ-07", "MUST", "/budgets/0/max_limit")}),
        (budget(limit=-0.01), {("BUD-05", "SHOULD", "/budgets/0/max_limit")}),
        (budget(duration=7), {("REQ-07", "MUST", "/budgets/0/reset_duration")}),
        (tokens(limit="1"), {("RATE-03", "MUST", "/rate_limit/token_max_limit")}),
        (tokens(limit=0), {("RATE-03", "SHOULD", "/rate_limit/token_max_limit")}),
        (tokens(duration=None), {("REQ-07", "MUST", "/rate_limit/token_reset_duration")}),
        (tokens(duration="0d"), {("RATE-04", "MUST", "/rate_limit/token_reset_duration")}),
        (
            body(rate_limit={"token_max_limit": 1, "request_max_limit": 1}),
            {
                ("RATE-02", "SHOULD", "/rate_limit/token_reset_duration"),
                ("RATE-02", "SHOULD", "/rate_limit/request_reset_duration"),
            },
        ),
    ],
)
def test_each_fault_of_a_create_leads_to_its_rule(
    creating: Validator, value: Any, expected: set[tuple[str, str, str]]
) -> None:
    assert found_in(creating, value) == expected
    assert not creating.is_valid(value)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ([], {("REQ-08", "MUST", "")}),
        ({"model_name": ""}, {("REQ-01", "MUST", "/model_name")}),
        ({"provider": ""}, {("REQ-10", "MAY", "/provider")}),
        (
            {"budgets": [{"id": 7, "max_limit": 1, "reset_duration": "1d"}]},
            {("REQ-07", "MUST", "/budgets/0/id")},
        ),
        (
            {"rate_limit": {"request_max_limit": 1}},
            {("RATE-02", "SHOULD", "/rate_limit/request_reset_duration")},
        ),
    ],
)
def test_each_fault_of_an_update_leads_to_its_rule(
    updating: Validator, value: Any, expected: set[tuple[str, str, str]]
) -> None:
    assert found_in(updating, value) == expected


@pytest.mark.parametrize(
    "value",
    [
        {},
        {"model_name": None, "provider": None, "budgets": None, "rate_limit": None},
        {"budgets": [], "rate_limit": {}},
        {"budgets": [{"id": None, "max_limit": 1, "reset_duration": "1d"}], "unknown": {"scope": 7}},
    ],
)
def test_an_update_may_leave_out_or_null_every_member(updating: Validator, value: Any) -> None:
    assert updating.violations(value) == ()


@pytest.mark.parametrize(
    "value",
    [
        body(),
        body(model_name="*"),
        body(model_name="😀"),
        body(model_name="x" * 100_000),
        body(provider=None, scope_id=None, budgets=None, rate_limit=None),
        body(scope="global", scope_id=""),
        body(scope_id="ignored"),
        body(budget=7, unknown=[]),
        body(budgets=[{"max_limit": 1, "reset_duration": "1m"}, {"max_limit": 1, "reset_duration": "1M"}]),
        body(rate_limit={"token_reset_duration": "1d"}),
    ],
)
def test_a_body_that_keeps_every_rule_has_no_violations(creating: Validator, value: Any) -> None:
    assert creating.violations(value) == ()
    assert creating.is_valid(value)


@pytest.mark.parametrize("limit", [1, 2**53 + 1, 2**63 - 1, 1.0, 1e3, 1e18])
def test_integers_up_to_the_edge_of_64_bits_are_accepted_however_they_are_written(
    creating: Validator, limit: float
) -> None:
    assert creating.violations(tokens(limit=limit)) == ()


@pytest.mark.parametrize(
    ("limit", "level"),
    [
        (0, "SHOULD"),
        (-0.0, "SHOULD"),
        (-(2**63), "SHOULD"),
        (0.5, "MUST"),
        (1.000001, "MUST"),
        (True, "MUST"),
        (False, "MUST"),
        ([], "MUST"),
    ],
)
def test_what_is_no_positive_integer_is_refused(creating: Validator, limit: Any, level: str) -> None:
    assert found_in(creating, tokens(limit=limit)) == {("RATE-03", level, "/rate_limit/token_max_limit")}


@pytest.mark.parametrize("limit", [2**63, 2**64, 10**400, 2.0**63, 1e308])
def test_integers_beyond_64_bits_are_refused(creating: Validator, limit: float) -> None:
    assert found_in(creating, tokens(limit=limit)) == {("ROB-01", "MUST", "/rate_limit/token_max_limit")}


@pytest.mark.parametrize("limit", [5e-324, 0.01, 0.29, 19.99, 1, 2**63, 10**30, 1.7976931348623157e308])
def test_any_positive_number_is_a_limit_in_dollars(creating: Validator, limit: float) -> None:
    assert creating.violations(budget(limit=limit)) == ()


@pytest.mark.parametrize("limit", [True, False, "1", [1], {}])
def test_what_is_no_number_is_no_limit_in_dollars(creating: Validator, limit: Any) -> None:
    assert found_in(creating, budget(limit=limit)) == {("REQ-07", "MUST", "/budgets/0/max_limit")}


@pytest.mark.parametrize("duration", ["1s", "5m", "1h", "1d", "1w", "1M", "1Y", "90d", "1" * 30 + "s"])
def test_a_positive_number_and_a_unit_are_a_duration(creating: Validator, duration: str) -> None:
    assert creating.violations(budget(duration=duration)) == ()


@pytest.mark.parametrize(
    "duration",
    [
        "",
        "1",
        "d",
        "1x",
        "0d",
        "01d",
        "-1d",
        "+1d",
        " 1d",
        "1d ",
        "1d\n",
        "\n1d",
        "1d\r\n",
        "P1D",
        "1D",
        "\N{ARABIC-INDIC DIGIT ONE}d",
        "\N{FULLWIDTH DIGIT ONE}d",
    ],
    ids=ascii,
)
def test_everything_else_is_no_duration(creating: Validator, duration: str) -> None:
    assert found_in(creating, budget(duration=duration)) == {("BUD-06", "MUST", "/budgets/0/reset_duration")}


@pytest.mark.parametrize(
    ("durations", "repeated"),
    [
        (["1d", "1d"], [1]),
        (["1d", "1h", "1d"], [2]),
        (["1h", "1d", "1d", "1h"], [2, 3]),
        (["1d"] * 4, [1, 2, 3]),
    ],
)
def test_each_repeated_duration_is_told(creating: Validator, durations: list[str], repeated: list[int]) -> None:
    value = body(budgets=[{"max_limit": index + 1, "reset_duration": text} for index, text in enumerate(durations)])
    assert found_in(creating, value) == {("BUD-01", "MUST", f"/budgets/{index}/reset_duration") for index in repeated}


def test_a_violation_of_something_absent_says_so_by_leaving_received_out(creating: Validator) -> None:
    (absent,) = creating.violations({})
    (null,) = creating.violations({"model_name": None})
    assert "received" not in absent.as_json()
    assert null.as_json()["received"] is None
    assert absent.as_json() == {
        "rule": "REQ-01",
        "level": "MUST",
        "pointer": "/model_name",
        "keyword": f"{CREATE}/required",
        "expected": "a model_name",
        "message": "model_name is required",
    }


def test_every_violation_is_a_documented_one_and_leads_to_a_place_in_the_document(contract: Contract) -> None:
    operation = contract.operations["createModelConfig"]
    documented = contract.validator(contract.document.schema("Violation"))
    validator = contract.request_validator(operation)
    valid = body(provider="p", scope="user", scope_id="a", **{k: v for k, v in tokens().items() if k != "model_name"})
    for made in contract.counterexamples(operation, valid):
        for violation in validator.violations(made.body):
            assert documented.violations(violation.as_json()) == ()
            assert contract.document.at(violation.keyword).value is not None


def test_formats_are_judged(contract: Contract) -> None:
    validator = contract.validator(contract.document.schema("ModelConfig").child("properties", "created_at"))
    assert validator.is_valid("2026-03-01T09:00:00Z")
    assert [violation.expected for violation in validator.violations("yesterday")] == ["a date-time"]


def test_a_value_that_fits_no_alternative_is_told_once(contract: Contract) -> None:
    validator = contract.validator(contract.document.schema("NullableBudget"))
    assert validator.is_valid(None)
    assert [violation.rule for violation in validator.violations({})] == ["REQ-11"]


def test_one_rule_at_one_place_is_broken_once_at_its_strictest_level(creating: Validator) -> None:
    (violation,) = creating.violations({"model_name": ""})
    assert (violation.rule, violation.level, violation.keyword[-9:]) == ("REQ-01", "MUST", "minLength")


def test_the_broken_keywords_are_those_of_the_violations(contract: Contract) -> None:
    validator = contract.request_validator(contract.operations["createModelConfig"])
    body = {"model_name": 1, "budgets": [{"max_limit": -1}, {"max_limit": -2, "reset_duration": "1x"}], "unknown": 1}
    assert validator.broken_keywords(body) == Counter(each.keyword for each in validator.violations(body))
    assert not validator.broken_keywords({"model_name": "m"})
