"""The closed set of rule kinds whose rules hold or break in a single value."""

from __future__ import annotations

from collections.abc import Mapping

from governance_contract.kinds import (
    default,
    derived,
    echo,
    generated,
    identity,
    immutable,
    paired,
    refers_to,
    required_unless,
    unique_by,
    update,
)
from governance_contract.kinds.kind import ABSENT, Fault, Kind, Variant

KINDS: Mapping[str, Kind] = {
    module.KIND.name: module.KIND
    for module in (
        default,
        derived,
        echo,
        generated,
        identity,
        immutable,
        paired,
        refers_to,
        required_unless,
        unique_by,
        update,
    )
}

SCHEMA_KIND = "schema"
"""The kind of rules that standard JSON Schema keywords carry; `kinds.schema` knows how to break them."""

__all__ = ["ABSENT", "KINDS", "SCHEMA_KIND", "Fault", "Kind", "Variant"]
