"""Ledgers that go wrong as common databases, caches and frameworks do."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.cast.careless.registry import breaking
from tests.cast.independent import Ledger, Refused, Row
from tests.cast.wire import Call, Reply


@breaking("REQ-04", "RESP-02", "RESP-01")
class TargetsImplyTheScope(Ledger):
    """Takes a virtual key without a scope for one of the scope virtual_key."""

    def create(self, call: Call) -> Reply:
        body = call.json
        is_key = isinstance(body, dict) and "scope" not in body and str(body.get("scope_id")).startswith("vk-")
        return super().create(call.sending({**body, "scope": "virtual_key"}) if is_key else call)


@breaking("LIST-04", "REQ-09", "RESP-01")
class SuperscriptsFail(Ledger):
    """Answers 500 to an offset of digits that are no decimals."""

    def count(self, call: Call, name: str, default: int) -> int:
        text = call.query.get(name, "")
        if text.isdigit() and not text.isdecimal():
            raise Refused(500, f"invalid literal for int() with base 10: {text!r}")
        return super().count(call, name, default)


@breaking("IDN-02", "PUT-07", "IDN-01")
class ProvidersInFront(Ledger):
    """Writes the provider in front of the name, with a slash, for the identity."""

    def identity(self, row: Row) -> Any:
        front = f"{row['provider']}/" if row.get("provider") else ""
        return row["scope"], row.get("scope_id"), front + row["model_name"]


@breaking("IDN-02", "PUT-07", "LIFE-04", "LIFE-02")
class BlanksBehindDoNotCount(Ledger):
    """Compares names without the blanks behind them."""

    def identity(self, row: Row) -> Any:
        return row["scope"], row.get("scope_id"), row["model_name"].rstrip(" "), row.get("provider")


@breaking("IDN-02")
class TargetsAreOfOneScope(Ledger):
    """Leaves the scope out of the identity of a config that has a target."""

    def identity(self, row: Row) -> Any:
        return row.get("scope_id"), row["model_name"], row.get("provider")


@breaking("AUTH-01", "AUTH-02", "AUTH-06")
class CacheBeforeTheKey(Ledger):
    """Answers a read again to anybody until the next write."""

    def __init__(self) -> None:
        super().__init__()
        self.cached: dict[tuple[str, str], Reply] = {}

    def answer(self, call: Call) -> Reply:
        if call.method != "GET":
            self.cached.clear()
            return super().answer(call)
        key = (call.path, repr(call.query))
        if key in self.cached:
            return self.cached[key]
        reply = super().answer(call)
        if reply.is_success:
            self.cached[key] = reply
        return reply


@breaking("BUD-08", "PUT-03")
class NewBudgetsWereResetTomorrow(Ledger):
    """Dates a budget that an update adds with its next reset."""

    def changed(self, row: Row, body: Row) -> Row:
        changed = super().changed(row, body)
        held = {entry["id"] for entry in row["budgets"]}
        tomorrow = (datetime.now(UTC) + timedelta(days=1)).isoformat()
        dated = [entry if entry["id"] in held else {**entry, "last_reset": tomorrow} for entry in changed["budgets"]]
        return {**changed, "budgets": dated}


@breaking("RATE-05")
class AddedRatesWereUsed(Ledger):
    """Begins a rate limit that an update adds with one request."""

    def changed(self, row: Row, body: Row) -> Row:
        changed = super().changed(row, body)
        rate = changed.get("rate_limit")
        return changed if row.get("rate_limit") or not rate else {**changed, "rate_limit": {**rate, **_USED}}


_USED = {"request_current_usage": 1}


@breaking("LIFE-05", "LIFE-04", "LIFE-01")
class DeletesOfAllScopes(Ledger):
    """Deletes the configs of one name and provider in all scopes."""

    def drop(self, row: Row) -> None:
        for key, other in list(self.rows.items()):
            if (other["model_name"], other.get("provider")) == (row["model_name"], row.get("provider")):
                del self.rows[key]


@breaking("LIST-02", "LIST-03", "LIST-01")
class ProvidersArePickedFromThePage(Ledger):
    """Filters by provider what is on the page, and counts what is not."""

    def listed(self, call: Call) -> Reply:
        provider = call.query.get("provider", "")
        if not provider:
            return super().listed(call)
        rest = {name: text for name, text in call.query.items() if name != "provider"}
        reply = super().listed(replace(call, query=rest))
        if not reply.is_success:
            return reply
        shown = [config for config in reply.value["model_configs"] if config.get("provider") == provider]
        total = sum(self.matches(row, call.query) for row in list(self.rows.values()))
        return replace(reply, value={"model_configs": shown, "total_count": total})


@breaking("REQ-09", "RACE-03")
class SecondWritersFail(Ledger):
    """Answers 500 to an update of a config that another one is changing."""

    def __init__(self) -> None:
        super().__init__()
        self.busy: set[str] = set()
        self.wait = threading.Event()

    def update(self, call: Call) -> Reply:
        if call.config_id in self.busy:
            raise Refused(500, "row was updated or deleted by another transaction")
        self.busy.add(call.config_id)
        try:
            self.wait.wait(0.004)
            return super().update(call)
        finally:
            self.busy.discard(call.config_id)


@breaking("ROB-01", "BUD-04", "RESP-02", "PUT-02")
class EighteenDecimals(Ledger):
    """Keeps limits with eighteen decimals."""

    def budget(self, entry: Row, old: Row) -> Row:
        made = super().budget(entry, old)
        return {**made, "max_limit": 0} if made["max_limit"] < 1e-18 else made


@breaking("REQ-09")
class StrangeBudgetsBreakTheConnection(Ledger):
    """Answers nothing to an update with the id of a budget that the config does not have."""

    def partner(self, entry: Row, old: list[Row]) -> Row:
        if entry.get("id") and old and entry["id"] not in [each["id"] for each in old]:
            raise ConnectionAbortedError
        return super().partner(entry, old)
