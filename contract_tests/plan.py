"""How a run goes about, what exists on its target, and what its probes share."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from contract_tests.attribution import Cause
from contract_tests.exchange import Exchange, created_id


@dataclass(frozen=True)
class ScopeTargets:
    """Virtual keys and users that exist on the target, where they are known."""

    virtual_keys: tuple[str, ...] = ()
    users: tuple[str, ...] = ()

    @property
    def virtual_key(self) -> str | None:
        """A virtual key that exists, if one is known."""
        return next(iter(self.virtual_keys), None)

    def by_scope(self) -> dict[str, str]:
        """Return one known target for each scope that has any."""
        return {scope: keys[0] for scope, keys in self.all_by_scope().items()}

    def all_by_scope(self) -> dict[str, tuple[str, ...]]:
        """Return the known targets of each scope that has any."""
        found = {"virtual_key": self.virtual_keys, "user": self.users}
        return {scope: keys for scope, keys in found.items() if keys}


@dataclass(frozen=True)
class Plan:
    """How a run goes about: how much it does, which of equivalent requests it sends, and what it may create."""

    profile: str = "gate"
    seed: int = 0
    prefix: str = "ct"
    allow_wildcard: bool = False
    is_shared: bool = False
    """Whether other processes carry out some of the probes."""


@dataclass
class Creates:
    """The creates that were answered with a config, by its id, and the last update of each.

    `deleted` are the ids of those that probes deleted.
    """

    by_id: dict[str, Exchange] = field(default_factory=dict)
    updates: dict[str, Exchange] = field(default_factory=dict)
    deleted: set[str] = field(default_factory=set)


@dataclass
class Shared:
    """What the probes of one run share: numbers for names, and a config that they may change.

    `created` is how it was created, `state` what it is as far as is known, None after a change. `refused` are the
    bodies of refused creates by their model name, so that one look at the list tells whether any was stored;
    `suspects` are those that were. `refused_updates` are the bodies of refused updates by their label, with the id of
    the resident that they were for, if any; `has_stored_refused` says whether one of them changed a config.
    `residents` are the creates of `residents.py`, `listed` the ids of all configs that lists have shown, `spoilt`
    those of configs that are not as they were, `spare` the creates of configs that probes have left to others, `causes`
    why valid requests were refused, `creates` what was created at all.
    """

    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    created: Exchange | None = None
    state: dict[str, Any] | None = None
    refused: dict[str, dict[str, Any]] = field(default_factory=dict)
    suspects: list[dict[str, Any] | None] = field(default_factory=list)
    refused_updates: dict[str, tuple[str | None, Any]] = field(default_factory=dict)
    has_stored_refused: bool = False
    residents: dict[str, Exchange] = field(default_factory=dict)
    generation: int = 1
    listed: set[str] = field(default_factory=set)
    spoilt: set[str] = field(default_factory=set)
    spare: list[Exchange] = field(default_factory=list)
    causes: list[Cause] = field(default_factory=list)
    creates: Creates = field(default_factory=Creates)

    @property
    def kept(self) -> set[str]:
        """The ids of what outlives the probe that created it."""
        ids = {created_id(exchange) for exchange in (*self.residents.values(), *self.spare, self.created) if exchange}
        return {config_id for config_id in ids if config_id}

    @property
    def config_id(self) -> str | None:
        """The id of that config, while there is one."""
        return created_id(self.created) if self.created else None
