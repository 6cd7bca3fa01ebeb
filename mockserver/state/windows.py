"""Windows of budgets and rate limits: how long they are and when they begin anew (TIME-01 to TIME-03).

A rolling window ends one duration after its `last_reset`, which is all that a client is told of it. A month or a year
ends on the same day of the month, or on the last day of a month that is too short, and the next one is counted from
there: 31 January, 28 February, 28 March. The day drifts; it does not return to the 31st, as nothing remembers that.

How long a unit is, and how its windows follow the calendar, says the document (`x-units`). The mock's own clock and its
fixtures have the units `s m h d w M Y`.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from governance_contract.durations import Calendar, Length, Units
from governance_contract.resources import Counter

_OWN_UNITS = Units(
    {
        "s": {"seconds": 1},
        "m": {"seconds": 60},
        "h": {"seconds": 3600},
        "d": {"days": 1},
        "w": {"days": 7},
        "M": {"months": 1},
        "Y": {"months": 12},
    }
)
_DAY = 86_400
_FEBRUARY = 2
_SHORTEST_MONTH = 28
NEVER = datetime.max.replace(tzinfo=UTC)
"""The end of a window that is longer than the calendar goes on."""
BEGINNING = datetime.min.replace(tzinfo=UTC)
"""The first instant of the calendar."""
_CYCLE = 48
"""After so many windows of months every month that they begin in has clipped them, but for 29 February."""


def is_duration(value: object) -> bool:
    """Return whether `value` is a duration in the units of the mock's own clock."""
    return isinstance(value, str) and _OWN_UNITS.read(value) is not None


def length(duration: str) -> Length:
    """Return the length of a duration in the units of the mock's own clock.

    Raises:
        ValueError: `duration` is none.
    """
    found = _OWN_UNITS.read(duration)
    if found is None:
        raise ValueError(f"{duration!r} is no duration; expected a positive whole number and one unit of s m h d w M Y")
    return found


def seconds(of: Length) -> tuple[int, int]:
    """Return a length in months and seconds, which are the same for equally long ones (`1d`, `24h`)."""
    return of.months, of.seconds + of.days * _DAY


def size(value: object) -> tuple[int, int] | None:
    """Return the `seconds` of a duration in the units of the mock's own clock, None where `value` is none."""
    found = _OWN_UNITS.read(value) if isinstance(value, str) else None
    return None if found is None else seconds(found)


def later(instant: datetime, duration: str, times: int = 1) -> datetime:
    """Return `instant` moved by so many durations, back where they are negative; the calendar ends that."""
    return _moved(instant, length(duration), times)


def window_end(counter: Counter, owner: Mapping[str, Any], last_reset: datetime, *, aligned: bool) -> datetime:
    """Return when the window of a counter ends that began at `last_reset`; `owner` is the object that holds it."""
    anchor, long = _grid(counter, owner, last_reset, aligned=aligned)
    return _moved(anchor, long)


def window_start(
    counter: Counter, owner: Mapping[str, Any], last_reset: datetime, now: datetime, *, aligned: bool
) -> tuple[datetime, int]:
    """Return when the window around `now` began, and how many windows have ended since `last_reset`.

    It began at `last_reset` itself, or at the end of the last full window since.
    """
    anchor, long = _grid(counter, owner, last_reset, aligned=aligned)
    settled, ended = _settled_day(anchor, long, now)
    passed = max(_windows_between(settled, now, long), 0)
    return max(last_reset, _moved(settled, long, passed)), ended + passed


def has_window(counter: Counter, owner: Mapping[str, Any]) -> bool:
    """Return whether the window of a counter has a duration that ends it."""
    duration = owner.get(counter.window)
    return isinstance(duration, str) and counter.lengths.read(duration) is not None


def _grid(
    counter: Counter, owner: Mapping[str, Any], last_reset: datetime, *, aligned: bool
) -> tuple[datetime, Length]:
    """Return the instant from which windows are counted, and how long they are."""
    duration = owner[counter.window]
    calendar = counter.lengths.calendar(duration) if aligned else None
    if calendar is None:
        rolling = counter.lengths.read(duration)
        if rolling is None:
            raise ValueError(f"{duration!r} is no duration")
        return last_reset, rolling
    return _begun(calendar, owner, last_reset), Length(days=calendar.days, months=calendar.months)


def _begun(calendar: Calendar, owner: Mapping[str, Any], instant: datetime) -> datetime:
    """Return when the unit of the calendar began in which an instant lies."""
    day = instant.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    if calendar.unit_months:
        first = _first_month(calendar, owner) - 1
        month = day.year * 12 + day.month - 1 - first
        year, month = divmod(month - month % calendar.unit_months + first, 12)
        return BEGINNING if year < BEGINNING.year else day.replace(year=year, month=month + 1, day=1)
    return day - timedelta(days=day.weekday()) if calendar.unit_days == _WEEK else day


_WEEK = 7


def _first_month(calendar: Calendar, owner: Mapping[str, Any]) -> int:
    value: Any = owner
    for name in calendar.first_month:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value if isinstance(value, int) and 1 <= value <= 12 else 1


def _moved(instant: datetime, long: Length, times: int = 1) -> datetime:
    try:
        moved = _months_later(instant, long.months * times) if long.months else instant
        rest = long.seconds + long.days * _DAY
        return moved + timedelta(0, rest * times) if rest else moved
    except (OverflowError, ValueError):
        return NEVER if times > 0 else BEGINNING


def _months_later(instant: datetime, months: int) -> datetime:
    """Return the same day some months on, or the last of a month that is too short."""
    year, month = divmod(instant.year * 12 + instant.month - 1 + months, 12)
    day = instant.day
    if day > _SHORTEST_MONTH:
        day = min(day, monthrange(year, month + 1)[1])
    return instant.replace(year=year, month=month + 1, day=day)


def _settled_day(anchor: datetime, long: Length, now: datetime) -> tuple[datetime, int]:
    """Return the first start of a window after which no short month clips, or the last one before `now`.

    Beside it stands how many windows there are until then.

    Each window follows from the one before (31 January, 28 February, 28 March), so that it does not matter
    whether the state was stored in between.
    """
    windows = 0
    while long.months and anchor.day > _SHORTEST_MONTH and (windows < _CYCLE or anchor.month == _FEBRUARY):
        following = _moved(anchor, long)
        if following > now:
            break
        anchor, windows = following, windows + 1
    return anchor, windows


def _windows_between(anchor: datetime, now: datetime, long: Length) -> int:
    """Return how many whole windows passed from `anchor` to `now`."""
    if long.months:
        months = (now.year - anchor.year) * 12 + now.month - anchor.month
        passed = months // long.months
        return passed if _moved(anchor, long, passed) <= now else passed - 1
    _, rest = seconds(long)
    return int((now - anchor) // timedelta(seconds=rest)) if _moved(anchor, long) <= now else 0
