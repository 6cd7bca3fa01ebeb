"""Ledgers that are wrong in a detail: of a text, a number, an identity, or only of updates or of what they change."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import unquote

from tests.cast.careless.registry import breaking
from tests.cast.independent import KEY, Ledger, Refused, Row
from tests.cast.wire import Call, Reply

_WINDOWS = ("BUD-06", "RATE-04")
_ECHO = ("RESP-02", "BUD-04", "ROB-01", "PUT-02", "RACE-03", "BUD-02", "RATE-06", "RATE-01", "PUT-04")


def _window(name: str, description: str, pattern: str) -> None:
    """Take a ledger into the cast that takes what fits a pattern for a duration too."""

    def is_duration(self: Ledger, value: Any) -> bool:
        return Ledger.is_duration(self, value) or (isinstance(value, str) and bool(re.search(pattern, value)))

    breaking(*_WINDOWS)(type(name, (Ledger,), {"__doc__": description, "is_duration": is_duration}))


_window("AnyLine", "Takes a text with a duration on any line.", r"(?m)^[1-9]\d*[smhdwMY]$")


def _update(name: str, description: str, test: Callable[[Row, Row], Any], *rules: str) -> None:
    """Take a ledger into the cast that checks neither budgets nor rate limit of an update where `test` holds."""

    def update(self: Any, call: Call) -> Reply:
        body, row = call.json, self.rows.get(call.config_id)
        self.is_lax = bool(row and isinstance(body, dict) and test(row, body))
        try:
            return Ledger.update(self, call)
        except (KeyError, TypeError, AttributeError):
            return Reply(200, {"message": "updated", "model_config": self.shown(row)})
        finally:
            self.is_lax = False

    def unless(method: str) -> Any:
        def checked(self: Any, *arguments: Any) -> None:
            if not getattr(self, "is_lax", False):
                getattr(Ledger, method)(self, *arguments)

        return checked

    checks = {check: unless(check) for check in ("check_budgets", "check_rate")}
    found = rules or ("BUD-01", "BUD-03", "BUD-05", "BUD-06", "RATE-02", "RATE-03", "RATE-04", "PUT-08", "REQ-07")
    breaking(*found, "RESP-01", "RESP-02", "REQ-09", "LIFE-02", "ROB-01")(
        type(name, (Ledger,), {"__doc__": description, "update": update, **checks})
    )


_update("UnlimitedAreNotChecked", "Checks no update of a config without budgets.", lambda row, _: not row["budgets"])
_update(
    "UnratedAreNotChecked", "Checks no update of a config without rate limit.", lambda row, _: not row.get("rate_limit")
)
_update("UsersAreNotChecked", "Checks no update of a config of a user.", lambda row, _: row["scope"] == "user")
_update(
    "KeysAreNotChecked", "Checks no update of a config of a virtual key.", lambda row, _: row["scope"] == "virtual_key"
)
_update("NamelessAreNotChecked", "Checks no update without a name.", lambda _, body: "model_name" not in body)
_update(
    "SameNameIsNotChecked",
    "Checks no update that leaves the name.",
    lambda row, body: body.get("model_name") in (None, row["model_name"]),
)
_update(
    "NoRateIsNotChecked", "Checks no update that removes the rate limit.", lambda _, body: body.get("rate_limit") == {}
)
_update(
    "IdsAreNotChecked",
    "Checks no budgets of an update that come with their ids.",
    lambda row, body: (
        {e["id"] for e in row["budgets"]} & {str(e.get("id")) for e in body.get("budgets") or () if isinstance(e, dict)}
        if isinstance(body.get("budgets"), list)
        else False
    ),
)


@breaking("BUD-03", "PUT-08")
class HalfABudgetWithAnId(Ledger):
    """Takes a budget with an id and no limit, which stays as it was."""

    def check_budget(self, entry: Any) -> None:
        known = {e["id"]: e for row in self.rows.values() for e in row["budgets"]}
        if isinstance(entry, dict) and isinstance(entry.get("id"), str) and entry["id"] in known:
            for name in ("max_limit", "reset_duration"):
                entry.setdefault(name, known[entry["id"]][name])
        super().check_budget(entry)


@breaking("PUT-03", "PUT-02", "RESP-02", "BUD-08")
class DurationBeforeId(Ledger):
    """Finds the budget that stays by its duration first, and by its id where there is none."""

    def partner(self, entry: Row, old: list[Row]) -> Row:
        by_duration = [each for each in old if entry["reset_duration"] == each["reset_duration"]]
        return next(iter(by_duration), {}) or super().partner(entry, old)


def _metric(name: str, description: str, test: Callable[[Row, str], Any]) -> None:
    """Take a ledger into the cast that does not check a metric where `test` holds."""

    def check_metric(self: Ledger, rate: Row, limit: str, duration: str) -> None:
        if not test(rate, limit):
            Ledger.check_metric(self, rate, limit, duration)

    def rate(self: Ledger, sent: Row | None, old: Row) -> Row:
        try:
            return Ledger.rate(self, sent, old)
        except (TypeError, ValueError):
            return {}

    rules = ("RATE-02", "RATE-03", "RATE-04", "REQ-07", "ROB-01", "RESP-01", "RESP-02", "REQ-09")
    breaking(*rules)(type(name, (Ledger,), {"__doc__": description, "check_metric": check_metric, "rate": rate}))


_metric(
    "RequestsBesideTokens", "Checks no requests beside tokens.", lambda r, n: n[0] == "r" and "token_max_limit" in r
)
_metric(
    "RequestsAlone", "Checks no requests that stand alone.", lambda r, n: n[0] == "r" and "token_max_limit" not in r
)
_metric(
    "TokensBesideRequests", "Checks no tokens beside requests.", lambda r, n: n[0] == "t" and "request_max_limit" in r
)
_metric("TokensAlone", "Checks no tokens that stand alone.", lambda r, n: n[0] == "t" and "request_max_limit" not in r)


def _target(name: str, description: str, test: Callable[[str], Any]) -> None:
    """Take a ledger into the cast that finds a virtual key where `test` holds for the id."""

    def check_scope(self: Ledger, body: Row) -> None:
        target = body.get("scope_id")
        is_lax = body.get("scope") == "virtual_key" and isinstance(target, str) and target and test(target)
        Ledger.check_scope(self, {**body, "scope_id": "vk-one"} if is_lax else body)

    breaking("REQ-06", "IDN-02")(type(name, (Ledger,), {"__doc__": description, "check_scope": check_scope}))


_target("KeysByPrefix", "Finds virtual keys by their beginning.", "vk-one".startswith)
_target("KeysWithASuffix", "Finds virtual keys with more behind them.", lambda key: key.startswith("vk-one"))


class _Storing(Ledger):
    """Stores a text in another form."""

    def made(self, body: Row) -> Row:
        return self.stored(super().made(body))

    def changed(self, row: Row, body: Row) -> Row:
        return self.stored(super().changed(row, body))

    def stored(self, row: Row) -> Row:
        """Return a row as it is stored."""
        return row


@breaking(*_ECHO, "RESP-01", "IDN-02", "REQ-04", "LIST-03", "RESP-03", "LIFE-01")
class NumeralsAreNumbers(_Storing):
    """Stores a provider that is a numeral without its zeros."""

    def stored(self, row: Row) -> Row:
        provider = row.get("provider", "")
        return {**row, "provider": provider.lstrip("0") or "0"} if re.fullmatch(r"\d+", provider) else row


@breaking(*_ECHO, "RESP-01", "IDN-02", "REQ-04", "LIST-03", "LIFE-01")
class NullIsNoText(_Storing):
    """Stores no provider that is the text null."""

    def stored(self, row: Row) -> Row:
        return {name: item for name, item in row.items() if (name, item) != ("provider", "null")}


def _limit(name: str, description: str, change: Callable[[Any], Any], *, of: str = "made changed") -> None:
    """Take a ledger into the cast that changes the limits of budgets on create, on update, or on both."""

    def over(method: str) -> Any:
        def stored(self: Ledger, *arguments: Any) -> Row:
            row: Row = getattr(Ledger, method)(self, *arguments)
            return {**row, "budgets": [{**e, "max_limit": change(e["max_limit"])} for e in row["budgets"]]}

        return stored

    breaking(*_ECHO)(type(name, (Ledger,), {"__doc__": description, **{each: over(each) for each in of.split()}}))


_limit("TinyBecomeZero", "Keeps limits below a millionth as the smallest one.", lambda n: max(n, 1e-6))
_limit("HugeAreCut", "Cuts limits at 10^18.", lambda n: min(n, 10**18))
_limit("UpdatesRoundToCents", "Rounds limits to cents in updates.", lambda n: round(n, 2), of="changed")
_limit("UpdatesInSingle", "Cuts limits of updates at nine digits.", lambda n: float(f"{n:.9g}"), of="changed")
_limit("ExponentsAreLost", "Reads 1e21 as 1, as parseInt does.", lambda n: int(str(float(n))[0]) if n >= 1e21 else n)


class _Rates(Ledger):
    def changed(self, row: Row, body: Row) -> Row:
        changed = super().changed(row, body)
        rate = changed.get("rate_limit")
        return {**changed, "rate_limit": {n: self.kept(i) for n, i in rate.items()}} if rate else changed

    def kept(self, value: Any) -> Any:
        """Return a value as an update keeps it."""
        return int(float(value)) if isinstance(value, int) else value


@breaking("RATE-06", "ROB-01", "RESP-02", "PUT-04")
class UpdatesInDoubles(_Rates):
    """Keeps rate limits of updates as doubles."""


@breaking("RATE-06", "ROB-01", "RESP-02", "PUT-04")
class UpdatesOf53Bits(_Rates):
    """Cuts rate limits of updates at 2^53."""

    def kept(self, value: Any) -> Any:
        return min(value, 2**53) if isinstance(value, int) else value


def _windows(name: str, description: str, units: str, *, of: str) -> None:
    """Take a ledger into the cast that refuses some units in updates of one member."""

    def changed(self: Ledger, row: Row, body: Row) -> Row:
        entries = body.get("budgets") or [] if of == "budgets" else [body.get("rate_limit") or {}]
        told = [str(text) for entry in entries for key, text in entry.items() if key.endswith("duration")]
        if any(text[-1] in units for text in told):
            raise Refused(400, "no such duration")
        return Ledger.changed(self, row, body)

    rules = ("RESP-01", "PUT-02", "PUT-04", "BUD-02", "RATE-01", "BUD-06", "RATE-04", "PUT-08")
    breaking(*rules)(type(name, (Ledger,), {"__doc__": description, "changed": changed}))


_windows("UpdatesWithoutYears", "Refuses budgets over years in updates.", "Y", of="budgets")
_windows("UpdatesWithoutSeconds", "Refuses budgets over seconds or minutes in updates.", "sm", of="budgets")
_windows("RatesWithoutWeeks", "Refuses rate limits over weeks and years in updates.", "wY", of="rate_limit")
_windows("RatesWithoutDays", "Refuses rate limits over days and seconds in updates.", "ds", of="rate_limit")


@breaking("BUD-02", "RESP-02", "BUD-04")
class TwelveAtMost(Ledger):
    """Keeps the first twelve budgets."""

    def budgets(self, entries: list[Row], old: list[Row]) -> list[Row]:
        return super().budgets(entries[:12], old)


@breaking("PUT-02", "RESP-02", "BUD-02", "ROB-01")
class UpdatesOfSix(Ledger):
    """Keeps the first six budgets of an update."""

    def budgets(self, entries: list[Row], old: list[Row]) -> list[Row]:
        return super().budgets(entries[:6] if old else entries, old)


@breaking("BUD-01", "PUT-08")
class ThirtyAreNotCompared(Ledger):
    """Compares the durations of up to thirty budgets."""

    def check_distinct(self, budgets: list[Row], operation: str) -> None:
        if len(budgets) <= 30:
            super().check_distinct(budgets, operation)


@breaking("IDN-01", "PUT-07")
class NullIsAnotherProvider(Ledger):
    """Takes a second config of one identity where one has the provider null and the other none."""

    def made(self, body: Row) -> Row:
        return {**super().made(body), "_null": "provider" in body and body["provider"] is None}

    def identity(self, row: Row) -> Any:
        return *super().identity(row), row.get("_null")

    def shown(self, row: Row) -> Row:
        return super().shown({name: item for name, item in row.items() if name != "_null"})


@breaking("IDN-01", "PUT-07")
class SpeltScopeIsAnother(Ledger):
    """Takes a second config of one identity where one says global and the other says nothing."""

    def made(self, body: Row) -> Row:
        return {**super().made(body), "_said": "scope" in body}

    def identity(self, row: Row) -> Any:
        return *super().identity(row), row.get("_said")

    def shown(self, row: Row) -> Row:
        return super().shown({name: item for name, item in row.items() if name != "_said"})


@breaking("IDN-01", "PUT-07")
class LimitedIsAnother(Ledger):
    """Takes a second config of one identity where one has a rate limit and the other none."""

    def identity(self, row: Row) -> Any:
        return *super().identity(row), "rate_limit" in row


@breaking("LIST-03")
class SearchesIds(Ledger):
    """Searches the ids too."""

    def matches(self, row: Row, query: Any) -> bool:
        rest = {**query, "search": ""}
        return super().matches(row, query) or (query.get("search", "-") in row["id"] and super().matches(row, rest))


@breaking("LIST-03")
class SearchesTargets(Ledger):
    """Searches the names of scope targets too."""

    def matches(self, row: Row, query: Any) -> bool:
        rest, found = {**query, "search": ""}, query.get("search", "-").lower()
        named = (str(row.get(name, "")).lower() for name in ("scope_id", "scope_name"))
        return super().matches(row, query) or (any(found in name for name in named) and super().matches(row, rest))


class _Query(Ledger):
    def listed(self, call: Call) -> Reply:
        query = {name: self.read_text(name, text) for name, text in call.query.items()}
        return super().listed(Call(call.method, call.path, query, call.headers, call.body))

    def read_text(self, name: str, text: str) -> str:  # noqa: ARG002 - faulty ones look at it
        """Return a parameter as the list takes it."""
        return text


@breaking("LIST-03", "LIST-01")
class QueryDecodedTwice(_Query):
    """Decodes a search twice."""

    def read_text(self, name: str, text: str) -> str:
        return unquote(text) if name == "search" else text


@breaking("LIST-03", "LIST-01", "LIST-02")
class UnknownScopeIsAll(_Query):
    """Lists all configs where the scope of the filter is unknown."""

    def read_text(self, name: str, text: str) -> str:
        return "" if name == "scope" and text not in ("global", "user", "virtual_key") else text


@breaking("LIST-03", "LIST-01")
class AsciiProviders(_Query):
    """Filters by the ASCII letters of a provider."""

    def read_text(self, name: str, text: str) -> str:
        return text.encode("ascii", "ignore").decode() if name == "provider" else text


@breaking("AUTH-02", "AUTH-03")
class SecondWordIsTheKey(Ledger):
    """Reads the second word of the header alone."""

    def is_let_in(self, call: Call) -> bool:
        words = call.headers.get("authorization", "").split()
        return words[:1] == ["Bearer"] and words[1:2] == [KEY]


@breaking("AUTH-02", "AUTH-03")
class LastWordIsTheKey(Ledger):
    """Reads the last word of the header alone."""

    def is_let_in(self, call: Call) -> bool:
        words = call.headers.get("authorization", "").split()
        return words[:1] == ["Bearer"] and words[-1] == KEY


@breaking("REQ-08", "REQ-09")
class LenientJson(Ledger):
    """Takes trailing commas and comments."""

    def read(self, call: Call) -> Row:
        text = re.sub(r"/\*.*?\*/", "", call.body.decode(errors="replace"))
        return super().read(
            Call(call.method, call.path, call.query, call.headers, re.sub(r",\s*}", "}", text).encode())
        )


@breaking("REQ-08", "REQ-07", "BUD-04", "RESP-01", "RESP-02", "REQ-09", "BUD-05", "ROB-01")
class NanIsOne(Ledger):
    """Reads NaN and Infinity as 1."""

    def read(self, call: Call) -> Row:
        text = call.body.decode(errors="replace").replace("NaN", "1").replace("Infinity", "1")
        return super().read(Call(call.method, call.path, call.query, call.headers, text.encode()))


@breaking("RESP-02", "LIFE-05", "LIFE-02", "RESP-04")
class ListRoundsInstants(Ledger):
    """Rounds instants to milliseconds in the list, and cuts them in get."""

    def listed(self, call: Call) -> Reply:
        def rounded(config: Row) -> Row:
            moment = datetime.fromisoformat(config["updated_at"]) + timedelta(microseconds=500)
            return {**config, "updated_at": moment.isoformat(timespec="milliseconds")}

        return super().listed(call).with_configs(rounded)

    def get(self, call: Call) -> Reply:
        def cut(config: Row) -> Row:
            moment = datetime.fromisoformat(config["updated_at"])
            return {**config, "updated_at": moment.isoformat(timespec="milliseconds")}

        return super().get(call).with_configs(cut)


@breaking("RESP-02", "LIFE-05", "LIFE-02", "PUT-01", "PUT-06")
class GetTouches(Ledger):
    """Moves updated_at with every get."""

    def get(self, call: Call) -> Reply:
        reply = super().get(call)
        row = self.rows[call.config_id]
        self.rows[call.config_id] = {**row, "updated_at": self.moved_on(row)}
        return reply


@breaking("RESP-01", "BUD-04", "RESP-02", "ROB-01")
class WholeDollarsAsFloatsFail(Ledger):
    """Refuses a limit that is written 14.0."""

    def check_budget(self, entry: Any) -> None:
        super().check_budget(entry)
        if isinstance(entry["max_limit"], float) and entry["max_limit"].is_integer() and entry["max_limit"] < 1e6:
            raise Refused(400, "max_limit must be a number")


@breaking("BUD-02")
class FortyOrRefused(Ledger):
    """Refuses more than forty budgets."""

    def check_budgets(self, budgets: Any, operation: str) -> None:
        if isinstance(budgets, list) and len(budgets) > 40:
            raise Refused(400, "too many budgets")
        super().check_budgets(budgets, operation)
