"""The model configs in a response, so far as they have the form that probes can go on with."""

from __future__ import annotations

from typing import Any

from contract_tests.exchange import Response


def configs_in(answer: Response) -> list[dict[str, Any]]:
    """Return the model configs in an answer, be it one or a list, without members of a wrong type."""
    value = answer.json
    if not isinstance(value, dict):
        return []
    many = value.get("model_configs")
    found = many if isinstance(many, list) else [value.get("model_config")]
    return [well_formed(config) for config in found if isinstance(config, dict)]


def made_config(answer: Response) -> dict[str, Any] | None:
    """Return the config that a create made, None where it made none or the answer does not give its id."""
    found = configs_in(answer)
    is_usable = 200 <= answer.status < 300 and bool(found) and isinstance(found[0].get("id"), str)
    return found[0] if is_usable else None


def well_formed(config: dict[str, Any]) -> dict[str, Any]:
    """Return a config without members of a wrong type, so that probes can read it; the oracle reports them."""
    kept = {name: item for name, item in config.items() if isinstance(item, _TYPES.get(name, object))}
    if isinstance(kept.get("budgets"), list):
        kept["budgets"] = [entry for entry in kept["budgets"] if isinstance(entry, dict)]
    return kept


_TYPES: dict[str, Any] = {
    **dict.fromkeys(("id", "created_at", "updated_at"), str),
    **dict.fromkeys(("model_name", "provider", "scope", "scope_id", "scope_name"), str | None),
    "budgets": list | None,
    "budget": dict | None,
    "rate_limit": dict | None,
}
