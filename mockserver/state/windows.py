"""Windows of budgets and rate limits: how long they are and when they begin anew (TIME-01 to TIME-03).

A rolling window ends one duration after its `last_reset`, which is all that a client is told of it. A month or a year
ends on the same day of the month, or on the last day of a month that is too short, and the next one is counted from
there: 31 January, 28 February, 28 March. The day drifts; it does not return to the 31st, as nothing remembers that.
"""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import UTC, datetime, timedelta
from functools import lru_cache

_DURATION = re.compile(r"([1-9][0-9]*)([smhdwMY])", re.ASCII)
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_MONTHS = {"M": 1, "Y": 12}
_CALENDAR_UNITS = frozenset("dwMY")
_ENDLESS = 10**19
"""More of any unit than the calendar has; a number with more digits means the same and costs more."""
_FEBRUARY = 2
_SHORTEST_MONTH = 28
NEVER = datetime.max.replace(tzinfo=UTC)
"""The end of a window that is longer than the calendar goes on."""
BEGINNING = datetime.min.replace(tzinfo=UTC)
"""The first instant of the calendar."""
_CYCLE = 48
"""After so many windows of months every month that they begin in has clipped them, but for 29 February."""


@lru_cache(maxsize=4096)
def parse_duration(text: str) -> tuple[int, str]:
    """Return number and unit of a duration such as `30s` or `1M`.

    Raises:
        ValueError: `text` is no duration by the contract, section 2.
    """
    match = _DURATION.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is no duration; expected a positive whole number and one unit of s m h d w M Y")
    digits, unit = match[1], match[2]
    return int(digits) if len(digits) < len(str(_ENDLESS)) else _ENDLESS, unit


def is_duration(value: object) -> bool:
    """Return whether `value` is a duration that `parse_duration` can read."""
    return isinstance(value, str) and _is_duration(value)


@lru_cache(maxsize=4096)
def _is_duration(text: str) -> bool:
    return _DURATION.fullmatch(text) is not None


@lru_cache(maxsize=4096)
def length(duration: str) -> tuple[int, str]:
    """Return a duration in seconds (`s`) or months (`M`), which is the same for equally long ones (`1d`, `24h`)."""
    number, unit = parse_duration(duration)
    return (number * _MONTHS[unit], "M") if unit in _MONTHS else (number * _SECONDS[unit], "s")


def later(instant: datetime, duration: str, times: int = 1) -> datetime:
    """Return `instant` moved by so many durations, back where they are negative; the calendar ends that."""
    number, unit = length(duration)
    try:
        if unit == "M":
            return _months_later(instant, number * times)
        return instant + timedelta(seconds=number * times)
    except (OverflowError, ValueError):
        return NEVER if times > 0 else BEGINNING


def _months_later(instant: datetime, months: int) -> datetime:
    """Return the same day some months on, or the last of a month that is too short."""
    year, month = divmod(instant.year * 12 + instant.month - 1 + months, 12)
    day = instant.day
    if day > _SHORTEST_MONTH:
        day = min(day, monthrange(year, month + 1)[1])
    return instant.replace(year=year, month=month + 1, day=day)


def window_end(last_reset: datetime, duration: str, *, calendar_aligned: bool) -> datetime:
    """Return when the window that began at `last_reset` ends."""
    return later(_anchor(last_reset, duration, calendar_aligned), duration)


def window_start(last_reset: datetime, duration: str, now: datetime, *, calendar_aligned: bool) -> datetime:
    """Return when the window around `now` began: `last_reset` itself, or the end of the last full window since."""
    anchor = _settled_day(_anchor(last_reset, duration, calendar_aligned), duration, now)
    passed = _windows_between(anchor, now, duration)
    return max(last_reset, later(anchor, duration, max(passed, 0)))


def _anchor(last_reset: datetime, duration: str, calendar_aligned: bool) -> datetime:
    """Return the instant from which windows are counted; a window of less than a day is never aligned."""
    if not calendar_aligned:
        return last_reset
    _, unit = parse_duration(duration)
    if unit not in _CALENDAR_UNITS:
        return last_reset
    day = last_reset.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    if unit == "w":
        return day - timedelta(days=day.weekday())
    if unit == "M":
        return day.replace(day=1)
    return day.replace(month=1, day=1) if unit == "Y" else day


def _settled_day(anchor: datetime, duration: str, now: datetime) -> datetime:
    """Return the first start of a window after which no short month clips, or the last one before `now`.

    Each window follows from the one before (31 January, 28 February, 28 March), so that it does not matter
    whether the state was stored in between.
    """
    _, unit = parse_duration(duration)
    windows = 0
    while unit in _MONTHS and anchor.day > _SHORTEST_MONTH and (windows < _CYCLE or anchor.month == _FEBRUARY):
        following = later(anchor, duration)
        if following > now:
            break
        anchor, windows = following, windows + 1
    return anchor


def _windows_between(anchor: datetime, now: datetime, duration: str) -> int:
    """Return how many whole windows passed from `anchor` to `now`."""
    number, unit = parse_duration(duration)
    if unit in _MONTHS:
        months = (now.year - anchor.year) * 12 + now.month - anchor.month
        passed = months // (number * _MONTHS[unit])
        return passed if later(anchor, duration, passed) <= now else passed - 1
    return int((now - anchor) // timedelta(seconds=number * _SECONDS[unit])) if later(anchor, duration) <= now else 0
