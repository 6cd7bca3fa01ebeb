"""The virtual keys, users, providers and models of the server."""

from collections.abc import Mapping, Sequence
from typing import Any

Entry = Mapping[str, Any]

VIRTUAL_KEYS: Sequence[Entry] = (
    {"id": "vk-billing", "name": "Billing service", "is_active": True},
    {"id": "vk-research", "name": "Research team", "is_active": True},
    {"id": "vk-retired", "name": "Retired key", "is_active": False},
)
USERS: Sequence[Entry] = (
    {"id": "user-grace", "name": "Grace Hopper", "email": "grace@example.com"},
    {"id": "user-alan", "name": "Alan Turing", "email": "alan@example.com"},
    {"id": "user-emmy", "name": "Emmy Noether", "email": "emmy@example.com"},
)
PROVIDERS: Sequence[Entry] = ({"name": "openai"}, {"name": "mistral"})
MODELS: Sequence[Entry] = (
    {"name": "gpt-4o", "provider": "openai"},
    {"name": "gpt-4o-mini", "provider": "openai"},
    {"name": "mistral-large", "provider": "mistral"},
)
_TARGETS: Mapping[str, Sequence[Entry]] = {"virtual_key": VIRTUAL_KEYS, "user": USERS}


def find_entry(entries: Sequence[Entry], entry_id: str) -> Entry | None:
    """Returns the entry with this `id`, or None."""
    return next((entry for entry in entries if entry["id"] == entry_id), None)


def find_scope_name(scope: str, scope_id: str | None) -> str | None:
    """Returns the name of the virtual key or user that a config is for, or None if it is unknown."""
    entry = find_entry(_TARGETS.get(scope, ()), scope_id or "")
    return None if entry is None else str(entry["name"])
