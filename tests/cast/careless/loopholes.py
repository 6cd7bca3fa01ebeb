"""Ledgers that a certain body gets through: each check is there, and one way leads past it."""

from __future__ import annotations

import re
from typing import Any

from tests.cast.careless.registry import breaking
from tests.cast.independent import Ledger, Refused, Row, is_number
from tests.cast.wire import Call, Reply

_PARITY = ("PUT-08", "RESP-01", "RESP-02", "ROB-01", "LIFE-02")


@breaking("BUD-06", "BUD-01", *_PARITY)
class ThirdDurationIsNotChecked(Ledger):
    """Checks the durations of the first two budgets of an update."""

    def check_budgets(self, budgets: Any, operation: str) -> None:
        if operation == "update" and isinstance(budgets, list) and len(budgets) > 2:
            rest = [
                {**e, "reset_duration": f"{n}h"} if isinstance(e, dict) else e for n, e in enumerate(budgets[2:], 90)
            ]
            is_text = all(isinstance(e, dict) and isinstance(e.get("reset_duration"), str) for e in budgets[2:])
            super().check_budgets([*budgets[:2], *rest] if is_text else budgets, operation)
        else:
            super().check_budgets(budgets, operation)


@breaking("BUD-01", *_PARITY)
class ThoseWithIdsAreNotCompared(Ledger):
    """Does not compare the durations of budgets that come with an id."""

    def check_distinct(self, budgets: list[Row], operation: str) -> None:
        super().check_distinct([entry for entry in budgets if not entry.get("id")], operation)


@breaking("PUT-02", "RESP-01", "PUT-03")
class SwapsAreRefused(Ledger):
    """Refuses that two budgets change durations, as a unique index does which is looked at row by row."""

    def budgets(self, entries: list[Row], old: list[Row]) -> list[Row]:
        held = {e["id"]: e["reset_duration"] for e in old if e["id"] in [entry.get("id") for entry in entries]}
        for entry in entries:
            if entry.get("id") in held:
                if any(key != entry["id"] and window == entry["reset_duration"] for key, window in held.items()):
                    raise Refused(409, "reset_duration is taken")
                held[entry["id"]] = entry["reset_duration"]
        return super().budgets(entries, old)


@breaking("REQ-07", *_PARITY)
class NullEntriesAreSkipped(Ledger):
    """Skips entries of budgets that are null."""

    def check(self, body: Row, operation: str) -> None:
        if isinstance(body.get("budgets"), list) and any(body["budgets"]):
            body["budgets"] = [entry for entry in body["budgets"] if entry is not None]
        super().check(body, operation)


@breaking("REQ-07", *_PARITY)
class NumbersAreBudgetIds(Ledger):
    """Takes a number for the id of a budget."""

    def check_budget(self, entry: Any) -> None:
        if isinstance(entry, dict) and is_number(entry.get("id")):
            entry["id"] = str(entry["id"])
        super().check_budget(entry)


@breaking("REQ-07", *_PARITY)
class TextIsALimitFromTheSecond(Ledger):
    """Takes numerals for limits in all budgets but the first."""

    def check_budgets(self, budgets: Any, operation: str) -> None:
        for entry in budgets[1:] if isinstance(budgets, list) else ():
            if isinstance(entry, dict) and re.fullmatch(r"\d+(\.\d+)?", str(entry.get("max_limit"))):
                entry["max_limit"] = float(entry["max_limit"])
        super().check_budgets(budgets, operation)


@breaking("RATE-02", *_PARITY)
class StoredWindowsCount(Ledger):
    """Takes a limit without a duration in an update where the config has that duration."""

    asked = ""

    def update(self, call: Call) -> Reply:
        self.asked = call.config_id
        return super().update(call)

    def check(self, body: Row, operation: str) -> None:
        held = self.rows.get(self.asked, {}).get("rate_limit", {}) if operation == "update" else {}
        rate = body.get("rate_limit")
        if not isinstance(rate, dict):
            rate = {}
        for metric in ("token", "request"):
            if f"{metric}_max_limit" in rate and f"{metric}_reset_duration" in held:
                rate.setdefault(f"{metric}_reset_duration", held[f"{metric}_reset_duration"])
        super().check(body, operation)


@breaking("BUD-05", *_PARITY)
class UsersMayOwe(Ledger):
    """Takes negative limits of a user who has a rate limit too."""

    def check(self, body: Row, operation: str) -> None:
        entries = body.get("budgets") if isinstance(body.get("budgets"), list) else []
        is_lax = body.get("scope") == "user" and isinstance(body.get("rate_limit"), dict)
        owed = [e for e in entries or () if is_lax and isinstance(e, dict) and is_number(e.get("max_limit"))]
        limits = [entry["max_limit"] for entry in owed]
        for entry in owed:
            entry["max_limit"] = abs(entry["max_limit"])
        super().check(body, operation)
        for entry, limit in zip(owed, limits, strict=True):
            entry["max_limit"] = limit


@breaking("REQ-05", "REQ-02", "RESP-01")
class AllModelsNeedNoUser(Ledger):
    """Takes the scope user without a target where the model is *."""

    def check_scope(self, body: Row) -> None:
        if body.get("scope") == "user" and body.get("model_name") == "*" and not body.get("scope_id"):
            body["scope_id"] = ""
        else:
            super().check_scope(body)


@breaking("REQ-06")
class KeysAreCheckedWithBudgets(Ledger):
    """Takes a virtual key that does not exist where no budgets are sent."""

    def check_scope(self, body: Row) -> None:
        is_lax = (
            body.get("scope") == "virtual_key" and isinstance(body.get("scope_id"), str) and not body.get("budgets")
        )
        super().check_scope({**body, "scope": "user"} if is_lax else body)


@breaking("PUT-02", "PUT-01")
class NoBudgetsBesideARate(Ledger):
    """Ignores empty budgets in an update that sends a rate limit too."""

    def changed(self, row: Row, body: Row) -> Row:
        return super().changed(
            row, {**body, "budgets": body.get("budgets") or None} if body.get("rate_limit") else body
        )


@breaking("PUT-04")
class NoRateBesideBudgets(Ledger):
    """Ignores an empty rate limit in an update that sends budgets too."""

    def changed(self, row: Row, body: Row) -> Row:
        return super().changed(
            row, {**body, "rate_limit": body.get("rate_limit") or None} if body.get("budgets") else body
        )


@breaking("PUT-01")
class NullProviderWithAName(Ledger):
    """Removes the provider where an update sends it as null beside a name."""

    def changed(self, row: Row, body: Row) -> Row:
        changed = super().changed(row, body)
        is_removed = body.get("model_name") and "provider" in body and body["provider"] is None
        return {name: item for name, item in changed.items() if name != "provider"} if is_removed else changed


@breaking("PUT-04")
class SameTokensKeepRequests(Ledger):
    """Keeps the limit of requests where an update sends the limit of tokens as it was."""

    def changed(self, row: Row, body: Row) -> Row:
        sent, old = body.get("rate_limit") or {}, row.get("rate_limit") or {}
        if sent.get("token_max_limit") and sent["token_max_limit"] == old.get("token_max_limit"):
            kept = {name: old[name] for name in ("request_max_limit", "request_reset_duration") if name in old}
            body = {**body, "rate_limit": {**kept, **sent}}
        return super().changed(row, body)


@breaking("PUT-06")
class RatesAloneTouchNothing(Ledger):
    """Leaves updated_at alone where an update sends nothing but a rate limit."""

    def changed(self, row: Row, body: Row) -> Row:
        changed = super().changed(row, body)
        return {**changed, "updated_at": row["updated_at"]} if set(body) == {"rate_limit"} else changed
