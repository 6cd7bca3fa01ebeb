"""The operations of the document: what can be asked of the API, by id and by method and path."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from governance_contract.document import Document, Node
from governance_contract.security import Requirement, read_security

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
JSON = "application/json"
SEPARATORS = {"form": ",", "spaceDelimited": " ", "pipeDelimited": "|"}
"""The styles in which a query parameter may be an array, with what stands between the values."""


@dataclass(frozen=True)
class Parameter:
    """A path or query parameter with the schema that its value must satisfy."""

    name: str
    location: str
    required: bool
    schema: Node
    extensions: Mapping[str, Any]
    allow_empty: bool
    style: str = "form"
    explode: bool = True

    @property
    def separator(self) -> str | None:
        """What stands between the values of an array, None where each has a parameter of its own."""
        return None if self.explode else SEPARATORS[self.style]


@dataclass(frozen=True)
class Operation:
    """One operation: where it is, what it does to which resource, what it takes and answers."""

    id: str
    method: str
    path: str
    verb: str
    resource: str
    parameters: tuple[Parameter, ...]
    request_schema: Node | None
    responses: Mapping[str, Node | None]
    security: tuple[Requirement, ...] = ()
    order: str | None = None
    action: Mapping[str, Any] = field(default_factory=dict)
    """The value of `x-action`."""
    headers: Mapping[str, Mapping[str, Node]] = field(default_factory=dict)
    """The documented response headers: for each status the place of each header by its name."""

    @property
    def secured(self) -> bool:
        """Whether the document speaks of credentials for this operation, be they needed or not."""
        return bool(self.security)

    @property
    def is_open(self) -> bool:
        """Whether a request needs no credentials."""
        return not self.security or () in self.security

    @cached_property
    def statuses(self) -> tuple[int, ...]:
        """The statuses that the document allows this operation to respond with."""
        return tuple(int(status) for status in self.responses)

    @cached_property
    def success_statuses(self) -> tuple[int, ...]:
        """The documented statuses of a request that did what it should, the first of which the mock sends."""
        return tuple(status for status in self.statuses if 200 <= status < 300)

    @property
    def success_status(self) -> int:
        """The first documented status of a request that did what it should."""
        return self.success_statuses[0]

    @property
    def success_schema(self) -> Node | None:
        """The schema of the body of a successful response, None where it has no body."""
        return self.responses[str(self.success_status)]

    def schema_of(self, status: int) -> Node:
        """Return the schema of the body with a status.

        Raises:
            LookupError: the document gives none.
        """
        schema = self.responses[str(status)]
        if schema is None:
            raise LookupError(f"{self.id} has no JSON body with status {status}")
        return schema

    @cached_property
    def path_parameters(self) -> tuple[str, ...]:
        """The names in the path template, in their order."""
        return tuple(part[1:-1] for part in self.path.split("/") if part.startswith("{"))

    def parameters_in(self, location: str) -> tuple[Parameter, ...]:
        """Return the parameters that stand in `path`, `query`, `header` or `cookie`."""
        return tuple(parameter for parameter in self.parameters if parameter.location == location)


@dataclass(frozen=True)
class Operations:
    """All operations of a document by id, in the order of the document."""

    by_id: Mapping[str, Operation]

    def __getitem__(self, operation_id: str) -> Operation:
        return self.by_id[operation_id]

    def __iter__(self) -> Iterator[Operation]:
        return iter(self.by_id.values())

    def __len__(self) -> int:
        return len(self.by_id)

    def at(self, method: str, path: str) -> Operation | None:
        """Return the operation that a request with this method and concrete path addresses, if there is one."""
        candidates = (o for o in self if o.method == method.upper() and _matches(o.path, path))
        return min(candidates, key=lambda operation: operation.path.count("{"), default=None)


def operation_nodes(document: Document) -> Iterator[tuple[str, Node]]:
    """Yield path template and place of each operation in the document."""
    for path, item in document.root.get("paths", {}).items():
        yield from ((path, Node(("paths", path, method), item[method])) for method in METHODS if method in item)


def read_operations(document: Document) -> Operations:
    """Return the operations of a document that has been found free of defects."""
    found = (_operation(document, path, node) for path, node in operation_nodes(document))
    return Operations({operation.id: operation for operation in found})


def _operation(document: Document, path: str, node: Node) -> Operation:
    action = node.value.get("x-action", {})
    return Operation(
        id=node.value["operationId"],
        method=str(node.tokens[-1]).upper(),
        path=path,
        verb=action.get("verb", ""),
        resource=action.get("resource", ""),
        parameters=tuple(_parameters(document, path, node)),
        request_schema=_request_schema(document, node),
        responses=dict(_response_schemas(document, node)),
        security=read_security(document, node),
        order=node.value.get("x-order"),
        action=action,
        headers=dict(_response_headers(document, node)),
    )


def parameter_nodes(document: Document, path: str, operation: Node) -> Iterator[tuple[Node, Node]]:
    """Yield each parameter of an operation, those of its path first: where it is named, and what it is.

    Raises:
        LookupError: a reference leads nowhere.
    """
    for owner in (document.at("").child("paths", path), operation):
        for index in range(len(owner.value.get("parameters", ()))):
            place = owner.child("parameters", index)
            yield place, document.resolve(place)


def _parameters(document: Document, path: str, operation: Node) -> Iterator[Parameter]:
    for _, node in parameter_nodes(document, path, operation):
        yield Parameter(
            name=node.value["name"],
            location=node.value["in"],
            required=node.value.get("required", False),
            schema=node.child("schema"),
            extensions={key: value for key, value in node.value.items() if key.startswith("x-")},
            allow_empty=node.value.get("allowEmptyValue", False),
            style=(style := node.value.get("style", "form")),
            explode=node.value.get("explode", style == "form"),
        )


def request_body(document: Document, node: Node) -> Node | None:
    """Return what the operation at `node` takes as JSON, with schema and examples, if it takes a body."""
    if not node.has("requestBody"):
        return None
    return document.resolve(node.child("requestBody")).child("content", JSON)


def _request_schema(document: Document, node: Node) -> Node | None:
    body = request_body(document, node)
    return body.child("schema") if body is not None else None


def _response_schemas(document: Document, node: Node) -> Iterator[tuple[str, Node | None]]:
    for status in node.value["responses"]:
        response = document.resolve(node.child("responses", status))
        yield status, response.child("content", JSON, "schema") if response.has("content") else None


def _response_headers(document: Document, node: Node) -> Iterator[tuple[str, Mapping[str, Node]]]:
    for status in node.value["responses"]:
        response = document.resolve(node.child("responses", status))
        names = response.value.get("headers", {})
        # OpenAPI leaves the header with the type of the body to the content.
        yield status, {n: document.resolve(response.child("headers", n)) for n in names if n.lower() != "content-type"}


def _matches(template: str, path: str) -> bool:
    wanted, given = template.split("/"), path.split("/")
    return len(wanted) == len(given) and all(
        bool(part) if token.startswith("{") else token == part for token, part in zip(wanted, given, strict=True)
    )
