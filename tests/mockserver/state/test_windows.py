from __future__ import annotations

import time
from calendar import monthrange
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance_contract import load_contract
from governance_contract.resources import Counter
from mockserver.state import windows

ANY_INSTANT = st.datetimes(timezones=st.just(UTC), max_value=datetime(9998, 1, 1))  # noqa: DTZ001 - `timezones` adds UTC
DURATIONS = st.builds(lambda number, unit: f"{number}{unit}", st.integers(1, 400), st.sampled_from("smhdwMY"))
INSTANTS = st.integers(0, 100 * 366 * 86400).map(
    lambda seconds: datetime(2000, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
)


CONFIGS = load_contract().resources["ModelConfig"].shape
BUDGETS = CONFIGS.by_name["budgets"].shape
COUNTER = BUDGETS.counters[0] if BUDGETS else None


def window_end(began: datetime, duration: str, *, calendar_aligned: bool) -> datetime:
    assert COUNTER is not None
    return windows.window_end(COUNTER, {COUNTER.window: duration}, began, aligned=calendar_aligned)


def window_start(began: datetime, duration: str, now: datetime, *, calendar_aligned: bool) -> datetime:
    assert COUNTER is not None
    start, _ = windows.window_start(COUNTER, {COUNTER.window: duration}, began, now, aligned=calendar_aligned)
    return start


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.fixture
def in_tokyo(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The clock of the machine is nine hours ahead of UTC."""
    if not hasattr(time, "tzset"):
        pytest.skip("this system cannot change the zone of a process")
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "JST-9")
        time.tzset()
        yield
    time.tzset()


@pytest.mark.parametrize("text", ["", "1", "d", "0d", "-1d", " 1d", "1d ", "1d\n", "P1D", "1D", "1h30m", "1.5d", "٣d"])
def test_what_is_no_duration_is_refused_with_what_is_expected(text: str) -> None:
    with pytest.raises(ValueError, match="expected a positive whole number and one unit"):
        windows.length(text)


@pytest.mark.parametrize(
    "equal", [("1d", "24h", "1440m", "86400s"), ("1w", "7d"), ("1Y", "12M"), ("2d", "48h")], ids=str
)
def test_equally_long_durations_have_one_length(equal: tuple[str, ...]) -> None:
    assert len({windows.seconds(windows.length(text)) for text in equal}) == 1


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("7s", (0, 7)),
        ("2m", (0, 120)),
        ("3h", (0, 10800)),
        ("1w", (0, 604800)),
        ("5M", (5, 0)),
        ("2Y", (24, 0)),
    ],
)
def test_a_length_is_in_months_or_in_seconds(text: str, length: tuple[int, int]) -> None:
    assert windows.seconds(windows.length(text)) == length


def test_a_month_is_as_long_as_no_number_of_days() -> None:
    assert len({windows.length(text) for text in ("1M", "1m", "30d", "28d", "31d")}) == 5


@pytest.mark.parametrize(("value", "expected"), [("1d", True), ("1D", False), ("", False), (7, False), (None, False)])
def test_a_duration_can_be_told_from_other_values(value: object, expected: bool) -> None:
    assert windows.is_duration(value) is expected


@pytest.mark.parametrize(
    ("began", "duration", "ends"),
    [
        ("2026-01-31T10:00", "1M", "2026-02-28T10:00"),
        ("2024-01-31T10:00", "1M", "2024-02-29T10:00"),
        ("2026-01-31T10:00", "3M", "2026-04-30T10:00"),
        ("2026-12-15T10:00", "1M", "2027-01-15T10:00"),
        ("2024-02-29T10:00", "1Y", "2025-02-28T10:00"),
        ("2024-02-29T10:00", "4Y", "2028-02-29T10:00"),
        ("2026-03-01T10:00", "2w", "2026-03-15T10:00"),
        ("2024-02-28T10:00", "1d", "2024-02-29T10:00"),
        ("2026-03-01T10:00", "90s", "2026-03-01T10:01:30"),
    ],
)
def test_a_rolling_window_ends_one_duration_after_it_began(began: str, duration: str, ends: str) -> None:
    assert window_end(at(began), duration, calendar_aligned=False) == at(ends)


@pytest.mark.parametrize(
    ("began", "duration", "ends"),
    [
        ("2026-03-05T17:20", "1d", "2026-03-06T00:00"),
        ("2026-03-05T17:20:33.123456", "1d", "2026-03-06T00:00"),
        ("2026-03-05T17:20", "2d", "2026-03-07T00:00"),
        ("2026-03-05T17:20", "1w", "2026-03-09T00:00"),  # 5 March is a Thursday, 9 March a Monday
        ("2026-03-09T00:00", "1w", "2026-03-16T00:00"),
        ("2026-03-08T23:59", "1w", "2026-03-09T00:00"),
        ("2026-03-05T17:20", "2w", "2026-03-16T00:00"),
        ("2026-01-31T17:20", "1M", "2026-02-01T00:00"),
        ("2026-03-05T17:20", "3M", "2026-06-01T00:00"),
        ("2026-12-31T23:59", "1M", "2027-01-01T00:00"),
        ("2024-02-29T17:20", "1Y", "2025-01-01T00:00"),
        ("2026-03-05T17:20", "12h", "2026-03-06T05:20"),
        ("2026-03-05T17:20", "90m", "2026-03-05T18:50"),
        ("2026-03-05T17:20", "86400s", "2026-03-06T17:20"),
    ],
)
def test_an_aligned_window_ends_at_a_boundary_unless_its_unit_is_less_than_a_day(
    began: str, duration: str, ends: str
) -> None:
    assert window_end(at(began), duration, calendar_aligned=True) == at(ends)


@pytest.mark.parametrize(
    ("began", "duration", "now", "start"),
    [
        ("2026-03-01T09:00", "1d", "2026-03-02T08:59:59", "2026-03-01T09:00"),
        ("2026-03-01T09:00", "1d", "2026-03-02T09:00", "2026-03-02T09:00"),
        ("2026-03-01T09:00", "1d", "2026-03-11T12:00", "2026-03-11T09:00"),
        ("2026-03-01T09:00", "2w", "2026-04-01T09:00", "2026-03-29T09:00"),
        ("2026-01-31T09:00", "1M", "2026-02-28T09:00", "2026-02-28T09:00"),
        ("2026-01-31T09:00", "1M", "2026-03-29T09:00", "2026-03-28T09:00"),
        ("2026-01-31T09:00", "3M", "2026-08-01T09:00", "2026-07-30T09:00"),
        ("2024-02-29T09:00", "1Y", "2028-03-01T09:00", "2028-02-28T09:00"),
        ("2020-01-15T09:00", "1M", "2026-04-20T09:00", "2026-04-15T09:00"),
        ("2020-01-15T09:00", "1M", "2026-04-15T08:59:59", "2026-03-15T09:00"),
        ("2020-01-15T09:00", "1M", "2026-04-15T09:00", "2026-04-15T09:00"),
        ("2020-01-15T09:00", "5M", "2026-04-20T09:00", "2026-04-15T09:00"),
        ("2020-01-15T09:00", "5M", "2026-04-15T08:59:59", "2025-11-15T09:00"),
        ("2020-01-15T09:00", "1Y", "2026-01-15T08:59:59", "2025-01-15T09:00"),
        ("2020-01-15T09:00", "1Y", "2026-01-15T09:00", "2026-01-15T09:00"),
        ("2000-01-01T00:00", "1s", "8971-08-13T15:06:39.999999", "8971-08-13T15:06:39"),
        ("2026-03-01T09:00", "1M", "2025-01-01T09:00", "2026-03-01T09:00"),
        ("2026-03-01T09:00", "1s", "2025-01-01T09:00", "2026-03-01T09:00"),
    ],
)
def test_the_present_rolling_window_follows_from_the_ones_before(
    began: str, duration: str, now: str, start: str
) -> None:
    assert window_start(at(began), duration, at(now), calendar_aligned=False) == at(start)


@pytest.mark.parametrize(
    ("duration", "start"),
    [("1d", "2026-07-09T00:00"), ("1w", "2026-07-06T00:00"), ("1M", "2026-07-01T00:00"), ("1Y", "2026-03-05T17:20")],
)
def test_the_present_aligned_window_began_at_a_boundary(duration: str, start: str) -> None:
    now = at("2026-07-09T13:00")
    assert window_start(at("2026-03-05T17:20"), duration, now, calendar_aligned=True) == at(start)


@given(INSTANTS, DURATIONS, INSTANTS, INSTANTS, st.booleans())
def test_looking_in_between_changes_no_window(
    began: datetime, duration: str, first: datetime, second: datetime, aligned: bool
) -> None:
    earlier, later = sorted((first, second))
    between = window_start(began, duration, earlier, calendar_aligned=aligned)
    assert window_start(between, duration, later, calendar_aligned=aligned) == window_start(
        began, duration, later, calendar_aligned=aligned
    )


@given(INSTANTS, DURATIONS, INSTANTS, st.booleans())
def test_the_present_window_holds_the_present(began: datetime, duration: str, now: datetime, aligned: bool) -> None:
    start = window_start(began, duration, now, calendar_aligned=aligned)
    assert start >= began
    assert start <= max(now, began)
    assert window_end(start, duration, calendar_aligned=aligned) > min(now, start)
    assert now < window_end(start, duration, calendar_aligned=aligned)


@pytest.mark.parametrize("unit", "smhdwMY")
@pytest.mark.parametrize("digits", [12, 19, 20, 400, 5000])
def test_a_window_longer_than_the_calendar_never_ends(digits: int, unit: str) -> None:
    duration, now = "9" * digits + unit, at("2026-03-01T09:00")
    assert window_end(now, duration, calendar_aligned=True) == windows.NEVER
    assert window_start(now, duration, now + timedelta(days=9000), calendar_aligned=False) == now


def test_a_window_near_the_end_of_the_calendar_never_ends() -> None:
    last_day = at("9999-12-31T12:00")
    for duration in ("1d", "1w", "1M", "1Y"):
        assert window_end(last_day, duration, calendar_aligned=False) == windows.NEVER
        assert window_start(last_day, duration, last_day, calendar_aligned=False) == last_day


SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 7 * 86_400}


def seconds_since_year_1(instant: datetime) -> int:
    return (instant.toordinal() - 1) * 86_400 + instant.hour * 3600 + instant.minute * 60 + instant.second


def day_of(year: int, month: int, day: int) -> int:
    """Return a day as a number, from 1; the last one of a month that is too short."""
    while True:
        try:
            return date(year, month, day).toordinal()
        except ValueError:
            day -= 1


def by_hand(began: datetime, duration: str, now: datetime, *, aligned: bool) -> datetime:
    """Return where the present window began, counted window by window with whole days and seconds.

    This shares nothing with what it is held against but the rules of the calendar, which `date` knows.
    """
    number, unit = int(duration[:-1]), duration[-1]
    day, within = (
        began.toordinal(),
        timedelta(microseconds=began.microsecond, seconds=seconds_since_year_1(began) % 86_400),
    )
    if aligned and unit in "dwMY":
        within = timedelta()
        if unit == "w":
            day -= (day - 1) % 7  # 1 January of the year 1 is a Monday
        if unit == "M":
            day -= began.day - 1
        if unit == "Y":
            day = date(began.year, 1, 1).toordinal()
    first = datetime.fromordinal(day).replace(tzinfo=UTC) + within
    if now < first:
        return began
    if unit in SECONDS:
        length = number * SECONDS[unit]
        passed = seconds_since_year_1(now) - seconds_since_year_1(first) - (now.microsecond < first.microsecond)
        return max(began, first + timedelta(seconds=passed // length * length))
    months = number * (12 if unit == "Y" else 1)
    place = first
    while True:
        month = place.year * 12 + place.month - 1 + months
        if month // 12 > 9999:
            return max(began, place)
        following = datetime.fromordinal(day_of(month // 12, month % 12 + 1, place.day)).replace(tzinfo=UTC) + within
        if following > now:
            return max(began, place)
        place = following


@given(ANY_INSTANT, DURATIONS, ANY_INSTANT, st.booleans())
def test_a_window_is_where_counting_by_hand_finds_it(
    first: datetime, duration: str, second: datetime, aligned: bool
) -> None:
    began, now = sorted((first, second))
    found = window_start(began, duration, now, calendar_aligned=aligned)
    assert found == by_hand(began, duration, now, aligned=aligned)


@given(
    st.dates(date(1, 1, 1), date(9997, 1, 1)),
    st.sampled_from(["1M", "2M", "3M", "6M", "7M", "11M", "12M", "1Y", "4Y", "48M", "100Y", "400Y"]),
    st.integers(0, 3_000_000),
)
def test_months_from_the_end_of_a_month_are_counted_as_by_hand(day: date, duration: str, days: int) -> None:
    last = day.replace(day=monthrange(day.year, day.month)[1])
    began = datetime(last.year, last.month, last.day, 9, tzinfo=UTC)
    now = min(at("9998-01-01"), datetime.fromordinal(min(began.toordinal() + days, 3_650_000)).replace(tzinfo=UTC))
    found = window_start(began, duration, now, calendar_aligned=False)
    assert found == by_hand(began, duration, now, aligned=False)


@pytest.mark.parametrize(
    ("began", "duration", "starts"),
    [
        ("2026-01-31", "1M", ["2026-02-28", "2026-03-28", "2026-04-28", "2027-01-28"]),
        ("2024-01-31", "1M", ["2024-02-29", "2024-03-29", "2025-01-29", "2025-02-28", "2025-03-28", "2028-02-28"]),
        ("2026-03-31", "1M", ["2026-04-30", "2026-05-30", "2026-12-30", "2027-02-28"]),
        ("2026-03-31", "6M", ["2026-09-30", "2027-03-30", "2036-03-30"]),
        ("2026-05-31", "12M", ["2027-05-31", "2028-05-31", "9997-05-31"]),
        ("2024-02-29", "1Y", ["2025-02-28", "2026-02-28", "2028-02-28"]),
        ("2024-02-29", "4Y", ["2028-02-29", "2096-02-29", "2100-02-28", "2104-02-28"]),
        ("2000-02-29", "400Y", ["2400-02-29", "9600-02-29"]),
        ("2025-12-31", "1M", ["2026-01-31", "2026-02-28"]),
        ("2024-02-28", "1d", ["2024-02-29", "2024-03-01"]),
        ("2023-12-31", "1w", ["2024-01-07", "2024-03-03"]),
    ],
)
def test_the_day_of_a_rolling_month_drifts_and_does_not_return(began: str, duration: str, starts: list[str]) -> None:
    for start in starts:
        for now in (f"{start}T09:00", f"{start}T09:00:01"):
            found = window_start(at(f"{began}T09:00"), duration, at(now), calendar_aligned=False)
            assert found == at(f"{start}T09:00")
        just_before = at(f"{start}T08:59:59.999999")
        found = window_start(at(f"{began}T09:00"), duration, just_before, calendar_aligned=False)
        assert found < at(f"{start}T09:00")


@pytest.mark.parametrize("duration", ["1s", "1m", "1h", "1d", "1w", "1M", "1Y"])
@pytest.mark.parametrize("aligned", [True, False])
def test_a_window_may_begin_with_the_calendar_and_last_to_its_end(duration: str, aligned: bool) -> None:
    first, last = windows.BEGINNING, datetime(9998, 1, 1, tzinfo=UTC)
    assert window_start(first, duration, last, calendar_aligned=aligned) <= last
    assert window_end(first, duration, calendar_aligned=aligned) > first
    assert windows.later(first, duration, -1) == first
    assert windows.later(first + timedelta(microseconds=1), "9" * 400 + "Y", -1) == first


@pytest.mark.usefixtures("in_tokyo")
@pytest.mark.parametrize(
    ("duration", "end"), [("1d", "2026-03-11"), ("1w", "2026-03-16"), ("1M", "2026-04-01"), ("1Y", "2027-01-01")]
)
def test_an_aligned_window_ends_at_midnight_utc_wherever_the_machine_stands(duration: str, end: str) -> None:
    assert window_end(at("2026-03-10T20:00"), duration, calendar_aligned=True) == at(end)


QUARTERS = Counter(
    "current_usage",
    ("max_limit",),
    "reset_duration",
    "last_reset",
    {"Q": {"days": 90, "calendar": {"months": 3, "from": ["reset_config", "quarter_start_month"]}}},
)


@pytest.mark.parametrize(
    ("duration", "first_month", "began", "rolling", "aligned"),
    [
        ("1Q", None, "2026-02-10T08:00", "2026-05-11T08:00", "2026-04-01"),
        ("1Q", 1, "2026-01-01T00:00", "2026-04-01T00:00", "2026-04-01"),
        ("1Q", 2, "2026-02-10T08:00", "2026-05-11T08:00", "2026-05-01"),
        ("1Q", 2, "2026-01-31T23:59:59", "2026-05-01T23:59:59", "2026-02-01"),
        ("1Q", 12, "2026-12-31T12:00", "2027-03-31T12:00", "2027-03-01"),
        ("2Q", 4, "2026-11-15T00:00", "2027-05-14T00:00", "2027-04-01"),
        ("1Q", 13, "2026-02-10T08:00", "2026-05-11T08:00", "2026-04-01"),
    ],
)
def test_a_quarter_is_90_days_or_that_of_the_fiscal_year(
    duration: str, first_month: int | None, began: str, rolling: str, aligned: str
) -> None:
    config = {} if first_month is None else {"reset_config": {"quarter_start_month": first_month}}
    owner = {"reset_duration": duration, **config}
    assert windows.window_end(QUARTERS, owner, at(began), aligned=False) == at(rolling)
    assert windows.window_end(QUARTERS, owner, at(began), aligned=True) == at(aligned)
    next_day = at(aligned) + timedelta(days=1)
    assert windows.window_start(QUARTERS, owner, at(began), next_day, aligned=True) == (at(aligned), 1)


@pytest.mark.parametrize(
    ("duration", "began", "now", "ended"),
    [
        ("1d", "2026-03-01T09:00", "2026-03-01T08:00", 0),
        ("1d", "2026-03-01T09:00", "2026-03-02T08:59:59", 0),
        ("1d", "2026-03-01T09:00", "2026-03-04T09:00", 3),
        ("1M", "2026-01-31T09:00", "2026-02-28T09:00", 1),
        ("1M", "2026-01-31T09:00", "2027-01-28T09:00", 12),
        ("2M", "2026-01-31T09:00", "2026-07-31T09:00", 3),
    ],
)
def test_windows_that_have_ended_are_counted(duration: str, began: str, now: str, ended: int) -> None:
    assert COUNTER is not None
    owner = {COUNTER.window: duration}
    assert windows.window_start(COUNTER, owner, at(began), at(now), aligned=False)[1] == ended
