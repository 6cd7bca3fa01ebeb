"""What Schemathesis cannot know of this contract, for its valid requests; it is loaded through SCHEMATHESIS_HOOKS."""

from __future__ import annotations

import os
from typing import Any

import schemathesis

from governance_contract import load_contract
from governance_contract.repairs import repaired

_CONTRACT = load_contract()

KEY_VARIABLE = "SCORE_VIRTUAL_KEY"
"""The environment variable with a virtual key that exists on the target."""

_CREATE = "CreateModelConfigRequest"


@schemathesis.hook
def map_case(_context: Any, case: Any) -> Any:
    """Let a request that is meant to be valid keep the rules: distinct durations, and a scope target that exists."""
    if case.meta is not None and case.meta.generation.mode.is_positive and isinstance(case.body, dict):
        case.body = _repaired(case.body)
    return case


def _repaired(body: dict[str, Any]) -> dict[str, Any]:
    body = repaired(_CONTRACT.document, _CONTRACT.document.schema(_CREATE), body)
    key = os.environ.get(KEY_VARIABLE)
    return {**body, "scope_id": key} if body.get("scope") == "virtual_key" and key else body
