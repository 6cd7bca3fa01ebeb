"""Ledgers that draw a line one step beside where it belongs."""

from __future__ import annotations

import re
from typing import Any

from tests.cast.careless.registry import breaking
from tests.cast.independent import Ledger, Refused, Row
from tests.cast.wire import Call, Reply


def _duration(name: str, description: str, pattern: str) -> None:
    """Take a ledger into the cast that takes what fits a pattern for a duration too."""
    more = re.compile(pattern)

    def is_duration(self: Ledger, value: Any) -> bool:
        return Ledger.is_duration(self, value) or (isinstance(value, str) and more.fullmatch(value) is not None)

    breaking("BUD-06", "RATE-04", "PUT-08")(type(name, (Ledger,), {"__doc__": description, "is_duration": is_duration}))


_duration("HoursInCapitals", "Takes 1H for a duration.", "[1-9][0-9]*H")
_duration("DaysInCapitals", "Takes 1D for a duration.", "[1-9][0-9]*D")
_duration("YearsInSmall", "Takes 1y for a duration.", "[1-9][0-9]*y")
_duration("Words", "Takes words such as daily and month.", "[a-z]{3,}")
_duration("UnitsInWords", "Takes 1day and 2weeks.", "[1-9][0-9]*(day|week|month|year|hour|minute|second)s?")
_duration("NoUnit", "Takes a number for seconds.", "[1-9][0-9]*")
_duration("NoNumber", "Takes a unit alone for one of it.", "[smhdwMY]")
_duration("UnitFirst", "Takes d1 for 1d.", "[smhdwMY][1-9][0-9]*")
_duration("NegativeDurations", "Takes -1d for a duration.", "-[1-9][0-9]*[smhdwMY]")
_duration("ManyZeros", "Takes 00d for a duration.", "0+[smhdwMY]")
_duration("TwoUnits", "Takes a second unit behind the first.", "[1-9][0-9]*[smhdwMY][smhdwMY]")
_duration("BlankBefore", "Takes a blank before a duration.", " [1-9][0-9]*[smhdwMY]")
_duration("TabBehind", "Takes white space behind a duration.", r"[1-9][0-9]*[smhdwMY]\s+")
_duration("AnySuffix", "Takes anything behind a duration.", "(?s)[1-9][0-9]*[smhdwMY].+")
_duration("AnyPrefix", "Takes anything before a duration.", "(?s).+[1-9][0-9]*[smhdwMY]")
_duration("AnyLetter", "Takes any letter for a unit.", "[1-9][0-9]*[A-Za-z]")
_duration("IsoTime", "Takes PT1H for a duration.", "PT[0-9]+[HMS]")
_duration("EmptyDuration", "Takes an empty duration.", "")


def _number(name: str, description: str, rules: tuple[str, ...], member: str, test: Any) -> None:
    """Take a ledger into the cast that takes a value of one member which it should refuse."""
    breaks = (*rules, "PUT-08", "RESP-01")

    def check_budget(self: Ledger, entry: Any) -> None:
        is_meant = isinstance(entry, dict) and member in entry and test(entry[member])
        Ledger.check_budget(self, {**entry, member: 1} if is_meant else entry)

    def check_metric(self: Ledger, rate: Row, limit: str, duration: str) -> None:
        is_meant = limit == member and limit in rate and test(rate[limit])
        Ledger.check_metric(self, {**rate, limit: 1} if is_meant else rate, limit, duration)

    def budget(self: Ledger, entry: Row, old: Row) -> Row:
        made = Ledger.budget(self, entry, old)
        return {**made, member: 1} if member in entry and test(entry[member]) else made

    def rate(self: Ledger, sent: Row | None, old: Row) -> Row:
        is_meant = sent and member in sent and test(sent[member])
        return Ledger.rate(self, {**(sent or {}), member: 1} if is_meant else sent, old)

    members = {"check_metric": check_metric, "rate": rate} if member != "max_limit" else {}
    members |= {"check_budget": check_budget, "budget": budget} if member == "max_limit" else {}
    breaking(*breaks)(type(name, (Ledger,), {"__doc__": description, **members}))


_SHOULD = ("BUD-05",)
_number("TinyNegatives", "Takes limits between -0.1 and 0.", _SHOULD, "max_limit", lambda v: _is(v) and -0.1 < v < 0)
_number("MinusOneIsUnlimited", "Takes a limit of -1 for none.", _SHOULD, "max_limit", lambda v: _is(v) and v == -1)
_number("LargeNegatives", "Takes limits below -1000.", _SHOULD, "max_limit", lambda v: _is(v) and v < -1000)
_number(
    "NumeralLimits",
    "Takes whole numerals for limits.",
    ("REQ-07",),
    "max_limit",
    lambda v: isinstance(v, str) and v.isdigit(),
)
_number("FalseLimits", "Takes false for a limit.", ("REQ-07", "BUD-05"), "max_limit", lambda v: v is False)
_number("ArrayLimits", "Takes an array for a limit.", ("REQ-07",), "max_limit", lambda v: isinstance(v, list))
for _member in ("token_max_limit", "request_max_limit"):
    _word = _member.partition("_")[0].title()
    _number(f"{_word}Zero", f"Takes a {_member} of 0.", ("RATE-03",), _member, lambda v: _is(v) and v == 0)
    _number(f"{_word}MinusOne", f"Takes a {_member} of -1.", ("RATE-03",), _member, lambda v: _is(v) and v == -1)
    _number(
        f"{_word}Fraction", f"Cuts the fraction of a {_member}.", ("RATE-03",), _member, lambda v: isinstance(v, float)
    )
    _number(f"{_word}Numeral", f"Takes a {_member} as text.", ("RATE-03",), _member, lambda v: isinstance(v, str))
    _number(f"{_word}True", f"Takes true for a {_member}.", ("RATE-03",), _member, lambda v: v is True)
    _number(f"{_word}Empty", f"Takes an array for a {_member}.", ("RATE-03",), _member, lambda v: isinstance(v, list))
    _number(f"{_word}Object", f"Takes an object for a {_member}.", ("RATE-03",), _member, lambda v: isinstance(v, dict))
    _number(
        f"{_word}Wraps", f"Takes a {_member} of 2^63 and more.", ("ROB-01",), _member, lambda v: _is(v) and v >= 2**63
    )


def _is(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _coerced(name: str, member: str, kind: type, substitute: Any, *rules: str) -> None:
    """Take a ledger into the cast that takes one wrong type for a member of the body."""

    def read(self: Ledger, call: Call) -> Row:
        body = Ledger.read(self, call)
        is_meant = member in body and type(body[member]) is kind
        return {**body, member: substitute} if is_meant else body

    described = f"Takes {kind.__name__} for {member}."
    breaking("REQ-07", "PUT-08", *rules)(type(name, (Ledger,), {"__doc__": described, "read": read}))


_coerced("TrueAsName", "model_name", bool, "true", "REQ-01")
_coerced("ArrayAsName", "model_name", list, "joined", "REQ-01")
_coerced("ObjectAsName", "model_name", dict, "joined", "REQ-01")
_coerced("NumberAsProvider", "provider", int, "7")
_coerced("FalseAsProvider", "provider", bool, None)
_coerced("ArrayAsProvider", "provider", list, "joined")
_coerced("ObjectAsProvider", "provider", dict, "joined")
_coerced("ArrayAsRateLimit", "rate_limit", list, None)
_coerced("TextAsRateLimit", "rate_limit", str, None)
_coerced("FalseAsRateLimit", "rate_limit", bool, None)
_coerced("NumberAsRateLimit", "rate_limit", int, None)
_coerced("TextAsBudgets", "budgets", str, [])
_coerced("ObjectAsBudgets", "budgets", dict, [])
_coerced("FalseAsBudgets", "budgets", bool, [])
_coerced("NumberAsBudgets", "budgets", int, [])
_coerced("NumberAsScope", "scope", int, "global", "REQ-03")
_coerced("ArrayAsScope", "scope", list, "global", "REQ-03")
_coerced("FalseAsScope", "scope", bool, "global", "REQ-03")


_WINDOWS = ("token_reset_duration", "request_reset_duration")


class _Refusing(Ledger):
    def is_too_much(self, body: Row) -> bool:  # noqa: ARG002 - faulty ones look at it
        """Return whether a body is refused that should not be."""
        return False

    def check(self, body: Row, operation: str) -> None:
        super().check(body, operation)
        if self.is_too_much(body):
            raise Refused(400, "out of range")


def _limits(body: Row) -> list[Any]:
    return [entry["max_limit"] for entry in body.get("budgets") or ()]


def _whole(body: Row, *names: str) -> list[Any]:
    return [item for name, item in (body.get("rate_limit") or {}).items() if name in names]


def _refuses(name: str, description: str, test: Any) -> None:
    rules = ("BUD-04", "BUD-02", "BUD-06", "RATE-01", "RATE-04", "RATE-06", "RESP-01", "PUT-02", "PUT-04", "REQ-05")
    kind = type(name, (_Refusing,), {"__doc__": description, "is_too_much": lambda _, body: test(body)})
    breaking(*rules, "REQ-01", "IDN-02", "BUD-07")(kind)


_refuses("NoCents", "Refuses limits below a dollar.", lambda b: any(limit < 1 for limit in _limits(b)))
_refuses("NoSingleDollar", "Refuses a limit of 1.", lambda b: any(limit == 1 for limit in _limits(b)))
_refuses("NoFractions", "Refuses limits with a fraction.", lambda b: any(limit % 1 for limit in _limits(b)))
_refuses("NoMillions", "Refuses limits from 10^6 on.", lambda b: any(limit >= 10**6 for limit in _limits(b)))
_refuses("NoSingleToken", "Refuses a token limit of 1.", lambda b: 1 in _whole(b, "token_max_limit"))
_refuses("NoSingleRequest", "Refuses a request limit of 1.", lambda b: 1 in _whole(b, "request_max_limit"))
_refuses(
    "Tokens32", "Refuses token limits from 2^31 on.", lambda b: any(n >= 2**31 for n in _whole(b, "token_max_limit"))
)
_refuses(
    "Tokens53", "Refuses token limits beyond 2^53.", lambda b: any(n > 2**53 for n in _whole(b, "token_max_limit"))
)
_refuses("TokensNotTheLast", "Refuses 2^63-1 tokens.", lambda b: 2**63 - 1 in _whole(b, "token_max_limit"))
_refuses("RequestsNotTheLast", "Refuses 2^63-1 requests.", lambda b: 2**63 - 1 in _whole(b, "request_max_limit"))
_refuses("EqualLimits", "Refuses budgets of one limit.", lambda b: len(set(_limits(b))) < len(_limits(b)))
_refuses(
    "SameWindows",
    "Refuses one duration for both metrics.",
    lambda b: len(set(_whole(b, *_WINDOWS))) < len(_whole(b, *_WINDOWS)),
)
_refuses("NoYears", "Refuses years.", lambda b: any(e["reset_duration"].endswith("Y") for e in b.get("budgets") or ()))
_refuses(
    "NoWeeksOfRates", "Refuses weeks in rate limits.", lambda b: any(str(w).endswith("w") for w in _whole(b, *_WINDOWS))
)
_refuses(
    "NoMonthsOfRates",
    "Refuses months in rate limits.",
    lambda b: any(str(w).endswith("M") for w in _whole(b, *_WINDOWS)),
)
_refuses(
    "NoSecondsOfRates",
    "Refuses seconds in rate limits.",
    lambda b: any(str(w).endswith("s") for w in _whole(b, *_WINDOWS)),
)
_refuses(
    "FewDigits",
    "Refuses durations of four digits.",
    lambda b: any(len(e["reset_duration"]) > 4 for e in b.get("budgets") or ()),
)
_refuses(
    "UserNeedsProvider",
    "Refuses a user without provider.",
    lambda b: b.get("scope") == "user" and not b.get("provider"),
)
_refuses(
    "KeyNeedsBudgets",
    "Refuses a virtual key without budgets.",
    lambda b: b.get("scope") == "virtual_key" and not b.get("budgets"),
)


class _Paging(Ledger):
    pass


def _paging(name: str, description: str, page: Any) -> None:
    kind = type(
        name, (_Paging,), {"__doc__": description, "page": lambda _, rows, limit, offset: page(rows, limit, offset)}
    )
    breaking("LIST-02", "LIST-01", "LIST-03", "LIFE-01")(kind)


_paging(
    "OneIsNone",
    "Puts none on a page of 1.",
    lambda rows, limit, offset: rows[offset : offset + limit] if limit > 1 else [],
)
_paging("OffsetFromOne", "Counts the offset from 1.", lambda rows, limit, offset: rows[max(0, offset - 1) :][:limit])
_paging(
    "OffsetOfOne", "Ignores an offset of 1.", lambda rows, limit, offset: rows[offset if offset > 1 else 0 :][:limit]
)
_paging(
    "LastIsUnseen",
    "Puts nothing on a last page of one.",
    lambda rows, limit, offset: rows[offset : offset + limit] if offset < len(rows) - 1 or len(rows) < 2 else [],
)
_paging(
    "LastPageAgain",
    "Answers the last page behind the end.",
    lambda rows, limit, offset: rows[offset : offset + limit] or rows[-limit:],
)
_paging(
    "WholePages",
    "Rounds the offset down to whole pages.",
    lambda rows, limit, offset: rows[offset // max(limit, 1) * limit :][:limit],
)
_paging(
    "TenAtMostBehind",
    "Puts at most ten on pages behind the first.",
    lambda rows, limit, offset: rows[offset : offset + (min(limit, 2) if offset else limit)],
)
_paging(
    "PagesBackwards",
    "Turns each page but the first round.",
    lambda rows, limit, offset: rows[::-1][offset : offset + limit] if offset else rows[:limit],
)
_paging(
    "LargeOffsetWraps",
    "Begins anew behind the end.",
    lambda rows, limit, offset: rows[offset % max(len(rows), 1) :][:limit],
)


@breaking("LIST-01")
class TotalAtMostTen(Ledger):
    """Counts up to ten."""

    def total(self, matching: list[Row], page: list[Row]) -> int:
        return min(10, super().total(matching, page))


@breaking("LIST-01")
class TotalOfWhatFollows(Ledger):
    """Counts what is left behind the offset."""

    def listed(self, call: Call) -> Reply:
        reply = super().listed(call)
        return Reply(
            200, {**reply.value, "total_count": max(0, reply.value["total_count"] - self.count(call, "offset", 0))}
        )


@breaking("LIST-01")
class NoTotalBehindTheFirst(Ledger):
    """Counts nothing on pages behind the first."""

    def listed(self, call: Call) -> Reply:
        reply = super().listed(call)
        return Reply(200, {**reply.value, "total_count": 0}) if self.count(call, "offset", 0) else reply
