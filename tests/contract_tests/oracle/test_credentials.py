"""Credentials are judged by the document's security schemes, whichever they are."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

import pytest

from contract_tests.exchange import Call
from contract_tests.oracle.credentials import (
    NO_CREDENTIALS,
    OTHER_PLACE,
    OTHER_PRINCIPAL,
    OTHER_SCHEME,
    UNCLEAR,
    VALID,
    WRONG_KEY,
    Credentials,
)
from governance_contract.operations import Operation
from governance_contract.security import Requirement, SecurityScheme

BEARER = SecurityScheme("bearer", "http", "header", "Authorization", "bearer")
BASIC = SecurityScheme("basic", "http", "header", "Authorization", "basic")
HEADER = SecurityScheme("header", "apiKey", "header", "X-Key")
QUERY = SecurityScheme("query", "apiKey", "query", "api_key")
COOKIE = SecurityScheme("cookie", "apiKey", "cookie", "sid")

PAIR = f"Basic {b64encode(b'user:secret').decode()}"


def _judged(key: str, security: tuple[Requirement, ...], **call: Any) -> str:
    operation = Operation("list", "GET", "/notes", "list", "Note", (), None, {}, security)
    return Credentials(key, frozenset({"of-a-user"})).judge(Call("GET", "/notes", **call), operation)


@pytest.mark.parametrize(
    ("call", "verdict"),
    [
        ({}, VALID),
        ({"authorization": "Bearer secret"}, VALID),
        ({"authorization": "bearer  secret"}, UNCLEAR),
        ({"authorization": "Bearer secrets"}, WRONG_KEY),
        ({"authorization": "Bearer of-a-user"}, OTHER_PRINCIPAL),
        ({"authorization": "Basic secret"}, OTHER_SCHEME),
        ({"authorization": "secret"}, OTHER_SCHEME),
        ({"authorization": ""}, NO_CREDENTIALS),
        ({"authorization": "", "headers": {"X-Key": "secret"}}, OTHER_PLACE),
        ({"authorization": "", "query": {"key": "secret"}}, NO_CREDENTIALS),
    ],
)
def test_a_bearer_token_is_judged(call: dict[str, Any], verdict: str) -> None:
    assert _judged("secret", ((BEARER,),), **call) == verdict


@pytest.mark.parametrize(
    ("authorization", "verdict"),
    [
        (PAIR, VALID),
        (PAIR.replace("Basic", "BASIC"), UNCLEAR),
        ("Basic user:secret", WRONG_KEY),
        ("Bearer user:secret", OTHER_SCHEME),
        ("", NO_CREDENTIALS),
    ],
)
def test_user_and_password_are_judged(authorization: str, verdict: str) -> None:
    assert _judged("user:secret", ((BASIC,),), authorization=authorization) == verdict


@pytest.mark.parametrize(
    ("scheme", "valid", "wrong"),
    [
        (HEADER, {"headers": {"x-key": "secret"}}, {"headers": {"X-Key": "other"}}),
        (QUERY, {"query": {"api_key": "secret"}}, {"query": {"api_key": "other"}}),
        (COOKIE, {"headers": {"Cookie": "a=b; sid=secret"}}, {"headers": {"Cookie": "sid=other"}}),
    ],
)
def test_a_key_counts_where_the_document_says_that_it_travels(
    scheme: SecurityScheme, valid: dict[str, Any], wrong: dict[str, Any]
) -> None:
    assert _judged("secret", ((scheme,),), authorization="", **valid) == VALID
    assert _judged("secret", ((scheme,),), authorization="", **wrong) == WRONG_KEY
    assert _judged("secret", ((scheme,),), authorization="") == NO_CREDENTIALS


def test_one_of_several_alternatives_is_enough() -> None:
    either: tuple[Requirement, ...] = ((BEARER,), (QUERY,))
    assert _judged("secret", either, authorization="", query={"api_key": "secret"}) == VALID
    assert _judged("secret", either, authorization="Bearer secret") == VALID
    assert _judged("secret", either, authorization="Bearer other", query={"api_key": "other"}) == WRONG_KEY


def test_schemes_of_one_alternative_are_asked_together() -> None:
    both: tuple[Requirement, ...] = ((HEADER, COOKIE),)
    cookie, header = {"Cookie": "sid=secret"}, {"X-Key": "secret"}
    assert _judged("secret", both, authorization="", headers={**cookie, **header}) == VALID
    assert _judged("secret", both, authorization="", headers=header) != VALID
    assert _judged("secret", both, authorization="", headers=cookie) != VALID


@pytest.mark.parametrize("security", [(), ((BEARER,), ())])
def test_an_operation_may_need_none(security: tuple[Requirement, ...]) -> None:
    assert _judged("secret", security, authorization="") == VALID
