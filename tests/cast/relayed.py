"""Faulty servers written by hand: the mock, with one thing wrong on the way in or out."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from tests.cast import mutations as m
from tests.cast.member import Member, around
from tests.cast.wire import JSON, Call, Fault, Handler, Reply, refusal

FAULTY: list[Member] = []
Row = dict[str, Any]


def faulty(member_id: str, description: str, breaks: str, fault: Callable[[], Fault], needs: str = "gate") -> None:
    """Take a mock with a fault around it into the cast."""
    FAULTY.append(Member(f"relay-{member_id}", description, tuple(breaks.split()), around(fault), needs))


def _with_budgets(change: Callable[[list[Row]], list[Row]]) -> Callable[[Row], Row]:
    def changed(config: Row) -> Row:
        budgets = change(config.get("budgets") or [])
        return {**config, "budgets": budgets, "budget": next(iter(budgets), None)}

    return changed


def _counted() -> Callable[[str], int]:
    counts: dict[str, int] = {}
    lock = threading.Lock()

    def count(key: str) -> int:
        with lock:
            counts[key] = counts.get(key, 0) + 1
            return counts[key]

    return count


def _every(number: int, operation: str, status: int) -> Callable[[], Fault]:
    def make() -> Fault:
        count = _counted()

        def fault(call: Call, handler: Handler) -> Reply:
            if call.operation == operation and count(operation) % number == 0:
                return refusal(status)
            return handler(call)

        return fault

    return make


def _second_read(change: Callable[[Row], Row]) -> Callable[[], Fault]:
    """Return the maker of a fault that shows only from the second read of a config on."""

    def make() -> Fault:
        count = _counted()

        def fault(call: Call, handler: Handler) -> Reply:
            reply = handler(call)
            if call.operation == "get" and count(call.path) > 1:
                return reply.with_configs(change)
            return reply

        return fault

    return make


def _after_update(change: Callable[[Row], Row], operations: tuple[str, ...]) -> Callable[[], Fault]:
    """Return the maker of a fault that shows only configs which were updated."""

    def make() -> Fault:
        updated: set[str] = set()

        def fault(call: Call, handler: Handler) -> Reply:
            reply = handler(call)
            if call.operation == "update" and reply.is_success:
                updated.add(call.config_id)
            if call.operation not in operations:
                return reply
            return reply.with_configs(lambda config: change(config) if config.get("id") in updated else config)

        return fault

    return make


def _where(test: Callable[[Row], Any], change: Callable[[Row], Row]) -> Callable[[Row], Row]:
    return lambda config: change(config) if test(config) else config


def _drop(*names: str) -> Callable[[Row], Row]:
    return lambda config: {name: item for name, item in config.items() if name not in names}


def _no_budgets(config: Row) -> Row:
    return {**config, "budgets": [], "budget": None}


def _refuse_all(call: Call, handler: Handler) -> Reply:
    """Answer 422 to what is valid JSON and breaks a rule."""
    reply = handler(call)
    return replace(reply, status=422) if reply.status == 400 and call.operation in ("create", "update") else reply


def _201(reply: Reply) -> Reply:
    return replace(reply, status=201) if reply.status == 200 else reply


def _204(reply: Reply) -> Reply:
    return replace(reply, status=204, raw=b"") if reply.status == 200 else reply


def _text(reply: Reply) -> Reply:
    return replace(reply, media_type="text/plain; charset=utf-8")


def _unwrapped(reply: Reply) -> Reply:
    return replace(reply, value=reply.config) if reply.config else reply


def _no_message(reply: Reply) -> Reply:
    return replace(reply, value={n: i for n, i in reply.value.items() if n != "message"}) if reply.is_success else reply


def _echoes_request(call: Call, handler: Handler) -> Reply:
    """Answer an update with what was sent, over what was there before."""
    before = handler(call.on_config("GET", call.config_id)).config if call.operation == "update" else {}
    reply = handler(call)
    if call.operation == "update" and reply.is_success:
        return replace(
            reply, value={**reply.value, "model_config": {**before, "updated_at": reply.config["updated_at"]}}
        )
    return reply


def _update_forgets(call: Call, handler: Handler) -> Reply:
    """Answer an update as if it was done, and do nothing."""
    if call.operation != "update":
        return handler(call)
    before = handler(call.on_config("GET", call.config_id)).config
    reply = handler(call)
    if reply.is_success:
        budgets = [{k: e[k] for k in ("id", "max_limit", "reset_duration")} for e in before.get("budgets", ())]
        undone = {"model_name": before["model_name"], "budgets": budgets, "rate_limit": _limits(before)}
        handler(call.on_config("PUT", call.config_id, undone))
    return reply


def _limits(config: Row) -> Row:
    return {n: i for n, i in (config.get("rate_limit") or {}).items() if n.endswith(("max_limit", "reset_duration"))}


def _create_vanishes() -> Fault:
    count = _counted()

    def fault(call: Call, handler: Handler) -> Reply:
        reply = handler(call)
        if call.operation == "create" and reply.is_success and count("create") % 7 == 0:
            handler(call.on_config("DELETE", reply.config["id"]))
        return reply

    return fault


def _get_writes(call: Call, handler: Handler) -> Reply:
    """Remove the rate limit of a config when it is read."""
    reply = handler(call)
    if call.operation == "get" and reply.config.get("rate_limit"):
        handler(call.on_config("PUT", call.config_id, {"rate_limit": {}}))
    return reply


def _list_writes(call: Call, handler: Handler) -> Reply:
    """Move updated_at of every config that is listed."""
    reply = handler(call)
    if call.operation == "list" and reply.is_success:
        for config in reply.value["model_configs"][-5:]:
            handler(call.on_config("PUT", config["id"], {}))
    return reply


def _delete_refused(call: Call, handler: Handler) -> Reply:
    """Refuse to delete a config that has budgets."""
    if call.operation == "delete" and handler(call.on_config("GET", call.config_id)).config.get("budgets"):
        return refusal(400, "has budgets")
    return handler(call)


def _put_on_list(call: Call, handler: Handler) -> Reply:
    """Answer 200 to a method that the path does not support."""
    reply = handler(call)
    return Reply(200, {}) if reply.status == 405 else reply


def _patch_deletes(call: Call, handler: Handler) -> Reply:
    """Take PATCH for DELETE."""
    reply = handler(call.on_config("DELETE", call.config_id)) if call.method == "PATCH" and call.config_id else None
    return handler(call) if reply is None else refusal(405)


def _unknown_paths(call: Call, handler: Handler) -> Reply:
    """Answer the list at every path below."""
    reply = handler(call)
    return handler(call.listing()) if reply.status == 404 and not call.operation and call.method == "GET" else reply


def _odd_fails(call: Call, handler: Handler) -> Reply:
    """Answer 500 to malformed JSON."""
    from tests.cast.wire import NOTHING  # noqa: PLC0415

    return (
        refusal(500) if call.operation in ("create", "update") and call.json is NOTHING and call.body else handler(call)
    )


def _deep_fails(call: Call, handler: Handler) -> Reply:
    """Answer 500 to bodies of many levels."""
    return refusal(500) if call.body.count(b"[") + call.body.count(b"{") > 1000 else handler(call)


def _nul_fails(call: Call, handler: Handler) -> Reply:
    """Answer 500 to NUL in names, as PostgreSQL does."""
    return refusal(500) if b"\\u0000" in call.body or b"\x00" in call.body else handler(call)


def _long_fails(call: Call, handler: Handler) -> Reply:
    """Answer 500 to names beyond 255 characters."""
    name = call.json.get("model_name") if isinstance(call.json, dict) else None
    return (
        refusal(500)
        if isinstance(name, str) and len(name) > 255 and call.headers.get("authorization")
        else handler(call)
    )


def _quote_fails(call: Call, handler: Handler) -> Reply:
    """Answer 500 to a quote in a search, as a query built of text does."""
    return refusal(500) if "'" in call.query.get("search", "") else handler(call)


def _wide_fails(call: Call, handler: Handler) -> Reply:
    """Answer 500 to an offset beyond 64 bits."""
    return (
        refusal(500)
        if len(call.query.get("offset", "")) > 18 or len(call.query.get("limit", "")) > 18
        else handler(call)
    )


def _infinite_fails(call: Call, handler: Handler) -> Reply:
    """Answer 500 to numbers beyond a double."""
    return refusal(500) if b"e400" in call.body or b"9" * 400 in call.body else handler(call)


def _list_swaps(reply: Reply) -> Reply:
    """Give every config the budgets of its neighbour in the list."""
    if not reply.is_success:
        return reply
    configs = reply.value["model_configs"]
    swapped = [
        {**c, "budgets": o.get("budgets"), "budget": o.get("budget")}
        for c, o in zip(configs, configs[1:] + configs[:1], strict=True)
    ]
    return replace(reply, value={**reply.value, "model_configs": swapped})


def _list_doubles(reply: Reply) -> Reply:
    if not reply.is_success or not reply.value["model_configs"]:
        return reply
    return replace(
        reply, value={**reply.value, "model_configs": [*reply.value["model_configs"], reply.value["model_configs"][0]]}
    )


def _list_is_late() -> Fault:
    """List what there was at the last list."""
    held: dict[str, Reply] = {}

    def fault(call: Call, handler: Handler) -> Reply:
        reply = handler(call)
        if call.operation != "list" or call.query.get("search") or not reply.is_success:
            return reply
        key = str(sorted(call.query.items()))
        before, held[key] = held.get(key, reply), reply
        return before

    return fault


def _off(number: int) -> Callable[[Reply], Reply]:
    def change(reply: Reply) -> Reply:
        return (
            replace(reply, value={**reply.value, "total_count": reply.value["total_count"] + number})
            if reply.is_success
            else reply
        )

    return change


def _count_text(reply: Reply) -> Reply:
    return (
        replace(reply, value={**reply.value, "total_count": str(reply.value["total_count"])})
        if reply.is_success
        else reply
    )


def _bare_list(reply: Reply) -> Reply:
    return replace(reply, value=reply.value["model_configs"]) if reply.is_success else reply


def _moves_neighbour() -> Fault:
    """Remove the budgets of the newest other config with every update."""

    def fault(call: Call, handler: Handler) -> Reply:
        reply = handler(call)
        if call.operation == "update" and reply.is_success:
            others = handler(call.listing(limit="100")).value["model_configs"]
            newest = next((c for c in reversed(others) if c["id"] != call.config_id), None)
            if newest:
                handler(call.on_config("PUT", newest["id"], {"budgets": []}))
        return reply

    return fault


def _old_mirror() -> Fault:
    first: dict[str, Any] = {}

    def change(config: Row) -> Row:
        return {**config, "budget": first.setdefault(config["id"], config.get("budget"))}

    def fault(call: Call, handler: Handler) -> Reply:
        return handler(call).with_configs(change)

    return fault


_usage = m.on_lines(m.on_reply(("current_usage",), lambda value: value + 1))

faulty(
    "every-seventh-create-vanishes",
    "every seventh config is gone at once",
    "LIFE-01 LIFE-05 RACE-01 RACE-02 RESP-02",
    _create_vanishes,
)
faulty(
    "update-answers-before",
    "an update is answered with the config as it was before",
    "RESP-02 PUT-01 PUT-02 PUT-04",
    lambda: _echoes_request,
)
faulty(
    "update-does-nothing",
    "an update is answered as if it was done",
    "PUT-03 RESP-02 PUT-02 PUT-01 PUT-04 PUT-06 IDN-01 IDN-02 LIST-03 RACE-03",
    lambda: _update_forgets,
)
faulty(
    "get-writes",
    "reading a config removes its rate limit",
    "LIFE-05 RESP-02 PUT-01 LIFE-02 RATE-01 AUTH-06 RATE-06 RACE-03 PUT-04",
    lambda: _get_writes,
)
faulty("list-touches", "listing moves updated_at", "LIFE-05 RESP-02 LIFE-02 AUTH-06 IDN-02", lambda: _list_writes)
faulty("update-clears-newest", "an update removes the budgets of the newest other config", "LIFE-05", _moves_neighbour)
faulty("delete-needs-no-budgets", "a config with budgets cannot be deleted", "LIFE-04 RESP-01", lambda: _delete_refused)
faulty(
    "answers-422",
    "422 for what breaks a rule",
    "REQ-01 REQ-03 REQ-05 REQ-06 REQ-07 REQ-08 REQ-10 BUD-01 BUD-03 BUD-05 BUD-06 RATE-02 RATE-03 RATE-04 PUT-08 "
    "RESP-01 ROB-01",
    lambda: _refuse_all,
)
faulty("create-201", "create answers 201", "RESP-01 RACE-01 RACE-02 REQ-02 REQ-05", m.replied(_201, ("create",)))
faulty("delete-204", "delete answers 204", "RESP-01 RACE-04 LIFE-04", m.replied(_204, ("delete",)))
faulty(
    "text-plain", "answers are text/plain", "RESP-01", m.replied(_text, ("create", "get", "list", "update", "delete"))
)
faulty(
    "errors-text-plain",
    "errors are text/plain",
    "RESP-01 RESP-05",
    m.replied(lambda r: r if r.is_success else _text(r), ("create", "get", "list", "update", "delete")),
)
faulty("get-unwrapped", "get answers the bare config", "RESP-01 LIFE-01 RESP-02", m.replied(_unwrapped, ("get",)))
faulty("delete-without-message", "delete answers no message", "RESP-01", m.replied(_no_message, ("delete",)))
faulty("method-200", "200 for an unsupported method", "ROB-02", lambda: _put_on_list)
faulty("patch-deletes", "PATCH deletes, and answers 405", "ROB-02 LIFE-01", lambda: _patch_deletes)
faulty("unknown-path-200", "the list at unknown paths", "ROB-02 RESP-01", lambda: _unknown_paths)
faulty("malformed-500", "500 for malformed JSON", "REQ-09 REQ-08", lambda: _odd_fails)
faulty("deep-500", "500 for deep bodies", "REQ-09", lambda: _deep_fails)
faulty("nul-500", "500 for NUL", "REQ-09 ROB-01", lambda: _nul_fails)
faulty("long-500", "500 for long names", "REQ-09 ROB-01", lambda: _long_fails)
faulty("quote-500", "500 for a quote in a search", "REQ-09", lambda: _quote_fails)
faulty("wide-offset-500", "500 for an offset beyond 64 bits", "REQ-09", lambda: _wide_fails)
faulty("infinite-500", "500 for numbers beyond a double", "REQ-09", lambda: _infinite_fails)
faulty("every-50th-create-fails", "500 for every 50th create", "REQ-09", _every(50, "create", 500))
faulty(
    "list-swaps-budgets",
    "the list gives each config its neighbour's budgets",
    "RESP-02 LIFE-05 IDN-02 LIFE-02 RACE-02",
    m.replied(_list_swaps, ("list",)),
)
faulty(
    "list-doubles-first",
    "the list shows its first config twice",
    "LIFE-01 LIST-02 LIST-01 RESP-03",
    m.replied(_list_doubles, ("list",)),
)
faulty(
    "list-is-late",
    "the list shows what it showed the time before",
    "LIFE-01 LIFE-04 LIST-01 LIST-02 RESP-02 IDN-02 LIFE-05",
    _list_is_late,
)
faulty("total-plus-one", "total_count is one too many", "LIST-01", m.replied(_off(1), ("list",)))
faulty("total-as-text", "total_count is a text", "LIST-01 RESP-01", m.replied(_count_text, ("list",)))
faulty("bare-list", "the list is a bare array", "RESP-01 LIST-01", m.replied(_bare_list, ("list",)))
faulty("stale-get", "get answers what it first answered", "PUT-04 RESP-02 PUT-01 PUT-02 LIFE-04", m.stale)
faulty(
    "late-update",
    "an update shows 30 ms later",
    "PUT-03 PUT-04 PUT-06 RESP-02 PUT-01 PUT-02",
    lambda: m.late(("update",), 0.03),
)
faulty("late-delete", "a delete shows 30 ms later", "RACE-03 LIFE-04", lambda: m.late(("delete",), 0.03))
faulty("second-read-loses-budgets", "budgets are shown at the first read alone", "RESP-02", _second_read(_no_budgets))
faulty(
    "second-read-other-id",
    "the id changes from read to read",
    "RESP-03",
    _second_read(lambda c: {**c, "id": c["id"] + "x"}),
)
faulty(
    "after-update-id-changes",
    "an update gives a new id in its answer",
    "RESP-03 PUT-01",
    _after_update(lambda c: {**c, "id": c["id"].upper()}, ("update",)),
)
faulty(
    "after-update-no-mirror-match",
    "budget shows another line after an update",
    "BUD-09",
    _after_update(
        lambda c: {**c, "budget": c["budgets"][-1]} if len(c.get("budgets") or ()) > 1 else c, ("update", "get", "list")
    ),
)
faulty(
    "after-update-list-loses-provider",
    "the list leaves the provider of updated configs out",
    "RESP-02 LIFE-05",
    _after_update(_drop("provider"), ("list",)),
)
faulty(
    "after-update-zone-lost",
    "updated_at has no zone after an update",
    "RESP-04",
    _after_update(lambda c: {**c, "updated_at": c["updated_at"].rstrip("Z")}, ("update", "get", "list")),
)
faulty(
    "user-scope-name-as-id",
    "scope_id of a user comes back as the name",
    "RESP-02",
    m.shown(_where(lambda c: c.get("scope") == "user", lambda c: {**c, "scope_id": c.get("scope_name")})),
)
faulty(
    "user-scope-loses-budgets",
    "budgets of users do not come back",
    "RESP-02 BUD-02",
    m.shown(_where(lambda c: c.get("scope") == "user", _no_budgets)),
)
faulty(
    "key-scope-loses-rate-limit",
    "rate limits of virtual keys do not come back",
    "RESP-02 RATE-01",
    m.shown(_where(lambda c: c.get("scope") == "virtual_key", _drop("rate_limit"))),
)
faulty(
    "global-scope-id-shown",
    "scope_id is an empty text with global",
    "RESP-02",
    m.shown(_where(lambda c: c["scope"] == "global", lambda c: {**c, "scope_id": "none"})),
)
faulty(
    "no-provider-is-empty",
    "an absent provider comes back as *",
    "RESP-02",
    m.shown(_where(lambda c: not c.get("provider"), lambda c: {**c, "provider": "*"})),
)
faulty(
    "non-ascii-escaped",
    "names beyond ASCII come back escaped",
    "ROB-01 RESP-02",
    m.shown(
        _where(
            lambda c: not c["model_name"].isascii(),
            lambda c: {**c, "model_name": c["model_name"].encode("ascii", "backslashreplace").decode()},
        )
    ),
)
faulty(
    "five-budgets-sorted-away",
    "of more than five budgets the first is lost",
    "BUD-02 RESP-02 BUD-04 BUD-06 PUT-02",
    m.shown(_with_budgets(lambda b: b[1:] if len(b) > 5 else b)),
)
faulty("usage-not-zero", "new budgets begin with usage 1", "BUD-08 PUT-03", m.shown(_usage))
faulty(
    "usage-above-a-million",
    "budgets above 10^6 begin with usage",
    "BUD-08 PUT-03",
    m.shown(m.on_lines(lambda e: {**e, "current_usage": 5} if e["max_limit"] > 10**6 else e)),
)
faulty(
    "rate-usage-not-zero",
    "new rate limits begin with usage 1",
    "RATE-05",
    m.shown(m.on_reply(("rate_limit", "token_current_usage"), lambda v: v + 1)),
)
faulty(
    "budget-ids-shared",
    "all budgets of a config have one id",
    "BUD-08 PUT-03",
    m.shown(_with_budgets(lambda b: [{**e, "id": b[0]["id"]} for e in b])),
)
faulty(
    "budget-ids-constant",
    "budgets have their position as id",
    "BUD-08 PUT-03",
    m.shown(_with_budgets(lambda b: [{**e, "id": str(i)} for i, e in enumerate(b)])),
)
faulty(
    "last-reset-tomorrow",
    "last_reset is in the future",
    "BUD-08 RESP-04",
    m.shown(m.on_lines(m.on_reply(("last_reset",), lambda v: "2099" + v[4:]))),
)
faulty(
    "mirror-is-last",
    "budget mirrors the last line",
    "BUD-09",
    m.shown(lambda c: {**c, "budget": c["budgets"][-1]} if c.get("budgets") else c),
)
faulty("mirror-is-old", "budget stays what it was at the create", "BUD-09", _old_mirror)
faulty(
    "created-after-updated",
    "created_at is later than updated_at",
    "RESP-04 PUT-06",
    m.shown(lambda c: {**c, "created_at": "2099" + c["created_at"][4:]}),
)
faulty(
    "unix-timestamps",
    "timestamps are numbers",
    "RESP-04 RESP-01",
    m.shown(lambda c: {**c, "created_at": 1790000000, "updated_at": 1790000001}),
)
faulty(
    "space-in-timestamps",
    "timestamps have a space for T and no zone",
    "RESP-04",
    m.shown(lambda c: {**c, "created_at": c["created_at"].replace("T", " ").rstrip("Z")}),
)
faulty(
    "budget-timestamps-local",
    "timestamps of budgets have no zone",
    "RESP-04 BUD-08",
    m.shown(m.on_lines(m.on_reply(("created_at",), lambda v: v.rstrip("Z")))),
)
faulty("numeric-id", "ids are numbers", "RESP-03 RESP-01 LIFE-01", m.shown(lambda c: {**c, "id": int(c["id"][:8], 16)}))
faulty(
    "limit-as-text",
    "max_limit comes back as text",
    "BUD-04 RESP-01 RESP-02 BUD-02",
    m.shown(m.on_lines(m.on_reply(("max_limit",), str))),
)
faulty(
    "limit-in-cents",
    "max_limit comes back in cents",
    "BUD-04 RESP-02 BUD-02 PUT-02",
    m.shown(m.on_lines(m.on_reply(("max_limit",), lambda v: v * 100))),
)
faulty(
    "durations-as-seconds",
    "durations come back as seconds",
    "RESP-01 RESP-02 BUD-02 PUT-02 PUT-03",
    m.shown(m.on_lines(m.on_reply(("reset_duration",), lambda v: {"1d": "24h", "1w": "7d"}.get(v, v)))),
)
faulty(
    "durations-lowered",
    "durations come back in small letters",
    "BUD-02 RESP-02 PUT-02",
    m.shown(m.on_lines(m.on_reply(("reset_duration",), str.lower))),
)
faulty("calendar-missing", "calendar_aligned is left out", "RESP-01", m.shown(_drop("calendar_aligned")))
faulty(
    "key-in-message",
    "errors have the message under msg",
    "RESP-05",
    m.replied(m.error_of({"error": {"msg": "no"}}), ("create", "update", "get", "list", "delete")),
)
faulty(
    "error-as-text",
    "error is a text",
    "RESP-05",
    m.replied(m.error_of({"error": "no"}), ("create", "update", "get", "list", "delete")),
)
faulty(
    "errors-html-on-404",
    "404 is a page",
    "RESP-05 RESP-01",
    m.replied(lambda r: m.html(r) if r.status == 404 else r, ("get", "update", "delete")),
)
faulty(
    "errors-html-on-401",
    "401 is a page",
    "RESP-05 RESP-01",
    m.replied(lambda r: m.html(r) if r.status == 401 else r, ("create", "update", "get", "list", "delete")),
)
faulty(
    "errors-empty-on-409",
    "409 has no body",
    "RESP-05",
    m.replied(lambda r: m.empty(r) if r.status == 409 else r, ("create", "update")),
)
faulty(
    "no-content-type",
    "answers have no content type",
    "RESP-01 RESP-05",
    m.replied(lambda r: replace(r, media_type="application/octet-stream" if r.media_type == JSON else ""), ("get",)),
)
