"""Bounds of YAML texts, checked before anything is made of them: depth, aliases, and size with aliases followed."""

from __future__ import annotations

from dataclasses import dataclass

import yaml

MAX_DEPTH = 200
"""How many mappings and sequences may lie within each other, aliases followed."""

MAX_NODES = 1_000_000
"""How many values a text may stand for, aliases followed."""

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class OutOfBounds(Exception):
    """A text that is out of bounds; the message says how, `line` is where, from 1."""

    def __init__(self, message: str, event: yaml.Event) -> None:
        super().__init__(message)
        self.line: int = event.start_mark.line + 1 if event.start_mark else 1


@dataclass
class _Extent:
    """How many values a node stands for, and how many levels lie in it."""

    nodes: int = 1
    depth: int = 0
    anchor: str | None = None

    def add(self, inner: _Extent) -> None:
        self.nodes += inner.nodes
        self.depth = max(self.depth, inner.depth + 1)


def require_bounded(text: str) -> None:
    """Read the events of a YAML text and make sure that no bound is exceeded; it takes neither recursion nor memory.

    Raises:
        OutOfBounds: it nests too deeply, stands for too many values, or refers to itself.
        yaml.YAMLError: it is not YAML.
    """
    stack, anchors = [_Extent()], dict[str, _Extent]()
    for event in yaml.parse(text, Loader=_Loader):
        if isinstance(event, yaml.CollectionStartEvent):
            stack.append(_Extent(depth=1, anchor=event.anchor))
            _require_depth(len(stack) - 1, event)
        elif isinstance(event, yaml.CollectionEndEvent):
            inner = stack.pop()
            _close(stack, anchors, inner, event)
        elif isinstance(event, yaml.AliasEvent):
            _close(stack, anchors, _followed(stack, anchors, event), event)
        elif isinstance(event, yaml.ScalarEvent):
            _close(stack, anchors, _Extent(anchor=event.anchor), event)


def _close(stack: list[_Extent], anchors: dict[str, _Extent], inner: _Extent, event: yaml.Event) -> None:
    """Count a node that is complete in the one around it, and keep its extent for those that refer to it."""
    if inner.anchor is not None:
        anchors[inner.anchor] = inner
    stack[-1].add(inner)
    _require_depth(len(stack) - 1 + inner.depth, event)
    if stack[-1].nodes > MAX_NODES:
        raise OutOfBounds(f"stands for more than {MAX_NODES} values, aliases followed; expected fewer", event)


def _followed(stack: list[_Extent], anchors: dict[str, _Extent], event: yaml.AliasEvent) -> _Extent:
    name = str(event.anchor)
    if any(open_node.anchor == name for open_node in stack):
        raise OutOfBounds(f"the alias *{name} stands within what it refers to; expected a value that ends", event)
    known = anchors.get(name, _Extent())  # an unknown one is an error of YAML, which is told when it is read
    return _Extent(known.nodes, known.depth)


def _require_depth(depth: int, event: yaml.Event) -> None:
    if depth > MAX_DEPTH:
        raise OutOfBounds(f"nests deeper than {MAX_DEPTH} levels, aliases followed; expected fewer", event)
