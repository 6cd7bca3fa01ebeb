"""The length of a `reset_duration`, in nanoseconds."""

import re

_MICROSECOND = 1_000
_SECOND = 1_000_000_000
_DAY = 24 * 3600 * _SECOND
_UNITS = {
    "ns": 1,
    "us": _MICROSECOND,
    "\u00b5s": _MICROSECOND,
    "\u03bcs": _MICROSECOND,
    "ms": 1_000_000,
    "s": _SECOND,
    "m": 60 * _SECOND,
    "h": 3600 * _SECOND,
    "d": _DAY,
    "w": 7 * _DAY,
    "M": 30 * _DAY,
    "Y": 365 * _DAY,
}
_DOCUMENTED = re.compile(r"([1-9][0-9]*)([smhdwMY])")
_GO_PART = re.compile(rf"([0-9]+(?:\.[0-9]*)?|\.[0-9]+)({'|'.join(_UNITS)})")
_GO = re.compile(rf"\+?(?:{_GO_PART.pattern})+")
_MAX_TEXT_LENGTH = 255


def measure_duration(text: str, *, go: bool) -> int:
    """Returns the length of a duration in nanoseconds, or 0 if the text is no positive duration.

    Args:
        text: The duration as the client sent it.
        go: Whether a duration in Go's notation, such as `1h30m` or `1.5d`, counts too.
    """
    if len(text) > _MAX_TEXT_LENGTH:
        return 0
    if documented := _DOCUMENTED.fullmatch(text):
        return int(documented[1]) * _UNITS[documented[2]]
    if go and _GO.fullmatch(text):
        return sum(_measure_part(number, unit) for number, unit in _GO_PART.findall(text))
    return 0


def _measure_part(number: str, unit: str) -> int:
    whole, _, fraction = number.partition(".")
    length = int(whole or "0") * _UNITS[unit]
    scale: int = 10 ** len(fraction)
    return length + int(fraction or "0") * _UNITS[unit] // scale
