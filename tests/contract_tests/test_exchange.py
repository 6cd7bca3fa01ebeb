from __future__ import annotations

import pytest

from contract_tests.exchange import NOT_JSON, Answer, Call, Exchange, as_script, created_id, json_call, segment

CREATED = Answer(200, {}, b'{"model_config": {"id": "a/b"}}')


@pytest.mark.parametrize(("body", "value"), [(b"{}", {}), (b"9007199254740993", 9007199254740993), (b"null", None)])
def test_a_json_body_has_its_exact_value(body: bytes, value: object) -> None:
    assert Answer(200, {}, body).json == value


@pytest.mark.parametrize("body", [b"", b"<html>", b"NaN", b"\xff", b"[" * 200_000])
def test_what_is_no_json_is_told_apart_from_null(body: bytes) -> None:
    assert Answer(200, {}, body).json is NOT_JSON


def test_a_long_answer_is_shown_in_one_line_and_shortened() -> None:
    assert Answer(400, {}, b"a\n b").shown() == "400 a b"
    assert Answer(400, {}, b"x" * 500).shown(10) == "400 xxxxxxxxxx…"


@pytest.mark.parametrize(
    ("method", "answer", "expected"),
    [
        ("POST", CREATED, "a/b"),
        ("PUT", CREATED, None),
        ("POST", Answer(400, {}, CREATED.body), None),
        ("POST", Answer(200, {}, b'{"model_config": {"id": ""}}'), None),
        ("POST", Answer(200, {}, b"[]"), None),
    ],
)
def test_only_a_successful_create_has_an_id(method: str, answer: Answer, expected: str | None) -> None:
    assert created_id(Exchange(Call(method, "/x"), answer)) == expected


def test_a_script_hands_the_id_of_a_create_on_to_what_follows() -> None:
    create = Exchange(json_call("POST", "/x", {"model_name": "it's"}), CREATED)
    delete = Exchange(Call("DELETE", "/x/" + segment("a/b")), Answer(200, {}, b""))

    first, second = as_script("http://h", (create, delete)).splitlines()

    assert first.startswith("ID1=$(curl -sS -X POST ")
    assert '"http://h/x/$ID1"' in second
    assert "$GOVERNANCE_API_KEY" in second


def test_a_script_without_credentials_sends_no_header() -> None:
    call = Call("GET", "/x", {"limit": "1"}, authorization="")

    assert as_script("http://h", [Exchange(call, CREATED)]) == 'curl -sS "http://h/x?limit=1"'


def test_bytes_that_are_no_text_are_written_as_escapes() -> None:
    call = Call("POST", "/x", body=b"\xff\x00")

    assert as_script("http://h", [Exchange(call, CREATED)]).endswith("--data-binary $'\\xff\\x00'")
