"""Ledgers that list in another order than the documented one, and whose clocks are wrong."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from tests.cast.careless.registry import breaking
from tests.cast.independent import Ledger, Row


@breaking("LIST-05")
class NewestFirst(Ledger):
    """Lists the newest config first."""

    def ordered(self) -> Iterator[Row]:
        return reversed(list(self.rows.values()))


class _Sorted(Ledger):
    """Lists configs by one of their members."""

    by = ""
    is_descending = False

    def ordered(self) -> Iterator[Row]:
        return iter(sorted(self.rows.values(), key=lambda row: str(row[self.by]), reverse=self.is_descending))


@breaking("LIST-05")
class ById(_Sorted):
    """Lists configs by id."""

    by = "id"


@breaking("LIST-05")
class ByName(_Sorted):
    """Lists configs by name."""

    by = "model_name"


@breaking("LIST-05")
class RecentlyUpdatedFirst(_Sorted):
    """Lists the config that was last changed first."""

    by = "updated_at"
    is_descending = True


@breaking("RESP-06")
class ClockIsBehind(Ledger):
    """Stamps configs with the time of an hour ago."""

    def now(self) -> str:
        return (datetime.now(UTC) - timedelta(hours=1)).isoformat(timespec="microseconds")


@breaking("RESP-06")
class WritesTheLocalTimeAsUtc(Ledger):
    """Stamps configs with the time of a zone in the west, but writes it as that of UTC."""

    def now(self) -> str:
        local = datetime.now(UTC) - timedelta(hours=5)
        return local.replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"
