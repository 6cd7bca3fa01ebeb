"""Ledgers that let the wrong ones in."""

from __future__ import annotations

from base64 import b64encode

from tests.cast.careless.registry import breaking
from tests.cast.independent import KEY, Ledger, Refused
from tests.cast.wire import Call, Reply


@breaking("AUTH-01", "AUTH-02", "AUTH-03", "AUTH-04", "AUTH-05", "AUTH-06")
class NoAuthentication(Ledger):
    """Lets everybody in."""

    def is_let_in(self, call: Call) -> bool:  # noqa: ARG002
        return True


@breaking("AUTH-02", "AUTH-05", "AUTH-06")
class AnyKey(Ledger):
    """Takes any bearer token."""

    def is_let_in(self, call: Call) -> bool:
        return call.headers.get("authorization", "").startswith("Bearer ")


@breaking("AUTH-02")
class KeyPrefix(Ledger):
    """Takes a key that begins with the right one."""

    def is_let_in(self, call: Call) -> bool:
        return call.headers.get("authorization", "").startswith(f"Bearer {KEY}")


@breaking("AUTH-02")
class ShortKey(Ledger):
    """Takes the beginning of the right key."""

    def is_let_in(self, call: Call) -> bool:
        given = call.headers.get("authorization", "")
        return given.startswith("Bearer ") and len(given) > 12 and f"Bearer {KEY}".startswith(given)


@breaking("AUTH-02")
class CaselessKey(Ledger):
    """Takes the key in any case."""

    def is_let_in(self, call: Call) -> bool:
        return call.headers.get("authorization", "").lower() == f"bearer {KEY}".lower()


@breaking("AUTH-02", "AUTH-03")
class KeySomewhere(Ledger):
    """Takes a header with the key anywhere in it."""

    def is_let_in(self, call: Call) -> bool:
        return KEY in call.headers.get("authorization", "")


@breaking("AUTH-03")
class BareKey(Ledger):
    """Takes the bare key."""

    def is_let_in(self, call: Call) -> bool:
        return call.headers.get("authorization", "").removeprefix("Bearer ") == KEY


@breaking("AUTH-03")
class BasicKey(Ledger):
    """Takes the key as the password of Basic authentication."""

    def is_let_in(self, call: Call) -> bool:
        scheme, _, given = call.headers.get("authorization", "").partition(" ")
        right = {b64encode(f"{user}:{KEY}".encode()).decode() for user in ("admin", "api", "")}
        return super().is_let_in(call) or (scheme == "Basic" and given in right)


@breaking("AUTH-04")
class ApiKeyHeader(Ledger):
    """Takes the key in x-api-key."""

    def is_let_in(self, call: Call) -> bool:
        return super().is_let_in(call) or call.headers.get("x-api-key") == KEY


@breaking("AUTH-05")
class VirtualKeys(Ledger):
    """Takes a virtual key as bearer token."""

    def is_let_in(self, call: Call) -> bool:
        return super().is_let_in(call) or call.headers.get("authorization") in ("Bearer vk-one", "Bearer vk-two")


@breaking("AUTH-05")
class VirtualKeysRead(Ledger):
    """Lets a virtual key read the list."""

    def is_let_in(self, call: Call) -> bool:
        given = call.headers.get("authorization", "")
        return super().is_let_in(call) or (given.startswith("Bearer vk-") and call.operation == "list")


@breaking("AUTH-06")
class ActsThenAuthenticates(Ledger):
    """Carries a delete out before it looks at the key."""

    def answer(self, call: Call) -> Reply:
        if call.operation == "delete" and not self.is_let_in(call):
            self.rows.pop(call.config_id, None)
        return super().answer(call)


@breaking("AUTH-06")
class CreatesThenAuthenticates(Ledger):
    """Carries a create out before it looks at the key."""

    def answer(self, call: Call) -> Reply:
        reply = super().answer(call)
        if call.operation == "create" and reply.status == 401:
            try:
                self.routed(call)
            except Refused:
                return reply
        return reply


@breaking("AUTH-01", "AUTH-02", "AUTH-03", "AUTH-04")
class LooksForUpdatesFirst(Ledger):
    """Answers 404 to an update of an id that nobody has before it looks at the key."""

    def is_let_in(self, call: Call) -> bool:
        return super().is_let_in(call) or (call.operation == "update" and call.config_id not in self.rows)


@breaking("AUTH-02")
class ListOfKeys(Ledger):
    """Takes a list of keys in which the right one stands."""

    def is_let_in(self, call: Call) -> bool:
        scheme, _, keys = call.headers.get("authorization", "").partition(" ")
        return scheme == "Bearer" and KEY in keys.split(",")
