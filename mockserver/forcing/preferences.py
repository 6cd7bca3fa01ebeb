"""Preferences: what a request asks of the mock itself, in the header `Prefer` (RFC 7240) or in `__` parameters."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any
from urllib.parse import unquote_plus

from governance_contract.closest import closest
from mockserver import problems
from mockserver.exchange import Request
from mockserver.faults.waits import LONGEST_WAIT
from mockserver.faults.wire import BREAKAGES
from mockserver.problems import Problem

HEADER = "prefer"
TWIN = "__"
"""How the parameter begins that stands for a preference: `__code=409` is `Prefer: code=409`."""

OFF, LOG = "off", "log"
"""The values of `validate`: what is wrong with a request is passed over, in silence or not."""

FAULTS = (*BREAKAGES, "timeout")
"""The values of `fault`; an error status is asked for by `code`, a delay by `delay`."""

_LONGEST_DELAY = int(LONGEST_WAIT * 1000)

_GREATEST_SEED = 2**63 - 1
_ALIKE = 0.85
"""From which likeness on, of at most 1, an unknown name is one of ours misspelt."""

_TCHARS = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_WORD = re.compile(_TCHARS, re.ASCII)
_PREFERENCE = re.compile(
    rf'[ \t]*(?:(?P<name>{_TCHARS})[ \t]*(?:=[ \t]*(?P<value>{_TCHARS}|"(?:[^"\\]|\\.)*")?[ \t]*)?)?(?P<end>[,;]|$)',
    re.ASCII,
)


@dataclass(frozen=True)
class Preferences:
    """What a request prefers; None where it says nothing of it. `delay` is in milliseconds.

    `refusal` stands in the place of all others where they cannot be read.
    """

    code: int | None = None
    example: str | None = None
    dynamic: bool | None = None
    seed: int | None = None
    delay: int | None = None
    fault: str | None = None
    validate: str | None = None
    refusal: Problem | None = None

    def written(self) -> tuple[str, ...]:
        """Return each preference as it stands in `Preference-Applied`."""
        values = {each.name: getattr(self, each.name) for each in fields(self) if each.name in _READERS}
        return tuple(f"{name}={_word(value)}" for name, value in values.items() if value is not None)


NONE = Preferences()


def separated(request: Request) -> tuple[Preferences, Request]:
    """Return what `request` prefers, and the request without the parameters that say so.

    The header comes before the parameters, and of several preferences with one name the first counts.
    """
    header = request.headers.get(HEADER)
    if header is None and not request.query:
        return NONE, request
    try:
        twins, query = _in_query(request.query)
        given = [*_in_header(header or ""), *twins]
        return _read(given) if given else NONE, request._replace(query=query) if twins else request
    except Problem as problem:
        return Preferences(refusal=problem), request


def _read(given: list[tuple[str, str]]) -> Preferences:
    first = dict(reversed(given))
    return Preferences(**{name: _value(name, first[name]) for name in _READERS if name in first})


def _value(name: str, text: str) -> Any:
    expected, read = _READERS[name]
    value = read(text)
    if value is None:
        raise problems.unfit_preference(f"{name} is {text[:80]!r}; expected {expected}")
    return value


def _in_header(text: str) -> Iterator[tuple[str, str]]:
    """Yield our preferences in a header; a parameter of one of ours counts as another one, as it would be lost else."""
    place, owner = 0, ""
    while place < len(text):
        match = _PREFERENCE.match(text, place)
        if match is None:
            raise problems.unfit_preference(
                f"the header Prefer cannot be read from {text[place : place + 40]!r} on; expected a list such as"
                ' code=409, example="name"'
            )
        name, is_parameter = (match["name"] or "").lower(), place > 0 and text[place - 1] == ";"
        owner = owner if is_parameter else name
        if _is_ours(name) and (not is_parameter or owner in _READERS):
            yield name, _unquoted(match["value"] or "")
        place = match.end()


def _in_query(query: str) -> tuple[list[tuple[str, str]], str]:
    """Return our preferences in a query, and the query without them."""
    twins, rest = [], []
    for piece in query.split("&"):
        name, _, value = piece.partition("=")
        name = unquote_plus(name)
        if name.startswith(TWIN) and _is_ours(name[len(TWIN) :], TWIN):
            twins.append((name[len(TWIN) :], unquote_plus(value)))
        else:
            rest.append(piece)
    return twins, "&".join(rest)


def _is_ours(name: str, prefix: str = "") -> bool:
    """Return whether a preference is one of ours; any other is to be passed over (RFC 7240, section 2).

    Raises:
        Problem: it is nearly one of ours, so that passing it over would hide a mistake.
    """
    if name in _READERS:
        return True
    meant = closest(name, tuple(_READERS), _ALIKE)
    if meant is not None:
        raise problems.unfit_preference(f"{prefix}{name} is unknown; did you mean {prefix}{meant}?")
    return False


def _unquoted(word: str) -> str:
    return re.sub(r"\\(.)", r"\1", word[1:-1]) if word.startswith('"') else word


def _word(value: Any) -> str:
    text = str(value).lower() if isinstance(value, bool) else str(value)
    if _WORD.fullmatch(text):
        return text
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _whole(most: int) -> Callable[[str], int | None]:
    def read(text: str) -> int | None:
        digits = re.fullmatch("[0-9]{1,19}", text)
        return int(text) if digits and int(text) <= most else None

    return read


def _status(text: str) -> int | None:
    return int(text) if re.fullmatch("[1-5][0-9]{2}", text) else None


def _switch(text: str) -> bool | None:
    return {"true": True, "": True, "false": False}.get(text.lower())


def _one_of(choices: tuple[str, ...]) -> Callable[[str], str | None]:
    return lambda text: text if text in choices else None


_READERS: Mapping[str, tuple[str, Callable[[str], Any]]] = {
    "code": ("a status such as 409", _status),
    "example": ("the name of an example", lambda text: text or None),
    "dynamic": ("true or false", _switch),
    "seed": (f"a whole number from 0 to {_GREATEST_SEED}", _whole(_GREATEST_SEED)),
    "delay": (f"milliseconds, a whole number from 0 to {_LONGEST_DELAY}", _whole(_LONGEST_DELAY)),
    "fault": (f"one of {', '.join(FAULTS)}", _one_of(FAULTS)),
    "validate": (f"{OFF} or {LOG}", _one_of((OFF, LOG))),
}
"""For each preference what its value must be, and what reads it; None is no such value."""
