"""Defects in the outline of a document: missing or mistyped parts, without which nothing else can be read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import jsonschema_rs

from governance_contract import pointers
from governance_contract.document import Document
from governance_contract.operations import JSON, METHODS

_OBJECT: Mapping[str, Any] = {"type": "object"}
_OBJECTS: Mapping[str, Any] = {"type": "object", "additionalProperties": _OBJECT}
_REFERENCE = {"type": "object", "required": ["$ref"], "properties": {"$ref": {"type": "string"}}}


def _or_reference(schema: Mapping[str, Any]) -> dict[str, Any]:
    return {"if": {"type": "object", "required": ["$ref"]}, "then": _REFERENCE, "else": schema}


_EXAMPLE = _or_reference({"type": "object"})
_CONTENT = {
    "type": "object",
    "required": [JSON],
    "properties": {
        JSON: {
            "type": "object",
            "required": ["schema"],
            "properties": {"schema": _OBJECT, "examples": {"type": "object", "additionalProperties": _EXAMPLE}},
        }
    },
}
_HEADER = _or_reference({"type": "object", "properties": {"schema": _OBJECT}})
_HEADERS = {"type": "object", "additionalProperties": _HEADER}
_RESPONSE = _or_reference({"type": "object", "properties": {"content": _CONTENT, "headers": _HEADERS}})
_SECURITY = {"type": "array", "items": {"type": "object", "additionalProperties": {"type": "array"}}}
_PARAMETER = _or_reference(
    {
        "type": "object",
        "required": ["name", "in", "schema"],
        "properties": {"name": {"type": "string"}, "in": {"type": "string"}, "schema": _OBJECT},
    }
)
_PARAMETERS = {"type": "array", "items": _PARAMETER}
_OPERATION = {
    "type": "object",
    "required": ["responses"],
    "properties": {
        "parameters": _PARAMETERS,
        "security": _SECURITY,
        "requestBody": _or_reference({"type": "object", "required": ["content"], "properties": {"content": _CONTENT}}),
        "responses": {
            "type": "object",
            "propertyNames": {"pattern": "^[1-5][0-9][0-9]$"},
            "additionalProperties": _RESPONSE,
        },
    },
}
_PATH = {"type": "object", "properties": {"parameters": _PARAMETERS, **dict.fromkeys(METHODS, _OPERATION)}}
_SKELETON = {
    "type": "object",
    "required": ["info", "paths", "components", "x-rules"],
    "properties": {
        "paths": {"type": "object", "additionalProperties": _PATH},
        "components": {
            "type": "object",
            "required": ["schemas"],
            "additionalProperties": _OBJECTS,
            "properties": {
                "parameters": {"type": "object", "additionalProperties": _PARAMETER},
                "responses": {"type": "object", "additionalProperties": _RESPONSE},
                "headers": _HEADERS,
                "examples": {"type": "object", "additionalProperties": _EXAMPLE},
                "securitySchemes": {"type": "object", "additionalProperties": _or_reference(_OBJECT)},
            },
        },
        "info": {"type": "object", "properties": {"title": {"type": "string"}, "version": {"type": "string"}}},
        "security": _SECURITY,
        "servers": {"type": "array"},
        "x-rules": _OBJECTS,
    },
}


def malformed(document: Document) -> Iterator[tuple[str, str]]:
    """Yield each part without which, or with whose type, no other check can read the document."""
    for error in jsonschema_rs.iter_errors(_SKELETON, document.root):
        yield pointers.join(*error.instance_path), error.message
