"""The kinds that judge responses see what the schema of the response cannot see."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from governance_contract import Contract
from governance_contract.kinds import KINDS
from governance_contract.kinds.default import Default
from governance_contract.kinds.derived import FirstOf
from governance_contract.kinds.echo import Echo
from governance_contract.kinds.generated import Generated
from governance_contract.kinds.update import Update

EXAMPLES = ("smallest", "globalBudget", "scopedKey", "multiBudgetWithRateLimit")
LIMITS = ("token_max_limit", "token_reset_duration", "request_max_limit", "request_reset_duration")


def exchange(contract: Contract, name: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the request of a documented example and the config that it is answered with."""
    operation = contract.operations["createModelConfig"]
    place = contract.document.at("").child("paths", operation.path, "post")
    sent = place.child("requestBody", "content", "application/json", "examples", name, "value").value
    answer = place.child("responses", "200", "content", "application/json", "examples", name)
    received = contract.document.resolve(answer).child("value", "model_config").value
    return dict(sent), dict(received)


def judged(contract: Contract, name: str) -> Iterator[tuple[str, Any, Any, str]]:
    """Yield kind and parameters, a documented value that it judges, and which part of it is the response."""
    sent, received = exchange(contract, name)
    pair = {"sent": sent, "received": received}
    members = frozenset(contract.resources["ModelConfig"].node.value["properties"])
    yield "echo", Echo(members, ("id", "reset_duration")), pair, "received"
    if "scope" not in sent:
        yield "default", Default("scope", "global", ("user", "virtual_key")), pair, "received"
    yield "derived", FirstOf("budget", "budgets"), received, ""
    for member in ("id", "scope", "scope_id", "created_at"):
        yield "immutable", member, {"before": received, "after": received}, "after"
    yield "generated", Generated("id", "id"), received, ""
    yield "generated", Generated("created_at", "created"), received, ""
    yield "generated", Generated("updated_at", "updated", since="created_at"), received, ""
    transition = {"before": received, "sent": sent, "after": received}
    keys, kept = ("id", "reset_duration"), ("id", "current_usage", "last_reset", "created_at")
    yield "update", Update("budgets", keys=keys, kept=kept), transition, "after"
    yield "update", Update("rate_limit", settable=LIMITS), transition, "after"


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_documented_exchange_keeps_every_rule(contract: Contract, name: str) -> None:
    for kind, params, value, _ in judged(contract, name):
        assert KINDS[kind].explain(value, params) == (), kind


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_variant_of_a_documented_exchange_breaks_its_rule(contract: Contract, name: str) -> None:
    for kind, params, value, _ in judged(contract, name):
        for variant in KINDS[kind].violate(value, params):
            assert not KINDS[kind].holds(variant.value, params), f"{kind}: {variant.label}"


@pytest.mark.parametrize("kind", ["echo", "default", "derived", "immutable", "generated", "update"])
def test_a_kind_of_responses_breaks_them_in_ways_that_the_schema_accepts(contract: Contract, kind: str) -> None:
    validator = contract.validator(contract.resources["ModelConfig"].node)
    unseen = [
        variant.label
        for name in EXAMPLES
        for judging, params, value, part in judged(contract, name)
        if judging == kind
        for variant in KINDS[kind].violate(value, params)
        if validator.is_valid(variant.value[part] if part else variant.value)
    ]
    assert unseen


@pytest.mark.parametrize(
    ("kind", "label"),
    [
        ("echo", "model_name is lost"),
        ("echo", "model_name: in another case"),
        ("echo", "budgets: only the first entry"),
        ("echo", "budgets: an entry twice"),
        ("echo", "budgets: last entry: max_limit: greater by one"),
        ("echo", "rate_limit: token_max_limit: as text"),
        ("derived", "budget is entry 2"),
        ("derived", "budget has another max_limit"),
        ("immutable", "scope_id changes"),
        ("immutable", "created_at is lost"),
        ("generated", "created_at is '2026-01-01T00:00:00'"),
        ("generated", "updated_at is '1970-01-01T00:00:00Z'"),
        ("update", "budgets: an entry lost"),
        ("update", "budgets: current_usage of entry 0 changes"),
        ("update", "rate_limit: removed"),
    ],
)
def test_a_likely_mistake_of_a_server_is_among_the_variants(contract: Contract, kind: str, label: str) -> None:
    labels = {
        variant.label
        for judging, params, value, _ in judged(contract, "multiBudgetWithRateLimit")
        if judging == kind
        for variant in KINDS[kind].violate(value, params)
    }
    assert label in labels


def test_a_distortion_of_what_only_the_server_gives_breaks_no_echo(contract: Contract) -> None:
    sent, received = exchange(contract, "scopedKey")
    params = Echo(frozenset({"budgets"}))
    labels = [variant.label for variant in KINDS["echo"].violate({"sent": sent, "received": received}, params)]
    assert "budgets: last entry: max_limit: as text" in labels
    assert not any("current_usage" in label or "created_at" in label for label in labels)
