"""The catalogue of refusals: every way in which the mock says no, and the documented error body."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from governance_contract.validation import Violation
from mockserver import headers
from mockserver.exchange import Response


@dataclass(frozen=True)
class Problem(Exception):
    """A refusal: its stable id, the status, one sentence for people, and the violations behind it."""

    id: str
    status: int
    message: str
    violations: tuple[Violation, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)

    def response(self) -> Response:
        """Return the answer with the documented error body."""
        rules = tuple(dict.fromkeys(violation.rule for violation in self.violations))
        told = headers.listed((violation.rule, {"at": violation.pointer}) for violation in self.violations)
        sent = {**self.headers, headers.VIOLATIONS: told} if told else self.headers
        return Response(self.status, orjson.dumps(self.as_json()), sent, rules=rules)

    def as_json(self) -> dict[str, Any]:
        """Return the documented error body (`ErrorResponse`)."""
        listed = [violation.as_json() for violation in self.violations]
        return {
            "is_bifrost_error": False,
            "status_code": self.status,
            "error": {"message": self.message},
            "extra_fields": {"violations": listed} if listed else {},
        }


def missing_key(what: str, how: str, challenge: str) -> Problem:
    """Return the refusal of a request without credentials: what is missing, and how it is sent (AUTH-01)."""
    return _unauthorized("missing-key", f"{what} is missing; send {how}", challenge)


def wrong_scheme(how: str, unsupported: str, challenge: str) -> Problem:
    """Return the refusal of a scheme that the document does not have (AUTH-03, AUTH-04)."""
    message = f"the Authorization header must be {how}; {unsupported} are not supported"
    return _unauthorized("wrong-scheme", message, challenge)


def wrong_key(challenge: str) -> Problem:
    """Return the refusal of a key that is not the management API key (AUTH-02, AUTH-05)."""
    return _unauthorized("wrong-key", "the API key is not a management API key of this server", challenge)


def wrong_token() -> Problem:
    """Return the refusal of a control request without the admin token, where one is set."""
    message = "the control API of this mock needs its token"
    return _unauthorized("wrong-token", f'{message}; send "Authorization: Bearer <admin token>"', "Bearer")


def foreign_host(host: str) -> Problem:
    """Return the refusal of a control request for a name that is not known to be this machine's."""
    message = f"the control API answers on this machine's own names, and {host[:200]!r} is none of them"
    return Problem("foreign-host", 403, f"{message}; use 127.0.0.1 or localhost, or set --admin-token")


def foreign_origin(origin: str) -> Problem:
    """Return the refusal of a control request from a page whose origin the settings do not name."""
    message = f"a page of {origin[:200]!r} may not use the control API"
    return Problem("foreign-origin", 403, f"{message}; allow it with --cors-origin {origin[:200]}")


def broken_rules(violations: tuple[Violation, ...], status: int) -> Problem:
    """Return the refusal of a request that breaks rules, with all violations."""
    more = len(violations) - 1
    message = violations[0].message + (f" (and {more} more, see extra_fields.violations)" if more else "")
    return Problem("broken-rules", status, message, violations)


def refused_by_dialect(message: str, status: int) -> Problem:
    """Return the refusal of what the contract allows and a real server refuses, by a deviation."""
    return Problem("refused-by-dialect", status, message)


def identity_taken(violation: Violation, status: int) -> Problem:
    """Return the refusal of a second resource with one identity (IDN-01, PUT-07)."""
    return Problem("identity-taken", status, violation.message, (violation,))


def unknown_key(resource: str, key: str) -> Problem:
    """Return the refusal of a request for a resource that does not exist (LIFE-03)."""
    return Problem("unknown-key", 404, f"there is no {resource} with id {key}")


def still_needed(resource: str, key: str, holder: str, more: int) -> Problem:
    """Return the refusal of the delete of a resource to which another one refers that forbids it."""
    others = f" and {more} more" if more else ""
    message = f"the {resource} {key} cannot be deleted: the {holder}{others} refers to it; delete that first"
    return Problem("still-needed", 409, message)


def unknown_name(what: str, name: str, known: Iterable[str]) -> Problem:
    """Return the refusal of a scenario, snapshot or session that does not exist."""
    listed = ", ".join(known) or "none yet"
    return Problem("unknown-name", 404, f"there is no {what} {name!r}; there is: {listed}")


def malformed_name(what: str, name: str) -> Problem:
    """Return the refusal of a name that a session or snapshot cannot have."""
    message = f"the {what} {name[:80]!r} cannot be used; expected 1 to 64 letters, digits, '.', '_' or '-'"
    return Problem("malformed-name", 400, message)


def too_many(what: str, limit: int) -> Problem:
    """Return the refusal of one more of what the mock keeps a bounded number of."""
    return Problem("too-many", 409, f"there are {limit} {what} already, the most that this mock keeps; delete one")


def unfit_state(cause: str, violations: tuple[Violation, ...] = ()) -> Problem:
    """Return the refusal of a state to import, with what is wrong with it."""
    return Problem("unfit-state", 400, f"the state was not imported: {cause}", violations)


def unfit_clock(message: str) -> Problem:
    """Return the refusal of an action that the clock cannot carry out."""
    return Problem("unfit-clock", 400, message)


def injected_fault(message: str, status: int = 500) -> Problem:
    """Return the error of a fault of the kind `status`."""
    return Problem("injected-fault", status, message)


def cannot_wait() -> Problem:
    """Return the answer to a request that was to wait before it acts, where nothing can wait (any more)."""
    message = "a fault lets this request wait, but the mock stops or has too many requests that wait"
    return Problem("cannot-wait", 503, f"{message}; nothing was done")


def cannot_break(fault: str) -> Problem:
    """Return the answer where a fault would break the connection, but the connection is out of reach."""
    message = f"the fault {fault} breaks the connection, which only the server of the mock can"
    return Problem("cannot-break", 501, f"{message}; start it as `mockserver`, or with BackgroundServer")


def nothing_to_charge() -> Problem:
    """Return the answer to spending where the document has nothing that counts it."""
    message = "no resource of the document has an identity (x-identity) and counters (x-counter)"
    return Problem("nothing-to-charge", 409, f"{message}, so nothing can be charged")


def unfit_preference(message: str) -> Problem:
    """Return the refusal of a preference that cannot be read, or cannot be met by this operation."""
    return Problem("unfit-preference", 400, message)


def forced_error(status: int) -> Problem:
    """Return the error that a preference asked for, where the document has no example of it."""
    return Problem("forced-error", status, f"this error was asked for by a preference: status {status}")


def unknown_path(path: str, nearest: str | None = None) -> Problem:
    """Return the refusal of a path that no operation has (ROB-02), with the operation that was perhaps meant."""
    meant = f"; did you mean {nearest}?" if nearest else ""
    return Problem("unknown-path", 404, f"no operation has the path {path}{meant or '; GET /openapi.json lists all'}")


def method_not_allowed(method: str, allowed: tuple[str, ...]) -> Problem:
    """Return the refusal of a method that the path does not support (ROB-02)."""
    listed = ", ".join(allowed)
    message = f"the path does not support {method}; it supports {listed}"
    return Problem("method-not-allowed", 405, message, headers={"Allow": listed})


def body_too_large(limit: int) -> Problem:
    """Return the refusal of a body that is longer than `limit` bytes."""
    message = f"the body is longer than {limit} bytes, the limit of this server"
    return Problem("body-too-large", 413, f"{message}; send less, or start the mock with a greater --max-body-bytes")


def not_kept(cause: str) -> Problem:
    """Return the answer to a change that cannot be written to the data file, and hence was not made."""
    message = f"nothing was changed, since the data file cannot be written: {cause}"
    return Problem("not-kept", 500, f"{message}; see that it can be, and send the request again")


def bad_request(message: str) -> Problem:
    """Return the refusal of a request that is no proper HTTP request."""
    return Problem("bad-request", 400, message)


def internal_error() -> Problem:
    """Return the answer to a failure of the mock itself; the traceback goes to the log, not to the client."""
    return Problem("internal-error", 500, "internal server error; the log of the mock has the traceback")


def _unauthorized(problem_id: str, message: str, challenge: str) -> Problem:
    return Problem(problem_id, 401, message, headers={"WWW-Authenticate": challenge})
