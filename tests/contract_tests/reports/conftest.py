"""What the tests of the reports share."""

from __future__ import annotations

import pytest

from contract_tests.reports.run import Run
from governance_contract import Contract
from tests.contract_tests.runs import FINDING, eventful, found, probe, run_of


@pytest.fixture
def green(contract: Contract) -> Run:
    """Return a run without findings."""
    return run_of(contract, probe("p", [rule.id for rule in contract.rules]))


@pytest.fixture
def red(contract: Contract) -> Run:
    """Return a run with one finding."""
    return run_of(contract, *found(FINDING), probe())


@pytest.fixture
def all_sorts(contract: Contract) -> Run:
    """Return a run in which everything happened that a report can tell."""
    return eventful(contract)
