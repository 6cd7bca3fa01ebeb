"""Who may ask: whoever has the key, presented as the document's security schemes say (AUTH-01 to AUTH-05)."""

from __future__ import annotations

import base64
import binascii
import enum
import hmac
import ipaddress
import re
from collections.abc import Callable, Collection, Mapping
from functools import partial
from urllib.parse import parse_qsl, unquote

from governance_contract.operations import Operation
from governance_contract.security import SecurityScheme
from mockserver import problems
from mockserver.exchange import Request
from mockserver.problems import Problem

_PORT = re.compile(r":[0-9]*\Z")


class _Presented(enum.IntEnum):
    """How a request presents the credentials of one scheme, the worst first."""

    NOT_AT_ALL = 0
    UNDER_ANOTHER_SCHEME = 1
    WRONG = 2
    RIGHT = 3


def guard(operation: Operation, key: str) -> Callable[[Request], None]:
    """Return what lets requests for an operation pass that hold `key` as one of its alternatives wants it.

    What it lets in raises nothing; else a `Problem`: the key is missing, under another scheme, or another one. For the
    scheme `basic` the key is `user:password`; one without a colon is the name of a user without password.
    """
    if operation.is_open:
        return lambda _: None
    alternatives = [[partial(_presented, scheme, key) for scheme in required] for required in operation.security]
    refusals = _refusals(tuple(dict.fromkeys(scheme for required in operation.security for scheme in required)))

    def let_pass(request: Request) -> None:
        for looks in alternatives:
            if all(look(request) is _Presented.RIGHT for look in looks):
                return
        seen = max(look(request) for looks in alternatives for look in looks if look(request) < _Presented.RIGHT)
        refuse = refusals[seen]
        raise refuse()

    return let_pass


def _refusals(schemes: tuple[SecurityScheme, ...]) -> Mapping[_Presented, Callable[[], Problem]]:
    """Return what makes the refusal for each way in which the credentials of these schemes are not presented."""
    in_header = [scheme for scheme in schemes if scheme.type == "http"]
    what = "the Authorization header" if in_header == list(schemes) else "the key of the management API"
    how = " or ".join(dict.fromkeys(map(_way, schemes)))
    ways = " or ".join(f'"{_header_value(scheme)}"' for scheme in in_header)
    unsupported = "other schemes" if len(in_header) < len(schemes) else "other schemes and x-api-key"
    challenge = ", ".join(dict.fromkeys(map(_challenge, schemes)))
    return {
        _Presented.NOT_AT_ALL: partial(problems.missing_key, what, how, challenge),
        _Presented.UNDER_ANOTHER_SCHEME: partial(problems.wrong_scheme, ways, unsupported, challenge),
        _Presented.WRONG: partial(problems.wrong_key, challenge),
    }


def _way(scheme: SecurityScheme) -> str:
    """Return how the credentials of a scheme are sent, in words."""
    if scheme.type == "http":
        return f'"Authorization: {_header_value(scheme)}"'
    if scheme.location == "header":
        return f'"{scheme.name}: <management API key>"'
    return f"the management API key as the {_PLACES[scheme.location]} {scheme.name}"


_PLACES = {"query": "query parameter", "cookie": "cookie"}


def _header_value(scheme: SecurityScheme) -> str:
    return "Bearer <management API key>" if scheme.scheme == "bearer" else "Basic <user:password in Base64>"


def _challenge(scheme: SecurityScheme) -> str:
    """Return the challenge of a scheme; there is no registered one for a key in a place of its own."""
    if scheme.type == "http":
        return "Bearer" if scheme.scheme == "bearer" else 'Basic realm="management API", charset="UTF-8"'
    return f'ApiKey in="{scheme.location}", name="{scheme.name}"'


def _presented(scheme: SecurityScheme, key: str, request: Request) -> _Presented:
    if scheme.type != "http":
        given = _READERS[scheme.location](request, scheme.name)
        return _Presented.NOT_AT_ALL if not given else _judged(_is_same(given, key))
    header = request.headers.get("authorization", "").strip()
    if not header:
        return _Presented.NOT_AT_ALL
    name, _, given = header.partition(" ")
    if name.lower() != scheme.scheme or not given.strip():
        return _Presented.UNDER_ANOTHER_SCHEME
    return _judged(_is_same(given, key) if scheme.scheme == "bearer" else _is_user(given, key))


def _judged(is_right: bool) -> _Presented:
    return _Presented.RIGHT if is_right else _Presented.WRONG


def _is_user(given: str, key: str) -> bool:
    """Return whether the credentials of the scheme `basic` are the key."""
    try:
        decoded = base64.b64decode(given.strip(), validate=True)
    except (binascii.Error, ValueError):
        return False
    return hmac.compare_digest(decoded, (key if ":" in key else f"{key}:").encode())


def _in_header(request: Request, name: str) -> str:
    return request.headers.get(name.lower(), "").strip()


def _in_query(request: Request, name: str) -> str:
    pairs = parse_qsl(request.query, errors="replace")
    return next((value for given, value in pairs if given == name), "")


def _in_cookie(request: Request, name: str) -> str:
    pairs = (pair.strip().partition("=") for pair in request.headers.get("cookie", "").split(";"))
    return next((unquote(value.strip('"')) for given, _, value in pairs if given == name), "")


_READERS: Mapping[str, Callable[[Request, str], str]] = {
    "header": _in_header,
    "query": _in_query,
    "cookie": _in_cookie,
}
"""Where the key of an `apiKey` scheme stands in a request."""


def authenticate_admin(headers: Mapping[str, str], token: str) -> None:
    """Let a control request with the admin token pass.

    Raises:
        Problem: the header is missing, is not of the Bearer scheme, or holds another token.
    """
    scheme, _, given = headers.get("authorization", "").strip().partition(" ")
    if scheme.lower() != "bearer" or not _is_same(given, token):
        raise problems.wrong_token()


def refuse_foreign(headers: Mapping[str, str], own_host: str, origins: Collection[str]) -> None:
    """Refuse a control request that a page of another origin makes a browser send.

    Such a page needs no answer to do harm, hence CORS alone does not keep it out; a name that leads to this machine
    since yesterday (DNS rebinding) does not either. A page whose origin is named in the settings may.

    Raises:
        Problem: the header `Host` is a name of somebody else, or `Origin` another origin.
    """
    host, origin = headers.get("host", own_host).lower(), headers.get("origin", "").lower()
    if origin and origin in {each.lower() for each in origins}:
        return
    if not _is_own(_PORT.sub("", host), own_host.lower()):
        raise problems.foreign_host(host)
    if origin and origin != f"{_scheme(headers)}://{host}":
        raise problems.foreign_origin(origin)


def _scheme(headers: Mapping[str, str]) -> str:
    """Return the scheme under which pages know the mock; only a proxy, and no foreign page, can say another one."""
    return headers.get("x-forwarded-proto", "http").partition(",")[0].strip().lower()


def _is_own(name: str, own_host: str) -> bool:
    """Return whether no name server can have a hand in where `name` leads."""
    try:
        ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        return name in ("localhost", own_host) or name.endswith(".localhost")
    return True


def _is_same(given: str, secret: str) -> bool:
    return hmac.compare_digest(given.strip().encode("latin-1", "replace"), secret.encode())
