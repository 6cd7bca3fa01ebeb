"""The rule catalogue of the document (`x-rules`): what a conforming API does, sentence by sentence."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from governance_contract.document import Document

LEVELS = ("MUST", "SHOULD", "MAY")

CARRIED_ASPECTS: Mapping[str, str] = {
    "validation": "a keyword of a request schema or parameter holds",
    "echo": "what was sent comes back",
    "default": "a field that was not sent has its default",
    "generated": "the server gives an id or an instant",
    "derived": "a field follows from others",
    "identity": "no two resources are equal in their identity, and all others live side by side",
    "immutable": "a field never changes",
    "update": "an update treats a field in a documented way",
}
"""What a rule can be about that a keyword of a schema says; `x-carries` beside the keyword names the rule."""

CONDUCT_ASPECTS: Mapping[str, str] = {
    "acceptance": "a valid request is accepted",
    "calendar-window": "an aligned window ends at a calendar boundary",
    "deleted": "what was deleted is gone, and its identity is free",
    "error-body": "an error has the documented body",
    "failure": "no request makes the server fail",
    "filters": "a filter keeps what matches and nothing else",
    "list-total": "a list has its form and counts all matches",
    "no-credentials": "a request without credentials is refused",
    "order": "a list has one stable order",
    "other-place": "credentials count only where the document says that they travel",
    "other-principal": "credentials of another kind of user are refused",
    "other-scheme": "credentials under another scheme are refused",
    "pages": "pages neither overlap nor miss",
    "parity": "an update refuses what a create refuses",
    "race-deletes": "of simultaneous deletes one succeeds",
    "race-distinct": "simultaneous creates of distinct identities all persist",
    "race-order": "simultaneous requests end as if they had come one after the other",
    "race-same-identity": "of simultaneous creates of one identity one succeeds",
    "race-updates": "simultaneous updates leave one of the written states",
    "refused-effect": "a refused request changes nothing",
    "response": "status, content type and body are as documented",
    "rolling-window": "usage returns to 0 when a rolling window ends",
    "routing": "methods and paths that the document lacks are refused",
    "separate-windows": "counters with windows of their own reset independently",
    "server-clock": "instants that a write sets are near the time of the response",
    "side-effect": "no operation changes another resource",
    "stored": "what was created can be read and listed",
    "unauthorised-effect": "a request without valid credentials changes nothing",
    "unknown-key": "an unknown key is not found",
    "unsent": "an update leaves fields as they were that it does not send",
    "unusual": "an unusual value is kept exactly or refused",
    "wrong-key": "wrong credentials are refused",
}
"""What a rule can be about that no keyword says; code finds such a rule by its aspect and operation."""

ASPECTS: Mapping[str, str] = {**CARRIED_ASPECTS, **CONDUCT_ASPECTS}


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

    `aspect` is what of an operation it is about; `keywords` are those that it carries wherever no other rule is named;
    `tolerates` says what it leaves open.
    """

    id: str
    level: str
    statement: str
    source: str
    aspect: str
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

    def about(self, aspect: str, operation_id: str) -> Rule | None:
        """Return the rule on an aspect of an operation, None where the document has none."""
        return self._by_aspect.get((aspect, operation_id))

    @cached_property
    def _by_aspect(self) -> Mapping[tuple[str, str], Rule]:
        found: dict[tuple[str, str], Rule] = {}
        for rule in self:
            for operation in rule.operations:
                found.setdefault((rule.aspect, operation), rule)
        return found

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
        aspect=entry["aspect"],
        operations=tuple(entry["operations"]),
        refusal=Refusal(refusal["status"], tuple(refusal.get("tolerated", ()))) if refusal else None,
        keywords=tuple(entry.get("keywords", ())),
        tolerates=tuple(entry.get("tolerates", ())),
    )
