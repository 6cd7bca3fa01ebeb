"""Ledgers that write more, less or something else than an update says."""

from __future__ import annotations

from typing import Any

from tests.cast.careless.registry import breaking
from tests.cast.independent import Ledger, Row

_UPDATES = (
    "PUT-01",
    "PUT-02",
    "PUT-03",
    "PUT-04",
    "PUT-05",
    "PUT-06",
    "RESP-02",
    "RESP-03",
    "RESP-01",
    "LIFE-01",
    "RATE-01",
)


def _changes(name: str, description: str, change: Any) -> None:
    """Take a ledger into the cast whose updates leave what `change` makes of row, body and the right outcome."""

    def changed(self: Ledger, row: Row, body: Row) -> Row:
        after: Row = change(row, body, Ledger.changed(self, row, body))
        return after

    breaking(*_UPDATES, "BUD-04", "BUD-09", "RACE-03")(
        type(name, (Ledger,), {"__doc__": description, "changed": changed})
    )


def _without(row: Row, *names: str) -> Row:
    return {name: item for name, item in row.items() if name not in names}


def _null(body: Row, name: str) -> bool:
    return name in body and body[name] is None


_changes(
    "NullBudgetsClear",
    "Takes null budgets for none.",
    lambda _r, b, a: {**a, "budgets": []} if _null(b, "budgets") else a,
)
_changes(
    "NullRateClears",
    "Takes a null rate limit for none.",
    lambda _r, b, a: _without(a, "rate_limit") if _null(b, "rate_limit") else a,
)
_changes(
    "NullProviderClears",
    "Takes a null provider for all.",
    lambda _r, b, a: _without(a, "provider") if _null(b, "provider") else a,
)
_changes(
    "NullBudgetsClearWithName",
    "Takes null budgets beside a name for none.",
    lambda _r, b, a: {**a, "budgets": []} if _null(b, "budgets") and b.get("model_name") else a,
)
_changes(
    "EmptyUpdateClears",
    "Clears everything with an empty update.",
    lambda _r, b, a: {**_without(a, "rate_limit"), "budgets": []} if not b else a,
)
_changes(
    "EmptyUpdateMoves",
    "Loses the provider with an empty update.",
    lambda _r, b, a: _without(a, "provider") if not b else a,
)
_changes(
    "RateLimitLosesProvider",
    "Loses the provider with a rate limit.",
    lambda _r, b, a: _without(a, "provider") if b.get("rate_limit") and not b.get("provider") else a,
)
_changes(
    "BudgetsLoseRateLimit",
    "Loses the rate limit with budgets.",
    lambda _r, b, a: _without(a, "rate_limit") if b.get("budgets") and "rate_limit" not in b else a,
)
_changes(
    "ProviderLosesRateLimit",
    "Loses the rate limit with a provider.",
    lambda _r, b, a: _without(a, "rate_limit") if b.get("provider") and "rate_limit" not in b else a,
)
_changes(
    "NoBudgetsLoseName",
    "Empties the rate limit with no budgets.",
    lambda _r, b, a: _without(a, "rate_limit") if b.get("budgets") == [] else a,
)
_changes(
    "NameAndBudgetsLoseRate",
    "Loses the rate limit with name and budgets.",
    lambda _r, b, a: _without(a, "rate_limit") if b.get("budgets") and b.get("model_name") else a,
)
_changes(
    "AppendsBudgets",
    "Keeps the first of the old budgets.",
    lambda r, b, a: {
        **a,
        "budgets": [
            *a["budgets"],
            *[
                e
                for e in r["budgets"][:1]
                if b.get("budgets") and e["reset_duration"] not in {x["reset_duration"] for x in a["budgets"]}
            ],
        ],
    },
)
_changes(
    "OnlyFirstBudgetChanges",
    "Changes the limit of the first budget alone.",
    lambda r, _b, a: (
        {
            **a,
            "budgets": [
                a["budgets"][0],
                *(
                    {
                        **e,
                        "max_limit": next((o["max_limit"] for o in r["budgets"] if o["id"] == e["id"]), e["max_limit"]),
                    }
                    for e in a["budgets"][1:]
                ),
            ],
        }
        if a["budgets"]
        else a
    ),
)
_changes(
    "LimitsDoNotChange",
    "Keeps the limit of a budget that stays.",
    lambda r, _b, a: {
        **a,
        "budgets": [
            {**e, "max_limit": next((o["max_limit"] for o in r["budgets"] if o["id"] == e["id"]), e["max_limit"])}
            for e in a["budgets"]
        ],
    },
)
_changes(
    "FewerBudgetsIgnored",
    "Removes no budget where fewer are sent.",
    lambda r, b, a: {**a, "budgets": r["budgets"]} if b.get("budgets") and len(b["budgets"]) < len(r["budgets"]) else a,
)
_changes(
    "LastBudgetCannotGo",
    "Keeps the last budget.",
    lambda r, b, a: {**a, "budgets": r["budgets"][-1:]} if b.get("budgets") == [] else a,
)
_changes(
    "CreatedAtOfBudgetsMoves",
    "Makes created_at of budgets anew.",
    lambda _r, b, a: (
        {**a, "budgets": [{**e, "created_at": e["updated_at"]} for e in a["budgets"]]} if b.get("budgets") else a
    ),
)
_changes(
    "RenameMovesCreatedAt",
    "Makes created_at anew with a rename.",
    lambda _r, b, a: {**a, "created_at": a["updated_at"]} if b.get("model_name") else a,
)
_changes("UpdatedAtGoesBack", "Sets updated_at to created_at.", lambda r, _b, a: {**a, "updated_at": r["created_at"]})
_changes(
    "RateLimitLeavesUpdatedAt",
    "Leaves updated_at with a rate limit.",
    lambda r, b, a: {**a, "updated_at": r["updated_at"]} if set(b) == {"rate_limit"} else a,
)
_changes(
    "ProviderLeavesUpdatedAt",
    "Leaves updated_at with a provider.",
    lambda r, b, a: {**a, "updated_at": r["updated_at"]} if set(b) == {"provider"} else a,
)
_changes(
    "SecondRateLimitIgnored",
    "Ignores a rate limit where there is one.",
    lambda r, b, a: {**a, "rate_limit": r["rate_limit"]} if r.get("rate_limit") and b.get("rate_limit") else a,
)
_changes(
    "RateLimitNotAdded",
    "Ignores a rate limit where there is none.",
    lambda r, _b, a: a if r.get("rate_limit") else _without(a, "rate_limit"),
)
_changes(
    "RateDurationIgnored",
    "Keeps the durations of a rate limit.",
    lambda r, _b, a: (
        {
            **a,
            "rate_limit": {
                **a["rate_limit"],
                **{
                    n: i
                    for n, i in (r.get("rate_limit") or {}).items()
                    if n.endswith("duration") and n in a["rate_limit"]
                },
            },
        }
        if a.get("rate_limit")
        else a
    ),
)
_changes(
    "ScopeOnlyMoves",
    "Takes the scope of an update where it has no target.",
    lambda _r, b, a: {**a, "scope": b["scope"]} if b.get("scope") and not b.get("scope_id") else a,
)
_changes(
    "GlobalMovesToUser",
    "Lets a global config move to a user.",
    lambda r, b, a: (
        {**a, "scope": "user", "scope_id": b.get("scope_id")}
        if b.get("scope") == "user" and r["scope"] == "global"
        else a
    ),
)
_changes(
    "TargetOfTheSameScope",
    "Takes another target of the same scope.",
    lambda r, b, a: (
        {**a, "scope_id": b["scope_id"]}
        if b.get("scope_id") and b.get("scope", r["scope"]) == r["scope"] != "global"
        else a
    ),
)
_changes(
    "NameNotUpdated",
    "Ignores a name that comes with budgets.",
    lambda r, b, a: {**a, "model_name": r["model_name"]} if b.get("budgets") else a,
)
_changes(
    "ProviderNotAdded",
    "Ignores a provider where there is none.",
    lambda r, _b, a: a if r.get("provider") else _without(a, "provider"),
)


class _Partner(Ledger):
    """Finds the budget that an entry continues in a way of its own."""


@breaking("PUT-03")
class PartnerByLimit(_Partner):
    """Finds the budget that stays by its limit too."""

    def partner(self, entry: Row, old: list[Row]) -> Row:
        same = [
            e for e in old if (e["reset_duration"], e["max_limit"]) == (entry["reset_duration"], entry["max_limit"])
        ]
        return same[0] if same else next((e for e in old if e["id"] == entry.get("id")), {})


@breaking("PUT-03", "RESP-02", "PUT-02")
class UnknownIdIsRefused(_Partner):
    """Takes a foreign id for that of a new budget."""

    def budget(self, entry: Row, old: Row) -> Row:
        made = super().budget(entry, old)
        return {**made, "id": entry["id"] + "x"} if entry.get("id") and old else made


@breaking("PUT-03")
class UsageOfNewBudgets(_Partner):
    """Lets a new budget take over the last reset of the first one."""

    def budgets(self, entries: list[Row], old: list[Row]) -> list[Row]:
        made = super().budgets(entries, old)
        known = {entry["id"] for entry in old}
        return [e if not old or e["id"] in known else {**e, "id": old[0]["id"]} for e in made]


@breaking("LIFE-04")
class OneDeleteNeedsTwo(Ledger):
    """Deletes a config that was updated only with the second delete."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: set[str] = set()

    def drop(self, row: Row) -> None:
        if row["updated_at"] == row["created_at"] or row["id"] in self.asked:
            super().drop(row)
        self.asked.add(row["id"])
