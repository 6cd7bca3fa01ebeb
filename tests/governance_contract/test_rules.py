from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from governance_contract import Contract, yaml_source
from governance_contract.rules import ASPECTS, CONDUCT_ASPECTS, Carried, Refusal

FROZEN = Path(__file__).with_name("rule_ids.yaml")


def _frozen() -> dict[str, Any]:
    rules: dict[str, Any] = yaml_source.read(FROZEN)
    return rules


def test_ids_levels_and_sentences_of_the_rules_are_those_that_were_published(contract: Contract) -> None:
    present = {rule.id: {"level": rule.level, "statement": rule.statement} for rule in contract.rules}
    published = {rule_id: rule for rule_id, rule in _frozen().items() if rule["level"] != "RETIRED"}
    assert present == published, f"the catalogue has moved away from {FROZEN.name}; its head says what to do"


def test_a_retired_id_is_not_taken_again(contract: Contract) -> None:
    retired = {rule_id for rule_id, rule in _frozen().items() if rule["level"] == "RETIRED"}
    assert not retired & {rule.id for rule in contract.rules}


def test_every_aspect_has_a_rule_and_every_rule_a_known_aspect(contract: Contract) -> None:
    assert {rule.aspect for rule in contract.rules} == set(ASPECTS)


def test_a_rule_is_found_by_its_aspect_and_operation(contract: Contract) -> None:
    rule = contract.rules.about("refused-effect", "updateModelConfig")

    assert rule is not None
    assert rule.id == "LIFE-02"
    assert contract.rules.about("refused-effect", "listModelConfigs") is None


def test_rules_of_conduct_on_one_operation_have_aspects_of_their_own(contract: Contract) -> None:
    pairs = [(r.aspect, o) for r in contract.rules for o in r.operations if r.aspect in CONDUCT_ASPECTS]
    shared = {pair for pair in pairs if pairs.count(pair) > 1}

    assert {aspect for aspect, _ in shared} <= {"acceptance"}


def test_rules_that_only_ask_for_acceptance_have_no_refusal(contract: Contract) -> None:
    assert all(rule.refusal is None for rule in contract.rules if rule.aspect == "acceptance")


def test_the_documented_status_of_a_refusal_comes_first() -> None:
    assert Refusal(409, (400,)).statuses == (409, 400)


def test_the_catalogue_finds_rules_by_id_in_the_order_of_the_document(contract: Contract) -> None:
    ids = [rule.id for rule in contract.rules]
    assert ids == list(contract.document.root["x-rules"])
    assert len(contract.rules) == len(ids)
    assert "BUD-01" in contract.rules
    assert "BUD-99" not in contract.rules
    assert contract.rules["BUD-01"].aspect == "validation"


@pytest.mark.parametrize(
    ("carries", "carried"),
    [
        ({"type": "RATE-03"}, (Carried("RATE-03", "MUST"),)),
        ({"type": {"rule": "RATE-03", "level": "SHOULD"}}, (Carried("RATE-03", "SHOULD"),)),
        ({"type": ["PUT-02", "PUT-03"]}, (Carried("PUT-02", "MUST"), Carried("PUT-03", "SHOULD"))),
        ({"minimum": "RATE-03"}, ()),
        ({}, ()),
    ],
)
def test_a_schema_says_which_rules_its_keyword_carries(
    contract: Contract, carries: dict[str, Any], carried: tuple[Carried, ...]
) -> None:
    assert contract.rules.carried_by({"x-carries": carries}, "type") == carried


def test_a_schema_that_is_a_boolean_carries_nothing(contract: Contract) -> None:
    assert contract.rules.carried_by(True, "type") == ()


@pytest.mark.parametrize(("keyword", "rule"), [("type", "REQ-07"), ("uniqueItems", "REQ-11"), ("pattern", "REQ-11")])
def test_a_keyword_for_which_no_rule_is_named_carries_the_default(contract: Contract, keyword: str, rule: str) -> None:
    assert contract.rules.default_for(keyword).rule == rule
