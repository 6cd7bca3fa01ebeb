"""Ledgers that are wrong only in certain surroundings."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.cast.careless.registry import breaking
from tests.cast.independent import Ledger, Refused, Row

Test = Callable[[Row], Any]
_RULES: dict[str, tuple[str, ...]] = {
    "check_distinct": ("BUD-01",),
    "check_rate": ("RATE-02", "RATE-03", "RATE-04", "REQ-07", "ROB-01"),
    "check_budget": ("BUD-03", "BUD-05", "BUD-06", "REQ-07", "ROB-01"),
}


def _lax(name: str, where: str, check: str, test: Test) -> None:
    """Take a ledger into the cast that leaves a check out where `test` holds for the body."""

    def judge(self: Any, body: Row, operation: str) -> None:
        self.is_lax = operation == "create" and bool(test(body))
        try:
            Ledger.check(self, body, operation)
        finally:
            self.is_lax = False

    def checked(self: Any, *arguments: Any) -> None:
        if not getattr(self, "is_lax", False):
            getattr(Ledger, check)(self, *arguments)

    def made(self: Any, body: Row) -> Row:
        try:
            return Ledger.made(self, body)
        except (AttributeError, KeyError, TypeError):
            return Ledger.made(self, {n: i for n, i in body.items() if n not in ("budgets", "rate_limit")})

    members = {"__doc__": f"Leaves {check} out {where}.", "check": judge, check: checked, "made": made}
    breaking(*_RULES[check], "RESP-01", "RESP-02", "REQ-09")(type(name, (Ledger,), members))


def _name(body: Row) -> str:
    return str(body.get("model_name") or "")


def _lines(body: Row) -> int:
    budgets = body.get("budgets")
    return len(budgets) if isinstance(budgets, list) else 0


_lax("SlashesSkipDistinct", "for names with a slash", "check_distinct", lambda b: "/" in _name(b))
_lax("PercentSkipsDistinct", "for names with a percent sign", "check_distinct", lambda b: "%" in _name(b))
_lax("BlanksSkipDistinct", "for names with a blank", "check_distinct", lambda b: " " in _name(b))
_lax("LongNamesSkipDistinct", "for names beyond 64 characters", "check_distinct", lambda b: len(_name(b)) > 64)
_lax("UserSkipsRate", "for users", "check_rate", lambda b: b.get("scope") == "user")
_lax("KeySkipsRate", "for virtual keys", "check_rate", lambda b: b.get("scope") == "virtual_key")
_lax("KeySkipsBudget", "for virtual keys", "check_budget", lambda b: b.get("scope") == "virtual_key")
_lax("UserSkipsBudget", "for users", "check_budget", lambda b: b.get("scope") == "user")
_lax("NoBudgetsSkipRate", "where there are no budgets", "check_rate", lambda b: not _lines(b))
_lax("NoProviderSkipsRate", "where there is no provider", "check_rate", lambda b: not b.get("provider"))
_lax("NonAsciiSkipsRate", "for names beyond ASCII", "check_rate", lambda b: not _name(b).isascii())
_lax("RateSkipsBudget", "where there is a rate limit", "check_budget", lambda b: b.get("rate_limit"))
_lax("NoRateSkipsBudget", "where there is no rate limit", "check_budget", lambda b: not b.get("rate_limit"))
_lax("ProviderSkipsBudget", "where there is a provider", "check_budget", lambda b: b.get("provider"))


def _exactly(number: int) -> Test:
    return lambda body: _lines(body) == number


for _number in (2, 3, 4, 5, 6, 8):
    _lax(f"Exactly{_number}SkipDistinct", f"with {_number} budgets", "check_distinct", _exactly(_number))
_lax("TenSkipDistinct", "with ten budgets and more", "check_distinct", lambda b: _lines(b) >= 10)
_lax("EightSkipDistinct", "with eight budgets and more", "check_distinct", lambda b: _lines(b) >= 8)


class _Shown(Ledger):
    test: Test
    change: Callable[[Row], Row]

    def shown(self, row: Row) -> Row:
        return super().shown(type(self).change(row) if type(self).test(row) else row)


def _loses(name: str, description: str, test: Test, change: Callable[[Row], Row]) -> None:
    members = {"__doc__": description, "test": staticmethod(test), "change": staticmethod(change)}
    rules = ("RESP-02", "BUD-02", "BUD-04", "BUD-06", "RATE-01", "RATE-06", "PUT-01", "PUT-02", "PUT-04", "IDN-02")
    breaking(*rules, "LIST-03", "REQ-05", "RESP-01", "ROB-01", "REQ-02", "PUT-03", "PUT-05")(
        type(name, (_Shown,), members)
    )


def _no_rate(row: Row) -> Row:
    return {name: item for name, item in row.items() if name != "rate_limit"}


def _no_budgets(row: Row) -> Row:
    return {**row, "budgets": []}


def _no_provider(row: Row) -> Row:
    return {name: item for name, item in row.items() if name != "provider"}


def _first_limit(row: Row) -> Row:
    return {**row, "budgets": [{**entry, "max_limit": row["budgets"][0]["max_limit"]} for entry in row["budgets"]]}


_loses("UserLosesRate", "Loses the rate limit of users.", lambda r: r["scope"] == "user", _no_rate)
_loses("UserLosesProvider", "Loses the provider of users.", lambda r: r["scope"] == "user", _no_provider)
_loses("KeyLosesBudgets", "Loses the budgets of virtual keys.", lambda r: r["scope"] == "virtual_key", _no_budgets)
_loses("KeyLosesProvider", "Loses the provider of virtual keys.", lambda r: r["scope"] == "virtual_key", _no_provider)
_loses("WildcardLosesBudgets", "Loses the budgets of *.", lambda r: r["model_name"] == "*", _no_budgets)
_loses("WildcardLosesProvider", "Loses the provider of *.", lambda r: r["model_name"] == "*", _no_provider)
_loses("NoBudgetsNoRate", "Loses a rate limit without budgets.", lambda r: not r["budgets"], _no_rate)
_loses("NoProviderNoBudgets", "Loses budgets without a provider.", lambda r: not r.get("provider"), _no_budgets)
_loses("NoProviderNoRate", "Loses a rate limit without a provider.", lambda r: not r.get("provider"), _no_rate)
_loses(
    "NonAsciiLosesRate",
    "Loses the rate limit of names beyond ASCII.",
    lambda r: not r["model_name"].isascii(),
    _no_rate,
)
_loses(
    "NonAsciiLosesBudgets",
    "Loses the budgets of names beyond ASCII.",
    lambda r: not r["model_name"].isascii(),
    _no_budgets,
)
_loses(
    "SlashLosesProvider", "Loses the provider of names with a slash.", lambda r: "/" in r["model_name"], _no_provider
)
_loses("SlashLosesBudgets", "Loses the budgets of names with a slash.", lambda r: "/" in r["model_name"], _no_budgets)
_loses("LongLosesBudgets", "Loses the budgets of names beyond 128.", lambda r: len(r["model_name"]) > 128, _no_budgets)
_loses(
    "ThreeShareALimit",
    "Shows the first limit for exactly three budgets.",
    lambda r: len(r["budgets"]) == 3,
    _first_limit,
)
_loses(
    "FourLoseOne",
    "Loses one of exactly four.",
    lambda r: len(r["budgets"]) == 4,
    lambda r: {**r, "budgets": r["budgets"][1:]},
)
_loses(
    "FiveLoseOne",
    "Loses one of exactly five.",
    lambda r: len(r["budgets"]) == 5,
    lambda r: {**r, "budgets": r["budgets"][1:]},
)
_loses(
    "SixLoseOne",
    "Loses one of exactly six.",
    lambda r: len(r["budgets"]) == 6,
    lambda r: {**r, "budgets": r["budgets"][1:]},
)
_loses(
    "EightLoseOne",
    "Loses one of eight and more.",
    lambda r: len(r["budgets"]) >= 8,
    lambda r: {**r, "budgets": r["budgets"][1:]},
)
_loses(
    "TenLoseOne",
    "Loses one of ten and more.",
    lambda r: len(r["budgets"]) >= 10,
    lambda r: {**r, "budgets": r["budgets"][1:]},
)


@breaking("RESP-02", "PUT-01", "PUT-02", "PUT-04", "IDN-02", "REQ-05", "BUD-02", "RESP-01")
class UserUpdatesAreRefused(Ledger):
    """Refuses every update of a config of a user."""

    def changed(self, row: Row, body: Row) -> Row:
        if row["scope"] == "user":
            raise Refused(400, "not for users")
        return super().changed(row, body)


@breaking("RESP-02", "PUT-01", "PUT-02", "PUT-04", "PUT-05", "IDN-02", "RESP-01")
class KeyUpdatesLoseTheTarget(Ledger):
    """Loses the scope target of a virtual key with an update."""

    def changed(self, row: Row, body: Row) -> Row:
        changed = super().changed(row, body)
        return {**changed, "scope": "global", "scope_id": None} if row["scope"] == "virtual_key" else changed


@breaking("LIFE-04", "REQ-05", "RESP-01")
class UserDeletesAreLost(Ledger):
    """Answers 200 to the delete of a config of a user, and keeps it."""

    def drop(self, row: Row) -> None:
        if row["scope"] != "user":
            super().drop(row)


@breaking("LIFE-04")
class KeyIdentityStaysTaken(Ledger):
    """Keeps the identity of deleted configs of virtual keys taken."""

    def __init__(self) -> None:
        super().__init__()
        self.gone: list[Any] = []

    def drop(self, row: Row) -> None:
        super().drop(row)
        if row["scope"] == "virtual_key":
            self.gone.append(self.identity(row))

    def require_free(self, row: Row, own_id: str | None) -> None:
        super().require_free(row, own_id)
        if self.identity(row) in self.gone:
            raise Refused(409, "taken")
