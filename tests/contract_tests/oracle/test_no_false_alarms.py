"""Whatever a correct server may do, and whatever happens on the wire, the oracle accuses nobody of anything else."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import pytest

from governance_contract import Contract
from tests.cast.independent import Ledger
from tests.cast.lookalikes import AnyCaseOfMembers, Cautious, Numbered, PlainText, Strict
from tests.contract_tests.oracle.drill import CALM, STORMY, Drill, Weather

RUNS = int(os.environ.get("DRILLS", "4"))
"""Drills of each kind; the nightly run has many more."""

SERVERS: tuple[Callable[[], Ledger], ...] = (Ledger, Numbered, Strict, Cautious, PlainText, AnyCaseOfMembers)
FAILURE = "REQ-09"


def _as_it_is(config: dict[str, Any]) -> dict[str, Any]:
    return config


def _with_nulls(config: dict[str, Any]) -> dict[str, Any]:
    return {"provider": None, "rate_limit": None, "scope_id": None, **config}


def _of_whole_seconds(value: Any) -> Any:
    """Return a config whose instants are cut to seconds, as some databases store them."""
    if isinstance(value, dict):
        return {
            name: _cut(item) if name.endswith(("_at", "reset")) else _of_whole_seconds(item)
            for name, item in value.items()
        }
    return [_of_whole_seconds(each) for each in value] if isinstance(value, list) else value


def _cut(value: Any) -> Any:
    return f"{value[:19]}Z" if isinstance(value, str) else value


@pytest.mark.parametrize("weather", [CALM, STORMY], ids=["calm", "stormy"])
@pytest.mark.parametrize("shown", [_as_it_is, _with_nulls, _of_whole_seconds])
@pytest.mark.parametrize("make", SERVERS)
def test_a_correct_server_is_accused_of_nothing_but_its_failures(
    contract: Contract, make: Callable[[], Ledger], shown: Callable[[Any], Any], weather: Weather
) -> None:
    for seed in range(RUNS):
        observed = Drill(contract, make(), seed, weather, shown).run(60)
        wrong = {(seed, each.rule, each.operation, each.kind, each.pointer) for each in observed if not each.holds}
        assert {each for each in wrong if each[1] != FAILURE and not each[3].startswith("status-5")} == set()


def test_the_drill_exercises_most_of_what_the_oracle_judges(contract: Contract) -> None:
    observed = [each for seed in range(12) for each in Drill(contract, Ledger(), seed).run(60)]

    held = {each.rule for each in observed if each.holds}
    assert held >= {
        "RESP-01",
        "RESP-02",
        "BUD-01",
        "BUD-02",
        "PUT-01",
        "PUT-02",
        "LIFE-01",
        "LIFE-04",
        "LIST-01",
        "LIST-05",
    }
