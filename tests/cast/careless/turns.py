"""Ledgers that are wrong only now and then."""

from __future__ import annotations

import itertools

from tests.cast.careless.registry import breaking
from tests.cast.independent import Ledger, Row
from tests.cast.wire import Call, Reply, refusal


class _Counting(Ledger):
    period = 3
    phase = 0

    def __init__(self) -> None:
        super().__init__()
        self.turns = itertools.count(1)

    def is_turn(self) -> bool:
        """Return whether it is the turn of what goes wrong."""
        return next(self.turns) % self.period == self.phase


@breaking("BUD-01", "PUT-08")
class EveryThirdCheckIsSkipped(_Counting):
    """Compares durations but for every third body."""

    def check_distinct(self, budgets: list[Row], operation: str) -> None:
        if len(budgets) > 1 and not self.is_turn():
            super().check_distinct(budgets, operation)


@breaking("RESP-02", "PUT-01", "PUT-02", "PUT-04", "PUT-06", "RACE-03", "PUT-03", "LIST-03")
class EveryFourthUpdateIsLost(_Counting):
    """Stores nothing with every fourth update."""

    period = 4

    def update(self, call: Call) -> Reply:
        held = self.rows.get(call.config_id)
        reply = super().update(call)
        if held and self.is_turn():
            self.rows[call.config_id] = held
        return reply


@breaking("LIFE-01", "LIFE-05", "LIST-01", "LIST-02", "IDN-02", "RESP-03", "LIST-03", "RACE-01", "RACE-02", "LIFE-02")
class EverySixthListLacksOne(_Counting):
    """Leaves the last config out of every sixth list."""

    period = 6

    def page(self, rows: list[Row], limit: int, offset: int) -> list[Row]:
        page = super().page(rows, limit, offset)
        return page[:-1] if self.is_turn() else page


@breaking("RESP-02", "LIFE-01", "RESP-03", "PUT-01", "LIFE-02")
class EveryTenthGetIsOfAnother(_Counting):
    """Answers every tenth get with the oldest config."""

    period = 10

    def get(self, call: Call) -> Reply:
        reply = super().get(call)
        return Reply(200, {"model_config": self.shown(next(iter(self.rows.values())))}) if self.is_turn() else reply


@breaking("AUTH-01", "AUTH-02", "AUTH-03", "AUTH-04", "AUTH-05", "AUTH-06")
class EveryFifthIsLetIn(_Counting):
    """Lets every fifth wrong key in."""

    period = 5

    def is_let_in(self, call: Call) -> bool:
        return super().is_let_in(call) or self.is_turn()


@breaking("REQ-09", "RESP-01", "LIFE-01")
class FailsFromThe300th(_Counting):
    """Answers 500 to every request from the 300th on."""

    period = 1

    def answer(self, call: Call) -> Reply:
        self.sent = getattr(self, "sent", 0) + 1
        return refusal(500) if self.sent >= 300 and call.operation == "create" else super().answer(call)
