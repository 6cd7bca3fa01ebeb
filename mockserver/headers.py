"""The headers of the mock's own, and how their values are written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import lru_cache
from urllib.parse import quote

from werkzeug.http import http_date

from mockserver.exchange import Response

NO_SNIFFING = {"X-Content-Type-Options": "nosniff"}
"""A browser takes every answer for what its Content-Type says."""

APPLIED = "Preference-Applied"
VIOLATIONS = "X-Mock-Violations"
WARNINGS = "X-Mock-Warnings"

EXPOSED = ("Allow", "Date", APPLIED, "Retry-After", "WWW-Authenticate", VIOLATIONS, WARNINGS)
"""The headers of answers that pages of other origins may read, beside those that they always may."""

_LONGEST = 1024
"""Bytes that a list takes in a header, so that no proxy finds the head of an answer too long."""


def head(response: Response, now: datetime) -> dict[str, str]:
    """Return the headers of an answer that do not follow from its body; `now` is the instant of its session."""
    return {"Date": _date(int(now.timestamp())), **NO_SNIFFING, **response.headers}


@lru_cache(maxsize=16)
def _date(second: int) -> str:
    """Return a value of the header `Date`; it costs as much as the rest of the head, hence once a second."""
    return http_date(second)


def listed(entries: Iterable[tuple[str, Mapping[str, str]]]) -> str:
    """Return ids, each with parameters, as a list in the form of RFC 9651; what is too long is only counted."""
    shown, left, length = [], 0, 0
    for name, parameters in entries:
        item = name + "".join(f";{key}={_string(value)}" for key, value in parameters.items())
        if left or length + len(item) > _LONGEST:
            left += 1
        else:
            shown.append(item)
            length += len(item) + 2
    return ", ".join([*shown, *([f"more;count={left}"] if left else [])])


def _string(text: str) -> str:
    """Return `text` in quotes; what is no visible ASCII is percent-encoded."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    if not (escaped.isascii() and escaped.isprintable()):
        escaped = "".join(sign if " " <= sign <= "~" else quote(sign, errors="replace") for sign in escaped)
    return f'"{escaped}"'
