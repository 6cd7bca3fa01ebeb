"""What the oracle observes of an exchange: a rule that holds, or one that is broken, and how."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from contract_tests.exchange import Exchange
from contract_tests.labels import label_of
from governance_contract import pointers

_OF_FIELDS = frozenset({"default", "echo", "read", "unsent"})
"""Kinds of defects by which a field is not as it should be."""

_EXPLAINED = frozenset({"accepted", "found", "lacks", "passes"})
"""Kinds of defects whose detail says what is wrong with the request, or what the filter was."""

_INDEX = re.compile(r"/\d+(?=/|$)")


@dataclass(frozen=True)
class Observation:
    """One look at one rule on one operation.

    `pointer` and `kind` say what of the operation was looked at, in a form that stays the same from run to run: entries
    of lists are `*`. `detail` is the sentence for people; `evidence` are the exchanges that show it. `key` is that of
    the resource which is not as it was.
    """

    rule: str
    operation: str
    level: str
    holds: bool
    kind: str = ""
    pointer: str = ""
    detail: str = ""
    expected: str = ""
    received: str = ""
    evidence: tuple[Exchange, ...] = field(default=(), repr=False)
    key: str = ""

    @property
    def sort(self) -> str:
        """What other defects follow from this one: the field that is shown wrongly, else the kind."""
        is_of_field = self.kind.partition("-")[0] in _OF_FIELDS
        return "/".join(["field", *pointers.split(self.pointer)[:1]]) if is_of_field else self.kind

    @property
    def label(self) -> str:
        """The sentence for what is wrong, the same in every run; with rule and operation it makes a finding."""
        return label_of(self.kind, self.pointer)

    @property
    def explained(self) -> str:
        """What was expected, and why where that is not plain from the sentence for the kind."""
        is_plain = self.kind.partition("-")[0] not in _EXPLAINED
        return self.expected if is_plain else f"{self.expected} ({self.detail})"

    @property
    def identity(self) -> tuple[str, str, str, str]:
        """What makes two broken observations the same finding: rule, operation, pointer, and kind of defect."""
        return self.rule, self.operation, self.pointer, self.kind


def general(pointer: str) -> str:
    """Return a JSON Pointer with `*` for each position in a list."""
    return _INDEX.sub("/*", pointer)
