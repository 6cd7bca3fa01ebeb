"""Ledgers that go wrong beside the common way: on certain pages, under certain filters, headers or refusals."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from tests.cast.careless.registry import breaking
from tests.cast.independent import KEY, Ledger, Refused, Row
from tests.cast.wire import COLLECTION, Call, Reply, refusal


@breaking("LIST-02", "LIST-01")
class BehindTheEndIsTheLast(Ledger):
    """Answers an offset behind the end with the last page."""

    def page(self, rows: list[Row], limit: int, offset: int) -> list[Row]:
        last = (len(rows) - 1) // limit * limit if rows and limit else 0
        return super().page(rows, limit, last if offset >= len(rows) else offset)


@breaking("LIST-02", "LIFE-01")
class TheLoneLastIsDropped(Ledger):
    """Answers a last page of one config with none."""

    def page(self, rows: list[Row], limit: int, offset: int) -> list[Row]:
        page = super().page(rows, limit, offset)
        return [] if limit >= 3 and offset and len(page) == 1 and offset + 1 == len(rows) else page


@breaking("LIST-02", "LIST-05", "LIFE-01", "LIFE-05")
class NamesakesInAnyOrder(Ledger):
    """Orders by name, and configs of one name anew with each list."""

    def ordered(self) -> Iterator[Row]:
        return iter(sorted(super().ordered(), key=lambda row: (row["model_name"], random.random())))  # noqa: S311


class _Filtered(Ledger):
    """Does something else where a filter is sent."""

    def listed(self, call: Call) -> Reply:
        is_filtered = any(call.query.get(name) for name in ("search", "scope", "provider"))
        return self.filtered(call) if is_filtered else super().listed(call)

    def filtered(self, call: Call) -> Reply:
        """Answer a filtered list."""
        return super().listed(call)


@breaking("LIST-03", "LIST-01")
class SearchForgetsTheScope(_Filtered):
    """Ignores the scope beside both a search and a provider."""

    def filtered(self, call: Call) -> Reply:
        is_forgotten = call.query.get("search") and call.query.get("provider")
        return Ledger.listed(self, replace(call, query={**call.query, "scope": ""}) if is_forgotten else call)


@breaking("LIST-01")
class FilteredTotalIsTheRest(_Filtered):
    """Counts in a filtered list what stands behind the offset."""

    def filtered(self, call: Call) -> Reply:
        reply = Ledger.listed(self, call)
        if not reply.is_success:
            return reply
        rest = max(0, reply.value["total_count"] - int(call.query.get("offset", "0")))
        return replace(reply, value={**reply.value, "total_count": rest})


@breaking("LIST-02", "LIST-04")
class OffsetsNeedALimit(_Filtered):
    """Ignores the offset of a filtered list without a limit."""

    def filtered(self, call: Call) -> Reply:
        lost = {} if "limit" in call.query else {"offset": "0"}
        return Ledger.listed(self, replace(call, query={**call.query, **lost}))


@breaking("LIST-04")
class FilteredNumbersAreNotChecked(_Filtered):
    """Takes a limit or offset that is no number for none in a filtered list."""

    def filtered(self, call: Call) -> Reply:
        query = {n: t for n, t in call.query.items() if n not in ("limit", "offset") or re.fullmatch(r"\d+", t)}
        return Ledger.listed(self, replace(call, query=query))


@breaking("LIST-03", "LIST-01")
class CommasListProviders(Ledger):
    """Takes a provider with commas for a list of them."""

    def matches(self, row: Row, query: Any) -> bool:
        asked = str(query.get("provider") or "")
        is_one = row.get("provider") in asked.split(",") if asked else True
        return is_one and super().matches(row, {**query, "provider": ""})


def _searches(name: str, description: str, pattern: Any) -> None:
    """Take a ledger into the cast that searches for a pattern which it makes of the text."""

    def found_by(self: Ledger, row: Row, search: str) -> bool:  # noqa: ARG001
        return re.search(pattern(search), row["model_name"], re.IGNORECASE | re.DOTALL) is not None

    breaking("LIST-03", "LIST-01")(type(name, (Ledger,), {"__doc__": description, "found_by": found_by}))


_searches("BackslashEscapes", "Takes a backslash in a search for an escape.",
          lambda text: re.escape(re.sub(r"\\(.)", r"\1", text)))  # fmt: skip
_searches("AsteriskIsAnyText", "Takes * in a search for any text.",
          lambda text: ".*".join(map(re.escape, text.split("*"))))  # fmt: skip


@breaking("REQ-09")
class LargeOffsetsFail(Ledger):
    """Answers 500 to an offset beyond 63 bits."""

    def count(self, call: Call, name: str, default: int) -> int:
        text = call.query.get(name, "")
        if name == "offset" and re.fullmatch("[0-9]{19,400}", text) and int(text) >= 2**63:
            raise Refused(500, "out of range")
        return super().count(call, name, default)


@breaking("AUTH-01", "ROB-02")
class TheSlashIsOpen(Ledger):
    """Lists everything without a key at the path with a slash behind."""

    def answer(self, call: Call) -> Reply:
        if call.method == "GET" and call.path == f"{COLLECTION}/":
            return self.listed(replace(call, path=COLLECTION))
        return super().answer(call)


def _lets_in(name: str, description: str, test: Any, *rules: str) -> None:
    """Take a ledger into the cast that lets calls in for which `test` holds."""

    def is_let_in(self: Ledger, call: Call) -> bool:
        return Ledger.is_let_in(self, call) or bool(test(call.headers, call.headers.get("authorization", "")))

    breaking(*rules)(type(name, (Ledger,), {"__doc__": description, "is_let_in": is_let_in}))


_AUTH = ("AUTH-01", "AUTH-02", "AUTH-03", "AUTH-06")
_lets_in("ProxiesAreLetIn", "Takes the key from Proxy-Authorization.",
         lambda headers, _: headers.get("proxy-authorization") == f"Bearer {KEY}", *_AUTH)  # fmt: skip
_lets_in("TheHouseIsLetIn", "Lets in who was forwarded for this machine.",
         lambda headers, _: headers.get("x-forwarded-for") == "127.0.0.1", *_AUTH)  # fmt: skip
_lets_in("AllButTheLastLetter", "Compares all letters of the key but the last.",
         lambda _, given: len(given) == len(KEY) + 7 and given[:-1] == f"Bearer {KEY}"[:-1], *_AUTH)  # fmt: skip
_lets_in("TheEndOfTheHeader", "Looks whether the header ends with the key.",
         lambda _, given: given.startswith("Bearer ") and given.endswith(KEY), *_AUTH)  # fmt: skip


@breaking("AUTH-02", "REQ-09", "RESP-01")
class StrangeKeysFail(Ledger):
    """Answers 500 to a key beyond ASCII, as a comparison in constant time does."""

    def answer(self, call: Call) -> Reply:
        if not call.headers.get("authorization", "").isascii():
            return refusal(500, "comparing strings with non-ASCII characters is not supported")
        return super().answer(call)


@breaking("RESP-05", "RESP-01")
class ConflictsInPlainText(Ledger):
    """Answers 409 to an update in plain text."""

    def answer(self, call: Call) -> Reply:
        reply = super().answer(call)
        is_plain = reply.status == 409 and call.operation == "update"
        return replace(reply, raw=b"conflict", media_type="text/plain") if is_plain else reply


@breaking("RESP-05", "RESP-01")
class UnknownUpdatesSayNothing(Ledger):
    """Answers 404 to an update with an empty message."""

    def answer(self, call: Call) -> Reply:
        reply = super().answer(call)
        is_mute = reply.status == 404 and call.operation == "update"
        return replace(reply, value={**reply.value, "error": {"message": ""}}) if is_mute else reply


@breaking("RESP-05", "RESP-01")
class RefusedListsAreHtml(Ledger):
    """Calls the 400 of a list HTML, which it is not."""

    def answer(self, call: Call) -> Reply:
        reply = super().answer(call)
        is_meant = reply.status == 400 and call.operation == "list"
        return replace(reply, media_type="text/html; charset=utf-8") if is_meant else reply


@breaking("RESP-01")
class NothingToSay(Ledger):
    """Sends no message where an update changes nothing."""

    def update(self, call: Call) -> Reply:
        reply = super().update(call)
        is_mute = reply.is_success and call.json == {}
        return replace(reply, value={"model_config": reply.config}) if is_mute else reply
