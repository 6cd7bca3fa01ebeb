from __future__ import annotations

import shlex
import subprocess

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


@pytest.mark.parametrize(
    "body", [b"\xff\x00", b"\x00" * 3, b"100 % 'quoted' \\ \x1b[0m", "\u202e\u200b é".encode(), b"7\x007"]
)
def test_a_body_that_no_shell_takes_as_an_argument_is_printed_to_curl(body: bytes) -> None:
    script = as_script("http://h", [Exchange(Call("POST", "/x", body=body), CREATED)])

    argument = script.partition("--data-binary @")[2]
    assert argument.isascii()
    assert argument.isprintable()
    printed = subprocess.run(["bash", "-c", f"cat {argument}"], capture_output=True, check=True, timeout=10).stdout  # noqa: S607
    assert printed == body


@pytest.mark.parametrize("body", ["it's", "two\nlines", "é 漢", ""])
def test_a_body_of_text_stands_there_as_it_is(body: str) -> None:
    script = as_script("http://h", [Exchange(Call("POST", "/x", body=body.encode()), CREATED)])

    assert script.endswith(f"--data-binary {shlex.quote(body)}")
