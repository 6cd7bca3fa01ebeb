"""Ledgers that mix simultaneous requests up: reads, scoped creates, and writes in two steps."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import replace
from typing import Any

from tests.cast.careless.registry import breaking
from tests.cast.independent import Ledger, Refused, Row
from tests.cast.wire import Call, Reply

_MOMENT = 0.003
"""Seconds between two steps that should be one."""


class _Unlocked(Ledger):
    def __init__(self) -> None:
        super().__init__()
        self.lock: Any = nullcontext()


@breaking("RESP-02", "RACE-02", "RESP-03", "LIFE-01")
class GetsShareAVariable(Ledger):
    """Keeps the id of a get where simultaneous gets find it."""

    asked = ""

    def get(self, call: Call) -> Reply:
        self.row(call.config_id)
        self.asked = call.config_id
        time.sleep(_MOMENT)
        return super().get(call.on_config("GET", self.asked))


@breaking("LIST-03", "LIST-01", "LIST-02", "RACE-02", "RESP-02")
class ListsShareAFilter(Ledger):
    """Keeps the filters of a list where simultaneous lists find them."""

    asked: Any = None

    def listed(self, call: Call) -> Reply:
        self.asked = call.query
        time.sleep(_MOMENT)
        return super().listed(replace(call, query=self.asked))


@breaking("REQ-09")
class ListsFailBesideCreates(Ledger):
    """Answers 500 to a list while a config is created, as one who reads a table that grows."""

    def listed(self, call: Call) -> Reply:
        before = len(self.rows)
        time.sleep(_MOMENT)
        if len(self.rows) > before:
            raise Refused(500, "dictionary changed size during iteration")
        return super().listed(call)


@breaking("RACE-02", "RACE-01", "LIFE-01", "LIST-01", "LIST-02")
class ListGrowsWithoutLock(Ledger):
    """Keeps the order of the list apart, and loses one of two simultaneous creates in it."""

    order: tuple[str, ...] = ()

    def create(self, call: Call) -> Reply:
        reply = super().create(call)
        order = self.order
        time.sleep(_MOMENT)
        self.order = (*order, reply.config["id"])
        return reply

    def ordered(self) -> Iterator[Row]:
        return iter([self.rows[key] for key in self.order if key in self.rows])


@breaking("RACE-01")
class ScopedCreatesCheckThenAct(_Unlocked):
    """Checks the identity of a scoped config, and stores it a moment later."""

    def require_free(self, row: Row, own_id: str | None) -> None:
        super().require_free(row, own_id)
        if own_id is None and row["scope"] != "global":
            time.sleep(_MOMENT)


@breaking("LIFE-04", "RACE-03", "RACE-05", "PUT-07")
class UpdatesRevive(_Unlocked):
    """Stores an update a moment later, also where the config was deleted meanwhile."""

    def require_free(self, row: Row, own_id: str | None) -> None:
        super().require_free(row, own_id)
        if own_id is not None:
            time.sleep(_MOMENT)


@breaking("RACE-05")
class UpdatesOverwriteEachOther(_Unlocked):
    """Stores what an update made of the config that it read a moment before, unless it was deleted meanwhile."""

    def changed(self, row: Row, body: Row) -> Row:
        changed = super().changed(row, body)
        time.sleep(_MOMENT)
        self.row(row["id"])
        return changed


@breaking("RACE-03")
class RateLimitsFollow(_Unlocked):
    """Stores the rate limit of an update a moment after the rest of it."""

    def keep(self, row: Row) -> None:
        held = self.rows.get(row["id"])
        if held is not None:
            rest = {name: item for name, item in row.items() if name != "rate_limit"}
            super().keep(rest | {name: held[name] for name in ("rate_limit",) if name in held})
            time.sleep(random.random() * 2 * _MOMENT)  # noqa: S311 - no secret
            rate = {name: row[name] for name in ("rate_limit",) if name in row}
            row = {name: item for name, item in self.rows[row["id"]].items() if name != "rate_limit"} | rate
        super().keep(row)


@breaking("LIFE-05", "RACE-03", "RACE-05", "PUT-07", "LIFE-04")
class UpdatesWriteTheTable(_Unlocked):
    """Reads all rows for an update, and writes them all a moment later."""

    def keep(self, row: Row) -> None:
        if row["id"] not in self.rows:
            super().keep(row)
            return
        rows = {**self.rows, row["id"]: row}
        time.sleep(_MOMENT)
        self.rows |= {key: item for key, item in rows.items() if key in self.rows}
