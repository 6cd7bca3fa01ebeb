"""What all tests of the kit share: the contract, and deterministic property tests."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, settings

from governance_contract import Contract, load_contract

settings.register_profile(
    "kit",
    derandomize=True,
    database=None,
    deadline=None,
    max_examples=30,
    suppress_health_check=[HealthCheck.too_slow],  # how fast the machine is says nothing of the code
)
settings.load_profile("kit")


@pytest.fixture(scope="session")
def contract() -> Contract:
    return load_contract()
