"""Instants as RFC 3339 writes them, and when a window may have ended."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from governance_contract import durations

_INSTANT = re.compile(
    r"(\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01]))[Tt]((?:[01]\d|2[0-3]):[0-5]\d):([0-5]\d|60)(\.\d+)?"
    r"([Zz]|[+-](?:[01]\d|2[0-3]):[0-5]\d)",
    re.ASCII,
)

_MARGIN = 5.0
"""Seconds by which clocks of target and suite may differ where the moment of a boundary matters."""


def read_instant(text: Any) -> datetime | None:
    """Return the instant that an RFC 3339 timestamp with a zone names, None where `text` is none.

    A leap second is that before it; digits beyond microseconds are cut.
    """
    match = _INSTANT.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        return None
    date, minutes, seconds, fraction, zone = match.groups()
    whole = f"{date}T{minutes}:{'59' if seconds == '60' else seconds}{(fraction or '')[:7]}{zone.upper()}"
    try:
        return datetime.fromisoformat(whole)
    except ValueError:
        return None


def resolution_of(text: Any) -> float:
    """Return the seconds between two instants that a server can tell apart, as it writes them."""
    match = _INSTANT.fullmatch(text) if isinstance(text, str) else None
    digits = len((match[4] or ".") if match else ".") - 1
    return max(0.001, 10.0**-digits)


def may_have_ended(units: Mapping[str, Mapping[str, Any]], window: Any, since: float, until: float) -> bool:
    """Return whether a window may have ended between two moments, in seconds since the epoch.

    A rolling one ends after its length; an aligned one at a boundary in UTC. Windows of seconds and minutes may end at
    any moment, and what is no known duration may do anything.
    """
    length = durations.read_length(units, window)
    if length is None or length.shortest < 3600:
        return True
    if until - since + _MARGIN >= length.shortest:
        return True
    hour = timedelta(hours=1) if length.shortest < 86_400 else timedelta(days=1)
    first, last = (datetime.fromtimestamp(moment, UTC) for moment in (since - _MARGIN, until + _MARGIN))
    start = datetime(1970, 1, 1, tzinfo=UTC)
    return (first - start) // hour != (last - start) // hour
