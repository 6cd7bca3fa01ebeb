"""YAML as this project reads it: safe, bounded, JSON values only, and with the line of every node for errors."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import yaml

from governance_contract import pointers
from governance_contract.yaml_bounds import OutOfBounds, require_bounded

MAX_BYTES = 32 * 2**20
"""How long a file may be: a hundred times what the longest documents in use have."""

_CORE = "tag:yaml.org,2002:"
_JSON = {"map", "seq", "str", "int", "float", "bool", "null"}
_NUMBERS = {f"{_CORE}int", f"{_CORE}float", f"{_CORE}bool"}
_NOT_JSON = {f"{_CORE}timestamp", f"{_CORE}merge"}


class YamlError(Exception):
    """A file that is not readable as YAML; the message names file, line and cause, `line` is the number, from 1."""

    line = 1


class _JsonLoader(yaml.CSafeLoader if hasattr(yaml, "CSafeLoader") else yaml.SafeLoader):  # type: ignore[misc]
    """Reads scalars as JSON would: a date stays a string, and so does a key such as `200`."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode):
                key.tag = "tag:yaml.org,2002:str"
        return dict(super().construct_mapping(node, deep))


_JsonLoader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag not in _NOT_JSON]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def _checked(construct: Callable[[Any, Any], Any]) -> Callable[[Any, yaml.Node], Any]:
    """Return a constructor of scalars that says where a value cannot be made, or is no number of JSON."""

    def made(loader: Any, node: yaml.Node) -> Any:
        try:
            value = construct(loader, node)
            is_number = math.isfinite(value)
        except (ValueError, LookupError, OverflowError) as error:
            raise _unfit(node, f"cannot be read as {node.tag.removeprefix(_CORE)}") from error
        if not is_number:
            raise _unfit(node, "is a number that JSON does not have")
        return value

    return made


def _unfit(node: yaml.Node, cause: str) -> yaml.constructor.ConstructorError:
    return yaml.constructor.ConstructorError(None, None, cause, node.start_mark)


_JsonLoader.yaml_constructors = {
    tag: _checked(construct) if tag in _NUMBERS else construct
    for tag, construct in yaml.SafeLoader.yaml_constructors.items()
    if tag is None or tag.removeprefix(_CORE) in _JSON
}


def read_text(path: Path) -> str:
    """Return the text of `path`, of at most `MAX_BYTES`.

    Raises:
        YamlError: the file cannot be read, is too long, or is not UTF-8.
    """
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
        text = data.decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise YamlError(f"{path}: cannot be read: {error}") from error
    if len(data) > MAX_BYTES:
        raise YamlError(f"{path}: is longer than {MAX_BYTES} bytes; expected a shorter file")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def parse(text: str, path: Path) -> Any:
    """Return the value that `text` stands for; `path` is named in errors.

    Raises:
        YamlError: `text` is not YAML, is out of bounds, or holds what is no JSON value.
    """
    try:
        require_bounded(text)
        return yaml.load(text, Loader=_JsonLoader)  # noqa: S506 - a subclass of the safe loader
    except OutOfBounds as error:
        beyond = YamlError(f"{path}: line {error.line}: {error}")
        beyond.line = error.line
        raise beyond from error
    except yaml.YAMLError as error:
        unreadable = YamlError(f"{path}: is not YAML: {error}".replace('in "<unicode string>", line', "in line"))
        if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark:
            unreadable.line = error.problem_mark.line + 1
        raise unreadable from error


def read(path: Path) -> Any:
    """Return the value in the YAML file `path`.

    Raises:
        YamlError: the file cannot be read or is not YAML.
    """
    return parse(read_text(path), path)


def lines(text: str) -> dict[str, int]:
    """Return the line, from 1, of the node at each JSON Pointer of `text`, which `parse` has read."""
    root = yaml.compose(text, Loader=_JsonLoader)
    return {"": 1} | dict(_node_lines(root, ())) if root is not None else {"": 1}


def repeated_keys(text: str) -> Iterator[tuple[str, int]]:
    """Yield pointer and line of each mapping key of `text`, which `parse` has read, that stands there a second time."""
    root = yaml.compose(text, Loader=_JsonLoader)
    if root is not None:
        yield from _repeated(root, ())


def _node_lines(node: yaml.Node, path: tuple[str | int, ...]) -> Iterator[tuple[str, int]]:
    for token, key, child in _children(node):
        yield pointers.join(*path, token), key.start_mark.line + 1
        yield from _node_lines(child, (*path, token))


def _repeated(node: yaml.Node, path: tuple[str | int, ...]) -> Iterator[tuple[str, int]]:
    seen = set()
    for token, key, child in _children(node):
        if token in seen:
            yield pointers.join(*path, token), key.start_mark.line + 1
        seen.add(token)
        yield from _repeated(child, (*path, token))


def _children(node: yaml.Node) -> Iterator[tuple[str | int, yaml.Node, yaml.Node]]:
    if isinstance(node, yaml.MappingNode):
        for key, child in node.value:
            yield str(key.value), key, child
    elif isinstance(node, yaml.SequenceNode):
        for index, child in enumerate(node.value):
            yield index, child, child
