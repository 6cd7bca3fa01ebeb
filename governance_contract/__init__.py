"""The contract of the governance API: document, operations, resources, rules, and keywords."""

from __future__ import annotations

from governance_contract.contract import Contract, load_contract
from governance_contract.document import DocumentError

__all__ = ["Contract", "DocumentError", "load_contract"]
