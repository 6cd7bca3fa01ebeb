"""The layers of the judge; importing this package registers every probe."""

from __future__ import annotations

from contract_tests.layers import (
    acceptance,
    authentication,
    breadth,
    cases,
    identities,
    lifecycle,
    lists,
    malformed,
    races,
    refusals,
    smoke,
    updates,
    windows,
    workflows,
)
from contract_tests.layers.registry import PROBES
from contract_tests.layers.robustness import aftermath, bodies, crashes, exactness, queries, routes

MODULES = (
    smoke,
    acceptance,
    updates,
    malformed,
    identities,
    lifecycle,
    lists,
    refusals,
    cases,
    workflows,
    breadth,
    authentication,
    races,
    exactness,
    bodies,
    routes,
    queries,
    aftermath,
    windows,
    crashes,
)
"""The order in which the probes of a layer are run, whichever was imported first."""

refusals.register()
cases.register()
PROBES.arrange([module.__name__ for module in MODULES])

__all__ = ["MODULES", "PROBES"]
