"""The layers of the judge; importing this package registers every probe, in the order in which they are run."""

from __future__ import annotations

from contract_tests.layers import (
    acceptance,
    authentication,
    breadth,
    cases,
    identities,
    lifecycle,
    lists,
    races,
    refusals,
    robustness,
    smoke,
    updates,
    windows,
    workflows,
)
from contract_tests.layers.registry import PROBES
from governance_contract import load_contract

MODULES = (
    smoke,
    acceptance,
    identities,
    lifecycle,
    lists,
    updates,
    refusals,
    cases,
    workflows,
    breadth,
    authentication,
    races,
    robustness,
    windows,
)

refusals.register(load_contract())
cases.register()

__all__ = ["MODULES", "PROBES"]
