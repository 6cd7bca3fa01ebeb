from __future__ import annotations

import pytest

from contract_tests.exchange import NOT_JSON, Call, Exchange, Response, created_id

CREATED = Response(200, {}, b'{"model_config": {"id": "a/b"}}')


@pytest.mark.parametrize(("body", "value"), [(b"{}", {}), (b"9007199254740993", 9007199254740993), (b"null", None)])
def test_a_json_body_has_its_exact_value(body: bytes, value: object) -> None:
    assert Response(200, {}, body).json == value


@pytest.mark.parametrize("body", [b"", b"<html>", b"NaN", b"\xff", b"[" * 200_000])
def test_what_is_no_json_is_told_apart_from_null(body: bytes) -> None:
    assert Response(200, {}, body).json is NOT_JSON


def test_a_long_answer_is_shown_in_one_line_and_shortened() -> None:
    assert Response(400, {}, b"a\n b").shown() == "400 a b"
    assert Response(400, {}, b"x" * 500).shown(10) == "400 xxxxxxxxxx…"


@pytest.mark.parametrize(
    ("method", "answer", "expected"),
    [
        ("POST", CREATED, "a/b"),
        ("PUT", CREATED, None),
        ("POST", Response(400, {}, CREATED.body), None),
        ("POST", Response(200, {}, b'{"model_config": {"id": ""}}'), None),
        ("POST", Response(200, {}, b"[]"), None),
    ],
)
def test_only_a_successful_create_has_an_id(method: str, answer: Response, expected: str | None) -> None:
    assert created_id(Exchange(Call(method, "/x"), answer)) == expected


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b'{"a": NaN}', "it holds NaN, which is not JSON"),
        (b'{"a": -Infinity}', "it holds -Infinity, which is not JSON"),
        (b"[" * 300 + b"]" * 300, "it nests deeper than 200 objects and lists"),
        (b"[" * 100_000, "it nests deeper than 200 objects and lists"),
        (b'{"a": ' + b"9" * 5000 + b"}", "it holds a number of 5000 characters"),
        (b'{"a": 1.' + b"9" * 5000 + b"}", "it holds a number of 5002 characters"),
        (b"{", "it is not JSON (Expecting property name"),
        (b"\xff", "it is not JSON ("),
        (b"", "it is not JSON ("),
    ],
    ids=lambda value: str(value[:20]),
)
def test_why_a_body_is_no_json_is_told(body: bytes, told: str) -> None:
    response = Response(200, {}, body)

    assert response.json is NOT_JSON
    assert response.json_error.startswith(told)


@pytest.mark.parametrize(
    "body", [b'{"a": "' + b"[" * 300 + b'"}', b'["\\\\"' + b',"[["' * 150 + b"]", b"[" * 199 + b"]" * 199]
)
def test_brackets_in_texts_and_a_decent_depth_are_read(body: bytes) -> None:
    assert Response(200, {}, body).json is not NOT_JSON


def test_a_missing_response_has_the_status_0_and_a_reason() -> None:
    missing = Response.missing("the connection was dropped")

    assert (missing.is_missing, missing.status, missing.json) == (True, 0, NOT_JSON)
    assert missing.shown() == "no response: the connection was dropped"
