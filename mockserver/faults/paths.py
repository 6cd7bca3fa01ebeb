"""Patterns of paths as of a shell: whether a request for an operation can have a path that one matches."""

from __future__ import annotations

import re
from collections.abc import Iterable
from fnmatch import fnmatchcase

_PARAMETER = re.compile(r"\{[^}]*\}")
_PIECE = re.compile(r"\*|\[!?\]?[^\]]*\]|.", re.DOTALL)
_FIRST, _MORE = "\0", "\1"
"""Stand for the first character of a parameter in a path template, and for the others, of which there may be none."""


def can_match(pattern: str, template: str) -> bool:
    """Return whether a path of `template`, such as `/api/users/{id}`, can match `pattern`, such as `/api/*`.

    In a pattern `*` is any text, `?` any character and `[…]` one of some, as in the module `fnmatch`.
    """
    path = _PARAMETER.sub(_FIRST + _MORE, template)
    places = _closed({0}, path)
    for piece in _PIECE.findall(pattern):
        if not places:
            return False
        places = _after(piece, places, path)
    return len(path) in places


def has_query(pattern: str) -> bool:
    """Return whether a pattern looks like a path with a query, in which `?` would be any character."""
    return re.search(r"\?[^/?*=]*=", pattern) is not None


def _after(piece: str, places: Iterable[int], path: str) -> set[int]:
    """Return where in the template one may be after a piece of a pattern."""
    if piece == "*":
        return set(range(min(places), len(path) + 1))
    found = set[int]()
    for place in (each for each in places if each < len(path)):
        character = path[place]
        if character in (_FIRST, _MORE):
            found |= {place + (character == _FIRST)} if piece != "/" else set()
        elif fnmatchcase(character, piece):
            found.add(place + 1)
    return _closed(found, path)


def _closed(places: set[int], path: str) -> set[int]:
    """Return the places with those that are reached without a character."""
    return places | {place + 1 for place in places if path[place : place + 1] == _MORE}
