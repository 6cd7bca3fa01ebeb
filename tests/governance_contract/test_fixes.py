from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from governance_contract import Contract, load_contract
from governance_contract.edits import Edit, Fix, patched
from governance_contract.fixes import Fixer
from governance_contract.validation import Violation

Bodies = Callable[[str], st.SearchStrategy[Any]]

MEMBERS = ("model_name", "scope", "scope_id", "budgets", "max_limit", "reset_duration", "rate_limit", "token_max_limit")
each_operation = pytest.mark.parametrize("operation_id", ["createModelConfig", "updateModelConfig"])


def explained(contract: Contract, body: Any, operation_id: str = "createModelConfig") -> tuple[Violation, ...]:
    operation = contract.operations[operation_id]
    fixer = contract.fixer(contract.request_schema(operation))
    return fixer.explained(body, contract.request_validator(operation).violations(body))


def fixed(contract: Contract, body: Any) -> list[tuple[str, Any]]:
    """Return what the fixes of a body do, and with which value."""
    edits = [edit for violation in explained(contract, body) if violation.fix for edit in violation.fix.edits]
    return [(f"{edit.op} {edit.path}", *([edit.value] if edit.op != "remove" else [])) for edit in edits]


@each_operation
@settings(max_examples=15)
@given(data=st.data())
def test_every_fix_mends_its_violation(
    contract: Contract, bodies: Bodies, operation_id: str, data: st.DataObject
) -> None:
    operation = contract.operations[operation_id]
    for made in contract.counterexamples(operation, data.draw(bodies(operation_id))):
        violations = explained(contract, made.body, operation_id)
        for violation in violations:
            assert violation.fix is not None, made.label
            (edit,) = violation.fix.edits
            left = contract.request_validator(operation).violations(patched(made.body, (edit,)))
            assert [each.rule for each in left].count(made.rule) < len(violations), made.label


@each_operation
@given(
    body=st.recursive(
        st.one_of(st.none(), st.booleans(), st.integers(-(2**63), 2**63), st.text(max_size=5), st.floats(0, 1e300)),
        lambda below: st.one_of(st.lists(below, max_size=3), st.dictionaries(st.sampled_from(MEMBERS), below)),
    )
)
def test_whatever_was_sent_its_fixes_can_be_told(contract: Contract, operation_id: str, body: Any) -> None:
    for violation in explained(contract, body, operation_id):
        assert orjson.loads(orjson.dumps(violation.as_json()))["rule"] == violation.rule


@pytest.mark.parametrize(
    ("body", "edit"),
    [
        ({}, ("add /model_name", "gpt-4o")),
        ({"model_name": 7}, ("replace /model_name", "7")),
        ({"model_name": None}, ("replace /model_name", "gpt-4o")),
        ({"model_name": "m", "scope": "Virtual-Key", "scope_id": "v"}, ("replace /scope", "virtual_key")),
        ({"model_name": "m", "scope": "user"}, ("add /scope_id", "user-ada")),
        ({"model_name": "m", "scope": "virtual_key", "scope_id": ""}, ("replace /scope_id", "vk-frontend")),
        ({"model_name": "m", "provider": ""}, ("remove /provider",)),
        ({"model_name": "m", "rate_limit": {"token_max_limit": 5}}, ("add /rate_limit/token_reset_duration", "30s")),
        ([{"model_name": "m"}], ("replace ", {"model_name": "m"})),
        ('{"model_name": "m"}', ("replace ", {"model_name": "m"})),
        (7, ("replace ", {"model_name": "gpt-4o"})),
    ],
)
def test_a_fix_is_as_near_as_the_document_allows(contract: Contract, body: Any, edit: tuple[Any, ...]) -> None:
    assert fixed(contract, body) == [edit]


@pytest.mark.parametrize(
    ("entry", "edit"),
    [
        ({"max_limit": "5", "reset_duration": "1d"}, ("replace /budgets/1/max_limit", 5)),
        ({"max_limit": -5, "reset_duration": "1d"}, ("replace /budgets/1/max_limit", 5)),
        ({"max_limit": 0, "reset_duration": "1d"}, ("replace /budgets/1/max_limit", 50)),
        ({"max_limit": 5, "reset_duration": " 1D "}, ("replace /budgets/1/reset_duration", "1d")),
        ({"max_limit": 5, "reset_duration": "P1D"}, ("replace /budgets/1/reset_duration", "1d")),
        ({"max_limit": 5}, ("add /budgets/1/reset_duration", "5m")),
        ({"max_limit": 5, "reset_duration": "30s"}, ("remove /budgets/1",)),
        (None, ("remove /budgets/1",)),
    ],
)
def test_a_fix_of_an_entry_looks_at_its_neighbours(contract: Contract, entry: Any, edit: tuple[Any, ...]) -> None:
    first = {"max_limit": 1, "reset_duration": "30s"}
    assert fixed(contract, {"model_name": "m", "budgets": [first, entry]}) == [edit]


def test_a_fix_says_what_it_does(contract: Contract) -> None:
    body = {"model_name": "m", "provider": "", "scope": "team", "budgets": [{"max_limit": "5"}]}
    assert {each.pointer: each.fix.message for each in explained(contract, body) if each.fix} == {
        "/provider": "leave /provider out",
        "/scope": 'send for example "global"; expected one of global, virtual_key, user',
        "/budgets/0/max_limit": 'replace "5" by 5',
        "/budgets/0/reset_duration": 'add /budgets/0/reset_duration, such as "30s"',
    }


def test_a_value_that_nothing_is_near_to_and_that_has_no_example_is_left_out(edited: Callable[..., Path]) -> None:
    contract = load_contract(edited(("          examples: [openai]\n", "")))
    (violation,) = explained(contract, {"model_name": "m", "provider": {}})
    assert violation.fix == Fix("leave /provider out", (Edit("remove", "/provider"),))


def test_only_the_first_of_very_many_violations_are_explained(contract: Contract) -> None:
    found = explained(contract, {"model_name": "m", "budgets": [None] * 120})
    assert [each.fix is not None for each in found] == [True] * 100 + [False] * 20


def test_a_place_that_the_schema_does_not_declare_has_no_fix(contract: Contract) -> None:
    violation = Violation("REQ-11", "MUST", "/a/b", "/x/type", 7, "a string", "b must be a string")
    schema = contract.request_schema(contract.operations["createModelConfig"])
    assert Fixer(contract.document, schema, contract.validator).fix({"a": {"b": 7}}, violation) is None


def test_a_fix_is_told_as_json_patch() -> None:
    assert Fix("do", (Edit("add", "/a", None), Edit("remove", "/b"))).as_json() == {
        "message": "do",
        "patch": [{"op": "add", "path": "/a", "value": None}, {"op": "remove", "path": "/b"}],
    }
    assert Fix("do").as_json() == {"message": "do"}


@pytest.mark.parametrize(
    "body",
    [
        {"model_name": "", "budgets": [{"max_limit": -1, "reset_duration": "1x"}]},
        {"model_name": "m", "budgets": [{"max_limit": 1, "reset_duration": "1d"}] * 3, "unknown": 1},
        {"budgets": [{"max_limit": -number} for number in range(300)]},
    ],
    ids=["few mistakes", "one mistake twice", "more mistakes than are looked at"],
)
def test_violations_that_are_known_get_the_fixes_that_they_get_otherwise(contract: Contract, body: Any) -> None:
    operation = contract.operations["createModelConfig"]
    violations = contract.request_validator(operation).violations(body)
    fixer = contract.fixer(contract.request_schema(operation))
    assert fixer.explained(body, violations, are_all=True) == fixer.explained(body, violations)


def test_what_is_required_is_never_left_out(contract: Contract) -> None:
    assert "remove /model_name" not in [edit for edit, *_ in fixed(contract, {"model_name": ""})]
