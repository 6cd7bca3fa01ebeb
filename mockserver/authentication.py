"""Who may ask: the holder of the management API key, in the Authorization header (AUTH-01 to AUTH-05)."""

from __future__ import annotations

import hmac
import ipaddress
import re
from collections.abc import Collection, Mapping

from mockserver import problems

_PORT = re.compile(r":[0-9]*\Z")


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
    if origin and origin.partition("://")[2] != host:
        raise problems.foreign_origin(origin)


def _is_own(name: str, own_host: str) -> bool:
    """Return whether no name server can have a hand in where `name` leads."""
    try:
        ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        return name in ("localhost", own_host) or name.endswith(".localhost")
    return True


def authenticate(headers: Mapping[str, str], api_key: str) -> None:
    """Let a request with the right key pass.

    Raises:
        Problem: the header is missing, is not of the Bearer scheme, or holds another key.
    """
    given = headers.get("authorization")
    if not given or not given.strip():
        raise problems.missing_key()
    scheme, _, key = given.strip().partition(" ")
    if scheme.lower() != "bearer" or not key.strip():
        raise problems.wrong_scheme()
    if not _is_same(key, api_key):
        raise problems.wrong_key()


def _is_same(given: str, secret: str) -> bool:
    return hmac.compare_digest(given.strip().encode("latin-1", "replace"), secret.encode())
