"""Ledgers that judge or keep budgets and rate limits wrongly."""

from __future__ import annotations

import itertools
import struct
from typing import Any

from tests.cast.careless.registry import breaking
from tests.cast.independent import Ledger, Refused, Row


@breaking("BUD-01", "PUT-08")
class UpdateTakesEqualDurations(Ledger):
    """Checks durations on create alone."""

    def check_distinct(self, budgets: list[Row], operation: str) -> None:
        if operation == "create":
            super().check_distinct(budgets, operation)


@breaking("BUD-01")
class EqualBudgetsAreOne(Ledger):
    """Takes budgets that are wholly equal, and keeps one of them."""

    def check_distinct(self, budgets: list[Row], operation: str) -> None:
        super().check_distinct([e for i, e in enumerate(budgets) if e not in budgets[:i]], operation)


@breaking("BUD-01")
class OnlyNeighboursAreCompared(Ledger):
    """Compares each duration only with the one before."""

    def check_distinct(self, budgets: list[Row], operation: str) -> None:
        for pair in itertools.pairwise(budgets):
            super().check_distinct(list(pair), operation)


@breaking("BUD-01")
class TheLastIsNotCompared(Ledger):
    """Compares all durations but the last of more than three."""

    def check_distinct(self, budgets: list[Row], operation: str) -> None:
        super().check_distinct(budgets[:-1] if len(budgets) > 3 else budgets, operation)


@breaking("BUD-01")
class OnlyWithOneLimit(Ledger):
    """Refuses equal durations only where the limits are equal too."""

    def check_distinct(self, budgets: list[Row], operation: str) -> None:
        pairs = [(entry["reset_duration"], entry["max_limit"]) for entry in budgets]
        if len(set(pairs)) < len(pairs):
            super().check_distinct(budgets, operation)


@breaking("BUD-01")
class SevenAreNotCompared(Ledger):
    """Compares the durations of up to six budgets."""

    def check_distinct(self, budgets: list[Row], operation: str) -> None:
        if len(budgets) < 7:
            super().check_distinct(budgets, operation)


@breaking("BUD-02", "RESP-01")
class CaselessDurations(Ledger):
    """Takes 1m and 1M for one duration."""

    def check_distinct(self, budgets: list[Row], operation: str) -> None:
        super().check_distinct(budgets, operation)
        durations = [entry["reset_duration"].lower() for entry in budgets]
        if len(set(durations)) < len(durations):
            raise Refused(400, "equal durations")


@breaking("BUD-02", "BUD-04", "RESP-02", "RESP-01", "PUT-02", "ROB-01")
class SevenBudgetsAreTooMany(Ledger):
    """Keeps only the first six of seven budgets and more."""

    def budgets(self, entries: list[Row], old: list[Row]) -> list[Row]:
        return super().budgets(entries[:6], old)


@breaking("BUD-02", "RESP-01", "PUT-02", "BUD-04", "BUD-06")
class SevenBudgetsAreRefused(Ledger):
    """Refuses seven budgets and more."""

    def check_budgets(self, budgets: Any, operation: str) -> None:
        super().check_budgets(budgets, operation)
        if len(budgets or ()) >= 7:
            raise Refused(400, "too many budgets")


@breaking("BUD-05")
class ZeroIsALimit(Ledger):
    """Takes a limit of 0."""

    def check_budget(self, entry: Any) -> None:
        is_zero = isinstance(entry, dict) and entry.get("max_limit") == 0 and not isinstance(entry["max_limit"], bool)
        super().check_budget({**entry, "max_limit": 1} if is_zero else entry)


@breaking("BUD-05")
class SmallNegativesAreLimits(Ledger):
    """Takes limits between -1 and 0."""

    def check_budget(self, entry: Any) -> None:
        limit = entry.get("max_limit") if isinstance(entry, dict) else None
        super().check_budget({**entry, "max_limit": 1} if isinstance(limit, float) and -1 < limit < 0 else entry)


class _Truncating(Ledger):
    def limit(self, value: float) -> Any:
        """Return a limit as it is stored."""
        return value

    def budget(self, entry: Row, old: Row) -> Row:
        return {**super().budget(entry, old), "max_limit": self.limit(entry["max_limit"])}


@breaking("BUD-04", "RESP-02", "PUT-02", "ROB-01")
class RoundsToCents(_Truncating):
    """Rounds limits to cents."""

    def limit(self, value: float) -> Any:
        return round(value, 2)


@breaking("BUD-04", "RESP-02", "PUT-02", "ROB-01", "BUD-02")
class SinglePrecision(_Truncating):
    """Keeps limits in single precision."""

    def limit(self, value: float) -> Any:
        return struct.unpack("f", struct.pack("f", value))[0] if abs(value) < 1e38 else value


@breaking("BUD-04", "RESP-02", "PUT-02", "ROB-01", "BUD-02", "RESP-01")
class AboveAMillion(_Truncating):
    """Cuts limits above a million down to a million."""

    def limit(self, value: float) -> Any:
        return min(value, 1_000_000)


@breaking("BUD-04", "RESP-02", "PUT-02", "ROB-01")
class WholeAboveAMillion(_Truncating):
    """Loses the cents of limits above a million."""

    def limit(self, value: float) -> Any:
        return int(value) if 1_000_000 < value < 1e15 else value


@breaking("RATE-06", "ROB-01")
class FloatsForIntegers(Ledger):
    """Keeps rate limits as doubles."""

    def rate(self, sent: Row | None, old: Row) -> Row:
        made = super().rate(sent, old)
        for name in ("token_max_limit", "request_max_limit"):
            if name in made.get("rate_limit", {}):
                made["rate_limit"][name] = int(float(made["rate_limit"][name]))
        return made


@breaking("RATE-06", "RATE-01", "RESP-01")
class ThirtyTwoBits(Ledger):
    """Refuses request limits beyond 32 bits."""

    def check_metric(self, rate: Row, limit: str, duration: str) -> None:
        super().check_metric(rate, limit, duration)
        if limit == "request_max_limit" and rate.get(limit, 0) >= 2**31:
            raise Refused(400, "too large")


@breaking("RATE-02", "RATE-03", "RATE-04", "REQ-07", "REQ-09", "RESP-01", "ROB-01")
class InvalidRateLimitsFail(Ledger):
    """Answers 500 to an invalid rate limit."""

    def check_rate(self, rate: Any) -> None:
        try:
            super().check_rate(rate)
        except Refused as refused:
            raise Refused(500, str(refused)) from refused


@breaking("RATE-02")
class HalfAMetric(Ledger):
    """Takes a request limit without a duration where the token metric is whole."""

    def check_metric(self, rate: Row, limit: str, duration: str) -> None:
        spare = {"request_reset_duration": rate.get("token_reset_duration", "1h")} if "token_max_limit" in rate else {}
        super().check_metric({**spare, **rate}, limit, duration)


@breaking("RATE-01", "RESP-02", "PUT-04")
class OneDurationForBoth(Ledger):
    """Keeps the token duration for requests too."""

    def rate(self, sent: Row | None, old: Row) -> Row:
        made = super().rate(sent, old)
        rate = made.get("rate_limit", {})
        if "token_reset_duration" in rate and "request_reset_duration" in rate:
            rate["request_reset_duration"] = rate["token_reset_duration"]
        return made


@breaking("RATE-03", "REQ-07")
class FractionsAreCut(Ledger):
    """Cuts the fraction of a limit off."""

    def is_limit(self, value: Any) -> bool:
        return super().is_limit(int(value) if isinstance(value, float) and 1 <= value < 1e18 else value)

    def rate(self, sent: Row | None, old: Row) -> Row:
        whole = {name: int(item) if isinstance(item, float) else item for name, item in (sent or {}).items()}
        return super().rate(whole, old)


@breaking("BUD-06", "RATE-04")
class IsoDurations(Ledger):
    """Takes ISO 8601 durations too."""

    def is_duration(self, value: Any) -> bool:
        return super().is_duration(value) or (isinstance(value, str) and value.startswith("P"))


@breaking("BUD-06", "RATE-04")
class SpacedDurations(Ledger):
    """Takes durations with spaces around."""

    def is_duration(self, value: Any) -> bool:
        return super().is_duration(value.strip() if isinstance(value, str) else value)


@breaking("BUD-06", "RATE-04")
class NewlineBehindDurations(Ledger):
    """Takes a duration with a newline at its end, as `$` in a pattern does."""

    def is_duration(self, value: Any) -> bool:
        return super().is_duration(value.removesuffix("\n") if isinstance(value, str) else value)


@breaking("BUD-06", "RATE-04")
class DigitsOfAllScripts(Ledger):
    """Takes digits of other scripts in durations."""

    def is_duration(self, value: Any) -> bool:
        return isinstance(value, str) and value[:-1].isdecimal() and value[-1] in "smhdwMY" and int(value[:-1]) > 0


@breaking("BUD-06", "RATE-04", "BUD-02", "RESP-01", "RATE-01")
class NoSeconds(Ledger):
    """Knows no seconds."""

    def is_duration(self, value: Any) -> bool:
        return super().is_duration(value) and not value.endswith("s")


@breaking("BUD-06", "RATE-04")
class TwoDigitDurations(Ledger):
    """Refuses durations of three digits."""

    def is_duration(self, value: Any) -> bool:
        return super().is_duration(value) and len(value) <= 3


@breaking("BUD-06", "RATE-04")
class ZeroDurations(Ledger):
    """Takes durations of zero."""

    def is_duration(self, value: Any) -> bool:
        return super().is_duration(value) or (isinstance(value, str) and value[:-1] == "0" and value[-1] in "smhdwMY")


@breaking("BUD-07", "RESP-01")
class EmptyBudgetsAreRefused(Ledger):
    """Refuses an empty list of budgets on create."""

    def check_budgets(self, budgets: Any, operation: str) -> None:
        super().check_budgets(budgets, operation)
        if budgets == [] and operation == "create":
            raise Refused(400, "budgets must not be empty")


@breaking("BUD-07")
class RateLimitNeedsBudgets(Ledger):
    """Refuses a rate limit without budgets."""

    def check(self, body: Row, operation: str) -> None:
        super().check(body, operation)
        if operation == "create" and body.get("rate_limit") and not body.get("budgets"):
            raise Refused(400, "a limit needs a budget")
