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


def fixture_folders(kind: str, own: Path | None = None) -> tuple[Path, ...]:
    """Return the folders in which fixtures of a kind lie: that in a folder of one's own, where there is one, first."""
    folders = (data_path("fixtures", kind),)
    return folders if own is None else (own / kind, *folders)


def fixture_names(kind: str, own: Path | None = None) -> tuple[str, ...]:
    """Return the names of all fixtures of a kind, sorted; those in the folder `own` are beside those of the kit."""
    return tuple(sorted({path.stem for folder in fixture_folders(kind, own) for path in folder.glob("*.yaml")}))


def read_fixture(kind: str, name: str, own: Path | None = None) -> Fixture:
    """Return the fixture `name` of a kind (`scenarios`, `lookups`, `cases`); one in the folder `own` goes first.

    Raises:
        FixtureError: there is none of that name, or it breaks the schema of its kind.
    """
    names = fixture_names(kind, own)
    if name not in names:
        raise FixtureError(f"there is no fixture {name!r} among the {kind}; expected one of {', '.join(names)}")
    paths = (folder / f"{name}.yaml" for folder in fixture_folders(kind, own))
    path = next(path for path in paths if path.is_file())
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
