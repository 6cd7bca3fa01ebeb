"""Ledgers in which configs share what each should have alone, with each other or with those that were deleted."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from tests.cast.careless.registry import breaking
from tests.cast.independent import Ledger, Refused, Row
from tests.cast.wire import Call, Reply

_STATE = ("LIFE-05", "LIFE-02", "PUT-01", "PUT-04", "RESP-02", "RACE-03")


class _Dead(Ledger):
    """Remembers the identities of deleted configs."""

    def __init__(self) -> None:
        super().__init__()
        self.dead: set[Any] = set()

    def drop(self, row: Row) -> None:
        self.dead.add(self.identity(row))
        super().drop(row)


@breaking("LIFE-04", "PUT-07", "IDN-02")
class DeletedNamesAreNotForRenames(_Dead):
    """Refuses a rename onto the identity of a deleted config."""

    def require_free(self, row: Row, own_id: str | None) -> None:
        is_move = own_id is not None and self.identity(self.rows[own_id]) != self.identity(row)
        if is_move and self.identity(row) in self.dead:
            raise Refused(409, "there was such a config already")
        super().require_free(row, own_id)


@breaking("LIFE-01", "LIFE-04", "LIFE-05", "LIST-01", "LIST-02", "LIST-03", "IDN-02")
class OnceDeletedIsHidden(_Dead):
    """Leaves a config out of the list whose identity a deleted one had."""

    def ordered(self) -> Iterator[Row]:
        return (row for row in super().ordered() if self.identity(row) not in self.dead)


@breaking("LIFE-04", "LIFE-02", "IDN-02", "PUT-02", "RESP-01")
class SecondDeletesFail(_Dead):
    """Refuses a second config that is deleted under a name under which one was deleted before."""

    def drop(self, row: Row) -> None:
        if self.identity(row) in self.dead:
            raise Refused(409, "there is such a deleted config already")
        super().drop(row)


@breaking("RESP-03", "LIFE-04")
class IdsOfIdentities(Ledger):
    """Makes the id of the identity, so that a config which is created anew has that of the deleted one."""

    def made(self, body: Row) -> Row:
        made = super().made(body)
        config_id = str(uuid.uuid5(uuid.NAMESPACE_URL, json.dumps(self.identity(made))))
        return made if config_id in self.rows else {**made, "id": config_id}


@breaking("RESP-03", "LIFE-04")
class NextBehindTheGreatest(Ledger):
    """Gives the number behind the greatest id there is, which is again that of the last config once it is deleted."""

    def made(self, body: Row) -> Row:
        return {**super().made(body), "id": f"mc-{1 + max((int(key[3:]) for key in self.rows), default=0):06d}"}


@breaking("BUD-08", "RESP-03", "PUT-03", "LIFE-05")
class EqualBudgetsAreShared(Ledger):
    """Gives configs that are created with equal budgets the same ones."""

    def __init__(self) -> None:
        super().__init__()
        self.known: dict[str, list[Row]] = {}

    def made(self, body: Row) -> Row:
        made = super().made(body)
        return {**made, "budgets": self.known.setdefault(json.dumps(body.get("budgets")), made["budgets"])}


@breaking(*_STATE)
class EqualRateLimitsAreShared(Ledger):
    """Gives configs that are created with equal rate limits one, which an update of any changes for all."""

    def __init__(self) -> None:
        super().__init__()
        self.known: dict[str, Row] = {}

    def made(self, body: Row) -> Row:
        made = super().made(body)
        if "rate_limit" in made:
            key = json.dumps(body["rate_limit"], sort_keys=True)
            made["rate_limit"] = self.known.setdefault(key, made["rate_limit"])
        return made

    def changed(self, row: Row, body: Row) -> Row:
        changed = super().changed(row, body)
        shared, new = row.get("rate_limit"), changed.get("rate_limit")
        if shared and new and new is not shared:
            new = dict(new)
            shared.clear()
            shared.update(new)
            changed["rate_limit"] = shared
        return changed


@breaking("LIST-01", "LIST-02", "LIFE-04")
class TotalKeepsDeletedUsers(Ledger):
    """Counts the deleted configs of users in the total of the unfiltered list."""

    gone = 0

    def drop(self, row: Row) -> None:
        self.gone += row["scope"] == "user"
        super().drop(row)

    def total(self, matching: list[Row], page: list[Row]) -> int:
        return super().total(matching, page) + (self.gone if len(matching) == len(self.rows) else 0)


class _Gone(Ledger):
    """Keeps what deleted configs were."""

    def __init__(self) -> None:
        super().__init__()
        self.gone: list[Row] = []

    def drop(self, row: Row) -> None:
        self.gone.append(row)
        super().drop(row)


@breaking("LIST-01", "LIST-02", "LIFE-04")
class TotalKeepsDeletedByFilter(_Gone):
    """Counts deleted configs in the total of a list that is filtered by scope or provider."""

    def listed(self, call: Call) -> Reply:
        reply = super().listed(call)
        if not {"scope", "provider"} & call.query.keys() or not reply.is_success:
            return reply
        more = sum(self.matches(row, call.query) for row in self.gone)
        return replace(reply, value={**reply.value, "total_count": reply.value["total_count"] + more})


@breaking("LIFE-04", "LIST-01", "LIST-02", "LIST-03")
class ScopesShowTheDeleted(_Gone):
    """Shows deleted configs in a list that is filtered by scope."""

    def listed(self, call: Call) -> Reply:
        reply = super().listed(call)
        if not call.query.get("scope") or not reply.is_success:
            return reply
        found = [self.shown(row) for row in self.gone if self.matches(row, call.query)]
        total = reply.value["total_count"] + len(found)
        return replace(reply, value={"model_configs": [*reply.value["model_configs"], *found], "total_count": total})


@breaking("LIFE-04", "LIFE-03", "RESP-02", "RACE-03")
class DeletedCanBeUpdated(Ledger):
    """Answers 200 to the update of a deleted config that had been updated before."""

    def __init__(self) -> None:
        super().__init__()
        self.graves: dict[str, Row] = {}

    def drop(self, row: Row) -> None:
        self.graves[row["id"]] = row
        super().drop(row)

    def update(self, call: Call) -> Reply:
        dead = self.graves.get(call.config_id, {})
        if dead.get("updated_at") == dead.get("created_at"):
            return super().update(call)
        body = self.read(call)
        self.check(body, "update")
        return Reply(200, {"message": "updated", "model_config": self.shown(self.changed(dead, body))})


@breaking("LIFE-03", "RESP-03", "LIFE-04")
class BudgetIdsFindConfigs(Ledger):
    """Finds a config by the id of one of its budgets, too."""

    def row(self, config_id: str) -> Row:
        for row in self.rows.values():
            if config_id in [entry["id"] for entry in row["budgets"]]:
                return row
        return super().row(config_id)
