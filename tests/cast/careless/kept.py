"""Ledgers that do not keep values as they were sent."""

from __future__ import annotations

import re
import struct
import unicodedata
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote, unquote_plus

from tests.cast.careless.registry import breaking
from tests.cast.independent import Ledger, Row
from tests.cast.wire import Call, Reply

_TEXT = ("ROB-01", "RESP-02", "IDN-02", "LIST-03", "IDN-01", "PUT-01")
_LIMIT = ("BUD-04", "RESP-02", "PUT-02", "ROB-01", "BUD-02", "RACE-03")
_RATE = ("RATE-06", "RATE-01", "RESP-02", "PUT-04", "ROB-01")
_WINDOW = ("BUD-06", "BUD-02", "RESP-02", "RATE-04", "RATE-01", "PUT-02", "PUT-03", "PUT-04", "BUD-04", "RESP-01")


class _Names(Ledger):
    members: tuple[str, ...] = ("model_name", "provider")

    def text(self, value: str) -> str:
        """Return a text as it is stored."""
        return value

    def read(self, call: Call) -> Row:
        body = super().read(call)
        return {**body, **{n: self.text(body[n]) for n in self.members if isinstance(body.get(n), str)}}


def _rewriting(name: str, description: str, change: Callable[[str], str], *members: str) -> None:
    kind = type(name, (_Names,), {"__doc__": description, "text": lambda _, value: change(value) or value})
    if members:
        kind.members = members  # type: ignore[attr-defined]
    breaking(*_TEXT)(kind)


_rewriting("LowersProviders", "Keeps providers in small letters.", str.lower, "provider")
_rewriting("TrimsProviders", "Removes white space around providers.", str.strip, "provider")
_rewriting("CutsProviders", "Cuts providers at 255 characters.", lambda text: text[:255], "provider")
_rewriting("DecomposesNames", "Keeps names in the normal form D.", lambda text: unicodedata.normalize("NFD", text))
_rewriting("FoldsWidths", "Keeps names in the normal form KC.", lambda text: unicodedata.normalize("NFKC", text))
_rewriting(
    "ComposesProviders",
    "Keeps providers in the normal form C.",
    lambda text: unicodedata.normalize("NFC", text),
    "provider",
)
_rewriting("DoublesBackslashes", "Doubles backslashes in names.", lambda text: text.replace("\\", "\\\\"))
_rewriting("StripsBackslashes", "Removes backslashes from names.", lambda text: text.replace("\\", ""))
_rewriting("DoublesQuotes", "Doubles single quotes in names.", lambda text: text.replace("'", "''"))
_rewriting("DecodesPercents", "Decodes percent escapes in names.", unquote)
_rewriting("DecodesPluses", "Decodes names as a form does, a plus being a blank.", unquote_plus)
_rewriting("CollapsesBlanks", "Makes one blank of several in names.", lambda text: re.sub(" +", " ", text))
_rewriting("UnixLines", "Keeps CR LF in names as LF.", lambda text: text.replace("\r\n", "\n"))
_rewriting("TabsAreBlanks", "Keeps tabs in names as blanks.", lambda text: text.replace("\t", " "))
_rewriting("NoControls", "Removes control characters from names.", lambda t: re.sub(r"[\x00-\x08\x0e-\x1f\x7f]", "", t))
_rewriting(
    "NoZeroWidths", "Removes zero-width characters from names.", lambda t: re.sub("[\u200b-\u200f\ufeff]", "", t)
)
_rewriting("EndsAtNul", "Cuts names at NUL.", lambda text: text.split("\x00")[0])
_rewriting("CutsAt1000", "Cuts names at 512 characters.", lambda text: text[:512])
_rewriting("CutsAt4096", "Cuts names at 4096 characters.", lambda text: text[:4096])
_rewriting("StripsTags", "Removes what looks like markup from names.", lambda text: re.sub("<[^>]*>", "", text))
_rewriting("LastOfPath", "Keeps what stands behind the last slash of a name.", lambda text: text.rpartition("/")[2])
_rewriting("NoTrailingDots", "Removes dots and slashes at the end of names.", lambda text: text.rstrip("./"))


class _Limits(Ledger):
    def limit(self, value: float) -> Any:
        """Return a limit as it is stored."""
        return value

    def budget(self, entry: Row, old: Row) -> Row:
        return {**super().budget(entry, old), "max_limit": self.limit(entry["max_limit"])}


def _rounding(name: str, description: str, change: Callable[[float], Any]) -> None:
    breaking(*_LIMIT)(type(name, (_Limits,), {"__doc__": description, "limit": lambda _, value: change(value)}))


_rounding("SixDecimals", "Rounds limits to six decimals.", lambda value: round(value, 6))
_rounding("FourDecimals", "Rounds limits to four decimals.", lambda value: round(value, 4))
_rounding("TenDigits", "Keeps ten digits of a limit.", lambda value: float(f"{value:.10g}"))
_rounding("FifteenDigits", "Keeps fifteen digits of a limit.", lambda value: float(f"{value:.15g}"))
_rounding("AtMost32Bits", "Cuts limits at 2^31-1.", lambda value: min(value, 2**31 - 1))
_rounding("AtMostABillion", "Cuts limits at 10^9.", lambda value: min(value, 10**9))
_rounding("AtMost10To15", "Cuts limits at 10^12.", lambda value: min(value, 10**12 - 1))
_rounding("AtLeastACent", "Raises limits below a cent to a cent.", lambda value: max(value, 0.01))
_rounding("AtLeastADollar", "Raises limits below a dollar to a dollar.", lambda value: max(value, 1))
_rounding(
    "WholeAboveAThousand", "Loses the cents of limits above a thousand.", lambda v: int(v) if 1000 < v < 1e15 else v
)
_rounding("SinglePrecisionOfFractions", "Keeps fractions in single precision.", lambda v: _single(v) if v % 1 else v)
_rounding("HalfCents", "Cuts limits at the third decimal.", lambda v: int(v * 1000) / 1000 if v < 1e12 else v)


def _single(value: float) -> float:
    found: float = struct.unpack("f", struct.pack("f", value))[0]
    return found


class _Windows(Ledger):
    def window(self, text: str) -> str:
        """Return a duration as it is stored."""
        return text

    def budget(self, entry: Row, old: Row) -> Row:
        return {**super().budget(entry, old), "reset_duration": self.window(entry["reset_duration"])}

    def rate(self, sent: Row | None, old: Row) -> Row:
        windows = {name: self.window(item) for name, item in (sent or {}).items() if name.endswith("duration")}
        return super().rate({**(sent or {}), **windows}, old)


def _canonical(name: str, description: str, written: dict[str, str]) -> None:
    breaking(*_WINDOW)(
        type(name, (_Windows,), {"__doc__": description, "window": lambda _, text: written.get(text, text)})
    )


_canonical("SevenDaysAreAWeek", "Writes 7d as 1w.", {"7d": "1w"})
_canonical("SixtySecondsAreAMinute", "Writes 60s as 1m.", {"60s": "1m"})
_canonical("SixtyMinutesAreAnHour", "Writes 60m as 1h.", {"60m": "1h"})
_canonical("TwelveMonthsAreAYear", "Writes 12M as 1Y.", {"12M": "1Y"})
_canonical("NinetyMinutes", "Writes 90m as 1h30m.", {"90m": "1h30m"})
_canonical("DaysAreHours", "Writes 1d as 24h.", {"1d": "24h"})
_canonical("AYearIsDays", "Writes 1Y as 365d.", {"1Y": "365d"})
_canonical("AMonthIsDays", "Writes 1M as 30d.", {"1M": "30d"})


@breaking(*_RATE)
class RequestsIn32Bits(Ledger):
    """Keeps request limits in 32 bits, the rest cut off."""

    def rate(self, sent: Row | None, old: Row) -> Row:
        made = super().rate(sent, old)
        if "request_max_limit" in made.get("rate_limit", {}):
            made["rate_limit"]["request_max_limit"] &= 0xFFFFFFFF
        return made


@breaking(*_RATE)
class TokensAsFloatInList(Ledger):
    """Shows token limits in the list as doubles."""

    def listed(self, call: Call) -> Reply:
        return super().listed(call).with_configs(_doubled)


def _doubled(row: Row) -> Row:
    rate = row.get("rate_limit") or {}
    if "token_max_limit" not in rate:
        return row
    return {**row, "rate_limit": {**rate, "token_max_limit": int(float(rate["token_max_limit"]))}}


@breaking(*_RATE)
class MetricsSwapped(Ledger):
    """Takes the request limit for the token limit where both are there and tokens are fewer."""

    def rate(self, sent: Row | None, old: Row) -> Row:
        both = sent and "token_max_limit" in sent and "request_max_limit" in sent
        if sent and both and sent["token_max_limit"] < sent["request_max_limit"]:
            swapped = {"token_max_limit": sent["request_max_limit"], "request_max_limit": sent["token_max_limit"]}
            return super().rate({**sent, **swapped}, old)
        return super().rate(sent, old)


@breaking("RESP-02", "IDN-02", "LIFE-05", "LIFE-02")
class ListInWholeSeconds(Ledger):
    """Shows instants in the list without fractions of seconds."""

    def listed(self, call: Call) -> Reply:
        return super().listed(call).with_configs(lambda row: {**row, "created_at": row["created_at"][:19] + "Z"})


@breaking("RESP-02", "BUD-08", "IDN-02", "LIFE-05", "LIFE-02", "PUT-03")
class BudgetIdsOfTheMoment(Ledger):
    """Makes up the ids of budgets each time it shows them."""

    def shown(self, row: Row) -> Row:
        return super().shown({**row, "budgets": [{**entry, "id": self.new_id()} for entry in row["budgets"]]})


@breaking("RESP-02", "REQ-05", "IDN-02", "IDN-01", "PUT-05")
class TargetsAreCut(Ledger):
    """Cuts scope targets at six characters."""

    def shown(self, row: Row) -> Row:
        return super().shown({**row, "scope_id": row["scope_id"][:6]} if row.get("scope_id") else row)
