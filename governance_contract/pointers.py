"""JSON Pointers (RFC 6901): how places in the document and in bodies are named."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any
from urllib.parse import quote, unquote

_POSITION = re.compile("0|[1-9][0-9]*")
_LISTS = (list, Sequence)
_OBJECTS = (dict, Mapping)
"""What has entries and what has members; nearly all are of the first type, which is found out faster."""


def join(*tokens: str | int) -> str:
    """Return the pointer that leads through `tokens`; no tokens is the root, the empty string."""
    return "".join([f"/{_escaped(token) if isinstance(token, str) else token}" for token in tokens])


def _escaped(token: str) -> str:
    return token.replace("~", "~0").replace("/", "~1") if "~" in token or "/" in token else token


@lru_cache(maxsize=1024)
def split(pointer: str) -> tuple[str, ...]:
    """Return the unescaped tokens of `pointer`, or of a local reference that begins with `#`.

    Raises:
        LookupError: it is neither; both are empty or begin with a slash.
    """
    body = unquote(pointer[1:]) if pointer.startswith("#") else pointer
    if not body:
        return ()
    if not body.startswith("/"):
        raise LookupError(pointer)
    return tuple(token.replace("~1", "/").replace("~0", "~") for token in body[1:].split("/"))


def reference(*tokens: str | int) -> str:
    """Return the local reference (`#/...`) that leads through `tokens`, escaped as a URI fragment."""
    return f"#{quote(join(*tokens), safe='/~')}"


def get(root: Any, tokens: Iterable[str | int]) -> Any:
    """Return the value in `root` that `tokens` lead to.

    Raises:
        LookupError: a token leads nowhere.
    """
    node = root
    for token in tokens:
        if isinstance(node, _OBJECTS) and token in node:
            node = node[token]
        elif _is_position(node, token):
            node = node[int(token)]
        else:
            raise LookupError(token)
    return node


def replaced(root: Any, tokens: Sequence[str | int], value: Any) -> Any:
    """Return a copy of `root` with `value` where `tokens` lead; siblings are shared, `root` stays as it is."""
    if not tokens:
        return value
    head, rest = tokens[0], tokens[1:]
    if isinstance(root, Mapping):
        return {**root, head: replaced(root.get(head), rest, value)}
    copy = list(root)
    copy[int(head)] = replaced(copy[int(head)], rest, value)
    return copy


def _is_position(node: Any, token: str | int) -> bool:
    if not isinstance(node, _LISTS) or isinstance(node, str):
        return False
    return (isinstance(token, int) or bool(_POSITION.fullmatch(token))) and 0 <= int(token) < len(node)
