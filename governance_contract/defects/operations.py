"""What an operation says that neither mock nor suite can do: verbs, statuses, parameters, credentials, headers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from governance_contract.document import Document, Node
from governance_contract.keywords.types import type_names
from governance_contract.operations import JSON, SEPARATORS, operation_nodes, parameter_nodes
from governance_contract.resources import CREATE, LIST, SET, UPDATE, VERBS

Found = Iterator[tuple[str, str]]

_PAGE_NAMES = ("offset", "page")
"""Query parameters of a list that are known by their names."""

_READ_BY = ("x-filter", "x-page", "x-sort")
_HTTP_SCHEMES = ("bearer", "basic")
_PLACES = ("header", "query", "cookie")


def without_behaviour(document: Document) -> Found:
    """Yield operations that nothing carries out, or that cannot be answered as the document says."""
    resources = [name for name, schema in _schemas(document).items() if "x-resource" in schema]
    for path, node in operation_nodes(document):
        told, name = node.value.get("x-action"), node.value.get("operationId")
        if not isinstance(told, Mapping):
            yield node.pointer, f"{name} has no behaviour: x-action is missing, which says verb and resource"
            continue
        verb, resource = told.get("verb"), told.get("resource")
        if verb not in VERBS:
            known = ", ".join(VERBS)
            yield node.pointer, f"{name} has no behaviour: x-action.verb is {verb!r}, expected one of {known}"
        if resource not in resources:
            listed = ", ".join(resources) or "a schema with x-resource"
            yield node.pointer, f"{name} acts on {resource!r}, expected one of {listed}"
        yield from ((node.pointer, f"{name} {message}") for message in _unanswerable(document, path, node, str(verb)))


def _unanswerable(document: Document, path: str, node: Node, verb: str) -> Iterator[str]:
    statuses = [status for status in node.value["responses"] if status.startswith("2")]
    if not statuses:
        yield "documents no status of success; expected one from 200 to 299"
    if verb in (CREATE, UPDATE, SET) and not node.has("requestBody"):
        yield f"is a {verb} without requestBody"
    if verb not in (LIST, CREATE) and not path.rstrip("/").endswith("}") and "{" not in path:
        yield f"is a {verb}, but its path has no parameter for the key"
    if verb == LIST and statuses and not _has_items(document, node, statuses[0]):
        yield "is a list, but its response has neither a property with `x-from: items` nor is it an array"


def _has_items(document: Document, node: Node, status: str) -> bool:
    response = document.resolve(node.child("responses", status))
    if not response.has("content"):
        return False
    schema = document.resolve(response.child("content", JSON, "schema")).value
    members = schema.get("properties", {}).values()
    return "array" in type_names(schema.get("type", ())) or any(each.get("x-from") == "items" for each in members)


def unread_parameters(document: Document) -> Found:
    """Yield parameters that nothing reads, or that have a form in which nothing reads them."""
    for path, operation in operation_nodes(document):
        verb = operation.value.get("x-action", {}).get("verb")
        for place, parameter in parameter_nodes(document, path, operation):
            yield from ((place.pointer, message) for message in _unread(document, path, verb, parameter))


def _unread(document: Document, path: str, verb: Any, parameter: Node) -> Iterator[str]:
    name, location = parameter.value["name"], parameter.value["in"]
    if location == "path":
        if f"{{{name}}}" not in path:
            yield f"the path has no {{{name}}}"
        return
    if location != "query" or verb != LIST:
        yield f"nothing reads the {location} parameter {name}; a list reads query parameters"
        return
    if name not in _PAGE_NAMES and not any(parameter.has(keyword) for keyword in _READ_BY):
        yield f"nothing reads the query parameter {name}; give it one of {', '.join(_READ_BY)}"
    yield from _unreadable(document, parameter)


def _unreadable(document: Document, parameter: Node) -> Iterator[str]:
    name, style = parameter.value["name"], parameter.value.get("style", "form")
    schema = document.resolve(parameter.child("schema"))
    types = type_names(schema.value.get("type", ()))
    if "object" in types or style not in SEPARATORS:
        yield f"{name} is an object or of the style {style}; expected a value or an array, as {', '.join(SEPARATORS)}"
    elif "array" in types and not schema.has("items"):
        yield f"{name} is an array, but nothing says of what; expected items"


def unsupported_security(document: Document) -> Found:
    """Yield security schemes that neither mock nor suite knows, and requirements of schemes that are not there."""
    schemes = document.root.get("components", {}).get("securitySchemes", {})
    for name in schemes:
        node = document.resolve(document.at("").child("components", "securitySchemes", name))
        if message := _unsupported(node.value):
            yield node.pointer, f"the security scheme {name} {message}"
    for owner in (Node((), document.root), *(node for _, node in operation_nodes(document))):
        for index, required in enumerate(owner.value.get("security", ())):
            for name in required:
                if name not in schemes:
                    yield owner.child("security", index).pointer, f"the security scheme {name} is not there"


def _unsupported(scheme: Mapping[str, Any]) -> str | None:
    kind = scheme.get("type")
    if kind == "http":
        is_known = str(scheme.get("scheme", "")).lower() in _HTTP_SCHEMES
        return None if is_known else f"is not supported; expected the scheme {' or '.join(_HTTP_SCHEMES)}"
    if kind == "apiKey":
        is_whole = scheme.get("in") in _PLACES and isinstance(scheme.get("name"), str)
        return None if is_whole else f"says not where its key travels; expected in ({', '.join(_PLACES)}) and name"
    return "is not supported; expected the type http or apiKey"


def unsaid_headers(document: Document) -> Found:
    """Yield response headers of which nothing says what the mock sends in them."""
    for _, operation in operation_nodes(document):
        for status in (status for status in operation.value["responses"] if status < "4"):
            response = document.resolve(operation.child("responses", status))
            for name in response.value.get("headers", {}):
                if name.lower() == "content-type" or _is_of_the_server(name, status):
                    continue
                header = document.resolve(response.child("headers", name))
                if not _says_value(document, header):
                    said = "x-from, const, default, or an example"
                    yield header.pointer, f"nothing says what the header {name} holds; give its schema {said}"


def _is_of_the_server(name: str, status: str) -> bool:
    """Return whether the mock sends the header by itself, as HTTP wants it."""
    return (name.lower(), status) in (("www-authenticate", "401"), ("allow", "405")) or name.lower() == "date"


def _says_value(document: Document, header: Node) -> bool:
    if not header.has("schema"):
        return False
    schema = document.resolve(header.child("schema"))
    said = ("x-from", "const", "default", "example", "examples", "enum")
    return header.has("example") or any(schema.has(each) or header.value["schema"].get(each) for each in said)


def unusable_servers(document: Document) -> Found:
    """Yield servers whose URL cannot be read."""
    for index, server in enumerate(document.root.get("servers") or ()):
        pointer = f"/servers/{index}"
        if not isinstance(server, Mapping) or not isinstance(server.get("url"), str):
            yield pointer, "a server needs a url"
            continue
        variables = server.get("variables", {})
        for name in re.findall(r"\{([^}]*)\}", server["url"]):
            if not isinstance(variables, Mapping) or "default" not in (variables.get(name) or {}):
                yield pointer, f"the variable {name} of the server has no default"


def _schemas(document: Document) -> Mapping[str, Any]:
    schemas: Mapping[str, Any] = document.root["components"]["schemas"]
    return schemas
