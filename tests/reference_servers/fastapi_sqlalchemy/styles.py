"""The two styles of the reference server: one value for each choice that the contract leaves to a server."""

import itertools
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone


@dataclass(frozen=True, slots=True)
class Style:
    """The choices of one server, named after what the server does."""

    sends_null: bool
    sends_extras: bool
    new_id: Callable[[str], str]
    format_time: Callable[[datetime], str]
    time_step: timedelta
    conflict_status: int
    unknown_key_status: int
    oversized_status: int
    max_text_length: int | None
    accepts_nul: bool
    folds_field_names: bool
    accepts_unknown_fields: bool
    accepts_duplicate_fields: bool
    accepts_null_in_create: bool
    accepts_any_content_type: bool
    accepts_global_scope_id: bool
    accepts_go_durations: bool
    max_duration_ns: int | None
    compares_durations_by_length: bool
    accepts_integral_floats: bool
    creates_empty_rate_limit: bool
    keeps_lone_duration: bool
    keeps_rate_limit_id: bool
    rejects_unknown_scope_filter: bool
    rejects_huge_page_numbers: bool
    filtered_page_size: int
    full_page_size: int | None
    lookup_page_size: int
    folds_search: Callable[[str], str]
    sorts_budgets_by_length: bool
    aligns_windows: bool
    ignores_scheme_case: bool
    id_path: str


def format_microseconds(moment: datetime) -> str:
    """Returns the time in UTC with microseconds and `Z`."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def format_whole_seconds(moment: datetime) -> str:
    """Returns the time two hours east of UTC, in whole seconds."""
    return moment.astimezone(timezone(timedelta(hours=2))).isoformat(timespec="seconds")


def new_uuid(_table: str) -> str:
    """Returns a random UUID."""
    return str(uuid.uuid4())


def count_ids() -> Callable[[str], str]:
    """Returns a function that numbers the rows of each table from 1."""
    counters: dict[str, Iterator[int]] = {}

    def next_number(table: str) -> str:
        return str(next(counters.setdefault(table, itertools.count(1))))

    return next_number


def lower_each(text: str) -> str:
    """Returns the text with each character in lower case by itself, so that a final sigma stays a sigma."""
    return "".join(character.lower() for character in text)


PLAIN = Style(
    sends_null=False,
    sends_extras=False,
    new_id=new_uuid,
    format_time=format_microseconds,
    time_step=timedelta(microseconds=1),
    conflict_status=409,
    unknown_key_status=400,
    oversized_status=400,
    max_text_length=255,
    accepts_nul=False,
    folds_field_names=True,
    accepts_unknown_fields=True,
    accepts_duplicate_fields=True,
    accepts_null_in_create=True,
    accepts_any_content_type=True,
    accepts_global_scope_id=True,
    accepts_go_durations=True,
    max_duration_ns=2**63 - 1,
    compares_durations_by_length=False,
    accepts_integral_floats=True,
    creates_empty_rate_limit=False,
    keeps_lone_duration=True,
    keeps_rate_limit_id=False,
    rejects_unknown_scope_filter=False,
    rejects_huge_page_numbers=False,
    filtered_page_size=25,
    full_page_size=None,
    lookup_page_size=100,
    folds_search=str.casefold,
    sorts_budgets_by_length=False,
    aligns_windows=True,
    ignores_scheme_case=False,
    id_path="{mc_id:path}",
)

OTHER = Style(
    sends_null=True,
    sends_extras=True,
    new_id=count_ids(),
    format_time=format_whole_seconds,
    time_step=timedelta(0),
    conflict_status=400,
    unknown_key_status=404,
    oversized_status=413,
    max_text_length=None,
    accepts_nul=True,
    folds_field_names=False,
    accepts_unknown_fields=False,
    accepts_duplicate_fields=False,
    accepts_null_in_create=False,
    accepts_any_content_type=False,
    accepts_global_scope_id=False,
    accepts_go_durations=False,
    max_duration_ns=None,
    compares_durations_by_length=True,
    accepts_integral_floats=False,
    creates_empty_rate_limit=True,
    keeps_lone_duration=False,
    keeps_rate_limit_id=True,
    rejects_unknown_scope_filter=True,
    rejects_huge_page_numbers=True,
    filtered_page_size=100,
    full_page_size=100,
    lookup_page_size=2,
    folds_search=lower_each,
    sorts_budgets_by_length=True,
    aligns_windows=False,
    ignores_scheme_case=True,
    id_path="{mc_id}",
)

STYLES = {"plain": PLAIN, "other": OTHER}
