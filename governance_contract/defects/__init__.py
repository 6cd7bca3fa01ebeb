"""Everything that can be wrong with a document, found before anything starts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from governance_contract.defects import catalogue, examples, keywords, skeleton, structure
from governance_contract.document import Defect, Document

Found = Iterator[tuple[str, str]]
"""Pointer and message of each defect."""

CHECKS: Mapping[str, Callable[[Document], Found]] = {
    "references": structure.dangling_references,
    "operations": structure.ambiguous_operations,
    "parameters": structure.undeclared_parameters,
    "extension keywords": keywords.unknown_extensions,
    "schema keywords": keywords.unknown_keywords,
    "rules": catalogue.incomplete_rules,
    "carried rules": catalogue.misplaced_carriers,
    "conditions": catalogue.unreadable_conditions,
    "examples": examples.broken_examples,
    "counterexamples": examples.harmless_counterexamples,
}
"""Each check by what it looks at."""


def find(document: Document) -> tuple[Defect, ...]:
    """Return every defect of `document`, in the order of its lines; of a malformed one only what is malformed."""
    repeated = [Defect(pointer, line, "stands here a second time") for pointer, line in structure.repeated(document)]
    malformed = list(skeleton.malformed(document))
    checked = (entry for check in CHECKS.values() for entry in check(document))
    found = [Defect(pointer, document.line(pointer), message) for pointer, message in malformed or checked]
    return tuple(sorted({*repeated, *found}, key=lambda defect: (defect.line, defect.pointer, defect.message)))
