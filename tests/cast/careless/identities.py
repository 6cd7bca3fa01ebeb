"""Ledgers that take the wrong members for the identity of a config, or do not guard it."""

from __future__ import annotations

from typing import Any

from tests.cast.careless.registry import breaking
from tests.cast.independent import Ledger, Refused, Row


@breaking("IDN-01", "RACE-01")
class AnyIdentity(Ledger):
    """Takes a second config of one identity."""

    def require_free(self, row: Row, own_id: str | None) -> None:
        if own_id is not None:
            super().require_free(row, own_id)


@breaking("IDN-01", "RACE-01")
class NullsAreDistinct(Ledger):
    """Takes a second config of one identity where the provider is absent, as a unique index over NULL does."""

    def require_free(self, row: Row, own_id: str | None) -> None:
        if row.get("provider") is not None or own_id is not None:
            super().require_free(row, own_id)


@breaking("IDN-01")
class UserDuplicates(Ledger):
    """Takes a second config of one identity with the scope user."""

    def require_free(self, row: Row, own_id: str | None) -> None:
        if row["scope"] != "user" or own_id is not None:
            super().require_free(row, own_id)


@breaking("PUT-07")
class RenamesOntoOthers(Ledger):
    """Renames onto the identity of another config."""

    def require_free(self, row: Row, own_id: str | None) -> None:
        if own_id is None:
            super().require_free(row, own_id)


@breaking("PUT-07")
class ProviderMovesOntoOthers(Ledger):
    """Checks the identity in an update only if the name changes, not if the provider does."""

    def require_free(self, row: Row, own_id: str | None) -> None:
        if own_id is None or self.rows[own_id]["model_name"] != row["model_name"]:
            super().require_free(row, own_id)


@breaking("IDN-02")
class ProviderIsNoIdentity(Ledger):
    """Leaves the provider out of the identity."""

    def identity(self, row: Row) -> Any:
        return row["scope"], row.get("scope_id"), row["model_name"]


@breaking("IDN-02")
class TargetIsNoIdentity(Ledger):
    """Leaves the scope target out of the identity."""

    def identity(self, row: Row) -> Any:
        return row["scope"], row["model_name"], row.get("provider")


@breaking("IDN-02")
class CaselessIdentity(Ledger):
    """Takes names that differ in case for one identity."""

    def identity(self, row: Row) -> Any:
        return row["scope"], row.get("scope_id"), row["model_name"].lower(), row.get("provider")


@breaking("IDN-02")
class CaselessProvider(Ledger):
    """Takes providers that differ in case for one identity."""

    def identity(self, row: Row) -> Any:
        return row["scope"], row.get("scope_id"), row["model_name"], (row.get("provider") or "").lower()


@breaking("IDN-02")
class TrimmedIdentity(Ledger):
    """Compares only the first 32 letters of names."""

    def identity(self, row: Row) -> Any:
        return row["scope"], row.get("scope_id"), row["model_name"][:32], row.get("provider")


@breaking("IDN-02")
class JoinedIdentity(Ledger):
    """Joins the identity with a colon, so that name and provider can change places."""

    def identity(self, row: Row) -> Any:
        return ":".join(str(row.get(name) or "") for name in ("scope", "scope_id", "model_name", "provider"))


@breaking("IDN-02")
class WildcardIsTaken(Ledger):
    """Refuses a config where one for all providers has the name."""

    def require_free(self, row: Row, own_id: str | None) -> None:
        super().require_free(row, own_id)
        for other in self.rows.values():
            same = all(other.get(name) == row.get(name) for name in ("model_name", "scope", "scope_id"))
            if same and other.get("provider") is None and other["id"] != own_id:
                raise Refused(409, "the config for all providers covers it")


@breaking("IDN-01", "LIFE-05", "IDN-02", "RESP-02", "RACE-01", "LIFE-01", "LIFE-02")
class CreateReplaces(Ledger):
    """Replaces the config of an identity by a second create, and answers 200."""

    def require_free(self, row: Row, own_id: str | None) -> None:
        twins = [key for key, other in self.rows.items() if self.identity(other) == self.identity(row)]
        if own_id is None and twins:
            row["id"] = twins[0]
        elif twins and twins != [own_id]:
            raise Refused(409, "taken")


@breaking("LIFE-02", "IDN-01")
class ConflictOverwrites(Ledger):
    """Refuses a second create, and has changed the first config by then."""

    def require_free(self, row: Row, own_id: str | None) -> None:
        try:
            super().require_free(row, own_id)
        except Refused:
            if own_id is None:
                twin = next(other for other in self.rows.values() if self.identity(other) == self.identity(row))
                self.rows[twin["id"]] = {**twin, "budgets": row["budgets"]}
            raise


class _Reserving(Ledger):
    def __init__(self) -> None:
        super().__init__()
        self.taken: dict[Any, str] = {}

    def require_free(self, row: Row, own_id: str | None) -> None:  # noqa: ARG002 - the row has its id
        if self.taken.get(self.identity(row), row["id"]) != row["id"]:
            raise Refused(409, "taken")

    def release(self, row: Row) -> None:
        """Free the identity of a row."""
        self.taken = {identity: key for identity, key in self.taken.items() if key != row["id"]}

    def keep(self, row: Row) -> None:
        super().keep(row)
        self.release(row)
        self.taken[self.identity(row)] = row["id"]

    def drop(self, row: Row) -> None:
        super().drop(row)
        self.release(row)


@breaking("LIFE-04")
class IdentityStaysTaken(_Reserving):
    """Never frees the identity of a deleted config."""

    def drop(self, row: Row) -> None:
        Ledger.drop(self, row)


@breaking("IDN-02", "LIFE-05")
class OldNameStaysTaken(_Reserving):
    """Keeps the identity that a rename left."""

    def keep(self, row: Row) -> None:
        Ledger.keep(self, row)
        self.taken[self.identity(row)] = row["id"]


@breaking("IDN-01", "PUT-07")
class NewNameIsFree(_Reserving):
    """Does not take the identity that a rename leads to."""

    def keep(self, row: Row) -> None:
        is_rename = row["id"] in self.rows
        super().keep(row)
        if is_rename:
            self.release(row)


@breaking("IDN-01")
class LooksOnlyAtTheFirstFour(Ledger):
    """Looks for a taken identity only among the four oldest configs."""

    def require_free(self, row: Row, own_id: str | None) -> None:
        for other in list(self.rows.values())[:4]:
            if self.identity(other) == self.identity(row) and other["id"] != own_id:
                raise Refused(409, "taken")
