"""Who may call an operation: the security schemes of the document, and the alternatives that an operation accepts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from governance_contract.document import Document, Node


@dataclass(frozen=True)
class SecurityScheme:
    """One way to present credentials: `http` with a scheme such as `bearer`, or `apiKey` in a place under a name.

    `location` is `header`, `query` or `cookie`; `http` schemes travel in the header `Authorization`.
    """

    id: str
    type: str
    location: str
    name: str
    scheme: str = ""


Requirement = tuple[SecurityScheme, ...]
"""Schemes that a request must satisfy together; none at all lets every request pass."""


def read_schemes(document: Document) -> dict[str, SecurityScheme]:
    """Return the security schemes of a document by id."""
    components = document.root.get("components", {})
    names = components.get("securitySchemes", {})
    return {str(name): _scheme(document, str(name)) for name in names}


def read_security(document: Document, operation: Node) -> tuple[Requirement, ...]:
    """Return the alternatives by which an operation lets a request pass; none means that it needs no credentials."""
    told = operation.value.get("security", document.root.get("security", ()))
    schemes = read_schemes(document)
    return tuple(tuple(schemes[name] for name in alternative if name in schemes) for alternative in told)


def _scheme(document: Document, name: str) -> SecurityScheme:
    node = document.resolve(document.at("").child("components", "securitySchemes", name))
    told: Mapping[str, Any] = node.value
    if told.get("type") == "http":
        return SecurityScheme(name, "http", "header", "Authorization", str(told.get("scheme", "")).lower())
    return SecurityScheme(name, str(told.get("type")), str(told.get("in", "")), str(told.get("name", "")))
