"""Ledgers that change a figure, a text or an instant on its way in, or in one of the views."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from typing import Any

from tests.cast.careless.registry import breaking
from tests.cast.independent import Ledger, Row
from tests.cast.wire import Call, Reply

_ECHO = ("RESP-02", "BUD-04", "ROB-01", "PUT-02", "RACE-03", "BUD-02", "LIST-03", "IDN-02", "LIFE-01", "PUT-07")
Change = Callable[[str], str]


def _text(name: str, description: str, member: str, change: Change, *, of: str = "made changed") -> None:
    """Take a ledger into the cast that changes a text of a body on create, on update, or on both."""

    def over(method: str) -> Any:
        def stored(self: Ledger, *arguments: Any) -> Row:
            *before, body = arguments
            text = body.get(member)
            body = {**body, member: change(text) or text} if text else body
            row: Row = getattr(Ledger, method)(self, *before, body)
            return row

        return stored

    breaking(*_ECHO, "IDN-01", "PUT-01")(
        type(name, (Ledger,), {"__doc__": description, **{method: over(method) for method in of.split()}})
    )


_text("RenamesFoldLetters", "Folds compatibility letters of names in updates.", "model_name",
      lambda text: unicodedata.normalize("NFKC", text), of="changed")  # fmt: skip
_text("JoinersAreCut", "Cuts zero-width characters out of names.", "model_name",
      lambda text: re.sub("[\u200b-\u200d\u2060\ufe0f]", "", text))  # fmt: skip
_text("LineBreaksAreOne", "Makes one line break of carriage return and line feed.", "model_name",
      lambda text: text.replace("\r\n", "\n"))  # fmt: skip
_text("BlanksAreOne", "Makes one blank of several.", "model_name", lambda text: re.sub(" {2,}", " ", text))
_text("ProvidersAreTrimmed", "Removes white space around providers in updates.", "provider", str.strip, of="changed")


def _absent(name: str, description: str, words: tuple[str, ...]) -> None:
    """Take a ledger into the cast that takes words in the place of a provider for none."""

    def made(self: Ledger, body: Row) -> Row:
        is_none = str(body.get("provider")).lower() in words
        return Ledger.made(self, {**body, "provider": None} if is_none else body)

    breaking(*_ECHO, "IDN-01", "REQ-04")(type(name, (Ledger,), {"__doc__": description, "made": made}))


_absent("AsteriskIsNoProvider", "Takes the provider * for none.", ("*",))
_absent("WordsAreNoProvider", "Takes the providers null, none and all for none.", ("null", "none", "all"))


class _Budgets(Ledger):
    def budget(self, entry: Row, old: Row) -> Row:
        return self.stored(super().budget(entry, old), old)

    def stored(self, made: Row, old: Row) -> Row:  # noqa: ARG002 - some look at it
        """Return a budget as it is stored, which continues `old`."""
        return made


@breaking(*_ECHO)
class EightDecimals(_Budgets):
    """Rounds limits to eight decimals."""

    def stored(self, made: Row, old: Row) -> Row:  # noqa: ARG002
        return {**made, "max_limit": round(made["max_limit"], 8)}


@breaking(*_ECHO)
class CentsOfThoseThatStay(_Budgets):
    """Rounds the limits of budgets that stay to cents."""

    def stored(self, made: Row, old: Row) -> Row:
        return {**made, "max_limit": round(made["max_limit"], 2)} if old else made


@breaking(*_ECHO)
class DurationsOf31Bits(_Budgets):
    """Cuts durations at 2147483647 of their unit."""

    def stored(self, made: Row, old: Row) -> Row:  # noqa: ARG002
        text = made["reset_duration"]
        is_long = len(text) > 11 or int(text[:-1]) > 2**31 - 1
        return {**made, "reset_duration": f"{2**31 - 1}{text[-1]}"} if is_long else made


@breaking("PUT-03", "PUT-06")
class RaisedLimitsStartAnew(_Budgets):
    """Moves last_reset of a budget that stays with a greater limit."""

    def stored(self, made: Row, old: Row) -> Row:
        return {**made, "last_reset": made["updated_at"]} if old and made["max_limit"] > old["max_limit"] else made


@breaking("PUT-03", "RESP-04")
class UnchangedAreCreatedAnew(_Budgets):
    """Moves created_at of a budget that stays as it was."""

    def stored(self, made: Row, old: Row) -> Row:
        is_same = all(made.get(name) == old.get(name) for name in ("max_limit", "reset_duration"))
        return {**made, "created_at": made["updated_at"]} if is_same else made


@breaking("PUT-03", "PUT-01", "LIFE-02", "RACE-05")
class RenamesStartAnew(Ledger):
    """Moves last_reset of all budgets with a rename."""

    def changed(self, row: Row, body: Row) -> Row:
        changed = super().changed(row, body)
        if changed["model_name"] == row["model_name"]:
            return changed
        return {**changed, "budgets": [{**e, "last_reset": changed["updated_at"]} for e in changed["budgets"]]}


class _Lists(Ledger):
    def listed(self, call: Call) -> Reply:
        return super().listed(call).with_configs(self.in_list)

    def in_list(self, config: Row) -> Row:
        """Return a config as the list shows it."""
        return config


@breaking("RESP-02", "BUD-04", "ROB-01", "LIFE-05", "PUT-02")
class FifteenDigitsInLists(_Lists):
    """Shows limits in the list with fifteen digits."""

    def in_list(self, config: Row) -> Row:
        return {**config, "budgets": [{**e, "max_limit": float(f"{e['max_limit']:.15g}")} for e in config["budgets"]]}


@breaking("RESP-04", "RESP-01", "RESP-02", "BUD-08", "BUD-09")
class ZonesWithoutColonInLists(_Lists):
    """Writes the zone of last_reset as +0000 in the list."""

    def in_list(self, config: Row) -> Row:
        shown = [{**e, "last_reset": e["last_reset"].replace("+00:00", "+0000")} for e in config["budgets"]]
        return {**config, "budgets": shown}


@breaking("RESP-02", "RESP-01")
class NoProviderIsEmptyInLists(_Lists):
    """Shows no provider as an empty one in the list."""

    def in_list(self, config: Row) -> Row:
        return {"provider": "", **config}


@breaking("BUD-09", "RESP-02")
class OldMirrorInLists(_Lists):
    """Shows in the list the budget that a config had first."""

    def __init__(self) -> None:
        super().__init__()
        self.first: dict[str, Row] = {}

    def in_list(self, config: Row) -> Row:
        if not config["budgets"]:
            return config
        return {**config, "budget": self.first.setdefault(config["id"], config["budgets"][0])}


@breaking("BUD-09")
class MirrorIsTheSmallest(Ledger):
    """Shows the budget with the smallest limit for the first."""

    def shown(self, row: Row) -> Row:
        shown = super().shown(row)
        return {**shown, "budget": min(row["budgets"], key=lambda e: e["max_limit"])} if row["budgets"] else shown


@breaking("BUD-09", "PUT-02", "RESP-02")
class MirrorOutlivesBudgets(Ledger):
    """Shows the first budget also after an update has removed all."""

    def changed(self, row: Row, body: Row) -> Row:
        changed = super().changed(row, body)
        return {**changed, "budget": row["budgets"][0]} if row["budgets"] and not changed["budgets"] else changed


@breaking("RATE-01", "RESP-01", "RESP-02", "PUT-04", "PUT-01")
class UnsetMetricsAreZero(Ledger):
    """Shows a metric that is not set as 0 over an empty window."""

    def shown(self, row: Row) -> Row:
        shown, rate = super().shown(row), row.get("rate_limit")
        zero = {"token_max_limit": 0, "token_reset_duration": "", "request_max_limit": 0, "request_reset_duration": ""}
        return {**shown, "rate_limit": {**zero, **rate}} if rate else shown


@breaking("RESP-04", "RESP-01", "PUT-01")
class UpdatedRatesHaveNoZone(Ledger):
    """Shows no zone in request_last_reset once a config was updated."""

    def shown(self, row: Row) -> Row:
        shown, rate = super().shown(row), row.get("rate_limit")
        if not rate or row["updated_at"] == row["created_at"]:
            return shown
        return {
            **shown,
            "rate_limit": {**rate, "request_last_reset": rate["request_last_reset"].removesuffix("+00:00")},
        }
