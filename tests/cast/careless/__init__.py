"""Faulty servers written by hand: ledgers that decide one thing as a tired engineer would."""

from __future__ import annotations

from tests.cast.careless import budgets, doors, identities, lists, lives, names, races, requests, updates
from tests.cast.careless.registry import FAULTY

MODULES = (identities, lives, updates, budgets, requests, names, lists, races, doors)

__all__ = ["FAULTY", "MODULES"]
