"""Ledgers that lose configs, mix them up, or keep what was deleted."""

from __future__ import annotations

from collections.abc import Iterator

from tests.cast.careless.registry import breaking
from tests.cast.independent import Ledger, Row
from tests.cast.wire import Call, Reply


@breaking("LIFE-04", "RESP-03")
class ReusesIds(Ledger):
    """Gives the id of the last deleted config to the next new one."""

    def __init__(self) -> None:
        super().__init__()
        self.free: list[str] = []

    def made(self, body: Row) -> Row:
        row = super().made(body)
        return {**row, "id": self.free.pop()} if self.free else row

    def drop(self, row: Row) -> None:
        super().drop(row)
        self.free.append(row["id"])


@breaking("LIFE-04", "RESP-03")
class CountsForIds(Ledger):
    """Makes ids of the number of configs, so that a delete in the middle lets two share one."""

    def made(self, body: Row) -> Row:
        number = len(self.rows) + 1
        while str(number) in self.rows:
            number += 1
        return {**super().made(body), "id": str(number)}


@breaking("LIFE-05", "LIFE-04", "LIFE-01")
class DeletesNamesakes(Ledger):
    """Deletes every config with the name of the deleted one."""

    def drop(self, row: Row) -> None:
        self.rows = {key: other for key, other in self.rows.items() if other["model_name"] != row["model_name"]}


@breaking("LIFE-05", "LIFE-01")
class DeletesByPrefix(Ledger):
    """Deletes every config whose name begins with that of the deleted one."""

    def drop(self, row: Row) -> None:
        name = row["model_name"]
        self.rows = {key: other for key, other in self.rows.items() if not other["model_name"].startswith(name)}


@breaking("LIFE-04", "RACE-04")
class SecondDeleteSucceeds(Ledger):
    """Answers 200 to the delete of a config that was deleted before."""

    def __init__(self) -> None:
        super().__init__()
        self.gone: set[str] = set()

    def drop(self, row: Row) -> None:
        super().drop(row)
        self.gone.add(row["id"])

    def delete(self, call: Call) -> Reply:
        return Reply(200, {"message": "deleted"}) if call.config_id in self.gone else super().delete(call)


@breaking("LIFE-03", "LIFE-04", "RACE-04")
class DeleteOfNothingSucceeds(Ledger):
    """Answers 200 to every delete."""

    def delete(self, call: Call) -> Reply:
        return super().delete(call) if call.config_id in self.rows else Reply(200, {"message": "deleted"})


class _Soft(Ledger):
    def __init__(self) -> None:
        super().__init__()
        self.gone: dict[str, Row] = {}

    def drop(self, row: Row) -> None:
        super().drop(row)
        self.gone[row["id"]] = row


@breaking("LIFE-04")
class DeletedCanBeRead(_Soft):
    """Answers a deleted config to get."""

    def get(self, call: Call) -> Reply:
        gone = self.gone.get(call.config_id)
        return Reply(200, {"model_config": self.shown(gone)}) if gone else super().get(call)


@breaking("LIFE-04")
class DeletedIsListed(_Soft):
    """Keeps deleted configs in the list."""

    def ordered(self) -> Iterator[Row]:
        return iter([*self.rows.values(), *self.gone.values()])


@breaking("LIFE-04", "RACE-03")
class DeletedComesBack(_Soft):
    """Brings a deleted config back by an update."""

    def row(self, config_id: str) -> Row:
        return self.rows[config_id] if config_id in self.rows else super().row(config_id)

    def update(self, call: Call) -> Reply:
        if call.config_id in self.gone:
            self.rows[call.config_id] = self.gone.pop(call.config_id)
        return super().update(call)


@breaking("LIFE-03", "LIFE-04", "LIFE-01", "RACE-03")
class UpdateCreates(Ledger):
    """Makes a config of an update to an unknown id."""

    def update(self, call: Call) -> Reply:
        body = call.json
        if call.config_id not in self.rows and isinstance(body, dict) and isinstance(body.get("model_name"), str):
            self.keep({**self.made({"model_name": body["model_name"]}), "id": call.config_id})
        return super().update(call)


@breaking("LIFE-01", "RESP-02", "LIFE-03", "RESP-03")
class PrefixOfTheId(Ledger):
    """Finds a config by the first eight characters of its id."""

    def row(self, config_id: str) -> Row:
        found = [row for key, row in self.rows.items() if key[:8] == config_id[:8]]
        return found[0] if found and len(config_id) >= 8 else super().row(config_id)


@breaking("LIFE-05")
class UpdateTouchesTheNewest(Ledger):
    """Removes the rate limit of the newest config with every update of another that has one."""

    def keep(self, row: Row) -> None:
        is_update = row["id"] in self.rows
        super().keep(row)
        newest = list(self.rows)[-1]
        if is_update and newest != row["id"]:
            self.rows[newest] = {name: item for name, item in self.rows[newest].items() if name != "rate_limit"}


@breaking("LIFE-05")
class SharesBudgetsOfAName(Ledger):
    """Updates the budgets of all configs of one name."""

    def update(self, call: Call) -> Reply:
        reply = super().update(call)
        if reply.is_success and isinstance(call.json.get("budgets"), list):
            row = self.rows[call.config_id]
            for key, other in self.rows.items():
                if other["model_name"] == row["model_name"]:
                    self.rows[key] = {**other, "budgets": row["budgets"]}
        return reply


@breaking("LIFE-05", "RACE-02")
class CreateResetsOthers(Ledger):
    """Removes the budgets of the config before with every third create."""

    def keep(self, row: Row) -> None:
        if row["id"] not in self.rows and self.rows and len(self.rows) % 3 == 2:
            last = list(self.rows)[-1]
            self.rows[last] = {**self.rows[last], "budgets": []}
        super().keep(row)


@breaking("LIFE-05", "LIFE-01", "LIST-02", "LIST-01", "LIST-03", "RACE-02")
class ForgetsTheOldest(Ledger):
    """Keeps only twelve configs."""

    def keep(self, row: Row) -> None:
        super().keep(row)
        if len(self.rows) > 12:
            del self.rows[next(iter(self.rows))]
