"""What mock and suite know of a keyword of request schemas: pure functions, all with the same signatures."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from governance_contract.document import Document, Node

Schema = Mapping[str, Any]
Path = tuple[str | int, ...]

Params = Any
"""What the functions of a keyword are told beside the value: the schema, or what `read` makes of it."""


@dataclass(frozen=True)
class Fault:
    """One place inside a value that breaks a keyword, what stands there and what should."""

    path: Path
    received: Any
    expected: str
    message: str


@dataclass(frozen=True)
class Mutation:
    """A value that breaks a keyword, made of a valid one by the smallest edit.

    `edit` names what was done, by a name that stays the same; `detail` tells edits of one name apart, such as the
    member that is missing; `told` says both in a few words.
    """

    keyword: str
    edit: str
    value: Any
    told: str
    detail: str = ""


def _schema_of(_document: Document, node: Node) -> Schema:
    schema: Schema = node.value
    return schema


def _valid_by(_schema: Schema, _path: Path) -> str:
    return "valid"


def _nothing_near(_value: Any, _wanted: Any) -> Iterator[Any]:
    return iter(())


@dataclass(frozen=True)
class Keyword:
    """A keyword: how a value breaks it, what it expects, and how a value is brought to keep it.

    - `mutate(value, params)` yields mutations of a valid value, each of which breaks this keyword alone.
    - `explain(schema, path)` returns what it expects, as the end of a sentence that begins with "must be".
    - `fix(received, wanted)` yields values near to one that it refuses, the nearest first; the caller judges them.
    - `validate(value, wanted)` returns every fault; None where the schema engine knows the keyword itself.
    - `repair(value, params)` returns a value without faults of this keyword; None where generators need no help.
    - `read(document, node)` returns the `params` of the keyword on a schema.
    """

    name: str
    mutate: Callable[[Any, Params], Iterator[Mutation]]
    explain: Callable[[Schema, Path], str] = _valid_by
    fix: Callable[[Any, Any], Iterator[Any]] = _nothing_near
    validate: Callable[[Any, Params], tuple[Fault, ...]] | None = None
    repair: Callable[[Any, Params], Any] | None = None
    read: Callable[[Document, Node], Params] = _schema_of


def with_article(noun: str | int) -> str:
    """Return a noun with its indefinite article."""
    return f"{'an' if str(noun)[:1] in tuple('aeio') else 'a'} {noun}"
