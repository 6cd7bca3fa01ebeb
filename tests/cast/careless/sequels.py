"""Ledgers that go wrong by what came before: a delete, a rename and back, a refusal, the same request again."""

from __future__ import annotations

import time
from collections import Counter
from typing import Any

from tests.cast.careless.registry import breaking
from tests.cast.independent import Ledger, Refused, Row
from tests.cast.wire import Call, Reply

_STATE = ("RESP-02", "PUT-01", "PUT-02", "PUT-04", "RACE-03", "LIFE-05", "LIFE-02")
_LOST = ("PUT-03", "PUT-05", "PUT-06", "IDN-01", "IDN-02", "LIST-03")


class _Graves(Ledger):
    """Remembers deleted configs by their identity."""

    def __init__(self) -> None:
        super().__init__()
        self.graves: dict[Any, Row] = {}

    def drop(self, row: Row) -> None:
        self.graves[self.identity(row)] = row
        super().drop(row)


@breaking("LIFE-04", "RESP-02", "BUD-02")
class RecreatedBudgetsAreBack(_Graves):
    """Gives a config the budgets of a deleted one of its identity where none are sent."""

    def made(self, body: Row) -> Row:
        made = super().made(body)
        return made if made["budgets"] else {**made, "budgets": self.graves.get(self.identity(made), made)["budgets"]}


@breaking("LIFE-04", "RESP-02", "RATE-01")
class RecreatedRateIsBack(_Graves):
    """Gives a config the rate limit of a deleted one of its identity where none is sent."""

    def made(self, body: Row) -> Row:
        made = super().made(body)
        old = self.graves.get(self.identity(made), {})
        return {**{name: old[name] for name in ("rate_limit",) if name in old}, **made}


@breaking("BUD-08", "LIFE-04", "RESP-03")
class RecreatedBudgetsKeepIds(_Graves):
    """Gives the budgets of a new config the ids which those of a deleted one of its identity had."""

    def made(self, body: Row) -> Row:
        made = super().made(body)
        old = {e["reset_duration"]: e["id"] for e in self.graves.get(self.identity(made), made)["budgets"]}
        return {**made, "budgets": [{**e, "id": old.get(e["reset_duration"], e["id"])} for e in made["budgets"]]}


class _Former(Ledger):
    """Remembers which identities each config has had."""

    def __init__(self) -> None:
        super().__init__()
        self.former: dict[str, dict[Any, Row]] = {}

    def keep(self, row: Row) -> None:
        self.former.setdefault(row["id"], {})[self.identity(row)] = row
        super().keep(row)


@breaking("IDN-02", "RESP-01", "LIFE-04")
class NoWayBack(_Former):
    """Refuses a rename to a name that the config has had before."""

    def require_free(self, row: Row, own_id: str | None) -> None:
        super().require_free(row, own_id)
        held = self.rows.get(own_id or "")
        if held and self.identity(held) != self.identity(row) and self.identity(row) in self.former[row["id"]]:
            raise Refused(409, "there is such a config already")


@breaking(*_STATE, "PUT-06", "PUT-03")
class BackIsAsItWas(_Former):
    """Brings budgets and rate limit back with a name that the config has had before."""

    def keep(self, row: Row) -> None:
        held = self.rows.get(row["id"])
        old = self.former.get(row["id"], {}).get(self.identity(row))
        if held and old and self.identity(held) != self.identity(row):
            row.clear()
            row.update(old)
        super().keep(row)


@breaking("LIFE-04", "IDN-02")
class RenamedStaysTaken(_Former):
    """Keeps the identity of a deleted config that was renamed taken."""

    def __init__(self) -> None:
        super().__init__()
        self.taken: set[Any] = set()

    def drop(self, row: Row) -> None:
        if len(self.former[row["id"]]) > 1 and row["scope"] == "global":
            self.taken.add(self.identity(row))
        super().drop(row)

    def require_free(self, row: Row, own_id: str | None) -> None:
        super().require_free(row, own_id)
        if own_id is None and self.identity(row) in self.taken:
            raise Refused(409, "there is such a config already")


class _Reserving(Ledger):
    """Takes identities for good that nobody has."""

    operation = ""

    def __init__(self) -> None:
        super().__init__()
        self.reserved: set[Any] = set()

    def answer(self, call: Call) -> Reply:
        reply = super().answer(call)
        if call.operation == self.operation and self.is_wasted(reply.status):
            self.reserve(call)
        return reply

    def is_wasted(self, status: int) -> bool:
        """Return whether an answer wastes the identity."""
        return status == 400

    def reserve(self, call: Call) -> None:
        """Take the identity that a body asks for."""
        body, held = call.json, self.rows.get(call.config_id, {})
        if isinstance(body, dict):
            names = ("scope", "scope_id", "model_name", "provider")
            whole = {"scope": "global", **held, **body}
            self.reserved.add(tuple(str(whole.get(name)) for name in names))

    def require_free(self, row: Row, own_id: str | None) -> None:
        super().require_free(row, own_id)
        wanted = tuple(str(part) for part in self.identity(row))
        if wanted in self.reserved and (own_id is None or self.identity(row) != self.identity(self.rows[own_id])):
            raise Refused(409, "there is such a config already")


@breaking("LIFE-02", "IDN-02", "RESP-01")
class RefusedCreatesReserve(_Reserving):
    """Takes the identity of a create that it refuses."""

    operation = "create"


@breaking("AUTH-06", "IDN-02", "RESP-01")
class UnauthorisedCreatesReserve(_Reserving):
    """Takes the identity of a create whose key is wrong."""

    operation = "create"

    def is_wasted(self, status: int) -> bool:
        return status == 401


@breaking("LIFE-02", "IDN-02", "RESP-01")
class RefusedUpdatesReserve(_Reserving):
    """Takes the name of an update that it refuses."""

    operation = "update"


class _After(Ledger):
    """Knows what was answered last."""

    def __init__(self) -> None:
        super().__init__()
        self.last = ("", 200)

    def answer(self, call: Call) -> Reply:
        reply = super().answer(call)
        self.last = (call.operation, reply.status)
        return reply


@breaking(*_STATE, *_LOST)
class UpdateAfterARefusedOneIsLost(_After):
    """Stores nothing with an update that follows a refused one."""

    def keep(self, row: Row) -> None:
        if row["id"] not in self.rows or self.last != ("update", 400):
            super().keep(row)


@breaking("LIFE-01", "LIFE-03", "RESP-02", "LIFE-04", "LIFE-05", "PUT-01", "LIFE-02", "REQ-09")
class UnknownIdBlinds(_After):
    """Answers 404 to the get that follows a get of an unknown id."""

    def get(self, call: Call) -> Reply:
        if self.last == ("get", 404):
            raise Refused(404, "no such config")
        return super().get(call)


class _Sticky(Ledger):
    """Keeps a parameter of one list for the next."""

    sticks: tuple[str, ...] = ()

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[str, str] = {}

    def listed(self, call: Call) -> Reply:
        query = {**self.kept, **call.query}
        reply = super().listed(Call(call.method, call.path, query, call.headers, call.body))
        self.kept = {name: call.query[name] for name in self.sticks if name in call.query}
        return reply


@breaking("LIST-01", "LIST-02", "LIST-03", "LIFE-01")
class SearchSticks(_Sticky):
    """Searches the next list too that comes without a search."""

    sticks = ("search",)


@breaking("LIST-01", "LIST-02", "LIST-03")
class ProviderSticks(_Sticky):
    """Filters the next list by the provider of the last one."""

    sticks = ("provider",)


@breaking("PUT-02", "RESP-02", "RESP-01", "PUT-01", "PUT-03")
class SameBudgetsTwiceRemove(Ledger):
    """Takes budgets that are sent a second time away."""

    def budgets(self, entries: list[Row], old: list[Row]) -> list[Row]:
        lines = [[(e["reset_duration"], e["max_limit"]) for e in each] for each in (entries, old)]
        return [] if lines[0] == lines[1] else super().budgets(entries, old)


@breaking("RESP-01", "PUT-02", "PUT-01", "PUT-04", "IDN-02", "BUD-02", "BUD-07")
class NothingNewIsRefused(Ledger):
    """Refuses an update with members that are so already."""

    def check(self, body: Row, operation: str) -> None:
        super().check(body, operation)
        self.operation = operation

    def changed(self, row: Row, body: Row) -> Row:
        names = ("max_limit", "reset_duration")
        held = [{name: e[name] for name in names} for e in row["budgets"]]
        sent = {**body, "budgets": [{name: e[name] for name in names} for e in body.get("budgets") or ()]}
        if body and all(sent[name] == (held if name == "budgets" else row.get(name)) for name in body):
            raise Refused(400, "nothing to update")
        return super().changed(row, body)


@breaking(
    *_STATE, "PUT-03", "PUT-06", "PUT-07", "IDN-01", "IDN-02", "LIST-03", "BUD-02", "RATE-06", "RATE-01", "ROB-01"
)
class TwentiethUpdateIsLost(Ledger):
    """Stores no update of a config behind the twentieth."""

    def __init__(self) -> None:
        super().__init__()
        self.updates: Counter[str] = Counter()

    def keep(self, row: Row) -> None:
        self.updates[row["id"]] += 1
        if self.updates[row["id"]] <= 21:
            super().keep(row)


@breaking("LIST-01", "LIST-02")
class TotalFallsTwice(Ledger):
    """Counts a config that was updated twice when it is deleted."""

    def __init__(self) -> None:
        super().__init__()
        self.drift = 0

    def drop(self, row: Row) -> None:
        self.drift += row["updated_at"] != row["created_at"]
        super().drop(row)

    def total(self, matching: list[Row], page: list[Row]) -> int:  # noqa: ARG002 - the sum is of all pages
        return max(0, len(matching) - self.drift) if len(matching) == len(self.rows) else len(matching)


@breaking("LIST-01", "LIST-02")
class RenamesCount(Ledger):
    """Counts a renamed config twice."""

    def __init__(self) -> None:
        super().__init__()
        self.renames = 0

    def changed(self, row: Row, body: Row) -> Row:
        self.renames += body.get("model_name") not in (None, row["model_name"])
        return super().changed(row, body)

    def total(self, matching: list[Row], page: list[Row]) -> int:  # noqa: ARG002 - the sum is of all pages
        return len(matching) + self.renames if len(matching) == len(self.rows) else len(matching)


class _Index(Ledger):
    """Holds taken identities in an index of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.freed: set[str] = set()

    def require_free(self, row: Row, own_id: str | None) -> None:
        others = (other for other in self.rows.values() if other["id"] not in self.freed)
        if any(self.identity(other) == self.identity(row) and other["id"] != own_id for other in others):
            self.at_conflict(own_id)
            raise Refused(409, "there is such a config already")

    def at_conflict(self, own_id: str | None) -> None:
        """Do what a conflict leads to."""


@breaking("IDN-01", "PUT-07")
class DeleteFreesNamesakes(_Index):
    """Frees the identities of all configs of one name with the delete of one."""

    def drop(self, row: Row) -> None:
        super().drop(row)
        self.freed |= {other["id"] for other in self.rows.values() if other["model_name"] == row["model_name"]}


@breaking("IDN-01", "PUT-07", "LIFE-02")
class RefusedRenameFreesItself(_Index):
    """Frees the identity of a config whose rename it refuses."""

    def at_conflict(self, own_id: str | None) -> None:
        self.freed |= {own_id} if own_id else set()


@breaking("IDN-01", "RACE-01")
class AskedTwiceItAgrees(Ledger):
    """Refuses a second create of one identity, and takes the third."""

    def __init__(self) -> None:
        super().__init__()
        self.refused: set[Any] = set()

    def require_free(self, row: Row, own_id: str | None) -> None:
        if own_id is None and self.identity(row) in self.refused:
            return
        try:
            super().require_free(row, own_id)
        except Refused:
            self.refused.add(self.identity(row))
            raise


@breaking(
    "RESP-02",
    "LIFE-01",
    "LIFE-04",
    "LIFE-05",
    "LIFE-02",
    "PUT-01",
    "LIST-01",
    "LIST-02",
    "IDN-02",
    "RACE-01",
    "RACE-02",
    "RESP-03",
    "LIST-03",
)
class ListIsOfTheMoment(Ledger):
    """Answers the same list again for a twentieth of a second."""

    def __init__(self) -> None:
        super().__init__()
        self.pages: dict[Any, tuple[float, Reply]] = {}

    def listed(self, call: Call) -> Reply:
        key = tuple(sorted(call.query.items()))
        if key not in self.pages or time.monotonic() - self.pages[key][0] > 0.05:
            self.pages[key] = time.monotonic(), super().listed(call)
        return self.pages[key][1]


@breaking("LIFE-05", "PUT-03", "RESP-02")
class StealsBudgets(Ledger):
    """Moves the budget of another config to the one whose update names its id."""

    def changed(self, row: Row, body: Row) -> Row:
        named = {entry.get("id") for entry in body.get("budgets") or ()} - {e["id"] for e in row["budgets"]} - {None}
        for other in self.rows.values():
            if named & {entry["id"] for entry in other["budgets"]}:
                other["budgets"] = [entry for entry in other["budgets"] if entry["id"] not in named]
        return super().changed(row, body)


@breaking("LIFE-05", "LIFE-01", "LIFE-04", "IDN-01", "LIST-02", "LIST-03")
class DeleteOfTheWildcardIsOfAll(Ledger):
    """Deletes the configs of all models with the one of the model * of a provider."""

    def drop(self, row: Row) -> None:
        super().drop(row)
        if row["model_name"] == "*":
            self.rows = {key: other for key, other in self.rows.items() if other.get("provider") != row.get("provider")}


@breaking("RESP-02", "PUT-01", "IDN-02", "PUT-06", "LIST-03")
class CaseOfANameStays(Ledger):
    """Ignores a rename that changes nothing but case."""

    def changed(self, row: Row, body: Row) -> Row:
        changed = super().changed(row, body)
        is_same = changed["model_name"].lower() == row["model_name"].lower()
        return {**changed, "model_name": row["model_name"]} if is_same else changed


@breaking("RESP-02", "PUT-01", "IDN-01", "IDN-02", "LIST-03")
class CaseOfAProviderStays(Ledger):
    """Ignores a provider that differs from the one that is there in nothing but case."""

    def changed(self, row: Row, body: Row) -> Row:
        changed = super().changed(row, body)
        is_same = str(changed.get("provider")).lower() == str(row.get("provider")).lower()
        return changed if not is_same or "provider" not in row else {**changed, "provider": row["provider"]}
