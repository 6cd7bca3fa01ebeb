"""Everything that can be wrong with a document, found before anything starts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from governance_contract.defects import (
    bounds,
    catalogue,
    examples,
    keywords,
    operations,
    resources,
    skeleton,
    structure,
)
from governance_contract.document import Defect, Document

Found = Iterator[tuple[str, str]]
"""Pointer and message of each defect."""

FORM: Mapping[str, Callable[[Document], Found]] = {
    "references": structure.dangling_references,
    "numbers": bounds.unwritable_numbers,
    "operations": structure.ambiguous_operations,
    "parameters": structure.undeclared_parameters,
    "extension keywords": keywords.unknown_extensions,
    "schema keywords": keywords.unknown_keywords,
}
"""Checks of the form, each by what it looks at; without the form, not everything else can be read."""

RULES: Mapping[str, Callable[[Document], Found]] = {
    "rules": catalogue.incomplete_rules,
    "carried rules": catalogue.misplaced_carriers,
    "conditions": catalogue.unreadable_conditions,
    "examples": examples.broken_examples,
    "counterexamples": examples.harmless_counterexamples,
}
"""Checks of the rules, and of what examples show of them."""

ABILITIES: Mapping[str, Callable[[Document], Found]] = {
    "request keywords": keywords.unbreakable_keywords,
    "behaviour": operations.without_behaviour,
    "unread parameters": operations.unread_parameters,
    "security": operations.unsupported_security,
    "response headers": operations.unsaid_headers,
    "servers": operations.unusable_servers,
    "fields": resources.unknown_fields,
    "resources": resources.unknown_resources,
    "fields of actions": resources.unknown_fields_of_actions,
    "fields of lists": resources.unknown_fields_of_lists,
}
"""Checks of what mock and suite can do with a document of the right form."""

CHECKS = {**FORM, **RULES, **ABILITIES}


def find(document: Document, abilities: Mapping[str, Callable[[Document], Found]] = ABILITIES) -> tuple[Defect, ...]:
    """Return every defect of `document`, in the order of its lines; of a malformed one only what is malformed.

    A document without defects can drive mock and suite. Other `abilities` are those of another program.
    """
    if RULES_KEYWORD not in document.root and "paths" in document.root:
        return (Defect("", 1, _WITHOUT_RULES),)
    repeated = [Defect(pointer, line, "stands here a second time") for pointer, line in structure.repeated(document)]
    entries = list(skeleton.malformed(document)) or list(_found(document, abilities))
    found = [Defect(pointer, document.line(pointer), message) for pointer, message in entries]
    return tuple(sorted({*repeated, *found}, key=lambda defect: (defect.line, defect.pointer, defect.message)))


RULES_KEYWORD = "x-rules"

_WITHOUT_RULES = (
    "this document has no x-rules, the catalogue of rules that mock and suite are driven by; docs/vocabulary.md "
    "describes it and the keywords beside it, and without them `contract-tests diff` works alone"
)


def _found(document: Document, abilities: Mapping[str, Callable[[Document], Found]]) -> Found:
    form = [entry for check in FORM.values() for entry in check(document)] or list(bounds.boundless_schemas(document))
    yield from form
    for check in RULES.values():
        yield from _readable(check, document) if form else check(document)
    if not form:
        for check in abilities.values():
            yield from check(document)


def _readable(check: Callable[[Document], Found], document: Document) -> list[tuple[str, str]]:
    """Return what a check finds in a document whose form is wrong, nothing where it cannot be read for that."""
    try:
        return list(check(document))
    except (AttributeError, LookupError, TypeError, ValueError):
        return []
