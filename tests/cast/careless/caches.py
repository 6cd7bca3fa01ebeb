"""Ledgers that answer from a copy which is no longer right."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.cast.careless.registry import breaking
from tests.cast.independent import Ledger, Refused, Row
from tests.cast.wire import Call, Reply


class _Copying(Ledger):
    """Keeps a copy of its rows for the list."""

    def __init__(self) -> None:
        super().__init__()
        self.copy: list[Row] = []

    def ordered(self) -> Iterator[Row]:
        return iter(list(self.copy))

    def refresh(self) -> None:
        """Make the copy what the rows are."""
        self.copy = list(self.rows.values())


@breaking("RESP-02", "PUT-01", "LIFE-05", "LIST-03", "RACE-03")
class ListForgetsUpdates(_Copying):
    """Renews the list with creates and deletes alone."""

    def keep(self, row: Row) -> None:
        is_new = row["id"] not in self.rows
        super().keep(row)
        if is_new:
            self.refresh()

    def drop(self, row: Row) -> None:
        super().drop(row)
        self.refresh()


@breaking("LIFE-04", "LIFE-05", "LIST-01", "LIST-02", "LIFE-01")
class ListForgetsDeletes(_Copying):
    """Renews the list with creates and updates alone."""

    def keep(self, row: Row) -> None:
        super().keep(row)
        self.refresh()


@breaking("LIFE-01", "RESP-02", "LIST-01", "LIST-02", "IDN-02", "LIFE-05", "RESP-03", "RACE-01", "RACE-02", "LIST-03")
class ListIsOneCreateLate(_Copying):
    """Takes the copy for the list before it stores a new config."""

    def keep(self, row: Row) -> None:
        is_new = row["id"] not in self.rows
        if is_new:
            self.refresh()
        super().keep(row)
        if not is_new:
            self.refresh()

    def drop(self, row: Row) -> None:
        super().drop(row)
        self.refresh()


@breaking("LIST-01")
class TotalNeverFalls(Ledger):
    """Counts creates for the total of the unfiltered list."""

    def __init__(self) -> None:
        super().__init__()
        self.made_in_all = 0

    def keep(self, row: Row) -> None:
        self.made_in_all += row["id"] not in self.rows
        super().keep(row)

    def total(self, matching: list[Row], page: list[Row]) -> int:
        return self.made_in_all if len(matching) == len(self.rows) else super().total(matching, page)


@breaking("LIST-01")
class RefusedCreatesCount(Ledger):
    """Counts a create before it is checked."""

    def __init__(self) -> None:
        super().__init__()
        self.count_of_all = 0

    def create(self, call: Call) -> Reply:
        self.count_of_all += 1
        return super().create(call)

    def drop(self, row: Row) -> None:
        super().drop(row)
        self.count_of_all -= 1

    def total(self, matching: list[Row], page: list[Row]) -> int:
        return self.count_of_all if len(matching) == len(self.rows) else super().total(matching, page)


@breaking("LIST-01")
class MissedDeletesCount(Ledger):
    """Takes a delete that finds nothing off the total."""

    def __init__(self) -> None:
        super().__init__()
        self.missed = 0

    def delete(self, call: Call) -> Reply:
        self.missed += call.config_id not in self.rows
        return super().delete(call)

    def total(self, matching: list[Row], page: list[Row]) -> int:
        return max(0, super().total(matching, page) - self.missed)


@breaking("RESP-02", "IDN-02", "LIFE-01", "RESP-03", "LIFE-05")
class CachedByName(Ledger):
    """Answers get from a cache whose key is the name."""

    def __init__(self) -> None:
        super().__init__()
        self.cached: dict[str, Row] = {}

    def keep(self, row: Row) -> None:
        super().keep(row)
        self.cached[row["model_name"]] = row

    def get(self, call: Call) -> Reply:
        row = self.row(call.config_id)
        return Reply(200, {"model_config": self.shown(self.cached[row["model_name"]])})


class _CachedGet(Ledger):
    def __init__(self) -> None:
        super().__init__()
        self.cached: dict[str, Row] = {}

    def get(self, call: Call) -> Reply:
        row = self.cached.get(call.config_id) or self.row(call.config_id)
        self.cached[call.config_id] = row
        return Reply(200, {"model_config": self.shown(row)})

    def keep(self, row: Row) -> None:
        super().keep(row)
        self.cached.pop(row["id"], None)


@breaking("LIFE-04", "RACE-03")
class DeletedStaysCached(_CachedGet):
    """Answers a deleted config to get where it was read before."""


@breaking("RESP-02", "PUT-01", "PUT-04")
class RateLimitStaysCached(_CachedGet):
    """Renews what get answers unless an update sends nothing but a rate limit."""

    def update(self, call: Call) -> Reply:
        held = self.cached.get(call.config_id)
        reply = super().update(call)
        if held and reply.is_success and set(call.json) == {"rate_limit"}:
            self.cached[call.config_id] = held
        return reply

    def drop(self, row: Row) -> None:
        super().drop(row)
        self.cached.pop(row["id"], None)


class _CachedList(Ledger):
    def __init__(self) -> None:
        super().__init__()
        self.pages: dict[Any, Reply] = {}

    def key(self, query: Any) -> Any:
        """Return under what a page is kept."""
        return tuple(sorted(query.items()))

    def listed(self, call: Call) -> Reply:
        try:
            return self.pages.setdefault(self.key(call.query), super().listed(call))
        except Refused:
            return super().listed(call)

    def keep(self, row: Row) -> None:
        super().keep(row)
        self.pages.clear()

    def drop(self, row: Row) -> None:
        super().drop(row)
        self.pages.clear()


@breaking("LIST-02", "LIST-05")
class PagesCachedByLimit(_CachedList):
    """Keeps pages without regard to the offset, until the next write."""

    def key(self, query: Any) -> Any:
        return tuple(sorted((name, text) for name, text in query.items() if name != "offset"))


@breaking("LIST-03", "LIST-01")
class PagesCachedWithoutProvider(_CachedList):
    """Keeps pages without regard to the provider, until the next write."""

    def key(self, query: Any) -> Any:
        return tuple(sorted((name, text) for name, text in query.items() if name != "provider"))


@breaking("LIST-03", "LIST-01")
class SearchesCachedInSmall(_CachedList):
    """Keeps pages without regard to the scope, until the next write."""

    def key(self, query: Any) -> Any:
        return tuple(sorted((name, text) for name, text in query.items() if name != "scope"))


@breaking("LIST-03", "LIST-01", "LIFE-01")
class FiltersByTheFirstProvider(Ledger):
    """Filters by the provider that a config had at first."""

    def __init__(self) -> None:
        super().__init__()
        self.first: dict[str, Any] = {}

    def matches(self, row: Row, query: Any) -> bool:
        return super().matches({**row, "provider": self.first.setdefault(row["id"], row.get("provider"))}, query)

    def keep(self, row: Row) -> None:
        self.first.setdefault(row["id"], row.get("provider"))
        super().keep(row)


@breaking("RESP-02", "PUT-06")
class GetShowsTheOldInstant(Ledger):
    """Shows in get when a config was created for when it was updated."""

    def get(self, call: Call) -> Reply:
        return super().get(call).with_configs(lambda row: {**row, "updated_at": row["created_at"]})


@breaking("RESP-02", "LIFE-05", "LIFE-02", "IDN-02", "PUT-06")
class ListShowsTheOldInstant(Ledger):
    """Shows in the list when a config was created for when it was updated."""

    def listed(self, call: Call) -> Reply:
        return super().listed(call).with_configs(lambda row: {**row, "updated_at": row["created_at"]})
