"""Ledgers whose list, pages or filters are wrong."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from typing import Any

from tests.cast.careless.registry import breaking
from tests.cast.independent import Ledger, Refused, Row
from tests.cast.wire import Call, Reply


@breaking("LIST-01", "LIST-02")
class TotalCountsThePage(Ledger):
    """Counts the page as the total."""

    def total(self, matching: list[Row], page: list[Row]) -> int:  # noqa: ARG002
        return len(page)


@breaking("LIST-01", "LIST-03")
class TotalCountsAll(Ledger):
    """Counts all configs, whatever the filter."""

    def total(self, matching: list[Row], page: list[Row]) -> int:  # noqa: ARG002
        return len(self.rows)


@breaking("LIST-02")
class OffsetIgnored(Ledger):
    """Ignores the offset."""

    def page(self, rows: list[Row], limit: int, offset: int) -> list[Row]:  # noqa: ARG002
        return rows[:limit]


@breaking("LIST-02")
class OffsetIsAPage(Ledger):
    """Takes the offset for the number of a page."""

    def page(self, rows: list[Row], limit: int, offset: int) -> list[Row]:
        return rows[offset * limit : offset * limit + limit]


@breaking("LIST-02")
class OneTooMany(Ledger):
    """Puts one more on each page than the limit says."""

    def page(self, rows: list[Row], limit: int, offset: int) -> list[Row]:
        return rows[offset : offset + limit + 1]


@breaking("LIST-02", "LIST-01")
class SecondPageSkipsOne(Ledger):
    """Leaves out the first entry of every page but the first."""

    def page(self, rows: list[Row], limit: int, offset: int) -> list[Row]:
        return rows[offset + 1 : offset + limit] if offset else rows[:limit]


@breaking("LIST-02")
class LimitIgnored(Ledger):
    """Ignores the limit."""

    def page(self, rows: list[Row], limit: int, offset: int) -> list[Row]:  # noqa: ARG002
        return rows[offset:]


@breaking("LIST-02", "LIST-05")
class RandomOrder(Ledger):
    """Lists configs in another order each time."""

    def ordered(self) -> Iterator[Row]:
        rows = list(self.rows.values())
        random.shuffle(rows)
        return iter(rows)


@breaking("LIST-02")
class SecondPageBackwards(Ledger):
    """Orders by name on the first page and by age behind it."""

    def page(self, rows: list[Row], limit: int, offset: int) -> list[Row]:
        by_name = sorted(rows, key=lambda row: str(row["id"]))
        return by_name[:limit] if not offset else rows[offset : offset + limit]


@breaking("LIST-02", "LIST-03")
class FiltersThePageOnly(Ledger):
    """Filters what is on the page instead of all configs."""

    def listed(self, call: Call) -> Reply:
        limit, offset = (self.count(call, name, default) for name, default in (("limit", 100), ("offset", 0)))
        page = self.page(list(self.rows.values()), min(limit, 100), offset)
        matching = sum(self.matches(row, call.query) for row in self.rows.values())
        found = [self.shown(row) for row in page if self.matches(row, call.query)]
        return Reply(200, {"model_configs": found, "total_count": matching})


@breaking("LIST-01", "RESP-01")
class EmptyIsNull(Ledger):
    """Answers null for an empty list."""

    def listed(self, call: Call) -> Reply:
        reply = super().listed(call)
        return Reply(200, {**reply.value, "model_configs": reply.value["model_configs"] or None})


@breaking("LIST-01", "RESP-01")
class EmptyIsNullUnfiltered(Ledger):
    """Answers null for an empty list without filters."""

    def listed(self, call: Call) -> Reply:
        reply = super().listed(call)
        return Reply(
            200, {**reply.value, "model_configs": reply.value["model_configs"] or (None if not self.rows else [])}
        )


@breaking("LIST-03")
class SearchIsAPrefix(Ledger):
    """Searches at the beginning of names alone."""

    def found_by(self, row: Row, search: str) -> bool:
        return bool(row["model_name"].casefold().startswith(search.casefold()))


@breaking("LIST-03")
class SearchIsExact(Ledger):
    """Searches for whole names."""

    def found_by(self, row: Row, search: str) -> bool:
        return not search or row["model_name"].casefold() == search.casefold()


@breaking("LIST-03")
class SearchSeesCase(Ledger):
    """Searches with regard to case."""

    def found_by(self, row: Row, search: str) -> bool:
        return search in row["model_name"]


@breaking("LIST-03")
class SearchIsAPattern(Ledger):
    """Takes % in a search for any text."""

    def found_by(self, row: Row, search: str) -> bool:
        pattern = ".*".join(re.escape(part) for part in search.split("%"))
        return re.search(pattern, row["model_name"], re.IGNORECASE | re.DOTALL) is not None


@breaking("LIST-03")
class UnderscoreIsAnyLetter(Ledger):
    """Takes _ in a search for any letter."""

    def found_by(self, row: Row, search: str) -> bool:
        pattern = ".".join(re.escape(part) for part in search.split("_"))
        return re.search(pattern, row["model_name"], re.IGNORECASE | re.DOTALL) is not None


@breaking("LIST-03", "REQ-09")
class SearchIsARegex(Ledger):
    """Takes the search for a regular expression."""

    def found_by(self, row: Row, search: str) -> bool:
        try:
            return re.search(search, row["model_name"], re.IGNORECASE) is not None
        except re.error as error:
            raise Refused(500, "bad pattern") from error


@breaking("LIST-03")
class SearchesProvidersToo(Ledger):
    """Searches the provider too."""

    def found_by(self, row: Row, search: str) -> bool:
        return super().found_by(row, search) or search.casefold() in (row.get("provider") or "").casefold()


@breaking("LIST-03")
class ProviderIncludesGlobal(Ledger):
    """Lists configs for all providers with each provider."""

    def matches(self, row: Row, query: Any) -> bool:
        return super().matches(row, query if row.get("provider") else {**query, "provider": ""})


@breaking("LIST-03")
class ProviderIsSubstring(Ledger):
    """Filters providers by a part of the name."""

    def matches(self, row: Row, query: Any) -> bool:
        return query.get("provider", "") in (row.get("provider") or "") and super().matches(
            row, {**query, "provider": ""}
        )


@breaking("LIST-03")
class ProviderCaseless(Ledger):
    """Filters providers regardless of case."""

    def matches(self, row: Row, query: Any) -> bool:
        wanted, held = query.get("provider", ""), row.get("provider") or ""
        return wanted.lower() in ("", held.lower()) and super().matches(row, {**query, "provider": ""})


@breaking("LIST-03")
class ScopeIgnoredWithSearch(Ledger):
    """Ignores the scope where there is a search."""

    def matches(self, row: Row, query: Any) -> bool:
        return super().matches(row, {**query, "scope": ""} if query.get("search") else query)


@breaking("LIST-03")
class FiltersAreOr(Ledger):
    """Joins filters with or."""

    def matches(self, row: Row, query: Any) -> bool:
        given = {name: text for name, text in query.items() if name in ("search", "scope", "provider") and text}
        return not given or any(super(FiltersAreOr, self).matches(row, {name: text}) for name, text in given.items())


@breaking("LIST-04")
class BadNumbersAreDefaults(Ledger):
    """Takes the default where limit or offset is no number."""

    def count(self, call: Call, name: str, default: int) -> int:
        try:
            return super().count(call, name, default)
        except Refused:
            return default


@breaking("LIST-04")
class NegativeOffsetIsZero(Ledger):
    """Takes a negative offset for 0."""

    def count(self, call: Call, name: str, default: int) -> int:
        text = call.query.get(name, "")
        return 0 if name == "offset" and text.startswith("-") else super().count(call, name, default)
