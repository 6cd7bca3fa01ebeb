"""Ledgers that do not keep names as they are, or judge by them."""

from __future__ import annotations

import html
import unicodedata

from tests.cast.careless.registry import breaking
from tests.cast.independent import Ledger, Refused, Row
from tests.cast.wire import Call


class _Rewriting(Ledger):
    def text(self, value: str) -> str:
        """Return a name as it is stored."""
        return value

    def read(self, call: Call) -> Row:
        body = super().read(call)
        named = {n: self.text(body[n]) for n in ("model_name", "provider") if isinstance(body.get(n), str)}
        return {**body, **named}


@breaking("ROB-01", "RESP-02")
class NormalisesNames(_Rewriting):
    """Keeps names in the normal form C."""

    def text(self, value: str) -> str:
        return unicodedata.normalize("NFC", value)


@breaking("ROB-01", "RESP-02")
class QuestionMarks(_Rewriting):
    """Keeps names as Latin-1 with question marks."""

    def text(self, value: str) -> str:
        return value.encode("latin-1", "replace").decode("latin-1")


@breaking("ROB-01", "RESP-02")
class NoAstralPlanes(_Rewriting):
    """Loses characters beyond the basic plane, as a database of three-byte UTF-8 does."""

    def text(self, value: str) -> str:
        return "".join(letter for letter in value if ord(letter) < 2**16) or value


@breaking("ROB-01", "RESP-02")
class LongNamesAreCut(_Rewriting):
    """Cuts names at 255 characters."""

    def text(self, value: str) -> str:
        return value[:255]


@breaking("RESP-02", "ROB-01")
class TrimsNames(_Rewriting):
    """Removes white space around names."""

    def text(self, value: str) -> str:
        return value.strip() or value


@breaking("ROB-01", "RESP-02")
class EscapesNames(_Rewriting):
    """Escapes names for HTML."""

    def text(self, value: str) -> str:
        return html.escape(value)


@breaking("ROB-01", "RESP-02", "BUD-01", "REQ-09")
class NonAsciiFails(Ledger):
    """Answers 500 to names beyond ASCII."""

    def check_name(self, body: Row, operation: str) -> None:
        super().check_name(body, operation)
        if not (body.get("model_name") or "").isascii():
            raise Refused(500, "codec can't encode")


@breaking("RESP-02", "RESP-01", "IDN-02", "LIST-03", "RACE-02", "IDN-01", "LIFE-01", "LIFE-05", "PUT-01", "ROB-01")
class LowersNames(_Rewriting):
    """Keeps names in small letters."""

    def text(self, value: str) -> str:
        return value.lower()


@breaking("BUD-01")
class NonAsciiSkipsRules(Ledger):
    """Checks no durations where the name is not ASCII."""

    def check(self, body: Row, operation: str) -> None:
        self.lax = isinstance(body.get("model_name"), str) and not body["model_name"].isascii()
        super().check(body, operation)

    def check_distinct(self, budgets: list[Row], operation: str) -> None:
        if not self.lax:
            super().check_distinct(budgets, operation)


@breaking("BUD-01")
class UserScopeSkipsRules(Ledger):
    """Checks no durations where the scope is user."""

    def check(self, body: Row, operation: str) -> None:
        self.lax = body.get("scope") == "user"
        super().check(body, operation)

    def check_distinct(self, budgets: list[Row], operation: str) -> None:
        if not self.lax:
            super().check_distinct(budgets, operation)


@breaking("BUD-01")
class NoProviderSkipsRules(Ledger):
    """Checks no durations where the provider is absent."""

    def check(self, body: Row, operation: str) -> None:
        self.lax = not body.get("provider") and operation == "create"
        super().check(body, operation)

    def check_distinct(self, budgets: list[Row], operation: str) -> None:
        if not self.lax:
            super().check_distinct(budgets, operation)


@breaking("BUD-01")
class RateLimitSkipsRules(Ledger):
    """Checks no durations where there is a rate limit."""

    def check(self, body: Row, operation: str) -> None:
        self.lax = bool(body.get("rate_limit"))
        super().check(body, operation)

    def check_distinct(self, budgets: list[Row], operation: str) -> None:
        if not self.lax:
            super().check_distinct(budgets, operation)
