from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance_contract import Contract, load_contract
from mockserver.forcing.dynamic import Generator
from mockserver.problems import Problem
from mockserver.state.identity import identity_of

SEEDS = range(60)
IDENTITY = ("scope", "scope_id", "model_name", "provider")


@pytest.fixture(scope="module")
def generator(contract: Contract) -> Generator:
    return Generator(contract)


@pytest.fixture(scope="module")
def listed(contract: Contract, generator: Generator) -> list[dict[str, Any]]:
    """Return the bodies of lists of model configs, by seed."""
    return [generator.body(contract.operations["listModelConfigs"], 200, seed) for seed in SEEDS]


@pytest.fixture(scope="module")
def configs(listed: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [config for body in listed for config in body["model_configs"]]


def values(value: Any) -> Iterator[Any]:
    yield value
    items = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for item in items:
        yield from values(item)


@given(seed=st.integers(0, 2**63 - 1))
def test_every_body_keeps_the_document(contract: Contract, generator: Generator, seed: int) -> None:
    for operation in contract.operations:
        for status in operation.statuses:
            schema = operation.schema_of(status)
            body = orjson.loads(orjson.dumps(generator.body(operation, int(status), seed)))
            assert contract.validator(schema).violations(body) == ()


def test_the_same_seed_makes_the_same_body_whatever_was_made_before(contract: Contract) -> None:
    operation = contract.operations["listModelConfigs"]
    first, other = Generator(contract), Generator(contract)
    bodies = [first.body(operation, 200, seed) for seed in SEEDS]
    assert [other.body(operation, 200, seed) for seed in reversed(SEEDS)] == bodies[::-1]
    assert len({orjson.dumps(body) for body in bodies}) > len(SEEDS) / 2


def test_what_may_be_null_is_null_and_what_may_be_absent_is_absent(configs: list[dict[str, Any]]) -> None:
    for name in ("provider", "scope_id", "scope_name", "budgets", "budget", "rate_limit"):
        assert any(name not in config for config in configs), name
        assert any(config.get(name, 0) is None for config in configs), name
        assert any(config.get(name) for config in configs), name
    assert any(len(config.get("budgets") or ()) > 3 for config in configs)
    assert any(config.get("budgets") == [] for config in configs)


def test_numbers_and_texts_are_those_that_clients_stumble_over(listed: list[dict[str, Any]]) -> None:
    found = list(values(listed))
    assert {2**53 + 1, 2**63 - 1, 5e-324, 1.7976931348623157e308} <= {n for n in found if isinstance(n, int | float)}
    texts = {text for text in found if isinstance(text, str)}
    assert any(len(text) > 500 for text in texts)
    for odd in ("<script>", "\u202e", "👩‍👩‍👧‍👦", "\u0000", "+14:00"):
        assert any(odd in text for text in texts), odd


def test_lists_are_empty_of_one_and_long(listed: list[dict[str, Any]]) -> None:
    lengths = {len(body["model_configs"]) for body in listed}
    assert {0, 1} <= lengths
    assert max(lengths) > 20


def test_the_members_of_a_page_agree(listed: list[dict[str, Any]]) -> None:
    for body in listed:
        count, limit = len(body["model_configs"]), body.get("limit", 100)
        assert body.get("count", count) == count
        assert count <= limit
        assert body.get("offset", 0) + count <= body["total_count"] or not count


@pytest.mark.parametrize("seed", SEEDS)
def test_the_members_of_a_numbered_page_agree(contract: Contract, generator: Generator, seed: int) -> None:
    body = generator.body(contract.operations["listUsers"], 200, seed)
    if {"total", "limit", "total_pages"} <= set(body) and body["limit"]:
        assert body["total_pages"] == -(-body["total"] // body["limit"])
    if {"has_more", "page", "total_pages"} <= set(body):
        assert body["has_more"] == (body["page"] < body["total_pages"]) or not body["users"]


def test_members_agree_as_the_document_derives_them(configs: list[dict[str, Any]]) -> None:
    for config in configs:
        budgets = config.get("budgets") or []
        assert config.get("budget") in (None, *budgets[:1])
        assert {each.get("calendar_aligned", config["calendar_aligned"]) for each in budgets} <= {
            config["calendar_aligned"]
        }
        assert datetime.fromisoformat(config["created_at"]) <= datetime.fromisoformat(config["updated_at"])


def test_a_resource_is_one_that_a_request_could_have_asked_for(
    contract: Contract, configs: list[dict[str, Any]]
) -> None:
    validator = contract.request_validator(contract.operations["createModelConfig"])
    members = contract.request_properties(contract.operations["createModelConfig"])
    for config in configs:
        sent = {name: config[name] for name in members if config.get(name) is not None}
        assert validator.violations(sent) == ()
        assert config["scope"] != "global" or config.get("scope_id") is None


def test_no_two_entries_of_a_list_are_the_same(listed: list[dict[str, Any]]) -> None:
    for body in listed:
        configs = body["model_configs"]
        assert len({config["id"] for config in configs}) == len(configs)
        assert len({identity_of(config, IDENTITY) for config in configs}) == len(configs)


def with_member(edited: Callable[..., Path], schema: str) -> Contract:
    """Return the contract with one more member of users, `code`."""
    email = "email: {description: Mail address., type: string}\n"
    return load_contract(edited((email, f"{email}        code: {schema}\n")))


def codes(contract: Contract) -> set[str]:
    bodies = [Generator(contract).body(contract.operations["listUsers"], 200, seed) for seed in SEEDS]
    return {user["code"] for body in bodies for user in body["users"] if "code" in user}


def test_a_new_member_of_the_document_is_generated(edited: Callable[..., Path]) -> None:
    nil, greatest = "00000000-0000-0000-0000-000000000000", "FFFFFFFF-FFFF-4FFF-BFFF-FFFFFFFFFFFF"
    assert codes(with_member(edited, "{type: string, format: uuid}")) == {nil, greatest}


def test_a_pattern_is_kept_by_examples(edited: Callable[..., Path]) -> None:
    assert codes(with_member(edited, "{type: string, pattern: '^[a-f]{3}$', examples: [abc, def]}")) == {"abc", "def"}


def test_a_schema_without_any_known_value_asks_for_examples(edited: Callable[..., Path]) -> None:
    contract = with_member(edited, "{type: string, pattern: '^[a-f]{7}$'}")
    with pytest.raises(Problem, match="no value is known for /components/schemas/User/properties/code"):
        codes(contract)
