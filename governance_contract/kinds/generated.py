"""A member that the server gives: an id, or an instant (`x-generated`)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from governance_contract.kinds.kind import ABSENT, Fault, Kind, Variant, without

_INSTANT = re.compile(
    r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])[Tt]([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(\.\d+)?"
    r"([Zz]|[+-]([01]\d|2[0-3]):[0-5]\d)",
    re.ASCII,
)


@dataclass(frozen=True)
class Generated:
    """The member and its role: `id`, `created`, `updated` or `reset`; `since` is the member it may not precede."""

    member: str
    role: str
    since: str | None = None


def explain(value: Any, params: Generated) -> tuple[Fault, ...]:
    """Return a fault when the member of the object `value` is no id, no instant, or before `since`."""
    given = value.get(params.member, ABSENT)
    if params.role == "id":
        expected, good = "a non-empty string", isinstance(given, str) and given != ""
    else:
        expected, good = "an RFC 3339 timestamp with a zone", instant_of(given) is not None
    if good and params.since is not None:
        expected, good = f"not before {params.since}", _in_order(value.get(params.since), given)
    return () if good else (Fault((params.member,), given, expected, f"{params.member} must be {expected}"),)


def repair(value: Any, params: Generated) -> Any:
    """Return `value` with a well-formed member."""
    if not explain(value, params):
        return value
    earliest = value.get(params.since)
    instant = earliest if instant_of(earliest) is not None else "2026-01-01T00:00:00Z"
    return {**value, params.member: "0" if params.role == "id" else instant}


def violate(value: Any, params: Generated) -> Iterator[Variant]:
    """Yield objects whose member is absent, null, empty, a number, without a zone, or too early."""
    yield Variant(f"{params.member} is absent", without(value, params.member))
    wrong = [None, "", 7]
    if params.role != "id":
        wrong += ["2026-01-01", "2026-01-01T00:00:00", "2026-01-01 00:00:00Z", "2026-13-01T00:00:00Z", 1767225600]
    wrong += ["1970-01-01T00:00:00Z"] if instant_of(value.get(params.since)) is not None else []
    for other in wrong:
        yield Variant(f"{params.member} is {other!r}", {**value, params.member: other})


def instant_of(text: Any) -> datetime | None:
    """Return the instant that an RFC 3339 timestamp with a zone names, or None where `text` is none."""
    if not isinstance(text, str) or not _INSTANT.fullmatch(text):
        return None
    whole = re.sub(r"(\.\d{6})\d+", r"\1", text.upper()).replace(":60", ":59")
    try:
        return datetime.fromisoformat(whole)
    except ValueError:
        return None


def _in_order(earlier: Any, later: Any) -> bool:
    first, second = instant_of(earlier), instant_of(later)
    return first is None or second is None or first <= second


KIND = Kind("generated", "x-generated", explain, repair, violate)
