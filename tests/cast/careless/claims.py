"""Ledgers that grant or refuse an identity wrongly."""

from __future__ import annotations

from typing import Any

from tests.cast.careless.registry import breaking
from tests.cast.independent import Ledger, Refused, Row
from tests.cast.wire import Call, Reply


@breaking("PUT-07")
class RenameOntoNullProvider(Ledger):
    """Renames onto a config without provider."""

    def require_free(self, row: Row, own_id: str | None) -> None:
        if own_id is None or row.get("provider"):
            super().require_free(row, own_id)


@breaking("PUT-07")
class RenameOntoScoped(Ledger):
    """Renames onto a config of a scope target."""

    def require_free(self, row: Row, own_id: str | None) -> None:
        if own_id is None or row["scope"] == "global":
            super().require_free(row, own_id)


@breaking("PUT-07", "LIFE-02")
class RefusedRenameKeepsBudgets(Ledger):
    """Refuses a rename onto another config after it has stored the budgets."""

    def update(self, call: Call) -> Reply:
        try:
            return super().update(call)
        except Refused as refused:
            if refused.status == 409:
                row = self.rows[call.config_id]
                rest = {name: item for name, item in call.json.items() if name not in ("model_name", "provider")}
                self.keep(Ledger.changed(self, row, rest))
            raise


@breaking("IDN-02", "RESP-01")
class OwnIdentityIsTaken(Ledger):
    """Refuses an update to the name that the config has where it has no budgets."""

    def require_free(self, row: Row, own_id: str | None) -> None:
        super().require_free(row, own_id)
        if own_id and self.identity(self.rows[own_id]) == self.identity(row) and not self.rows[own_id]["budgets"]:
            raise Refused(409, "taken")


@breaking("IDN-02", needs="thorough")
class PipedIdentity(Ledger):
    """Joins the identity with a bar."""

    def identity(self, row: Row) -> Any:
        return "|".join(str(row.get(name) or "") for name in ("scope", "scope_id", "model_name", "provider"))


@breaking("IDN-02")
class SlashedIdentity(Ledger):
    """Joins the identity with a slash."""

    def identity(self, row: Row) -> Any:
        return "/".join(str(row.get(name) or "") for name in ("scope", "scope_id", "provider", "model_name"))


@breaking("IDN-02", needs="thorough")
class GluedIdentity(Ledger):
    """Joins the identity without anything between."""

    def identity(self, row: Row) -> Any:
        return "".join(str(row.get(name) or "") for name in ("scope", "scope_id", "provider", "model_name"))


@breaking("IDN-02", "LIST-03")
class ScopeIsNoIdentity(Ledger):
    """Leaves scope and target out of the identity."""

    def identity(self, row: Row) -> Any:
        return row["model_name"], row.get("provider")


@breaking("IDN-02", "RESP-01")
class OneConfigForAUser(Ledger):
    """Takes a user for the whole identity."""

    def identity(self, row: Row) -> Any:
        return (row["scope"], row["scope_id"]) if row["scope"] == "user" else super().identity(row)


@breaking("IDN-02")
class AccentlessIdentity(Ledger):
    """Compares the first 64 characters of names."""

    def identity(self, row: Row) -> Any:
        return row["scope"], row.get("scope_id"), row["model_name"][:64], row.get("provider")


@breaking("IDN-01")
class UpdatedAreNotCompared(Ledger):
    """Does not compare a new config with those that were updated."""

    def require_free(self, row: Row, own_id: str | None) -> None:
        for other in self.rows.values():
            is_fresh = other["updated_at"] == other["created_at"]
            if (own_id or is_fresh) and self.identity(other) == self.identity(row) and other["id"] != own_id:
                raise Refused(409, "taken")


@breaking("IDN-01", "RACE-01")
class OnlyTheNewestIsCompared(Ledger):
    """Compares a new config with the newest alone."""

    def require_free(self, row: Row, own_id: str | None) -> None:
        for other in list(self.rows.values())[-1:] if own_id is None else self.rows.values():
            if self.identity(other) == self.identity(row) and other["id"] != own_id:
                raise Refused(409, "taken")


@breaking("IDN-01", "IDN-02")
class DuplicatesOfKeys(Ledger):
    """Takes a second config of one identity for a virtual key."""

    def require_free(self, row: Row, own_id: str | None) -> None:
        if row["scope"] != "virtual_key" or own_id is not None:
            super().require_free(row, own_id)


@breaking("IDN-01")
class DuplicatesWithOtherBudgets(Ledger):
    """Takes a second config of one identity whose budgets differ."""

    def identity(self, row: Row) -> Any:
        return (*super().identity(row), tuple(entry["reset_duration"] for entry in row["budgets"]))
