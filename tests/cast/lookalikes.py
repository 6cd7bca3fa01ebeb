"""Correct servers that look different: the contract allows all that they do, so none of them may be red."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

from tests.cast.independent import Ledger, Refused, Row
from tests.cast.member import Member, around, ledger, mock, threaded
from tests.cast.wire import NOTHING, Call, Change, Fault, Handler, Reply, as_wsgi, refusal

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_INSTANT = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\.\d+Z")


def shown(change: Change) -> Callable[[], WSGIApplication]:
    """Return the maker of a mock whose configs look different."""

    def fault(call: Call, handler: Handler) -> Reply:
        return handler(call).with_configs(change)

    return around(lambda: fault)


def deep(value: Any, change: Change) -> Any:
    """Return `value` with each scalar in it changed."""
    if isinstance(value, dict):
        return {name: deep(item, change) for name, item in value.items()}
    if isinstance(value, list):
        return [deep(item, change) for item in value]
    return change(value)


def _nulls(config: Row) -> Row:
    return {"provider": None, "scope_id": None, "scope_name": None, "rate_limit": None, "budget": None, **config}


def _null_budgets(config: Row) -> Row:
    return {**config, "budgets": config.get("budgets") or None}


def _no_mirror(config: Row) -> Row:
    return {name: item for name, item in config.items() if name != "budget"}


def _extra(config: Row) -> Row:
    budgets = [{**entry, "model_config_id": config["id"], "spent": {"now": 1}} for entry in config.get("budgets", ())]
    return {**config, "budgets": budgets, "budget": next(iter(budgets), None), "rate_limit_id": "x", "x-más": [1]}


def _reversed_budgets(config: Row) -> Row:
    budgets = config.get("budgets", [])[::-1]
    return {**config, "budgets": budgets, "budget": next(iter(budgets), None)}


def _by_duration(config: Row) -> Row:
    budgets = sorted(config.get("budgets", []), key=lambda entry: str(entry["reset_duration"]))
    return {**config, "budgets": budgets, "budget": next(iter(budgets), None)}


def _floats(value: Any) -> Any:
    return float(value) if type(value) is int and abs(value) < 2**53 else value


def _whole_seconds(value: Any) -> Any:
    return _INSTANT.sub(r"\1+00:00", value) if isinstance(value, str) else value


def _another_zone(value: Any) -> Any:
    """Return an instant in UTC as one an hour and a half ahead, where it is the same day."""
    if not isinstance(value, str) or not _INSTANT.fullmatch(value):
        return value
    return datetime.fromisoformat(value).astimezone(timezone(timedelta(hours=5, minutes=30))).isoformat()


def _statuses(changed: dict[tuple[str, int], int]) -> Callable[[], Fault]:
    def fault(call: Call, handler: Handler) -> Reply:
        reply = handler(call)
        return replace(reply, status=changed.get((call.operation, reply.status), reply.status))

    return lambda: fault


def _key_404(call: Call, handler: Handler) -> Reply:
    reply = handler(call)
    violations = (reply.value or {}).get("extra_fields", {}).get("violations", []) if reply.status == 400 else []
    return replace(reply, status=404) if violations and {v["rule"] for v in violations} == {"REQ-06"} else reply


def _short_errors(call: Call, handler: Handler) -> Reply:
    reply = handler(call)
    return reply if reply.is_success else Reply(reply.status, {"error": {"message": "Nein."}})


def _wordy_errors(call: Call, handler: Handler) -> Reply:
    reply = handler(call)
    if reply.is_success:
        return reply
    return replace(reply, value={"error": {"message": "✗", "code": None, "type": "bad", "detail": []}, "trace": "0x1"})


def _slow(call: Call, handler: Handler) -> Reply:
    time.sleep(0.02)
    return handler(call)


def _charset(call: Call, handler: Handler) -> Reply:
    return replace(handler(call), media_type="Application/JSON; Charset=UTF-8")


def _bare_401(call: Call, handler: Handler) -> Reply:
    reply = handler(call)
    return replace(reply, headers={"X-Request-Id": "1"})


def _other_messages(call: Call, handler: Handler) -> Reply:
    reply = handler(call)
    return replace(reply, value={**reply.value, "message": "ok"}) if "message" in (reply.value or {}) else reply


def _prefixed(app: WSGIApplication) -> WSGIApplication:
    def under(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path = (
            environ["PATH_INFO"].removeprefix("/gateway/v2")
            if environ["PATH_INFO"].startswith("/gateway/v2")
            else "/no"
        )
        return app({**environ, "PATH_INFO": path}, start_response)

    return under


class Numbered(Ledger):
    """Numbers its configs."""

    def __init__(self) -> None:
        super().__init__()
        self.last = 0

    def new_id(self) -> str:
        with self.lock:
            self.last += 1
            return str(self.last)


class Inhabited(Numbered):
    """Numbers its configs, and has a dozen already, so that many a number is an id."""

    def __init__(self) -> None:
        super().__init__()
        for number in range(12):
            self.keep(self.made({"model_name": f"model-{number}", "provider": "openai"}))


class ColonIds(Ledger):
    """Has ids with characters that must be escaped in a path."""

    def new_id(self) -> str:
        return f"mc:{super().new_id()}=@+ä"


class Strict(Ledger):
    """Refuses members that it does not know, which the contract leaves open."""

    def check(self, body: Row, operation: str) -> None:
        known = {"model_name", "provider", "scope", "scope_id", "budgets", "rate_limit"}
        if not set(body) <= known or (body.get("scope", "global") == "global" and body.get("scope_id")):
            raise Refused(400, "unknown member")
        super().check(body, operation)


class PlainText(Ledger):
    """Refuses names and providers that are long or not printable ASCII."""

    def check(self, body: Row, operation: str) -> None:
        for name in ("model_name", "provider"):
            text = body.get(name)
            if isinstance(text, str) and (len(text) > 255 or not text.isascii() or not text.isprintable()):
                raise Refused(400, f"{name} has characters that are not allowed")
        super().check(body, operation)


class Cautious(Ledger):
    """Refuses what is beyond the range in which a double counts exactly, and bodies that are large."""

    def read(self, call: Call) -> Row:
        if len(call.body) > 65536:
            raise Refused(413 if call.operation == "" else 400, "too large")
        return super().read(call)

    def check_budget(self, entry: Any) -> None:
        super().check_budget(entry)
        if not 1e-9 <= entry["max_limit"] <= 1e15:
            raise Refused(400, "max_limit is out of range")


class Ignoring(Ledger):
    """Answers an update that sends another scope with 400."""

    def check(self, body: Row, operation: str) -> None:
        if operation == "update" and {"scope", "scope_id"} & set(body):
            raise Refused(400, "scope cannot change")
        super().check(body, operation)


class Restless(Ledger):
    """Shows members of its own that change with every answer, in configs, budgets and rate limits."""

    def shown(self, row: Row) -> Row:
        shown = {**super().shown(row), "etag": self.new_id(), "served_at": self.now()}
        budgets = [{**entry, "left": self.new_id()} for entry in shown["budgets"]]
        return {**shown, "budgets": budgets, "budget": next(iter(budgets), None)}


class JsonFirst(Ledger):
    """Reads the body before it looks at the key, so that malformed JSON answers 400 to everybody."""

    def answer(self, call: Call) -> Reply:
        if call.operation in ("create", "update") and call.json is NOTHING:
            return refusal(400, "no JSON")
        return super().answer(call)


class ManyDurations(Ledger):
    """Takes compound and fractional durations too."""

    def is_duration(self, value: Any) -> bool:
        return super().is_duration(value) or (isinstance(value, str) and value in ("1h30m", "1.5d", "500ms", "90m30s"))


class Adopting(Ledger):
    """Gives a rate limit a new id each time it is replaced, and shows a hash that changes."""

    def rate(self, sent: Row | None, old: Row) -> Row:
        return super().rate(sent, {**old, "id": None})

    def shown(self, row: Row) -> Row:
        return {**super().shown(row), "config_hash": self.new_id()}


class Doubles(Ledger):
    """Keeps limits of budgets as numbers of double precision."""

    def budget(self, entry: Row, old: Row) -> Row:
        kept = float(entry["max_limit"])
        return {**super().budget(entry, old), "max_limit": int(kept) if kept.is_integer() else kept}


class OpenLimits(Ledger):
    """Makes a rate limit without limits of an empty object in a create, and forgets a duration without its max."""

    def made(self, body: Row) -> Row:
        row = super().made(body)
        return {**row, **super().rate({"": None}, {})} if body.get("rate_limit") == {} else row

    def rate(self, sent: Row | None, old: Row) -> Row:
        windows = {f"{metric}_reset_duration": f"{metric}_max_limit" for metric in ("token", "request")}
        return super().rate({k: v for k, v in (sent or {}).items() if windows.get(k, k) in (sent or {})}, old)


def _app(kind: type[Ledger] = Ledger) -> Callable[[], WSGIApplication]:
    return ledger(kind)


class AnyCaseOfMembers(Ledger):
    """Reads members whatever the case of their names."""

    def read(self, call: Call) -> Row:
        return {name.lower(): item for name, item in super().read(call).items()}


class FirstMemberCounts(Ledger):
    """Takes the first of equal members."""

    def read(self, call: Call) -> Row:
        super().read(call)
        value = json.loads(call.body, object_pairs_hook=lambda pairs: dict(reversed(pairs)))
        return value if isinstance(value, dict) else {}


class OnlyJson(Ledger):
    """Refuses another content type with 415."""

    def read(self, call: Call) -> Row:
        if not call.headers.get("content-type", "").startswith("application/json"):
            raise Refused(415, "send application/json")
        return super().read(call)


class WholeLimits(Ledger):
    """Refuses an integer that is written as 1.0."""

    def is_limit(self, value: Any) -> bool:
        return isinstance(value, int) and super().is_limit(value)


class ConvertedDurations(Ledger):
    """Refuses durations that are equal only after conversion."""

    def check_distinct(self, budgets: list[Row], operation: str) -> None:
        super().check_distinct(budgets, operation)
        lengths = [_seconds(entry["reset_duration"]) for entry in budgets]
        if len(set(lengths)) < len(lengths):
            raise Refused(400, "durations of one length")


class SmallDefaultPage(Ledger):
    """Has pages of 25 where no limit is sent, and takes a limit of 0 for none."""

    def count(self, call: Call, name: str, default: int) -> int:
        number = super().count(call, name, 25 if name == "limit" else default)
        return number or (25 if name == "limit" else 0)


class NoLookups(Ledger):
    """Has no look-ups."""

    def looked_up(self, call: Call) -> Reply:  # noqa: ARG002 - all are alike
        raise Refused(404, "no such operation")


class Aligned(Ledger):
    """Begins windows with the day, and says so."""

    def made(self, body: Row) -> Row:
        return {**super().made(body), "calendar_aligned": True}

    def budget(self, entry: Row, old: Row) -> Row:
        made = super().budget(entry, old)
        return {**made, "last_reset": made["last_reset"][:10] + "T00:00:00Z", "calendar_aligned": True}


class Nameless(Ledger):
    """Resolves no names of scope targets, and shows empty lists and objects for what is absent."""

    def shown(self, row: Row) -> Row:
        return {**{name: item for name, item in super().shown(row).items() if name != "scope_name"}, "team_id": None}


class Nanoseconds(Ledger):
    """Writes instants with as many digits as they need, up to nine."""

    def now(self) -> str:
        return f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%f}".rstrip("0").rstrip(".") + "Z"

    def shown(self, row: Row) -> Row:
        shown: Row = deep(
            super().shown(row), lambda value: _FINE.sub(r"\g<0>004", value) if isinstance(value, str) else value
        )
        return shown


class KnownIdsOnly(Ledger):
    """Refuses an update that names a budget which the config does not have."""

    def changed(self, row: Row, body: Row) -> Row:
        known = {entry["id"] for entry in row["budgets"]} | {None}
        if any(entry.get("id") not in known for entry in body.get("budgets") or ()):
            raise Refused(400, "no such budget")
        return super().changed(row, body)


class Turning(Ledger):
    """Shows budgets in another order each time."""

    def __init__(self) -> None:
        super().__init__()
        self.turns = 0

    def shown(self, row: Row) -> Row:
        self.turns += 1
        at = self.turns % max(1, len(row["budgets"]))
        return super().shown({**row, "budgets": row["budgets"][at:] + row["budgets"][:at]})


class SavesAll(Ledger):
    """Writes budgets and rate limit anew with every update of their config, so that they were updated then too."""

    def changed(self, row: Row, body: Row) -> Row:
        changed = super().changed(row, body)
        told = {"updated_at": changed["updated_at"]}
        rate = {"rate_limit": {**changed["rate_limit"], **told}} if changed.get("rate_limit") else {}
        return {**changed, **rate, "budgets": [{**entry, **told} for entry in changed["budgets"]]}


class Undecided(Ledger):
    """Shows what is absent as null, as nothing, as an empty object or as an empty list, as it comes."""

    def __init__(self) -> None:
        super().__init__()
        self.turns = 0

    def shown(self, row: Row) -> Row:
        self.turns += 1
        empty: tuple[Row, ...] = ({"rate_limit": None, "budget": None, "scope_id": None}, {}, {"provider": None})
        shown = {**empty[self.turns % 3], **super().shown(row)}
        if not shown["budgets"] and self.turns % 2:
            del shown["budgets"]
        return shown


class NullMetrics(Ledger):
    """Shows null for the limits that a rate limit does not have."""

    def shown(self, row: Row) -> Row:
        shown = super().shown(row)
        names = ("token_max_limit", "token_reset_duration", "request_max_limit", "request_reset_duration")
        return (
            {**shown, "rate_limit": {**dict.fromkeys(names), **shown["rate_limit"]}} if "rate_limit" in row else shown
        )


class Particular(Ledger):
    """Refuses a query that it cannot make sense of: an unknown scope, control characters, more than a page holds."""

    def listed(self, call: Call) -> Reply:
        is_scope = call.query.get("scope", "global") in ("", "global", "virtual_key", "user")
        if not is_scope or not "".join(call.query.values()).isprintable() or self.count(call, "limit", 1) > 100:
            raise Refused(400, "no such query")
        return super().listed(call)


class Departing(Ledger):
    """Answers a delete with the config that is gone."""

    def delete(self, call: Call) -> Reply:
        gone = self.get(call).value
        return replace(super().delete(call), value={"message": "deleted", **gone})


def _spelt_otherwise(call: Call, handler: Handler) -> Reply:
    """Write JSON with blanks and escapes wherever JSON allows them, and large limits with an exponent."""
    reply = handler(call)
    if reply.value is None:
        return reply
    text = (
        json.dumps(reply.value, indent="\t", separators=(" ,", " : ")).replace("/", "\\/").replace("ct-", "\\u0063t-")
    )
    return replace(reply, raw=re.sub(r'("max_limit" : [1-9])000000\b(?!\.)', r"\1.0E+6", f"\r\n{text}\n").encode())


_FINE = re.compile(r"T\d\d:\d\d:\d\d\.\d{6}")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800, "M": 2592000, "Y": 31536000}


def _seconds(duration: str) -> int:
    return int(duration[:-1]) * _SECONDS[duration[-1]]


def _small_pages(call: Call, handler: Handler) -> Reply:
    if call.operation == "list" and call.query.get("limit", "").isdecimal() and int(call.query["limit"]) > 20:
        call = replace(call, query={**call.query, "limit": "20"})
    return handler(call)


def _no_nul(call: Call, handler: Handler) -> Reply:
    if "\x00" in str(dict(call.query)) or b"\\u0000" in call.body:
        return refusal(400, "no NUL")
    return handler(call)


def _correct(member_id: str, description: str, make: Callable[[], WSGIApplication], **more: Any) -> Member:
    return Member(f"correct-{member_id}", description, (), make, **more)


def _around(member_id: str, description: str, fault: Fault) -> Member:
    return _correct(member_id, description, around(lambda: fault))


CORRECT: tuple[Member, ...] = (
    _correct("mock", "the mock as it is", lambda: as_wsgi(mock())),
    _correct("independent", "a dict and the standard library", _app(), serve=threaded()),
    _correct("nulls", "null for absent optional members", shown(_nulls)),
    _correct("null-budgets", "null for no budgets", shown(_null_budgets)),
    _correct("no-mirror", "no member budget", shown(_no_mirror)),
    _correct("extra-members", "members that nobody documents", shown(_extra)),
    _correct("budgets-reversed", "budgets in the opposite order", shown(_reversed_budgets)),
    _correct("budgets-sorted", "budgets by duration", shown(_by_duration)),
    _correct("floats", "numbers as 1.0", shown(lambda config: deep(config, _floats))),
    _correct(
        "whole-seconds", "instants of whole seconds with +00:00", shown(lambda config: deep(config, _whole_seconds))
    ),
    _correct("another-zone", "instants in the zone +05:30", shown(lambda config: deep(config, _another_zone))),
    _correct(
        "known-is-400",
        "400 for an identity that is taken",
        around(_statuses({("create", 409): 400, ("update", 409): 400})),
    ),
    _around("key-is-404", "404 for an unknown virtual key", _key_404),
    _around("short-errors", "errors with nothing but error.message", _short_errors),
    _around("wordy-errors", "errors of another wording with other members", _wordy_errors),
    _around("slow", "20 ms for each answer", _slow),
    _around("charset", "a content type with charset, in capitals", _charset),
    _around("headers", "other headers, no WWW-Authenticate", _bare_401),
    _around("messages", "other success messages", _other_messages),
    _around("no-nul", "NUL is refused", _no_nul),
    _around("small-pages", "at most 20 entries on a page", _small_pages),
    _correct("http10", "HTTP/1.0", _app(), serve=threaded(protocol="HTTP/1.0")),
    _correct("chunked", "chunked bodies", _app(), serve=threaded(chunked=True)),
    _correct("prefix", "below a path prefix", lambda: _prefixed(as_wsgi(mock())), path="/gateway/v2"),
    _correct("numbered", "ids are numbers in strings", _app(Numbered)),
    _correct("inhabited", "a dozen configs of others, with numbers for ids", _app(Inhabited)),
    _correct("odd-ids", "ids that must be escaped", _app(ColonIds)),
    _correct("strict", "unknown members are refused", _app(Strict)),
    _correct("plain-text", "names that are not plain text are refused", _app(PlainText)),
    _correct("cautious", "extreme numbers and large bodies are refused", _app(Cautious)),
    _correct("any-case", "members in any case", _app(AnyCaseOfMembers)),
    _correct("first-member", "the first of equal members counts", _app(FirstMemberCounts)),
    _correct("only-json", "415 for another content type", _app(OnlyJson)),
    _correct("whole-limits", "1.0 is no integer", _app(WholeLimits)),
    _correct("converted", "durations of one length are refused", _app(ConvertedDurations)),
    _correct("default-page", "pages of 25 without a limit", _app(SmallDefaultPage)),
    _correct("no-look-ups", "no look-ups", _app(NoLookups)),
    _correct("aligned", "windows begin with the day", _app(Aligned)),
    _correct("nameless", "no scope_name", _app(Nameless)),
    _correct("nanoseconds", "instants of up to nine digits", _app(Nanoseconds)),
    _correct("restless", "other members that change from answer to answer", _app(Restless)),
    _correct("json-first", "malformed JSON is refused before the key is looked at", _app(JsonFirst)),
    _correct("scope-refused", "an update with a scope is refused", _app(Ignoring)),
    _correct("more-durations", "compound durations are accepted", _app(ManyDurations)),
    _correct("known-ids", "an unknown budget id is refused", _app(KnownIdsOnly)),
    _correct("turning", "budgets in another order each time", _app(Turning)),
    _correct("saves-all", "an update writes what is below a config anew", _app(SavesAll)),
    _correct("undecided", "absent members now null, now left out", _app(Undecided)),
    _correct("null-metrics", "null for a metric without limit", _app(NullMetrics)),
    _correct("particular", "queries without sense are refused", _app(Particular)),
    _correct("departing", "a delete answers the config", _app(Departing)),
    _correct("closing", "the connection is closed after each answer", _app(), serve=threaded(closing=True)),
    _around("spelt-otherwise", "JSON with other blanks, escapes and exponents", _spelt_otherwise),
    _correct("doubles", "limits are doubles, also beyond 2^53", _app(Doubles)),
    _correct("open-limits", "an empty rate limit is one, a duration alone is none", _app(OpenLimits)),
    _correct("new-rate-ids", "a new id for each rate limit, hashes that change", _app(Adopting)),
)

__all__ = ["CORRECT"]
