"""Who may ask: the holder of the management API key, in the Authorization header (AUTH-01 to AUTH-05)."""

from __future__ import annotations

import hmac
from collections.abc import Mapping

from mockserver import problems


def authenticate_admin(headers: Mapping[str, str], token: str) -> None:
    """Let a control request with the admin token pass.

    Raises:
        Problem: the header is missing, is not of the Bearer scheme, or holds another token.
    """
    scheme, _, given = headers.get("authorization", "").strip().partition(" ")
    if scheme.lower() != "bearer" or not _is_same(given, token):
        raise problems.wrong_token()


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
