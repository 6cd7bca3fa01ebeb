"""Ledgers whose filtered views, clocks and counts are not those of their rows."""

from __future__ import annotations

from datetime import datetime, timedelta

from tests.cast.careless.registry import breaking
from tests.cast.independent import Ledger, Row
from tests.cast.wire import Call, Reply


@breaking("RESP-02", "LIFE-05", "PUT-01", "PUT-02", "LIST-03")
class FilteredListsShowTheOldBody(Ledger):
    """Shows a config in a filtered list as it was before its last update."""

    def __init__(self) -> None:
        super().__init__()
        self.before: dict[str, Row] = {}

    def update(self, call: Call) -> Reply:
        held = self.rows.get(call.config_id)
        reply = super().update(call)
        if held:
            self.before[call.config_id] = held
        return reply

    def listed(self, call: Call) -> Reply:
        reply = super().listed(call)
        if not {"search", "scope", "provider"} & call.query.keys():
            return reply
        return reply.with_configs(lambda config: self.shown(self.before.get(config["id"], self.rows[config["id"]])))


class _Abroad(Ledger):
    offset = "+02:00"

    def changed(self, row: Row, body: Row) -> Row:
        changed = super().changed(row, body)
        return {**changed, "updated_at": changed["updated_at"].replace("+00:00", self.offset)}


@breaking("RESP-04", "PUT-06", "RESP-06")
class UpdatesInTheEast(_Abroad):
    """Gives the hour of Greenwich the zone of Cairo when it updates."""


@breaking("RESP-04", "RESP-06", "PUT-06")
class UpdatesInTheWest(_Abroad):
    """Gives the hour of Greenwich the zone of New York when it updates."""

    offset = "-05:00"


@breaking("LIST-01", needs="thorough")
class CountsToAHundred(Ledger):
    """Counts no more than a hundred configs."""

    def total(self, matching: list[Row], page: list[Row]) -> int:
        return min(100, super().total(matching, page))


@breaking("LIST-01", "LIST-02")
class CountsToTwenty(Ledger):
    """Counts no more than twenty configs, and pages through all."""

    def total(self, matching: list[Row], page: list[Row]) -> int:
        return min(20, super().total(matching, page))


@breaking("LIST-03", "LIST-01", "LIST-02")
class FilterIsForgottenBehindThePage(Ledger):
    """Filters the first page alone."""

    def matches(self, row: Row, query: Row) -> bool:
        return super().matches(row, query) if query.get("offset", "0") == "0" else True


@breaking("PUT-06", "RESP-06")
class UpdatesWithAFastClock(Ledger):
    """Updates on a node whose clock is ten minutes fast."""

    def moved_on(self, row: Row) -> str:
        fast = (datetime.fromisoformat(self.now()) + timedelta(minutes=10)).isoformat()
        return max(fast, (datetime.fromisoformat(row["updated_at"]) + timedelta(microseconds=1)).isoformat())
