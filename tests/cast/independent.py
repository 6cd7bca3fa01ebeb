"""A small server of the same API that shares no line with the mock: a dict, a lock, and the standard library.

Each decision is a method of its own, so that a faulty server is a subclass which decides one thing otherwise.
"""

from __future__ import annotations

import json
import re
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from tests.cast.wire import COLLECTION, Call, Handler, Reply, refusal

KEY = "mock-development-key"
Row = dict[str, Any]

_KEYS = {"vk-one": "First key", "vk-two": "Second key"}
_USERS = {"user-one": "First user", "user-two": "Second user"}
_DURATION = re.compile(r"[1-9][0-9]*[smhdwMY]", re.ASCII)
_METRICS = ("token", "request")
_WHITE_SPACE = "\t\n\x0b\x0c\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))
"""What Unicode calls White_Space."""


class Refused(Exception):
    """A request that is not carried out."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


def is_number(value: Any) -> bool:
    """Return whether a JSON value is a number that a double can hold."""
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e308


class Ledger:
    """The configs, and what is done with them."""

    def __init__(self) -> None:
        self.rows: dict[str, Row] = {}
        self.lock: Any = threading.RLock()

    def answer(self, call: Call) -> Reply:
        """Return the reply to a call."""
        if not self.is_let_in(call):
            return refusal(401, "not authorised")
        try:
            return self.routed(call)
        except Refused as refused:
            return refusal(refused.status, str(refused))

    def routed(self, call: Call) -> Reply:
        """Carry a call out."""
        actions: dict[str, Handler] = {
            "list": self.listed,
            "create": self.create,
            "get": self.get,
            "update": self.update,
            "delete": self.delete,
        }
        if call.operation:
            return actions[call.operation](call)
        return self.looked_up(call)

    def looked_up(self, call: Call) -> Reply:
        """Answer the look-ups, and refuse what no operation has."""
        for path, member, found in (
            ("/api/governance/virtual-keys", "virtual_keys", _KEYS),
            ("/api/users", "users", _USERS),
        ):
            if call.path == path and call.method == "GET":
                entries = [{"id": key, "name": name} for key, name in found.items()]
                return Reply(200, {member: entries, "total_count": len(entries), "total": len(entries)})
        is_known = call.path == COLLECTION or (call.config_id and "/" not in call.config_id)
        raise Refused(405 if is_known else 404, "no such operation")

    def is_let_in(self, call: Call) -> bool:
        """Return whether the call has the key."""
        return call.headers.get("authorization", "") == f"Bearer {KEY}"

    def listed(self, call: Call) -> Reply:
        """Answer a page of the configs that match."""
        limit, offset = (self.count(call, name, default) for name, default in (("limit", 100), ("offset", 0)))
        with self.lock:
            matching = [row for row in self.ordered() if self.matches(row, call.query)]
        page = self.page(matching, min(limit, 100), offset)
        return Reply(
            200, {"model_configs": [self.shown(row) for row in page], "total_count": self.total(matching, page)}
        )

    def count(self, call: Call, name: str, default: int) -> int:
        """Return a number in the query."""
        text = call.query.get(name)
        if text is None:
            return default
        if not re.fullmatch(r"[0-9]+", text, re.ASCII):
            raise Refused(400, f"{name} must be a number from 0 on")
        return int(text) if len(text) < 19 else 10**18

    def ordered(self) -> Iterator[Row]:
        """Return all rows in the order of the list."""
        return iter(list(self.rows.values()))

    def matches(self, row: Row, query: Any) -> bool:
        """Return whether a row passes the filters."""
        return (
            self.found_by(row, query.get("search", ""))
            and query.get("scope") in (None, "", row["scope"])
            and query.get("provider") in (None, "", row.get("provider"))
        )

    def found_by(self, row: Row, search: str) -> bool:
        """Return whether a row matches a search."""
        return search.casefold() in row["model_name"].casefold()

    def page(self, rows: list[Row], limit: int, offset: int) -> list[Row]:
        """Return a part of the rows."""
        return rows[offset : offset + limit]

    def total(self, matching: list[Row], page: list[Row]) -> int:  # noqa: ARG002 - faulty ones look at the page
        """Return how many match in all."""
        return len(matching)

    def create(self, call: Call) -> Reply:
        """Make a config."""
        body = self.read(call)
        self.check(body, "create")
        with self.lock:
            row = self.made(body)
            self.require_free(row, None)
            self.keep(row)
        return Reply(200, {"message": "created", "model_config": self.shown(row)})

    def get(self, call: Call) -> Reply:
        """Answer a config."""
        with self.lock:
            return Reply(200, {"model_config": self.shown(self.row(call.config_id))})

    def update(self, call: Call) -> Reply:
        """Change a config."""
        self.row(call.config_id)
        body = self.read(call)
        self.check(body, "update")
        with self.lock:
            row = self.row(call.config_id)
            changed = self.changed(row, body)
            self.require_free(changed, row["id"])
            self.keep(changed)
        return Reply(200, {"message": "updated", "model_config": self.shown(changed)})

    def delete(self, call: Call) -> Reply:
        """Remove a config."""
        with self.lock:
            self.drop(self.row(call.config_id))
        return Reply(200, {"message": "deleted"})

    def row(self, config_id: str) -> Row:
        """Return the row with this id."""
        if config_id not in self.rows:
            raise Refused(404, "no such config")
        return self.rows[config_id]

    def keep(self, row: Row) -> None:
        """Store a row, new or changed."""
        self.rows[row["id"]] = row

    def drop(self, row: Row) -> None:
        """Forget a row."""
        del self.rows[row["id"]]

    def read(self, call: Call) -> Row:
        """Return the JSON object in a body."""
        try:
            value = json.loads(call.body.decode(), parse_constant=_refused_constant)
            json.dumps(value, ensure_ascii=False).encode()
        except (ValueError, RecursionError) as error:
            raise Refused(400, "the body is no JSON") from error
        if not isinstance(value, dict):
            raise Refused(400, "the body is no object")
        return value

    def check(self, body: Row, operation: str) -> None:
        """Refuse a body that breaks a rule."""
        self.check_name(body, operation)
        self.check_provider(body)
        if operation == "create":
            self.check_scope(body)
        self.check_budgets(body.get("budgets"), operation)
        self.check_rate(body.get("rate_limit"))

    def check_name(self, body: Row, operation: str) -> None:
        """Refuse what is no model name."""
        name = body.get("model_name")
        if name is None and operation == "update":
            return
        if not isinstance(name, str) or not name.strip(_WHITE_SPACE):
            raise Refused(400, "model_name is required")

    def check_provider(self, body: Row) -> None:
        """Refuse what is no provider."""
        if "provider" in body and not isinstance(body["provider"], str | None):
            raise Refused(400, "provider must be a string")
        if body.get("provider") == "":
            raise Refused(400, "provider must not be empty")

    def check_scope(self, body: Row) -> None:
        """Refuse what is no scope, or one without its target."""
        scope, scope_id = body.get("scope", "global"), body.get("scope_id")
        if scope not in ("global", "virtual_key", "user") or not isinstance(scope_id, str | None):
            raise Refused(400, "no such scope")
        if scope != "global" and not scope_id:
            raise Refused(400, "scope_id is required")
        if scope == "virtual_key" and scope_id not in _KEYS:
            raise Refused(400, "no such virtual key")

    def check_budgets(self, budgets: Any, operation: str) -> None:
        """Refuse what is no list of budgets with durations of their own."""
        if not isinstance(budgets, list | None):
            raise Refused(400, "budgets must be an array")
        for entry in budgets or ():
            self.check_budget(entry)
        self.check_distinct(budgets or [], operation)

    def check_distinct(self, budgets: list[Row], operation: str) -> None:  # noqa: ARG002 - faulty ones look at it
        """Refuse budgets of one duration."""
        durations = [entry["reset_duration"] for entry in budgets]
        if len(set(durations)) < len(durations):
            raise Refused(400, "each budget must have its own reset_duration")

    def check_budget(self, entry: Any) -> None:
        """Refuse what is no budget."""
        if not isinstance(entry, dict) or not is_number(entry.get("max_limit")) or entry["max_limit"] <= 0:
            raise Refused(400, "max_limit must be a positive number")
        if not self.is_duration(entry.get("reset_duration")) or not isinstance(entry.get("id"), str | None):
            raise Refused(400, "reset_duration must be a duration")

    def is_duration(self, value: Any) -> bool:
        """Return whether a value is a duration."""
        return isinstance(value, str) and _DURATION.fullmatch(value) is not None

    def check_rate(self, rate: Any) -> None:
        """Refuse what is no rate limit."""
        if not isinstance(rate, dict | None):
            raise Refused(400, "rate_limit must be an object")
        for metric in _METRICS if rate else ():
            self.check_metric(rate or {}, f"{metric}_max_limit", f"{metric}_reset_duration")

    def check_metric(self, rate: Row, limit: str, duration: str) -> None:
        """Refuse half a metric, and one that is wrong."""
        if limit in rate and not self.is_limit(rate[limit]):
            raise Refused(400, f"{limit} must be a positive integer of 64 bits")
        if duration in rate and not self.is_duration(rate[duration]):
            raise Refused(400, f"{duration} must be a duration")
        if limit in rate and duration not in rate:
            raise Refused(400, f"{duration} is required")

    def is_limit(self, value: Any) -> bool:
        """Return whether a value is a limit."""
        is_whole = isinstance(value, int) or (isinstance(value, float) and value.is_integer())
        return is_whole and not isinstance(value, bool) and 1 <= value < 2**63

    def require_free(self, row: Row, own_id: str | None) -> None:
        """Refuse an identity that another row has."""
        if any(self.identity(other) == self.identity(row) and other["id"] != own_id for other in self.rows.values()):
            raise Refused(409, "there is such a config already")

    def identity(self, row: Row) -> Any:
        """Return what tells a row from others."""
        return row["scope"], row.get("scope_id"), row["model_name"], row.get("provider")

    def new_id(self) -> str:
        """Return an id that nobody has."""
        return str(uuid.uuid4())

    def now(self) -> str:
        """Return the present time."""
        return datetime.now(UTC).isoformat(timespec="microseconds")

    def made(self, body: Row) -> Row:
        """Return the row that a body asks for."""
        now = self.now()
        row = {"id": self.new_id(), "model_name": body["model_name"], "scope": body.get("scope", "global")}
        if body.get("provider") is not None:
            row["provider"] = body["provider"]
        if row["scope"] != "global":
            row["scope_id"] = body["scope_id"]
            row["scope_name"] = {**_KEYS, **_USERS}.get(body["scope_id"])
        row |= {"calendar_aligned": False, "created_at": now, "updated_at": now}
        return row | {"budgets": self.budgets(body.get("budgets") or [], []), **self.rate(body.get("rate_limit"), {})}

    def changed(self, row: Row, body: Row) -> Row:
        """Return the row as an update leaves it."""
        changed = {**row, **{name: body[name] for name in ("model_name", "provider") if body.get(name) is not None}}
        if body.get("budgets") is not None:
            changed["budgets"] = self.budgets(body["budgets"], row["budgets"])
        if body.get("rate_limit") is not None:
            changed.pop("rate_limit", None)
            changed |= self.rate(body["rate_limit"], row.get("rate_limit") or {})
        return {**changed, "updated_at": self.moved_on(row)}

    def moved_on(self, row: Row) -> str:
        """Return the time of an update."""
        return max(self.now(), (datetime.fromisoformat(row["updated_at"]) + timedelta(microseconds=1)).isoformat())

    def budgets(self, entries: list[Row], old: list[Row]) -> list[Row]:
        """Return the budgets that are asked for; one that stays keeps what it had."""
        return [self.budget(entry, self.partner(entry, old)) for entry in entries]

    def partner(self, entry: Row, old: list[Row]) -> Row:
        """Return the budget that an entry continues, empty where it is new."""
        by_id = [each for each in old if entry.get("id") == each["id"]]
        by_duration = [each for each in old if entry["reset_duration"] == each["reset_duration"]]
        return next(iter(by_id or by_duration), {})

    def budget(self, entry: Row, old: Row) -> Row:
        """Return one budget."""
        now = self.now()
        kept = {name: old.get(name, now) for name in ("last_reset", "created_at")}
        return {
            "id": old.get("id") or self.new_id(),
            "max_limit": entry["max_limit"],
            "reset_duration": entry["reset_duration"],
            "current_usage": old.get("current_usage", 0),
            **kept,
            "updated_at": now,
        }

    def rate(self, sent: Row | None, old: Row) -> Row:
        """Return the member `rate_limit`, or nothing."""
        if not sent:
            return {}
        now = self.now()
        limits = {name: sent[name] for metric in _METRICS for name in _limits_of(metric) if name in sent}
        whole = {name: int(value) if isinstance(value, float) else value for name, value in limits.items()}
        kept = {name: old.get(name, now) for name in ("token_last_reset", "request_last_reset", "created_at")}
        usage = {name: old.get(name, 0) for name in ("token_current_usage", "request_current_usage")}
        return {"rate_limit": {"id": old.get("id") or self.new_id(), **whole, **usage, **kept, "updated_at": now}}

    def shown(self, row: Row) -> Row:
        """Return a row as clients see it."""
        return {**row, "budget": row["budgets"][0]} if row["budgets"] else dict(row)


def _limits_of(metric: str) -> tuple[str, str]:
    return f"{metric}_max_limit", f"{metric}_reset_duration"


def _refused_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")


@contextmanager
def served(
    handler: Handler, *, protocol: str = "HTTP/1.1", chunked: bool = False, closing: bool = False
) -> Iterator[str]:
    """Serve a handler with the standard library, and yield its URL."""

    class Door(BaseHTTPRequestHandler):
        protocol_version = protocol
        disable_nagle_algorithm = True
        wbufsize = -1  # headers and body leave together

        def answer(self) -> None:
            target = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers = {name.lower(): text for name, text in self.headers.items()}
            query = dict(parse_qsl(target.query, keep_blank_values=True))
            reply = handler(Call(self.command, unquote(target.path), query, headers, body))
            self.reply(
                reply.status, reply.media_type, json.dumps(reply.value).encode() if reply.raw is None else reply.raw
            )

        def reply(self, status: int, media_type: str, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", media_type)
            if closing:
                self.send_header("connection", "close")
            if chunked:
                self.send_header("Transfer-Encoding", "chunked")
                body = (
                    b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (body[:7], body[7:]) if part)
                    + b"0\r\n\r\n"
                )
            else:
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = answer  # noqa: N815 - names of the standard library

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


__all__ = ["KEY", "Ledger", "Refused", "Row", "is_number", "served"]
