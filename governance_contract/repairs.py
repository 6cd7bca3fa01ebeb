"""Values that JSON Schema generators make, brought to keep the keywords that these do not know."""

from __future__ import annotations

from typing import Any

from governance_contract.document import Document, Node
from governance_contract.keywords import KEYWORDS


def repaired(document: Document, schema: Node, value: Any) -> Any:
    """Return `value` without what breaks a keyword that can be repaired: entries or members are left out for it."""
    if schema.has("$ref"):
        value = repaired(document, document.at(schema.value["$ref"]), value)
    for index in range(len(schema.value.get("allOf", ()))):
        value = repaired(document, schema.child("allOf", index), value)
    if isinstance(value, dict):
        known = schema.value.get("properties", {})
        value = {
            name: repaired(document, schema.child("properties", name), item) if name in known else item
            for name, item in value.items()
        }
    if isinstance(value, list) and schema.has("items"):
        value = [repaired(document, schema.child("items"), entry) for entry in value]
    for name in schema.value:
        keyword = KEYWORDS.get(name)
        if keyword is not None and keyword.repair is not None:
            value = keyword.repair(value, keyword.read(document, schema))
    return value
