"""Ledgers that look at the key too late, or take it from elsewhere."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

from tests.cast.careless.registry import breaking
from tests.cast.independent import KEY, Ledger, Refused
from tests.cast.wire import Call, Reply, refusal

_AUTH = ("AUTH-01", "AUTH-02", "AUTH-03", "AUTH-04", "AUTH-05", "AUTH-06", "RESP-01")


def _lets_in(name: str, description: str, test: Any) -> None:
    def is_let_in(self: Ledger, call: Call) -> bool:
        return Ledger.is_let_in(self, call) or bool(test(call, call.headers.get("authorization", "")))

    breaking(*_AUTH)(type(name, (Ledger,), {"__doc__": description, "is_let_in": is_let_in}))


_lets_in("KeyInTheQuery", "Takes the key from the query.", lambda call, _given: KEY in call.query.values())
_lets_in("KeyInACookie", "Takes the key from a cookie.", lambda call, _given: KEY in call.headers.get("cookie", ""))
_lets_in(
    "KeyInApiKey", "Takes the key from the header api-key.", lambda call, _given: call.headers.get("api-key") == KEY
)
_lets_in(
    "KeyInAuthToken",
    "Takes the key from the header X-Auth-Token.",
    lambda call, _given: call.headers.get("x-auth-token") == KEY,
)
_lets_in(
    "ApiKeyReads",
    "Takes the key in x-api-key for get.",
    lambda call, _given: call.headers.get("x-api-key") == KEY and call.operation == "get",
)
_lets_in(
    "ApiKeyDeletes",
    "Takes the key in x-api-key for delete.",
    lambda call, _given: call.headers.get("x-api-key") == KEY and call.operation == "delete",
)
_lets_in(
    "ApiKeyBesideAnother",
    "Takes x-api-key beside a wrong bearer.",
    lambda call, given: call.headers.get("x-api-key") == KEY and given,
)
_lets_in("AnyApiKey", "Takes anything in x-api-key.", lambda call, _given: call.headers.get("x-api-key"))
_lets_in("TokenScheme", "Takes the scheme Token.", lambda _call, given: given == f"Token {KEY}")
_lets_in("ApiKeyScheme", "Takes the scheme ApiKey.", lambda _call, given: given.partition(" ")[2] == KEY)
_lets_in(
    "BasicUser",
    "Takes the key as the user of Basic.",
    lambda _call, given: given == "Basic " + b64encode(f"{KEY}:".encode()).decode(),
)
_lets_in("BasicAny", "Takes Basic of anything.", lambda _call, given: given.startswith("Basic "))
_lets_in("EmptyBearer", "Takes a bearer of nothing.", lambda _call, given: given.strip() == "Bearer")
_lets_in(
    "HalfTheKey", "Takes the first half of the key.", lambda _call, given: given == f"Bearer {KEY[: len(KEY) // 2]}"
)
_lets_in(
    "KeyOfThatLength",
    "Takes any key of the right length.",
    lambda _call, given: given.startswith("Bearer ") and len(given) == len(KEY) + 7,
)
_lets_in(
    "KeyWithoutLast",
    "Takes the key without its last letter on update.",
    lambda call, given: given == f"Bearer {KEY[:-1]}" and call.operation == "update",
)
_lets_in(
    "LongerKeyDeletes",
    "Takes a key with more behind it on delete.",
    lambda call, given: given.startswith(f"Bearer {KEY}") and call.operation == "delete",
)
_lets_in(
    "LongerKeyLists",
    "Takes a key with more behind it on list.",
    lambda call, given: given.startswith(f"Bearer {KEY}") and call.operation == "list",
)
_lets_in("KeyInCapitals", "Takes the key in capitals.", lambda _call, given: given == f"Bearer {KEY.upper()}")
_lets_in(
    "VirtualKeyWrites",
    "Lets a virtual key create.",
    lambda call, given: given.startswith("Bearer vk-") and call.operation == "create",
)
_lets_in(
    "ListIsOpen",
    "Lets everybody list with a search.",
    lambda call, _given: call.operation == "list" and call.query.get("search"),
)


class _Late(Ledger):
    """Refuses for another reason before it looks at the key."""

    def is_early(self, call: Call) -> bool:  # noqa: ARG002 - faulty ones look at it
        """Return whether a call is judged before its key is."""
        return False

    def answer(self, call: Call) -> Reply:
        if not self.is_let_in(call) and self.is_early(call):
            try:
                self.judged(call)
            except Refused as refused:
                return refusal(refused.status, str(refused))
        return super().answer(call)

    def judged(self, call: Call) -> None:
        """Refuse a call for another reason than its key."""
        if call.config_id:
            self.row(call.config_id)
        if call.operation in ("create", "update"):
            self.check(self.read(call), call.operation)
        if call.operation == "list":
            self.count(call, "limit", 1)


@breaking(*_AUTH)
class UnknownBeforeKey(_Late):
    """Answers 404 to an unknown id before it looks at the key."""

    def is_early(self, call: Call) -> bool:
        return bool(call.config_id) and call.operation in ("get", "delete")


@breaking(*_AUTH)
class BodyBeforeKey(_Late):
    """Answers 400 to a wrong body before it looks at the key."""

    def is_early(self, call: Call) -> bool:
        return call.operation == "create"


@breaking(*_AUTH)
class QueryBeforeKey(_Late):
    """Answers 400 to a wrong query before it looks at the key."""

    def is_early(self, call: Call) -> bool:
        return call.operation == "list"


@breaking(*_AUTH)
class ForbiddenForAWrongKey(Ledger):
    """Answers 403 to a wrong key."""

    def answer(self, call: Call) -> Reply:
        reply = super().answer(call)
        is_wrong = reply.status == 401 and call.headers.get("authorization", "").startswith("Bearer ")
        return refusal(403) if is_wrong else reply


@breaking(*_AUTH)
class UnauthorisedIs400(Ledger):
    """Answers 400 to another scheme."""

    def answer(self, call: Call) -> Reply:
        reply = super().answer(call)
        given = call.headers.get("authorization", "")
        return refusal(400) if reply.status == 401 and given and not given.startswith("Bearer ") else reply
