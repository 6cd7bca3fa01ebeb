"""The keywords of objects: `required`, `additionalProperties`, `dependentRequired`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from governance_contract.keywords.keyword import Keyword, Mutation, Path, Schema, with_article
from governance_contract.values import without


def _mutate_required(value: Any, schema: Schema) -> Iterator[Mutation]:
    """Yield objects without a member, and with null for it, which must be none of its values."""
    for member in schema["required"] if isinstance(value, dict) else ():
        yield Mutation("required", "absent", without(value, member), f"without {member}", member)
        yield Mutation("required", "null", {**value, member: None}, f"{member} null", member)


def _explain_missing(_schema: Schema, path: Path) -> str:
    return with_article(path[-1])


def _mutate_additional_properties(value: Any, schema: Schema) -> Iterator[Mutation]:
    is_closed = schema["additionalProperties"] is False
    if is_closed and isinstance(value, dict) and "something_else" not in schema.get("properties", {}):
        unknown = {**value, "something_else": 1}
        yield Mutation("additionalProperties", "unknown-member", unknown, "an unknown member")


def _mutate_dependent_required(value: Any, schema: Schema) -> Iterator[Mutation]:
    """Yield bodies that lack a needed partner, beside whatever else is there and alone."""
    for member, needs in schema["dependentRequired"].items():
        if not isinstance(value, dict) or member not in value:
            continue
        for needed in needs:
            told = f"{member} without {needed}"
            yield Mutation("dependentRequired", "without-partner", without(value, needed), told, f"{member}, {needed}")
        if needs:
            yield Mutation("dependentRequired", "alone", {member: value[member]}, f"{member} alone", member)


def _repair_dependent_required(value: Any, schema: Schema) -> Any:
    """Return an object without the members whose needed partner is absent."""
    pairs = schema["dependentRequired"]
    if not isinstance(value, dict):
        return value
    kept = {name: item for name, item in value.items() if all(needed in value for needed in pairs.get(name, ()))}
    return kept if len(kept) == len(value) else _repair_dependent_required(kept, schema)


REQUIRED = Keyword("required", _mutate_required, _explain_missing)
ADDITIONAL_PROPERTIES = Keyword("additionalProperties", _mutate_additional_properties)
DEPENDENT_REQUIRED = Keyword(
    "dependentRequired", _mutate_dependent_required, _explain_missing, repair=_repair_dependent_required
)
