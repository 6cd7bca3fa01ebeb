from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from contract_tests.exam import CREATE
from contract_tests.exchange import Call, Exchange, Response
from contract_tests.plan import ScopeTargets
from contract_tests.residents import Resident, Wanted, wanted_configs
from governance_contract import Contract


def exam(profile: str = "gate", seed: int = 0) -> Any:
    """Return as much of an exam as the wishes for residents look at."""
    return SimpleNamespace(
        prefix="ct",
        target=SimpleNamespace(run_id="feed0001"),
        shared=SimpleNamespace(generation=1),
        provider="ct-feed0001-Provider",
        scopes=ScopeTargets(("vk-1", "vk-2"), ("u-1", "u-2")),
        allow_wildcard=True,
        profile=profile,
        seed=seed,
    )


@pytest.mark.parametrize("profile", ["gate", "thorough"])
def test_every_resident_is_valid(profile: str, contract: Contract) -> None:
    validator = contract.request_validator(contract.operations[CREATE])

    assert [each.label for each in wanted_configs(exam(profile)) if validator.violations(each.body)] == []


@pytest.mark.parametrize("seed", range(3))
def test_no_two_residents_have_one_identity_or_one_label(seed: int) -> None:
    wanted = wanted_configs(exam(seed=seed))
    identities = {
        tuple(each.body.get(name) for name in ("scope", "scope_id", "model_name", "provider")) for each in wanted
    }

    assert len(identities) == len({each.label for each in wanted}) == len(wanted)


def test_residents_have_many_numbers_of_budgets() -> None:
    assert {len(each.body.get("budgets", ())) for each in wanted_configs(exam())} >= {0, 1, 2, 3, 4, 5, 6, 7, 8, 51}


@pytest.mark.parametrize(
    ("status", "body", "has_config"),
    [
        (200, b'{"model_config": {"id": "a"}}', True),
        (200, b'{"model_config": {"id": 7}}', False),
        (400, b'{"error": {"message": "no"}}', False),
    ],
)
def test_a_resident_has_a_config_where_it_was_accepted(status: int, body: bytes, *, has_config: bool) -> None:
    exchange = Exchange(Call("POST", "/"), Response(status, {}, body))

    assert (Resident(Wanted("one", {}), exchange).config is not None) == has_config
