"""Credentials count as the security schemes of the document say, and in no other place."""

from __future__ import annotations

import base64

import pytest

from governance_contract.operations import Operation
from governance_contract.security import Requirement, SecurityScheme
from mockserver.authentication import guard
from mockserver.exchange import Request
from mockserver.problems import Problem

KEY = "management-key"
BEARER = SecurityScheme("bearer", "http", "header", "Authorization", "bearer")
BASIC = SecurityScheme("basic", "http", "header", "Authorization", "basic")
HEADER = SecurityScheme("header", "apiKey", "header", "X-Management-Key")
QUERY = SecurityScheme("query", "apiKey", "query", "api_key")
COOKIE = SecurityScheme("cookie", "apiKey", "cookie", "sid")


def ask(*alternatives: Requirement, key: str = KEY, query: str = "", **headers: str) -> None:
    operation = Operation("listNotes", "GET", "/notes", "list", "Note", (), None, {}, alternatives)
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    guard(operation, key)(Request(query=query, headers=sent))


def refusal(*alternatives: Requirement, query: str = "", **headers: str) -> Problem:
    with pytest.raises(Problem) as caught:
        ask(*alternatives, query=query, **headers)
    return caught.value


def basic(credentials: str) -> str:
    return f"Basic {base64.b64encode(credentials.encode()).decode()}"


@pytest.mark.parametrize(
    "header",
    [
        "Bearer management-key",
        "bearer management-key",
        "BEARER management-key",
        "Bearer    management-key",
        "  Bearer management-key  ",
    ],
)
def test_the_right_key_passes_whatever_the_case_of_the_scheme(header: str) -> None:
    ask((BEARER,), authorization=header)


@pytest.mark.parametrize(
    ("header", "problem"),
    [
        (None, "missing-key"),
        ("", "missing-key"),
        ("   ", "missing-key"),
        ("management-key", "wrong-scheme"),
        ("Bearer", "wrong-scheme"),
        ("Bearer   ", "wrong-scheme"),
        ("Basic management-key", "wrong-scheme"),
        ("Basic bWFuYWdlbWVudC1rZXk=", "wrong-scheme"),
        ("Token management-key", "wrong-scheme"),
        ("Bearer\tmanagement-key", "wrong-scheme"),
        ("Bearer:management-key", "wrong-scheme"),
        ("Bearermanagement-key", "wrong-scheme"),
        ("Bearer management-ke", "wrong-key"),
        ("Bearer management-keyy", "wrong-key"),
        ("Bearer Management-Key", "wrong-key"),
        ("Bearer management-key management-key", "wrong-key"),
        ("Bearer management-key, Bearer management-key", "wrong-key"),
        ("Bearer vk-frontend", "wrong-key"),
        ("Bearer clé", "wrong-key"),
        ("Bearer 鍵", "wrong-key"),
        ("Bearer \udcff", "wrong-key"),
        ("Bearer null", "wrong-key"),
    ],
)
def test_anything_else_is_refused_with_401(header: str | None, problem: str) -> None:
    found = refusal((BEARER,), **({} if header is None else {"authorization": header}))
    assert (found.id, found.status) == (problem, 401)
    assert found.headers == {"WWW-Authenticate": "Bearer"}


def test_the_api_key_header_does_not_authenticate() -> None:
    assert refusal((BEARER,), x_api_key=KEY).id == "missing-key"


def test_no_refusal_tells_a_key() -> None:
    for header in ("Bearer secret", "secret", "Basic secret"):
        message = refusal((BEARER,), authorization=header).message
        assert "secret" not in message
        assert KEY not in message


@pytest.mark.parametrize(
    ("key", "credentials"),
    [("user:password", "user:password"), ("user", "user:"), ("user:", "user:"), ("ü:pass:word", "ü:pass:word")],
)
def test_basic_credentials_are_user_and_password(key: str, credentials: str) -> None:
    ask((BASIC,), key=key, authorization=basic(credentials))


@pytest.mark.parametrize(
    ("header", "problem"),
    [
        (basic(KEY), "wrong-key"),
        (basic("other:"), "wrong-key"),
        (basic(f"{KEY}:password"), "wrong-key"),
        ("Basic %%%", "wrong-key"),
        ("Basic é", "wrong-key"),
        (f"Bearer {KEY}", "wrong-scheme"),
        ("Basic", "wrong-scheme"),
        ("", "missing-key"),
    ],
)
def test_other_basic_credentials_are_refused(header: str, problem: str) -> None:
    found = refusal((BASIC,), authorization=header)
    assert (found.id, found.headers["WWW-Authenticate"].split()[0]) == (problem, "Basic")


@pytest.mark.parametrize(
    ("scheme", "query", "headers"),
    [
        (HEADER, "", {"x_management_key": KEY}),
        (QUERY, f"limit=1&api_key={KEY}", {}),
        (COOKIE, "", {"cookie": f"a=b; sid={KEY}"}),
        (COOKIE, "", {"cookie": f'sid="{KEY}"; a=b'}),
    ],
)
def test_a_key_counts_in_its_place_alone(scheme: SecurityScheme, query: str, headers: dict[str, str]) -> None:
    ask((scheme,), query=query, **headers)
    for other in {HEADER, QUERY, COOKIE, BEARER} - {scheme}:
        assert refusal((other,), query=query, **headers).id == "missing-key"
    wrong = {name: value.replace(KEY, "other") for name, value in headers.items()}
    assert refusal((scheme,), query=query.replace(KEY, "other"), **wrong).id == "wrong-key"


def test_one_of_the_alternatives_is_enough() -> None:
    ask((BEARER,), (HEADER,), x_management_key=KEY)
    ask((BEARER,), (HEADER,), authorization=f"Bearer {KEY}", x_management_key="other")
    message = refusal((BEARER,), (HEADER,)).message
    assert "Authorization: Bearer" in message
    assert "X-Management-Key" in message


def test_schemes_of_one_alternative_are_asked_together() -> None:
    ask((QUERY, COOKIE), query=f"api_key={KEY}", cookie=f"sid={KEY}")
    assert refusal((QUERY, COOKIE), query=f"api_key={KEY}").id == "missing-key"
    assert refusal((QUERY, COOKIE), query=f"api_key={KEY}", cookie="sid=other").id == "wrong-key"


def test_an_alternative_without_schemes_lets_every_request_pass() -> None:
    ask((BEARER,), ())
    ask()
