"""Ledgers that change too much or too little in an update."""

from __future__ import annotations

from tests.cast.careless.registry import breaking
from tests.cast.independent import Ledger, Refused, Row
from tests.cast.wire import Call, Reply, refusal


@breaking("PUT-02", "PUT-01", "RESP-02", "RACE-03")
class MergesBudgets(Ledger):
    """Merges the budgets of an update into those that are there."""

    def budgets(self, entries: list[Row], old: list[Row]) -> list[Row]:
        named = {entry["reset_duration"] for entry in entries}
        return [*super().budgets(entries, old), *(entry for entry in old if entry["reset_duration"] not in named)]


@breaking("PUT-02")
class EmptyBudgetsAreIgnored(Ledger):
    """Takes an empty list of budgets in an update for an absent one."""

    def changed(self, row: Row, body: Row) -> Row:
        return super().changed(row, {name: item for name, item in body.items() if item != []})


@breaking("PUT-04")
class EmptyRateLimitIsIgnored(Ledger):
    """Takes an empty rate limit in an update for an absent one."""

    def changed(self, row: Row, body: Row) -> Row:
        return super().changed(row, {name: item for name, item in body.items() if item != {}})


@breaking("PUT-04")
class MergesRateLimit(Ledger):
    """Merges the rate limit of an update into the one that is there."""

    def changed(self, row: Row, body: Row) -> Row:
        old = row.get("rate_limit") or {}
        limits = {name: old[name] for name in old if name.endswith(("max_limit", "reset_duration"))}
        sent = body.get("rate_limit")
        return super().changed(row, {**body, "rate_limit": {**limits, **sent}} if sent else body)


@breaking("PUT-01")
class AbsentClears(Ledger):
    """Clears the provider where an update leaves it out."""

    def changed(self, row: Row, body: Row) -> Row:
        changed = super().changed(row, body)
        return changed if body.get("provider") else {k: v for k, v in changed.items() if k != "provider"}


@breaking("PUT-01")
class NullClears(Ledger):
    """Clears what an update sends as null."""

    def changed(self, row: Row, body: Row) -> Row:
        changed = super().changed(row, body)
        changed |= {"budgets": []} if "budgets" in body and body["budgets"] is None else {}
        cleared = {name for name in ("provider", "rate_limit") if name in body and body[name] is None}
        return {name: item for name, item in changed.items() if name not in cleared}


@breaking("PUT-01", "PUT-02")
class RenameDropsBudgets(Ledger):
    """Loses the budgets with a rename."""

    def changed(self, row: Row, body: Row) -> Row:
        changed = super().changed(row, body)
        return {**changed, "budgets": []} if body.get("model_name") and not body.get("budgets") else changed


@breaking("PUT-01", "RESP-02")
class RateLimitDropsBudgetsOnlyWithAProvider(Ledger):
    """Loses all budgets but the first where an update sends both a provider and a rate limit."""

    def changed(self, row: Row, body: Row) -> Row:
        changed = super().changed(row, body)
        both = body.get("provider") and body.get("rate_limit") and not body.get("budgets")
        return {**changed, "budgets": changed["budgets"][:1]} if both else changed


@breaking("PUT-05")
class ScopeMoves(Ledger):
    """Changes the scope in an update."""

    def changed(self, row: Row, body: Row) -> Row:
        return {**super().changed(row, body), **{n: body[n] for n in ("scope", "scope_id") if body.get(n)}}


@breaking("PUT-05")
class TargetMoves(Ledger):
    """Changes the scope target in an update of a scoped config."""

    def changed(self, row: Row, body: Row) -> Row:
        moved = {"scope_id": body["scope_id"]} if body.get("scope_id") and row["scope"] != "global" else {}
        return {**super().changed(row, body), **moved}


@breaking("PUT-03")
class NewBudgetIds(Ledger):
    """Makes all budgets anew with every update."""

    def budgets(self, entries: list[Row], old: list[Row]) -> list[Row]:  # noqa: ARG002
        return super().budgets(entries, [])


@breaking("PUT-03")
class BudgetIdsOnlyByPosition(Ledger):
    """Finds the budgets that stay by their position."""

    def budgets(self, entries: list[Row], old: list[Row]) -> list[Row]:
        padded = [*old, *({} for _ in entries)]
        return [self.budget(entry, padded[index]) for index, entry in enumerate(entries)]


@breaking("PUT-03")
class BudgetIdsIgnored(Ledger):
    """Finds the budgets that stay only by duration, never by id, so that a changed duration makes a new one."""

    def partner(self, entry: Row, old: list[Row]) -> Row:
        return next((each for each in old if each["reset_duration"] == entry["reset_duration"]), {})


@breaking("PUT-03")
class BudgetDurationsIgnored(Ledger):
    """Finds the budgets that stay only by id."""

    def partner(self, entry: Row, old: list[Row]) -> Row:
        return next((each for each in old if each["id"] == entry.get("id")), {})


@breaking("PUT-03")
class UpdateRestartsWindows(Ledger):
    """Moves last_reset of the budgets that stay."""

    def partner(self, entry: Row, old: list[Row]) -> Row:
        return {name: item for name, item in super().partner(entry, old).items() if name != "last_reset"}


@breaking("PUT-03", "BUD-08")
class NewLineInheritsUsage(Ledger):
    """Lets a new budget of an update begin with usage."""

    def budgets(self, entries: list[Row], old: list[Row]) -> list[Row]:
        made = super().budgets(entries, old)
        known = {entry["id"] for entry in old}
        return [entry if not old or entry["id"] in known else {**entry, "current_usage": 1.5} for entry in made]


@breaking("PUT-06")
class UpdatedAtStays(Ledger):
    """Leaves updated_at alone."""

    def moved_on(self, row: Row) -> str:
        return str(row["updated_at"])


@breaking("PUT-06")
class UpdatedAtMovesOnlyWithTheName(Ledger):
    """Moves updated_at only where the update sends a name."""

    def changed(self, row: Row, body: Row) -> Row:
        changed = super().changed(row, body)
        return changed if body.get("model_name") else {**changed, "updated_at": row["updated_at"]}


@breaking("PUT-06", "PUT-01", "PUT-07")
class CreatedAtMoves(Ledger):
    """Sets created_at anew with every update."""

    def changed(self, row: Row, body: Row) -> Row:
        changed = super().changed(row, body)
        return {**changed, "created_at": changed["updated_at"]}


@breaking(
    *("PUT-08", "BUD-01", "BUD-03", "BUD-05", "BUD-06", "RATE-02", "RATE-03", "RATE-04", "REQ-01", "REQ-07"),
    *("REQ-08", "REQ-09", "REQ-10", "ROB-01"),
)
class InvalidUpdatesFail(Ledger):
    """Answers 500 to every invalid update."""

    def update(self, call: Call) -> Reply:
        reply = super().answer(call) if not call.operation else self._tried(call)
        return Reply(500, reply.value) if reply.status == 400 else reply

    def _tried(self, call: Call) -> Reply:
        try:
            return super().update(call)
        except Refused as refused:
            return refusal(refused.status, str(refused))
