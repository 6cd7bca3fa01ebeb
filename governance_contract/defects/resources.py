"""What a resource says of fields that it does not have, or of resources that are not there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from governance_contract import places
from governance_contract.document import Document, Node
from governance_contract.keywords import allowed_when, uniqueness
from governance_contract.keywords.types import type_names
from governance_contract.operations import operation_nodes, parameter_nodes, request_body

Found = Iterator[tuple[str, str]]


def unknown_fields(document: Document) -> Found:
    """Yield keywords that name a field which the object that they are about does not have."""
    for node in places.schemas(document):
        for where, owner, names in (*_named(document, node), *_named_in_values(document, node)):
            fields = document.resolve(owner).value.get("properties", {})
            for name in names:
                if name not in fields:
                    yield where.pointer, f"names {name!r}, which is no property of {_shown(owner)}"


def unknown_resources(document: Document) -> Found:
    """Yield keywords that name a schema which is no resource, or which is not there."""
    schemas = document.root["components"]["schemas"]
    resources = {name for name, schema in schemas.items() if "x-resource" in schema}
    for node in places.schemas(document):
        for name in _targets(node.value.get("x-refers-to", {})):
            if name not in resources:
                yield node.child("x-refers-to").pointer, f"refers to {name!r}, which is no resource"
        for name in node.value.get("x-echo", ()):
            if name not in schemas:
                yield node.child("x-echo").pointer, f"names the schema {name!r}, which is not there"
        units = node.value.get("x-counter", {}).get("units")
        if units is not None and "x-units" not in schemas.get(units, {}):
            yield node.child("x-counter").pointer, f"names {units!r}, which is no schema with x-units"


def _targets(told: Mapping[str, Any]) -> list[str]:
    """Return the resources to which a field may refer."""
    if "resource" in told:
        return [told["resource"]]
    return [target["resource"] for target in told.get("targets", {}).values()]


def unknown_fields_of_actions(document: Document) -> Found:
    """Yield operations that set, clear or find by a field which the resource, or its entry, does not have."""
    for path, operation in operation_nodes(document):
        told = operation.value.get("x-action", {})
        resource = document.root["components"]["schemas"].get(told.get("resource"))
        if not isinstance(resource, Mapping) or "x-resource" not in resource:
            continue
        owner = target = document.schema(told["resource"])
        place = operation.child("x-action")
        if entry := told.get("entry"):
            fields = owner.value.get("properties", {})
            found = _entry(document, owner.child("properties", entry["list"])) if entry["list"] in fields else None
            if found is None:
                yield place.pointer, f"acts on an entry of {entry['list']!r}, which is no list of {told['resource']}"
                continue
            target = found
        yield from ((place.pointer, message) for message in _unknown_parameters(path, told))
        for name in told.get("where", {}):
            if name not in owner.value.get("properties", {}):
                yield place.pointer, f"finds by {name!r}, which {told['resource']} has not"
        named = [*told.get("fields", ()), *told.get("copies", {}), *told.get("copies", {}).values()]
        for name in [*named, *_set_by(document, operation)]:
            if name not in target.value.get("properties", {}):
                yield place.pointer, f"acts on {name!r}, which {_shown(target)} has not"


def _unknown_parameters(path: str, told: Mapping[str, Any]) -> Iterator[str]:
    names = [told["entry"]["parameter"]] if "entry" in told else []
    names += [each["parameter"] for each in told.get("where", {}).values() if "parameter" in each]
    yield from (f"names {{{name}}}, which the path has not" for name in names if f"{{{name}}}" not in path)


def _set_by(document: Document, operation: Node) -> Iterator[str]:
    body = request_body(document, operation)
    properties = document.resolve(body.child("schema")).value.get("properties", {}) if body is not None else {}
    for schema in properties.values():
        yield from schema.get("x-sets", ())


def unknown_fields_of_lists(document: Document) -> Found:
    """Yield operations and parameters that filter or sort by a field which the resource does not have."""
    for path, operation in operation_nodes(document):
        resource = operation.value.get("x-action", {}).get("resource")
        schema = document.root["components"]["schemas"].get(resource, {})
        fields = schema.get("properties", {})
        if operation.has("x-order") and operation.value["x-order"] not in fields:
            yield operation.child("x-order").pointer, f"names {operation.value['x-order']!r}, which {resource} has not"
        for _, parameter in parameter_nodes(document, path, operation):
            for message in _unsortable(document, parameter, resource, fields):
                yield parameter.pointer, message


def _unsortable(document: Document, parameter: Node, resource: Any, fields: Mapping[str, Any]) -> Iterator[str]:
    member = parameter.value.get("x-filter", {}).get("member")
    if member is not None and member not in fields:
        yield f"filters by {member!r}, which {resource} has not"
    role = parameter.value.get("x-sort")
    if role not in ("field", "signed"):
        return
    values = document.resolve(parameter.child("schema")).value.get("enum")
    if not values:
        yield "sorts by any text; its schema needs an enum of the properties to sort by"
    for value in values or ():
        if str(value).removeprefix("-" if role == "signed" else "") not in fields:
            yield f"sorts by {value!r}, which {resource} has not"


def _named(document: Document, node: Node) -> Iterator[tuple[Node, Node, tuple[str, ...]]]:
    """Yield where a keyword stands, the schema of the object that it is about, and the fields that it names there."""
    value = node.value
    if "x-resource" in value:
        yield node.child("x-resource"), node, (value["x-resource"]["key"],)
    if "x-identity" in value:
        yield node.child("x-identity"), node, tuple(value["x-identity"])
    if isinstance(value.get("x-update"), Mapping) and (entry := _entry(document, node)):
        yield node.child("x-update"), entry, tuple(value["x-update"]["entries"])
    if (owner := _owner(document, node)) is not None:
        yield from _named_beside(node, owner)


def _named_beside(node: Node, owner: Node) -> Iterator[tuple[Node, Node, tuple[str, ...]]]:
    """Yield what `_named` does for the keywords of a property that name others beside it."""
    value = node.value
    if told := value.get("x-countdown"):
        yield node.child("x-countdown"), owner, (told["of"], *told["clears"])
    if "x-resets" in value:
        yield node.child("x-resets"), owner, (value["x-resets"],)
    if told := value.get("x-counter"):
        limits = (told["limit"],) if isinstance(told["limit"], str) else told["limit"]
        by = (told["of"]["by"],) if isinstance(told["of"], Mapping) else ()
        yield node.child("x-counter"), owner, (*limits, told["window"], told["since"], *by)
    if "x-ignored-when" in value:
        yield node.child("x-ignored-when"), owner, tuple(value["x-ignored-when"])
    if "by" in value.get("x-refers-to", {}):
        yield node.child("x-refers-to"), owner, (value["x-refers-to"]["by"],)
    for how in ("first-of", "name-of"):
        if how in value.get("x-derived", {}):
            yield node.child("x-derived"), owner, (value["x-derived"][how],)


def _named_in_values(document: Document, node: Node) -> Iterator[tuple[Node, Node, tuple[str, ...]]]:
    """Yield the same of keywords that stand on the object itself, or on the list of such objects."""
    if node.has(allowed_when.NAME):
        conditions = node.value[allowed_when.NAME]
        names = (name for member, patterns in conditions.items() for name in (member, *patterns))
        yield node.child(allowed_when.NAME), node, tuple(dict.fromkeys(names))
    target = document.resolve(node)
    for keyword in (name for name in uniqueness.NAMES if node.has(name)):
        entry = target.child("items") if target.has("items") else target
        yield node.child(keyword), document.resolve(entry), tuple(map(str, node.value[keyword]))


def _owner(document: Document, node: Node) -> Node | None:
    """Return the schema of the object whose property `node` is, None where it is none."""
    if len(node.tokens) < 2 or node.tokens[-2] != "properties":
        return None
    return Node((), document.root).child(*node.tokens[:-2])


def _entry(document: Document, node: Node) -> Node | None:
    """Return the schema of the entries of a list, where it says of what it is."""
    target = document.resolve(node)
    is_list = "array" in type_names(target.value.get("type", ()))
    return document.resolve(target.child("items")) if is_list and target.has("items") else None


def _shown(node: Node) -> str:
    return str(node.tokens[-1]) if node.tokens else "the document"
