"""The contract as one value: the document with its operations, rules and validators, found free of defects."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from governance_contract import defects
from governance_contract.counterexamples import Counterexample, counterexamples
from governance_contract.document import Document, DocumentError, Node, read_document
from governance_contract.fixes import Fixer
from governance_contract.locations import data_path
from governance_contract.operations import Operation, Operations, read_operations
from governance_contract.resources import Action, Resource, read_resources
from governance_contract.rules import Catalogue, read_catalogue
from governance_contract.validation import Validator


@dataclass(frozen=True)
class Contract:
    """Everything that mock and suite know of the API."""

    document: Document
    rules: Catalogue
    operations: Operations
    _validators: dict[tuple[str | int, ...], Validator] = field(default_factory=dict, repr=False, compare=False)

    def validator(self, schema: Node) -> Validator:
        """Return the validator of a schema of the document; it is made once."""
        if schema.tokens not in self._validators:
            target = self.document.resolve(schema) if set(schema.value) == {"$ref"} else schema
            found = self._validators.get(target.tokens) or Validator(self.document, target, self.rules)
            self._validators[target.tokens] = self._validators[schema.tokens] = found
        return self._validators[schema.tokens]

    def request_validator(self, operation: Operation) -> Validator:
        """Return the validator of the bodies that `operation` takes.

        Raises:
            LookupError: the operation takes no body.
        """
        return self.validator(self.request_schema(operation))

    def request_schema(self, operation: Operation) -> Node:
        """Return the schema of the bodies that `operation` takes.

        Raises:
            LookupError: the operation takes no body.
        """
        if operation.request_schema is None:
            raise LookupError(f"{operation.id} takes no body")
        return operation.request_schema

    def fixer(self, schema: Node) -> Fixer:
        """Return what finds the fixes of values that a schema of the document refuses."""
        return Fixer(self.document, schema, self.validator)

    def request_properties(self, operation: Operation) -> Mapping[str, Any]:
        """Return the schemas of the members of the bodies that `operation` takes, by name.

        Raises:
            LookupError: the operation takes no body.
        """
        properties: Mapping[str, Any] = self.document.resolve(self.request_schema(operation)).value.get(
            "properties", {}
        )
        return properties

    def counterexamples(self, operation: Operation, valid: Any) -> Iterator[Counterexample]:
        """Return the bodies made of the valid one that break exactly one rule of `operation`."""
        validator = self.request_validator(operation)
        return counterexamples(self.document, self.request_schema(operation), validator, valid)

    @cached_property
    def resources(self) -> Mapping[str, Resource]:
        """The resources, by the names of their schemas."""
        return read_resources(self.document, self.operations)

    def resource_of(self, operation: Operation) -> Resource:
        """Return the resource that an operation acts on.

        Raises:
            LookupError: it acts on none.
        """
        return self.resources[operation.resource]

    def action_of(self, operation: Operation) -> Action:
        """Return what an operation does to its resource.

        Raises:
            LookupError: it acts on none.
        """
        return next(each for each in self.resource_of(operation).actions if each.operation.id == operation.id)


def load_contract(path: Path | None = None) -> Contract:
    """Return the contract in the document at `path`, by default the one that comes with the kit, which is read once.

    Raises:
        DocumentError: the document has defects; all of them are reported.
    """
    return _own_contract() if path is None else _checked_contract(path)


@cache
def _own_contract() -> Contract:
    return _checked_contract(data_path("openapi", "governance.yaml"))


def _checked_contract(path: Path) -> Contract:
    document = read_document(path)
    found = defects.find(document)
    if found:
        raise DocumentError(document.path, found)
    return _contract(document)


def trusted_contract(path: Path) -> Contract:
    """Return the contract in a document that no user edits, and in which a test has looked for defects."""
    return _contract(read_document(path))


def _contract(document: Document) -> Contract:
    return Contract(document, read_catalogue(document), read_operations(document))
