from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from governance_contract import Contract, load_contract
from governance_contract.counterexamples import Counterexample, facets
from governance_contract.operations import Operation
from governance_contract.rules import LEVELS

Bodies = Callable[[str], st.SearchStrategy[Any]]

OPERATIONS = ("createModelConfig", "updateModelConfig")
OUT_OF_REACH = {
    "createModelConfig": {
        "REQ-06": "which keys exist stands in no document",
        "REQ-11": "no keyword of the document carries it yet",
    },
    "updateModelConfig": {"REQ-11": "no keyword of the document carries it yet"},
}

each_operation = pytest.mark.parametrize("operation_id", OPERATIONS)


def named_examples(contract: Contract, operation: Operation) -> dict[str, Any]:
    """Return the request bodies that the document gives as examples, by name."""
    place = ("paths", operation.path, operation.method.lower(), "requestBody", "content", "application/json")
    examples = contract.document.at("").child(*place).value["examples"]
    return {name: example["value"] for name, example in examples.items()}


def made_of_examples(contract: Contract, operation_id: str) -> Iterator[Counterexample]:
    """Yield the counterexamples of every example of an operation, and of all of them put together."""
    operation = contract.operations[operation_id]
    examples = list(named_examples(contract, operation).values())
    merged: dict[str, Any] = {}
    for example in examples:
        merged |= {name: value for name, value in example.items() if value}
    for body in (*examples, merged):
        yield from contract.counterexamples(operation, body)


@each_operation
@given(data=st.data())
def test_generated_bodies_are_valid(contract: Contract, bodies: Bodies, operation_id: str, data: st.DataObject) -> None:
    body = data.draw(bodies(operation_id))
    assert contract.request_validator(contract.operations[operation_id]).violations(body) == ()


@each_operation
@settings(max_examples=25)
@given(data=st.data())
def test_a_counterexample_breaks_the_rule_that_it_names_and_no_other(
    contract: Contract, bodies: Bodies, operation_id: str, data: st.DataObject
) -> None:
    operation = contract.operations[operation_id]
    validator = contract.request_validator(operation)
    for made in contract.counterexamples(operation, data.draw(bodies(operation_id))):
        violations = validator.violations(made.body)
        assert {violation.rule for violation in violations} == {made.rule}, made.label
        assert made.level == min((violation.level for violation in violations), key=LEVELS.index)


@each_operation
@settings(max_examples=15)
@given(data=st.data())
def test_counterexamples_of_one_body_differ_in_body_and_label_and_leave_it_as_it_is(
    contract: Contract, bodies: Bodies, operation_id: str, data: st.DataObject
) -> None:
    body = data.draw(bodies(operation_id))
    before = json.dumps(body)
    made = list(contract.counterexamples(contract.operations[operation_id], body))
    texts = [json.dumps(each.body, sort_keys=True) for each in made]
    assert len(set(texts)) == len(texts)
    assert len({each.label for each in made}) == len(made)
    assert json.dumps(body) == before


@each_operation
def test_the_examples_of_the_document_reach_every_rule_that_a_single_body_can_break(
    contract: Contract, operation_id: str
) -> None:
    wanted = {
        rule.id
        for rule in contract.rules
        if rule.aspect == "validation" and rule.refusal is not None and operation_id in rule.operations
    }
    reached = {made.rule for made in made_of_examples(contract, operation_id)}
    assert wanted - reached == set(OUT_OF_REACH[operation_id])


@pytest.mark.parametrize(
    ("rule", "level", "label"),
    [
        ("REQ-01", "MUST", "/model_name: empty"),
        ("REQ-01", "MUST", "the body: model_name null"),
        ("REQ-01", "MUST", "the body: without model_name"),
        ("REQ-01", "SHOULD", "/model_name: only a blank"),
        ("REQ-03", "MUST", "/scope: user in capitals"),
        ("REQ-03", "MUST", "/scope: empty"),
        ("REQ-05", "MUST", "the body: scope user without scope_id"),
        ("REQ-05", "MUST", "the body: scope virtual_key with scope_id ''"),
        ("REQ-05", "MUST", "the body: scope virtual_key with scope_id null"),
        ("REQ-07", "MUST", "/budgets/0/max_limit: a number as text"),
        ("REQ-08", "MUST", "the body: an empty array instead of object"),
        ("REQ-10", "MAY", "/provider: empty"),
        (
            "BUD-01",
            "MUST",
            "/budgets: the first and the last of several share reset_duration, different otherwise",
        ),
        ("BUD-01", "MUST", "/budgets: only two entries share reset_duration, equal otherwise"),
        ("BUD-03", "MUST", "/budgets/2: without reset_duration"),
        ("BUD-05", "SHOULD", "/budgets/0/max_limit: 0, the excluded bound"),
        ("BUD-06", "MUST", "/budgets/0/reset_duration: 'P1D'"),
        ("RATE-02", "SHOULD", "/rate_limit: token_max_limit alone"),
        ("RATE-03", "MUST", "/rate_limit/request_max_limit: a fraction instead of integer"),
        ("RATE-03", "SHOULD", "/rate_limit/request_max_limit: just below the minimum"),
        ("RATE-04", "MUST", "/rate_limit/token_reset_duration: '0d'"),
        ("ROB-01", "MUST", "/rate_limit/token_max_limit: just above the maximum"),
    ],
)
def test_what_the_contract_forbids_by_name_is_sent(contract: Contract, rule: str, level: str, label: str) -> None:
    operation = contract.operations["createModelConfig"]
    body = named_examples(contract, operation)["multiBudgetWithRateLimit"]
    assert (rule, level, label) in {(c.rule, c.level, c.label) for c in contract.counterexamples(operation, body)}


def test_a_false_beside_a_zero_is_another_counterexample(contract: Contract) -> None:
    operation = contract.operations["createModelConfig"]
    body = {"model_name": "m", "budgets": [{"max_limit": 1, "reset_duration": "1d"}]}
    limits = [
        repr(made.body["budgets"][0]["max_limit"])
        for made in contract.counterexamples(operation, body)
        if made.pointer == "/budgets/0/max_limit"
    ]
    assert {"0", "False"} <= set(limits)


def test_an_operation_without_a_body_has_no_counterexamples(contract: Contract) -> None:
    with pytest.raises(LookupError, match="listModelConfigs takes no body"):
        list(contract.counterexamples(contract.operations["listModelConfigs"], {}))


def test_facets_lead_through_references_conditions_members_and_entries(contract: Contract) -> None:
    schema = contract.document.schema("CreateModelConfigRequest")
    body = {"budgets": [{"max_limit": 1}, {"unknown": 2}]}
    found = {(node.pointer.rpartition("/")[2], path) for node, path, _ in facets(contract.document, schema, body)}
    assert {
        ("CreateModelConfigRequest", ()),
        ("0", ()),
        ("budgets", ("budgets",)),
        ("items", ("budgets", 1)),
        ("CreateBudgetRequest", ("budgets", 1)),
        ("max_limit", ("budgets", 0, "max_limit")),
    } <= found
    assert not any("unknown" in path for _, path in found)


TAGS = """
        words:
          description: Words to find the config by.
          type: array
          items: {type: string}
          uniqueItems: true
          examples: [[batch]]
"""
BEFORE_REQUEST = "        model_name:\n          description: Name of the model (required)."
BEFORE_RESOURCE = "        model_name:\n          description: Name of the model; `*` is all models."


def test_a_new_member_of_the_document_is_tested_without_any_change_of_code(
    edited: Callable[..., Path],
) -> None:
    path = edited(
        (BEFORE_REQUEST, TAGS.lstrip("\n") + BEFORE_REQUEST),
        (BEFORE_RESOURCE, TAGS.lstrip("\n") + BEFORE_RESOURCE),
    )
    contract = load_contract(path)
    operation = contract.operations["createModelConfig"]
    body = {"model_name": "m", "words": ["a", "b"]}
    made = {
        (each.rule, each.label): each.body["words"]
        for each in contract.counterexamples(operation, body)
        if each.pointer.startswith("/words")
    }
    assert contract.request_validator(operation).is_valid(body)
    assert made["REQ-07", "/words: a text instead of array"] == "text"
    assert made["REQ-07", "/words/0: a number instead of string"] == [7, "b"]
    assert made["REQ-11", "/words: the first entry again"] == ["a", "b", "a"]
    assert "words" in contract.resources["ModelConfig"].node.value["properties"]
