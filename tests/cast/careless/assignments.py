"""Ledgers that let a request set what is not the client's to set, or store what they refuse."""

from __future__ import annotations

from typing import Any

from tests.cast.careless.registry import breaking
from tests.cast.independent import Ledger, Refused, Row
from tests.cast.wire import Call, Reply


@breaking("RESP-03", "LIFE-05", "PUT-06", "LIFE-01", "RESP-02", "IDN-01", "LIFE-02", "LIST-01")
class IdsAreTakenOver(Ledger):
    """Takes an id that a create sends over, and overwrites the config that has it."""

    def made(self, body: Row) -> Row:
        made = super().made(body)
        return {**made, "id": body["id"]} if isinstance(body.get("id"), str) and body["id"] else made


@breaking("PUT-06", "RESP-04")
class CreationIsTakenOver(Ledger):
    """Takes a created_at that an update sends over."""

    def changed(self, row: Row, body: Row) -> Row:
        changed = super().changed(row, body)
        return {**changed, "created_at": body["created_at"]} if isinstance(body.get("created_at"), str) else changed


@breaking("BUD-08", "RESP-01", "PUT-03")
class UsageIsTakenOver(Ledger):
    """Takes the usage that a budget is sent with over."""

    def budget(self, entry: Row, old: Row) -> Row:
        usage = entry.get("current_usage")
        made = super().budget(entry, old)
        return made if isinstance(usage, bool) or not isinstance(usage, int) else {**made, "current_usage": usage}


@breaking("BUD-08", "RESP-03", "LIFE-05", "PUT-03")
class ForeignBudgetIdsAreTakenOver(Ledger):
    """Gives a new budget of an update the id that it is sent with, even that of another config's."""

    def budget(self, entry: Row, old: Row) -> Row:
        made = super().budget(entry, old)
        return made if old or not entry.get("id") else {**made, "id": entry["id"]}


@breaking("LIFE-05", "PUT-06", "LIFE-02", "RESP-02")
class CreateTouchesTheTarget(Ledger):
    """Moves updated_at of all configs of a scope target with each create for it."""

    def create(self, call: Call) -> Reply:
        reply = super().create(call)
        for key, row in list(self.rows.items()):
            if row.get("scope_id") == reply.config.get("scope_id", "") and key != reply.config["id"]:
                self.rows[key] = {**row, "updated_at": self.moved_on(row)}
        return reply


@breaking("LIFE-02", "PUT-07")
class RefusedRenameKeepsTheRate(Ledger):
    """Refuses a rename onto another config after it has stored the rate limit."""

    def require_free(self, row: Row, own_id: str | None) -> None:
        try:
            super().require_free(row, own_id)
        except Refused:
            if own_id is not None:
                rest = {name: item for name, item in self.rows[own_id].items() if name != "rate_limit"}
                self.keep(rest | {name: row[name] for name in ("rate_limit",) if name in row})
            raise


@breaking("LIFE-02", "IDN-01", "LIFE-05", "RESP-02")
class ConflictGivesTheRate(Ledger):
    """Refuses a second create of one identity, and gives its rate limit to the first, which had none."""

    def require_free(self, row: Row, own_id: str | None) -> None:
        try:
            super().require_free(row, own_id)
        except Refused:
            for key, other in self.rows.items():
                if own_id is None and self.identity(other) == self.identity(row) and "rate_limit" in row:
                    self.rows[key] = {"rate_limit": row["rate_limit"], **other}
            raise


@breaking("LIFE-02", "PUT-08")
class RefusedForItsRateKeepsBudgets(Ledger):
    """Stores the budgets of an update that it refuses for its rate limit."""

    asked: str | None = None

    def update(self, call: Call) -> Reply:
        self.asked = call.config_id
        try:
            return super().update(call)
        finally:
            self.asked = None

    def check(self, body: Row, operation: str) -> None:
        try:
            super().check(body, operation)
        except Refused:
            self._keep_budgets(body)
            raise

    def _keep_budgets(self, body: Row) -> None:
        budgets, row = body.get("budgets"), self.rows.get(self.asked or "")
        if row and isinstance(budgets, list):
            try:
                self.check_budgets(budgets, "update")
            except Refused:
                return
            self.keep(self.changed(row, {"budgets": budgets}))


@breaking("AUTH-06", "LIFE-05", "LIFE-01")
class WrongKeysDelete(Ledger):
    """Answers 401 to a delete with a wrong key, after it has deleted."""

    def answer(self, call: Call) -> Reply:
        reply = super().answer(call)
        if reply.status == 401 and call.operation == "delete" and "authorization" in call.headers:
            self.rows.pop(call.config_id, None)
        return reply


def _falsy(name: str, description: str, member: str, operations: str, *rules: str) -> None:
    """Take a ledger into the cast that takes what is false, 0 or empty for an absent member."""

    def check(self: Ledger, body: Row, operation: str) -> None:
        if operation in operations and member in body and not body[member] and not isinstance(body[member], str):
            body.pop(member)
        Ledger.check(self, body, operation)

    kind: Any = type(name, (Ledger,), {"__doc__": description, "check": check})
    breaking(*rules)(kind)


_falsy("FalsyScopeIsGlobal", "Takes a scope of false, 0, [] or {} for none.", "scope", "create", "REQ-03", "REQ-07")
_falsy(
    "FalsyProviderIsNone", "Takes a provider of false, 0, [] or {} for none.", "provider", "update", "REQ-07", "PUT-08"
)
