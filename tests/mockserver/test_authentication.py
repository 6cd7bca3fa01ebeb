from __future__ import annotations

import pytest

from mockserver.authentication import authenticate
from mockserver.problems import Problem

KEY = "management-key"


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
    authenticate({"authorization": header}, KEY)


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
    with pytest.raises(Problem) as caught:
        authenticate({} if header is None else {"authorization": header}, KEY)
    assert (caught.value.id, caught.value.status) == (problem, 401)
    assert caught.value.headers == {"WWW-Authenticate": "Bearer"}


def test_the_api_key_header_does_not_authenticate() -> None:
    with pytest.raises(Problem, match="missing"):
        authenticate({"x-api-key": KEY}, KEY)


def test_no_refusal_tells_a_key() -> None:
    for header in ("Bearer secret", "secret", "Basic secret"):
        with pytest.raises(Problem) as caught:
            authenticate({"authorization": header}, KEY)
        assert "secret" not in caught.value.message
        assert KEY not in caught.value.message
