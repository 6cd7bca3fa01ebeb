"""The rule catalogue of the document (`x-rules`): what a conforming API does, sentence by sentence."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from governance_contract.document import Document

LEVELS = ("MUST", "SHOULD", "MAY")

CONDUCT_KINDS = frozenset(
    {
        "accepts",
        "authentication",
        "concurrency",
        "documented",
        "filtering",
        "lifecycle",
        "paging",
        "parity",
        "robustness",
        "routing",
        "time",
    }
)
"""Kinds whose rules speak of what a server does over several requests; no single value can hold or break them."""


@dataclass(frozen=True)
class Refusal:
    """How a request that breaks a rule is answered: the documented status and those that are tolerated."""

    status: int
    tolerated: tuple[int, ...] = ()

    @property
    def statuses(self) -> tuple[int, ...]:
        """All statuses that a target may answer with, the documented one first."""
        return (self.status, *self.tolerated)


@dataclass(frozen=True)
class Rule:
    """One rule of the contract.

    `keywords` are those it carries wherever no other rule is named; `tolerates` says what it leaves open.
    """

    id: str
    level: str
    statement: str
    source: str
    kind: str
    operations: tuple[str, ...]
    refusal: Refusal | None = None
    keywords: tuple[str, ...] = ()
    tolerates: tuple[str, ...] = ()


@dataclass(frozen=True)
class Carried:
    """That a keyword at some place carries a rule, at the rule's own level or a softer one."""

    rule: str
    level: str


@dataclass(frozen=True)
class Catalogue:
    """All rules of a document by id, in the order of the document."""

    rules: Mapping[str, Rule]

    def __getitem__(self, rule_id: str) -> Rule:
        return self.rules[rule_id]

    def __iter__(self) -> Iterator[Rule]:
        return iter(self.rules.values())

    def __contains__(self, rule_id: object) -> bool:
        return rule_id in self.rules

    def __len__(self) -> int:
        return len(self.rules)

    def carried_by(self, schema: Any, keyword: str) -> tuple[Carried, ...]:
        """Return the rules that `schema` itself says its `keyword` carries."""
        named = schema.get("x-carries", {}).get(keyword, ()) if isinstance(schema, Mapping) else ()
        return tuple(self._carried(entry) for entry in (named if isinstance(named, list | tuple) else (named,)))

    def default_for(self, keyword: str) -> Carried:
        """Return the rule that carries `keyword` where no schema names another.

        Raises:
            LookupError: the catalogue has no rule for any keyword.
        """
        for wanted in (keyword, "*"):
            for rule in self:
                if wanted in rule.keywords:
                    return Carried(rule.id, rule.level)
        raise LookupError(f"no rule of x-rules has '*' among its keywords, so nothing carries {keyword}")

    def _carried(self, entry: str | Mapping[str, str]) -> Carried:
        if isinstance(entry, str):
            return Carried(entry, self[entry].level)
        return Carried(entry["rule"], entry["level"])


def read_catalogue(document: Document) -> Catalogue:
    """Return the rules of a document that has been found free of defects."""
    entries = document.root.get("x-rules", {})
    return Catalogue({rule_id: _rule(rule_id, entry) for rule_id, entry in entries.items()})


def _rule(rule_id: str, entry: Mapping[str, Any]) -> Rule:
    refusal = entry.get("refusal")
    return Rule(
        id=rule_id,
        level=entry["level"],
        statement=entry["statement"],
        source=entry["source"],
        kind=entry["kind"],
        operations=tuple(entry["operations"]),
        refusal=Refusal(refusal["status"], tuple(refusal.get("tolerated", ()))) if refusal else None,
        keywords=tuple(entry.get("keywords", ())),
        tolerates=tuple(entry.get("tolerates", ())),
    )
