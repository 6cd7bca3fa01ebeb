"""Two documents compared as a whole."""

from __future__ import annotations

from collections.abc import Iterator

from contract_tests.drift import catalogue, keywords
from contract_tests.drift.change import Change, Severity, gathered
from contract_tests.drift.keywords import ABSENT
from contract_tests.drift.operations import Operations
from governance_contract.document import Document

_WORDS = ("title", "summary", "description", "version", "license", "contact", "termsOfService")


def compared(old: Document, new: Document) -> list[Change]:
    """Return what clients that keep to `old` meet in `new`, the worst first.

    The rules and the keywords that begin with `x-` are compared only where both documents have a catalogue of rules.
    """
    with_rules = states_rules(old) and states_rules(new)
    found = [*Operations(old, new, with_rules=with_rules).changes()]
    if with_rules:
        found += catalogue.changes(old, new)
    return gathered([*found, *_words(old, new)])


def states_rules(document: Document) -> bool:
    """Return whether a document has a catalogue of rules."""
    return "x-rules" in document.root


def _words(old: Document, new: Document) -> Iterator[Change]:
    before, after = (document.root.get("info", {}) for document in (old, new))
    for name in _WORDS:
        was, now = before.get(name, ABSENT), after.get(name, ABSENT)
        if was != now:
            pointer = f"/info/{name}"
            message = keywords.described(name, was, now)
            yield Change(Severity.DOCUMENTATION, pointer, message, old.line(pointer), new.line(pointer))
