"""Ledgers that filter and search in a way of their own."""

from __future__ import annotations

import fnmatch
import unicodedata
from typing import Any

from tests.cast.careless.registry import breaking
from tests.cast.independent import Ledger, Row
from tests.cast.wire import Call, Reply

_FILTERS = ("LIST-03", "LIST-01", "LIST-02", "IDN-02")


class _Search(Ledger):
    pass


def _search(name: str, description: str, test: Any) -> None:
    """Take a ledger into the cast that finds what `test` says of a row and a search."""

    def found_by(_: Ledger, row: Row, search: str) -> bool:
        return not search or bool(test(row, search, row["model_name"].casefold(), search.casefold()))

    breaking(*_FILTERS)(type(name, (_Search,), {"__doc__": description, "found_by": found_by}))


_search(
    "SearchByWords",
    "Finds names with any word of a search.",
    lambda _row, _s, name, low: any(w in name for w in low.split("-")),
)
_search(
    "SearchAtTheEnd",
    "Finds names that begin or end with a search.",
    lambda _row, _s, name, low: name.startswith(low) or name.endswith(low),
)
_search(
    "SearchGlob",
    "Takes * and ? in a search for any text.",
    lambda _row, _s, name, low: low in name or fnmatch.fnmatch(name, f"*{low}*"),
)
_search("SearchInTheStart", "Searches the first 40 characters alone.", lambda _row, _s, name, low: low in name[:40])
_search(
    "SearchNeedsThree",
    "Finds everything by a search of one or two letters.",
    lambda _row, _s, name, low: len(low) < 3 or low in name,
)
_search(
    "SearchIgnoresPunctuation",
    "Ignores what is no letter or digit.",
    lambda _row, _s, name, low: _bare(low) in _bare(name),
)
_search(
    "SearchSeesCaseOfCapitals",
    "Finds capitals only by capitals.",
    lambda row, s, _name, _low: s in row["model_name"] or s in row["model_name"].lower(),
)
_search(
    "SearchOfGlobalOnly",
    "Searches global configs alone.",
    lambda row, _s, name, low: row["scope"] == "global" and low in name,
)


def _plain(text: str) -> str:
    return "".join(letter for letter in unicodedata.normalize("NFD", text) if not unicodedata.combining(letter))


def _bare(text: str) -> str:
    return "".join(filter(str.isalnum, text))


def _filter(name: str, description: str, test: Any) -> None:
    """Take a ledger into the cast whose filters hold where `test` says so of a row and a query."""

    def matches(self: Ledger, row: Row, query: Any) -> bool:
        return bool(test(self, row, query, lambda **over: Ledger.matches(self, row, {**query, **over})))

    breaking(*_FILTERS)(type(name, (Ledger,), {"__doc__": description, "matches": matches}))


_filter(
    "ScopeByPrefix",
    "Filters scopes by their beginning.",
    lambda _s, row, q, by: (
        by(scope="") and row["scope"].startswith(q.get("scope", ""))
        if q.get("scope") != "virtual_key"
        else by(scope="")
    ),
)
_filter(
    "GlobalWithEach",
    "Lists global configs with each scope.",
    lambda _s, row, _q, by: by(scope="") if row["scope"] == "global" else by(),
)
_filter("ScopeIgnored", "Ignores the filter by scope.", lambda _s, _row, _q, by: by(scope=""))
_filter(
    "ScopeUserIgnored",
    "Ignores the filter by scope user.",
    lambda _s, _row, q, by: by(scope="") if q.get("scope") == "user" else by(),
)
_filter("ProviderIgnored", "Ignores the filter by provider.", lambda _s, _row, _q, by: by(provider=""))
_filter(
    "ProviderIgnoredWithScope",
    "Ignores the provider beside a scope.",
    lambda _s, _row, q, by: by(provider="") if q.get("scope") else by(),
)
_filter(
    "SearchIgnoredWithScope",
    "Ignores the search beside a scope.",
    lambda _s, _row, q, by: by(search="") if q.get("scope") else by(),
)
_filter(
    "SearchIgnoredWithProvider",
    "Ignores the search beside a provider.",
    lambda _s, _row, q, by: by(search="") if q.get("provider") else by(),
)
_filter(
    "ScopeIgnoredWithProvider",
    "Ignores the scope beside a provider.",
    lambda _s, _row, q, by: by(scope="") if q.get("provider") else by(),
)
_filter(
    "ProviderWithoutScoped",
    "Finds only global configs by provider.",
    lambda _s, row, q, by: by() and (row["scope"] == "global" or not q.get("provider")),
)
_filter(
    "ProviderPrefix",
    "Filters providers by their beginning.",
    lambda _s, row, q, by: by(provider="") and (row.get("provider") or "").startswith(q.get("provider", "")),
)
_filter(
    "OnlyTheOldest",
    "Searches the forty oldest configs alone.",
    lambda s, row, q, by: by() and (not q.get("search") or row["id"] in list(s.rows)[:12]),
)


@breaking(*_FILTERS)
class TotalOfScopeAlone(Ledger):
    """Counts what matches the scope, whatever the search."""

    def listed(self, call: Call) -> Reply:
        reply = super().listed(call)
        total = sum(call.query.get("scope") in (None, "", row["scope"]) for row in self.rows.values())
        return Reply(200, {**reply.value, "total_count": total}) if call.query.get("scope") else reply


@breaking(*_FILTERS)
class FilteredPagesSkip(Ledger):
    """Ignores the offset of a filtered list."""

    def listed(self, call: Call) -> Reply:
        query = {name: text for name, text in call.query.items() if name != "offset" or not call.query.get("search")}
        return super().listed(Call(call.method, call.path, query, call.headers))


@breaking(*_FILTERS)
class FilteredLimitIgnored(Ledger):
    """Ignores the limit of a list that is filtered by scope."""

    def listed(self, call: Call) -> Reply:
        query = {name: text for name, text in call.query.items() if name != "limit" or not call.query.get("scope")}
        return super().listed(Call(call.method, call.path, query, call.headers))


@breaking(*_FILTERS, "RESP-02")
class SearchResultsAreShort(Ledger):
    """Leaves budgets out of what a search finds."""

    def listed(self, call: Call) -> Reply:
        reply = super().listed(call)
        return reply.with_configs(lambda row: {**row, "budgets": []}) if call.query.get("search") else reply


@breaking("LIST-04")
class NegativeLimitIsAll(Ledger):
    """Takes a limit of -1 for all."""

    def count(self, call: Call, name: str, default: int) -> int:
        return 100 if name == "limit" and call.query.get(name) == "-1" else super().count(call, name, default)


@breaking("LIST-04")
class OffsetWordsAreZero(Ledger):
    """Takes an offset that is no number for 0."""

    def count(self, call: Call, name: str, default: int) -> int:
        text = call.query.get(name, "0")
        return 0 if name == "offset" and not text.lstrip("-").isdigit() else super().count(call, name, default)


@breaking("LIST-04")
class LeadingDigitsCount(Ledger):
    """Reads the digits at the beginning of a limit, as parseInt does."""

    def count(self, call: Call, name: str, default: int) -> int:
        text = call.query.get(name, "")
        digits = text[: len(text) - len(text.lstrip("0123456789"))]
        return int(digits) if digits and digits != text else super().count(call, name, default)


@breaking("LIST-04")
class EmptyLimitIsDefault(Ledger):
    """Answers an offset of -5 with the first page."""

    def count(self, call: Call, name: str, default: int) -> int:
        text = call.query.get(name, "")
        return 0 if text.startswith("-") and text[1:].isdigit() else super().count(call, name, default)
