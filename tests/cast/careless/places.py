"""Ledgers whose updates, identities and lists go wrong in one place alone."""

from __future__ import annotations

from typing import Any

from tests.cast.careless.registry import breaking
from tests.cast.independent import Ledger, Row
from tests.cast.wire import Call, Reply


def _in_update(name: str, description: str, change: Any, *rules: str) -> None:
    def changed(self: Ledger, row: Row, body: Row) -> Row:
        after: Row = change(row, body, Ledger.changed(self, row, body))
        return after

    breaking(*rules)(type(name, (Ledger,), {"__doc__": description, "changed": changed}))


_in_update(
    "ScopedRenameLosesTarget",
    "Loses the name of the target with a rename.",
    lambda _r, b, a: {**a, "scope_name": a["model_name"]} if "scope_name" in a and b.get("model_name") else a,
    "PUT-01",
    "RESP-02",
)
_in_update(
    "FirstRateMovesCreation",
    "Moves created_at with the first rate limit of a config.",
    lambda r, b, a: {**a, "created_at": a["updated_at"]} if not r.get("rate_limit") and b.get("rate_limit") else a,
    "PUT-06",
    "PUT-01",
)
_in_update(
    "ManyBudgetsLoseProvider",
    "Loses the provider with more than five budgets.",
    lambda _r, b, a: {n: i for n, i in a.items() if n != "provider" or len(b.get("budgets") or ()) <= 5},
    "PUT-01",
)
_in_update(
    "WindowsOfOneUnit",
    "Gives all budgets of an update the unit of the first where all have one number.",
    lambda _r, b, a: (
        {**a, "budgets": [{**e, "reset_duration": a["budgets"][0]["reset_duration"]} for e in a["budgets"]]}
        if len(a["budgets"]) > 1 and {e["reset_duration"][:-1] for e in a["budgets"]} == {"1"} and b.get("budgets")
        else a
    ),
    "PUT-02",
    "RESP-02",
    "BUD-02",
    "PUT-01",
    "PUT-03",
    "RACE-03",
    "ROB-01",
)
_in_update(
    "ResetOfStayingMoves",
    "Moves last_reset of budgets whose limit grows.",
    lambda r, _b, a: {
        **a,
        "budgets": [
            {**e, "last_reset": e["updated_at"]}
            if any(o["id"] == e["id"] and o["max_limit"] < e["max_limit"] for o in r["budgets"])
            else e
            for e in a["budgets"]
        ],
    },
    "PUT-03",
)
_in_update(
    "LowerLimitsIgnored",
    "Keeps the limit of a budget where a lower one is sent.",
    lambda r, _b, a: {
        **a,
        "budgets": [
            {**e, "max_limit": max([e["max_limit"], *(o["max_limit"] for o in r["budgets"] if o["id"] == e["id"])])}
            for e in a["budgets"]
        ],
    },
    "PUT-02",
    "RESP-02",
    "BUD-04",
    "ROB-01",
    "RACE-03",
    "PUT-01",
)
_in_update(
    "RemovedRateLeavesRequests",
    "Removes only the tokens with an empty rate limit.",
    lambda r, b, a: (
        {
            **a,
            "rate_limit": {
                n: i
                for n, i in r["rate_limit"].items()
                if not n.startswith("token_m") and not n.startswith("token_reset")
            },
        }
        if b.get("rate_limit") == {} and "request_max_limit" in (r.get("rate_limit") or {})
        else a
    ),
    "PUT-04",
    "RESP-02",
    "PUT-01",
    "RATE-01",
)
_in_update(
    "UsersKeepBudgets",
    "Ignores budgets in updates of users.",
    lambda r, _b, a: {**a, "budgets": r["budgets"]} if r["scope"] == "user" else a,
    "PUT-02",
    "RESP-02",
    "BUD-02",
)
_in_update(
    "WildcardCannotChange",
    "Ignores updates of the model *.",
    lambda r, _b, a: {**r} if r["model_name"] == "*" else a,
    "PUT-01",
    "PUT-02",
    "RESP-02",
    "PUT-06",
    "BUD-02",
)
_in_update(
    "NameToWildcardIgnored",
    "Ignores a rename to *.",
    lambda r, b, a: {**a, "model_name": r["model_name"]} if b.get("model_name") == "*" else a,
    "RESP-02",
    "REQ-02",
)
_in_update(
    "EqualSecondLimit",
    "Gives a new budget the limit of the one it replaces in the list.",
    lambda r, _b, a: {
        **a,
        "budgets": [
            {**e, "max_limit": r["budgets"][i]["max_limit"]}
            if i < len(r["budgets"]) and e["id"] not in {o["id"] for o in r["budgets"]}
            else e
            for i, e in enumerate(a["budgets"])
        ],
    },
    "PUT-02",
    "RESP-02",
    "BUD-04",
    "ROB-01",
    "RACE-03",
    "PUT-03",
    "BUD-02",
)


@breaking("LIFE-04", "RESP-03", "LIFE-01")
class OldIdsFindTheNew(Ledger):
    """Answers the config that was created anew for the id of a deleted one."""

    def __init__(self) -> None:
        super().__init__()
        self.gone: dict[str, Any] = {}

    def drop(self, row: Row) -> None:
        self.gone[row["id"]] = self.identity(row)
        super().drop(row)

    def row(self, config_id: str) -> Row:
        found = [r for r in self.rows.values() if self.identity(r) == self.gone.get(config_id, "")]
        return found[0] if found and config_id not in self.rows else super().row(config_id)


@breaking("LIST-03", "LIST-01")
class ScopedHideGlobal(Ledger):
    """Leaves a global config out of a filtered list where one of a scope has its name."""

    def matches(self, row: Row, query: Any) -> bool:
        names = {r["model_name"] for r in self.rows.values() if r["scope"] != "global"}
        return super().matches(row, query) and not (
            query.get("provider") and row["scope"] == "global" and row["model_name"] in names
        )


@breaking("LIST-02", "LIST-01", "LIFE-01", "RESP-03", "LIST-03", "LIFE-02", "LIFE-05")
class ListedByName(Ledger):
    """Lists one config of each name and provider."""

    def ordered(self) -> Any:
        return iter({(r["model_name"], r.get("provider")): r for r in self.rows.values()}.values())


@breaking("IDN-01", "IDN-02", "PUT-07")
class HyphensAreUnderscores(Ledger):
    """Takes names that differ in hyphens and underscores for one identity."""

    def identity(self, row: Row) -> Any:
        return row["scope"], row.get("scope_id"), row["model_name"].replace("_", "-"), row.get("provider")


@breaking("IDN-02")
class ProvidersCutAtAHyphen(Ledger):
    """Compares providers up to their last hyphen."""

    def identity(self, row: Row) -> Any:
        return row["scope"], row.get("scope_id"), row["model_name"], str(row.get("provider")).rpartition("-")[0]


@breaking("RATE-02", "RATE-04")
class OneWindowForBoth(Ledger):
    """Takes the duration of tokens for requests that have none."""

    def check_rate(self, rate: Any) -> None:
        if isinstance(rate, dict) and "token_reset_duration" in rate:
            rate = {"request_reset_duration": rate["token_reset_duration"], **rate}
        super().check_rate(rate)


@breaking("BUD-01")
class ComparesWithIds(Ledger):
    """Compares durations together with the ids of budgets."""

    def check_distinct(self, budgets: list[Row], operation: str) -> None:
        super().check_distinct([{"reset_duration": (e["reset_duration"], e.get("id"))} for e in budgets], operation)


@breaking("AUTH-01", "AUTH-06")
class OpenPages(Ledger):
    """Lets everybody see the pages behind the first."""

    def is_let_in(self, call: Call) -> bool:
        return super().is_let_in(call) or (call.operation == "list" and call.query.get("offset", "0") != "0")


@breaking("LIST-02", "LIST-01")
class LargeOffsetsAreSmall(Ledger):
    """Cuts offsets at eight."""

    def count(self, call: Call, name: str, default: int) -> int:
        number = super().count(call, name, default)
        return min(number, 8) if name == "offset" else number


@breaking("LIFE-05", "RESP-02", "RESP-04", "PUT-01", "LIST-03")
class ListedAsUpdated(Ledger):
    """Shows in the list that all configs of a target were updated with the last of them."""

    def update(self, call: Call) -> Reply:
        reply = super().update(call)
        self.last = reply.config
        return reply

    def listed(self, call: Call) -> Reply:
        last: Row = getattr(self, "last", {})
        return (
            super()
            .listed(call)
            .with_configs(
                lambda c: (
                    {**c, "updated_at": last["updated_at"]}
                    if last.get("scope_id") and c.get("scope_id") == last["scope_id"]
                    else c
                )
            )
        )
