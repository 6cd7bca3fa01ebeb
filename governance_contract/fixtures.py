"""Fixtures: scenarios, look-ups and cases as YAML files, each kind with a schema of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jsonschema_rs

from governance_contract import pointers, yaml_source
from governance_contract.locations import data_path


class FixtureError(Exception):
    """A fixture cannot be used; the message names file, line, what is wrong and what is expected."""


@dataclass(frozen=True)
class Fixture:
    """A fixture file: its name, where it lies, its value, which keeps the schema of its kind, and the lines in it."""

    name: str
    path: Path
    value: Any = field(repr=False)
    lines: Mapping[str, int] = field(repr=False)


def fixture_names(kind: str) -> tuple[str, ...]:
    """Return the names of all fixtures of a kind, sorted."""
    return tuple(sorted(path.stem for path in data_path("fixtures", kind).glob("*.yaml")))


def read_fixture(kind: str, name: str) -> Fixture:
    """Return the fixture `name` of a kind (`scenarios`, `lookups`, `cases`).

    Raises:
        FixtureError: there is none of that name, or it breaks the schema of its kind.
    """
    names = fixture_names(kind)
    if name not in names:
        raise FixtureError(f"there is no fixture {name!r} among the {kind}; expected one of {', '.join(names)}")
    path = data_path("fixtures", kind, f"{name}.yaml")
    return Fixture(name, path, *read_data(path, _schema_of(kind)))


def read_cases(path: Path) -> Any:
    """Return the value in a file of cases of somebody else.

    Raises:
        FixtureError: it cannot be read, or breaks the schema of cases.
    """
    return read_data(path, _schema_of("cases"))[0]


def read_data(path: Path, schema: Any) -> tuple[Any, Mapping[str, int]]:
    """Return the value in a YAML file that keeps a schema, and the line of each JSON Pointer in it.

    Raises:
        FixtureError: it cannot be read, or breaks the schema.
    """
    try:
        text = yaml_source.read_text(path)
        value = yaml_source.parse(text, path)
    except yaml_source.YamlError as error:
        raise FixtureError(str(error)) from error
    faults = list(jsonschema_rs.iter_errors(schema, value, validate_formats=True))
    lines = yaml_source.lines(text)
    if faults:
        raise FixtureError("\n".join(_located(path, lines, fault) for fault in faults))
    return value, lines


def _schema_of(kind: str) -> Any:
    return yaml_source.read(data_path("fixtures", "schemas", f"{kind}.yaml"))


def _located(path: Path, lines: Mapping[str, int], fault: jsonschema_rs.ValidationError) -> str:
    pointer = pointers.join(*fault.instance_path)
    return f"{path}:{lines.get(pointer, 1)}: {pointer or '/'}: {fault.message}"
