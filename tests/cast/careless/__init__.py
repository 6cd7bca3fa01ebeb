"""Faulty servers written by hand: ledgers that decide one thing as a tired engineer would."""

from __future__ import annotations

from tests.cast.careless import (
    bounds,
    budgets,
    caches,
    claims,
    details,
    doors,
    gates,
    identities,
    kept,
    lists,
    lives,
    names,
    neighbours,
    places,
    races,
    requests,
    searches,
    sequels,
    surroundings,
    turns,
    updates,
    views,
    writes,
)
from tests.cast.careless.registry import FAULTY

MODULES = (
    identities,
    lives,
    updates,
    budgets,
    requests,
    names,
    lists,
    places,
    races,
    doors,
    caches,
    claims,
    details,
    kept,
    neighbours,
    surroundings,
    turns,
    bounds,
    searches,
    sequels,
    writes,
    gates,
    views,
)

__all__ = ["FAULTY", "MODULES"]
