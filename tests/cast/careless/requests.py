"""Ledgers that take bodies which they should refuse, or change what they take."""

from __future__ import annotations

import json
from typing import Any

from tests.cast.careless.registry import breaking
from tests.cast.independent import Ledger, Refused, Row
from tests.cast.wire import Call, Reply


@breaking("REQ-01")
class BlankNames(Ledger):
    """Takes names of white space."""

    def check_name(self, body: Row, operation: str) -> None:
        name = body.get("model_name")
        super().check_name({"model_name": "x"} if isinstance(name, str) and name else body, operation)


@breaking("REQ-02", "RESP-01")
class NoWildcard(Ledger):
    """Refuses the name *."""

    def check_name(self, body: Row, operation: str) -> None:
        super().check_name(body, operation)
        if body.get("model_name") == "*":
            raise Refused(400, "no such model")


@breaking("REQ-03")
class CaselessScope(Ledger):
    """Takes scopes in capitals."""

    def read(self, call: Call) -> Row:
        body = super().read(call)
        return {**body, "scope": body["scope"].lower()} if isinstance(body.get("scope"), str) else body


@breaking("REQ-03", "REQ-04")
class EmptyScopeIsGlobal(Ledger):
    """Takes an empty scope for global."""

    def read(self, call: Call) -> Row:
        body = super().read(call)
        return {name: item for name, item in body.items() if name != "scope" or item != ""}


@breaking("REQ-03", "REQ-05", "REQ-06", "IDN-02", "LIST-03", "RESP-01")
class NoUserScope(Ledger):
    """Refuses the scope user, as the open-source edition does."""

    def check_scope(self, body: Row) -> None:
        super().check_scope(body)
        if body.get("scope") == "user":
            raise Refused(400, "the scope user is not supported")


@breaking("REQ-05")
class UserNeedsNoTarget(Ledger):
    """Takes the scope user without a target."""

    def check_scope(self, body: Row) -> None:
        super().check_scope({**body, "scope_id": body.get("scope_id") or "x"} if body.get("scope") == "user" else body)

    def made(self, body: Row) -> Row:
        return super().made({"scope_id": None, **body})


@breaking("REQ-06")
class AnyVirtualKey(Ledger):
    """Takes virtual keys that do not exist."""

    def check_scope(self, body: Row) -> None:
        is_key = body.get("scope") == "virtual_key" and isinstance(body.get("scope_id"), str) and body["scope_id"]
        super().check_scope({**body, "scope_id": "vk-one"} if is_key else body)


@breaking("REQ-07")
class NumbersAsText(Ledger):
    """Takes limits as text."""

    def check_budget(self, entry: Any) -> None:
        is_text = isinstance(entry, dict) and _is_numeral(entry.get("max_limit"))
        super().check_budget({**entry, "max_limit": float(entry["max_limit"])} if is_text else entry)

    def budget(self, entry: Row, old: Row) -> Row:
        limit = entry["max_limit"]
        return super().budget({**entry, "max_limit": float(limit) if isinstance(limit, str) else limit}, old)


@breaking("REQ-07")
class TrueIsOne(Ledger):
    """Takes true for a limit of 1."""

    def check_budget(self, entry: Any) -> None:
        is_true = isinstance(entry, dict) and entry.get("max_limit") is True
        super().check_budget({**entry, "max_limit": 1} if is_true else entry)

    def budget(self, entry: Row, old: Row) -> Row:
        return super().budget({**entry, "max_limit": entry["max_limit"] + 0}, old)


@breaking("REQ-07")
class OneBudgetAsObject(Ledger):
    """Takes a budget that stands in no array."""

    def read(self, call: Call) -> Row:
        body = super().read(call)
        return {**body, "budgets": [body["budgets"]]} if isinstance(body.get("budgets"), dict) else body


@breaking("REQ-07", "REQ-01")
class NumberAsName(Ledger):
    """Takes a number for a name."""

    def read(self, call: Call) -> Row:
        body = super().read(call)
        return {**body, "model_name": str(body["model_name"])} if type(body.get("model_name")) is int else body


@breaking("REQ-08")
class FirstOfAnArray(Ledger):
    """Takes an array of one object for the object."""

    def read(self, call: Call) -> Row:
        value = call.json
        return super().read(call.sending(value[0]) if isinstance(value, list) and value else call)


@breaking("REQ-08")
class EmptyBodyIsAnObject(Ledger):
    """Takes an empty body of an update for an empty object."""

    def read(self, call: Call) -> Row:
        return {} if not call.body.strip() and call.method == "PUT" else super().read(call)


@breaking("REQ-08")
class FirstJsonOfTheBody(Ledger):
    """Reads the first JSON value of a body and ignores what follows, as a stream decoder does."""

    def read(self, call: Call) -> Row:
        try:
            value, _ = json.JSONDecoder().raw_decode(call.body.decode().lstrip())
        except (ValueError, RecursionError):
            return super().read(call)
        return super().read(call.sending(value)) if _is_plain(value) else super().read(call)


@breaking("LIFE-02")
class StoresThenChecks(Ledger):
    """Changes the name before it has checked the budgets of an update."""

    def update(self, call: Call) -> Reply:
        body = call.json
        name = body.get("model_name") if isinstance(body, dict) else None
        if call.config_id in self.rows and isinstance(name, str) and name.strip():
            renamed = {**self.rows[call.config_id], "model_name": name}
            self.require_free(renamed, call.config_id)
            self.keep(renamed)
        return super().update(call)


@breaking("LIFE-02")
class StoresWhatTheRateLimitSpoils(Ledger):
    """Stores a create whose rate limit it refuses."""

    def check_rate(self, rate: Any) -> None:
        self.spoilt = rate
        super().check_rate(rate)

    def create(self, call: Call) -> Reply:
        try:
            return super().create(call)
        except Refused:
            body = call.json
            if isinstance(body, dict) and isinstance(body.get("rate_limit"), dict) and _passes(self, body):
                self.keep(self.made({name: item for name, item in body.items() if name != "rate_limit"}))
            raise


def _is_numeral(value: Any) -> bool:
    return isinstance(value, str) and value.replace(".", "", 1).isdigit() and value.isascii()


def _is_plain(value: Any) -> bool:
    return isinstance(value, dict) and "NaN" not in json.dumps(value) and "Infinity" not in json.dumps(value)


def _passes(held: Ledger, body: Row) -> bool:
    rest = {name: item for name, item in body.items() if name != "rate_limit"}
    try:
        held.check(rest, "create")
        held.require_free(held.made(rest), None)
    except Refused:
        return False
    return True


@breaking("REQ-09", "REQ-03")
class NullScopeFails(Ledger):
    """Fails where the scope is null."""

    def check_scope(self, body: Row) -> None:
        if body.get("scope", "") is None:
            raise Refused(500, "the scope has no attribute 'lower'")
        super().check_scope(body)
