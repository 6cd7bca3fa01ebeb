"""Ledgers whose operations reach other configs than the one that is meant."""

from __future__ import annotations

from collections.abc import Callable

from tests.cast.careless.registry import breaking
from tests.cast.independent import Ledger, Refused, Row
from tests.cast.wire import Call, Reply

_BREAKS = ("LIFE-05", "LIFE-01", "LIFE-02", "IDN-02", "AUTH-06", "LIFE-04", "LIST-01")


class _Reaching(Ledger):
    def others(self, row: Row, is_like: Callable[[Row, Row], bool]) -> list[Row]:
        """Return the rows that are like a row in some way."""
        return [other for other in self.rows.values() if other["id"] != row["id"] and is_like(other, row)]

    def spoil(self, row: Row) -> None:
        """Change a row that nobody asked to change."""
        self.rows[row["id"]] = {**row, "budgets": []}


def _same(*names: str) -> Callable[[Row, Row], bool]:
    return lambda left, right: all(left.get(name) == right.get(name) for name in names)


def _of_one_user(left: Row, right: Row) -> bool:
    return left["scope"] == right["scope"] != "global" and left.get("scope_id") == right.get("scope_id")


@breaking(*_BREAKS)
class DeletesByProvider(_Reaching):
    """Deletes every config of the provider."""

    def drop(self, row: Row) -> None:
        for other in self.others(row, _same("provider", "scope", "scope_id")) if row.get("provider") else ():
            super().drop(other)
        super().drop(row)


@breaking(*_BREAKS)
class DeletesByTarget(_Reaching):
    """Deletes every config of one scope target."""

    def drop(self, row: Row) -> None:
        for other in self.others(row, _of_one_user):
            super().drop(other)
        super().drop(row)


@breaking(*_BREAKS)
class DeletesLimitsOfTheTarget(_Reaching):
    """Removes the rate limits of all configs of one scope target with the delete of one."""

    def drop(self, row: Row) -> None:
        super().drop(row)
        for other in self.others(row, _of_one_user):
            self.rows[other["id"]] = {name: item for name, item in other.items() if name != "rate_limit"}


@breaking(*_BREAKS, "RACE-02", "RACE-01")
class DeleteOfNothingTakesTheLast(Ledger):
    """Deletes the newest config where the id is unknown."""

    def delete(self, call: Call) -> Reply:
        if call.config_id not in self.rows and self.rows:
            del self.rows[list(self.rows)[-1]]
        return super().delete(call)


@breaking(*_BREAKS, "RESP-02", "PUT-06")
class UpdateTouchesAll(Ledger):
    """Moves updated_at of all configs with each update."""

    def update(self, call: Call) -> Reply:
        reply = super().update(call)
        if reply.is_success:
            now = self.rows[call.config_id]["updated_at"]
            self.rows = {key: {**row, "updated_at": now} for key, row in self.rows.items()}
        return reply


@breaking(*_BREAKS, "RESP-02")
class CreateTouchesNamesakes(_Reaching):
    """Moves updated_at of the configs of one name with each create."""

    def create(self, call: Call) -> Reply:
        reply = super().create(call)
        for other in self.others(reply.config, _same("model_name")):
            self.rows[other["id"]] = {**other, "updated_at": reply.config["updated_at"]}
        return reply


@breaking(*_BREAKS)
class CreateReplacesOfTheUser(_Reaching):
    """Deletes the other configs of a user with each create for the user."""

    def create(self, call: Call) -> Reply:
        reply = super().create(call)
        if reply.config.get("scope") == "user":
            for other in self.others(reply.config, _of_one_user):
                del self.rows[other["id"]]
        return reply


@breaking(*_BREAKS, "RACE-03")
class RenamesNamesakes(_Reaching):
    """Renames every config of the old name."""

    def update(self, call: Call) -> Reply:
        before = self.row(call.config_id)
        reply = super().update(call)
        for other in self.others(before, _same("model_name")):
            self.rows[other["id"]] = {**other, "model_name": reply.config["model_name"]}
        return reply


@breaking(*_BREAKS)
class RateLimitsOfTheProvider(_Reaching):
    """Gives every config of the provider the rate limit of an update."""

    def update(self, call: Call) -> Reply:
        reply = super().update(call)
        row = self.rows[call.config_id]
        for other in self.others(row, _same("provider")) if row.get("provider") and row.get("rate_limit") else ():
            self.rows[other["id"]] = {**other, "rate_limit": row["rate_limit"]}
        return reply


@breaking(*_BREAKS)
class ProviderMovesForTheName(_Reaching):
    """Moves all configs of one name to the new provider."""

    def update(self, call: Call) -> Reply:
        before = self.row(call.config_id)
        reply = super().update(call)
        if before.get("provider") != reply.config.get("provider"):
            for other in self.others(before, _same("model_name")):
                self.rows[other["id"]] = {**other, "provider": reply.config["provider"]}
        return reply


@breaking(*_BREAKS, "PUT-07")
class RefusedRenameSpoilsTheOther(Ledger):
    """Refuses a rename onto another config, whose budgets are gone by then."""

    def require_free(self, row: Row, own_id: str | None) -> None:
        try:
            super().require_free(row, own_id)
        except Refused:
            for other in self.rows.values() if own_id else ():
                if self.identity(other) == self.identity(row):
                    self.rows[other["id"]] = {**other, "rate_limit": None}
            raise


@breaking(*_BREAKS, "IDN-01")
class SecondCreateDeletesTheFirst(Ledger):
    """Refuses a second create of one identity, and deletes the first."""

    def require_free(self, row: Row, own_id: str | None) -> None:
        try:
            super().require_free(row, own_id)
        except Refused:
            if own_id is None:
                self.rows = {k: other for k, other in self.rows.items() if self.identity(other) != self.identity(row)}
            raise


@breaking(*_BREAKS, "PUT-01", "PUT-06")
class RefusedUpdateTouches(Ledger):
    """Moves updated_at of a config also where it refuses the update."""

    def update(self, call: Call) -> Reply:
        if call.config_id in self.rows:
            row = self.rows[call.config_id]
            self.rows[call.config_id] = {**row, "updated_at": self.moved_on(row)}
        return super().update(call)


@breaking(*_BREAKS)
class UnauthorisedTouches(Ledger):
    """Moves updated_at of a config also where the key is wrong."""

    def answer(self, call: Call) -> Reply:
        if call.operation == "update" and not self.is_let_in(call) and call.config_id in self.rows:
            row = self.rows[call.config_id]
            self.rows[call.config_id] = {**row, "updated_at": self.moved_on(row)}
        return super().answer(call)


@breaking(*_BREAKS, "RESP-02", "RESP-03")
class DeleteRenumbers(Ledger):
    """Takes positions in the table for ids, so that a delete moves those behind it."""

    def drop(self, row: Row) -> None:
        keys = list(self.rows)
        values = [{**other, "id": key} for key, other in zip(keys, [*self.rows.values()][1:], strict=False)]
        where = keys.index(row["id"])
        self.rows = {
            **{k: self.rows[k] for k in keys[:where]},
            **dict(zip(keys[where:-1], values[where:], strict=True)),
        }


@breaking(*_BREAKS, "RACE-02", "LIST-02", "LIST-03", "IDN-01", "RACE-01", "RESP-03")
class FullTableDropsTheOldest(Ledger):
    """Keeps only twenty configs."""

    def keep(self, row: Row) -> None:
        super().keep(row)
        if len(self.rows) > 20:
            del self.rows[next(iter(self.rows))]


@breaking(*_BREAKS, "RESP-02", "LIFE-03")
class ReadsCount(Ledger):
    """Counts each read of a config as spending."""

    def get(self, call: Call) -> Reply:
        reply = super().get(call)
        row = self.rows[call.config_id]
        budgets = [{**entry, "current_usage": entry["current_usage"] + 0.5} for entry in row["budgets"]]
        self.rows[call.config_id] = {**row, "budgets": budgets}
        return reply


@breaking(*_BREAKS, "PUT-03", "RESP-02")
class UpdatesCostTheNeighbour(Ledger):
    """Adds to the usage of the oldest config that has budgets with each update of another."""

    def update(self, call: Call) -> Reply:
        reply = super().update(call)
        key, row = next(((key, row) for key, row in self.rows.items() if row["budgets"]), ("", {}))
        if reply.is_success and key not in ("", call.config_id):
            budgets = [{**entry, "current_usage": entry["current_usage"] + 1} for entry in row["budgets"]]
            self.rows[key] = {**row, "budgets": budgets}
        return reply
