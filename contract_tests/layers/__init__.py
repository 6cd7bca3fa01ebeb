"""The layers of the judge; importing this package registers every probe, in the order in which they are run."""

from __future__ import annotations

from contract_tests.layers import acceptance, refusals
from contract_tests.layers.registry import PROBES
from governance_contract import load_contract

refusals.register(load_contract())

__all__ = ["PROBES", "acceptance", "refusals"]
