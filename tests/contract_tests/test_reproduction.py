"""Commands that a person pastes into a shell: they send the same again, and nothing that a target said runs."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contract_tests.exchange import Call, Exchange, Response, json_call, segment
from contract_tests.reproduction import as_script

BASH = shutil.which("bash") or "bash"
URL = "http://127.0.0.1:9/gateway"
STUB = """curl() { printf '%s\\0' "$@" >> "$SENT"; printf '\\1' >> "$SENT"; printf '%s' "$ANSWER"; }
"""
"""Stands in for curl: it writes down what it is given, and answers what the test says."""


def _created(config: dict[str, Any]) -> Response:
    return Response(200, {}, json.dumps({"model_config": config}).encode())


def _run(script: str, answer: str = "") -> list[list[str]]:
    """Return the arguments of each curl that a script calls; nothing else may have happened in its folder."""
    with tempfile.TemporaryDirectory() as folder:
        sent = Path(folder) / "sent"
        work = Path(folder) / "work"
        work.mkdir()
        environment = {**os.environ, "SENT": str(sent), "ANSWER": answer, "GOVERNANCE_API_KEY": "the-key"}
        done = subprocess.run(
            [BASH, "-c", STUB + script], env=environment, cwd=work, capture_output=True, timeout=20, check=False
        )
        assert done.returncode == 0, done.stderr
        assert list(work.iterdir()) == []
        calls = sent.read_bytes().decode("utf-8", "surrogateescape").split("\1")[:-1]
    return [call.split("\0")[:-1] for call in calls]


def _url_of(arguments: list[str]) -> str:
    return next(each for each in arguments if each.startswith("http"))


def test_an_id_is_taken_from_the_new_response_and_escaped() -> None:
    create = Exchange(json_call("POST", "/configs", {"model_name": "it's"}), _created({"id": "old/id"}))
    delete = Exchange(Call("DELETE", "/configs/" + segment("old/id")), Response(200, {}, b""))

    calls = _run(as_script(URL, (create, delete)), '{"model_config": {"id": "new/1 \\"x"}}')

    assert _url_of(calls[1]) == f"{URL}/configs/new%2F1%20%22x"
    assert "Authorization: Bearer the-key" in calls[1]


def test_ids_inside_a_body_are_taken_from_the_new_response_too() -> None:
    config = {"id": "c-1", "budgets": [{"id": "b-1", "reset_duration": "1d"}]}
    body = {"budgets": [{"id": "b-1", "max_limit": 5, "reset_duration": "1d"}]}
    steps = (
        Exchange(json_call("POST", "/configs", {"model_name": "m", "budgets": []}), _created(config)),
        Exchange(json_call("PUT", "/configs/c-1", body), Response(200, {}, b"")),
    )

    calls = _run(as_script(URL, steps), json.dumps({"model_config": {"id": "c-2", "budgets": [{"id": 'b "2'}]}}))

    sent = json.loads(calls[1][calls[1].index("--data-raw") + 1])
    assert sent["budgets"][0] == {**body["budgets"][0], "id": 'b "2'}
    assert _url_of(calls[1]) == f"{URL}/configs/c-2"


def test_what_the_client_named_itself_stays_as_it_is() -> None:
    steps = (
        Exchange(json_call("POST", "/configs", {"model_name": "mine"}), _created({"id": "7", "model_name": "mine"})),
        Exchange(Call("GET", "/configs", {"search": "mine"}), Response(200, {}, b"")),
        Exchange(Call("GET", "/v7/configs/70"), Response(200, {}, b"")),
    )

    script = as_script(URL, steps)

    assert "$V" not in script


def test_a_script_without_credentials_sends_no_header() -> None:
    (arguments,) = _run(as_script(URL, [Exchange(Call("GET", "/x", {"limit": "1"}, authorization=""), _created({}))]))

    assert arguments == ["-sS", "--path-as-is", "--globoff", f"{URL}/x?limit=1"]


def test_a_body_without_a_content_type_is_sent_without_one() -> None:
    (arguments,) = _run(as_script(URL, [Exchange(Call("POST", "/x", body=b"{}"), _created({}))]))

    assert "Content-Type:" in arguments


HOSTILE = [
    "$(touch x)",
    "`touch x`",
    "x; touch x",
    "x' ; touch x ; '",
    'x" ; touch x ; "',
    "../../x",
    "@/etc/passwd",
    "x\ntouch x",
    "$GOVERNANCE_API_KEY",
    "-o x",
    "\\",
    "{a,b}[1-9]",
    "!!",
    "'",
    '"',
    "\u202ereversed",
]
texts = st.one_of(st.sampled_from(HOSTILE), st.text(st.characters(exclude_characters="\0\1"), max_size=20))


def test_none_of_the_texts_that_are_known_to_run_runs() -> None:
    steps = []
    for text in HOSTILE:
        answer = Response(200, {}, json.dumps({"config": {"id": text}}).encode())
        call = Call(text, "/" + segment(text), {text: text}, text.encode(), {"X-Any": text}, text)
        steps += [Exchange(Call("POST", "/x", body=b"{}"), answer), Exchange(call, answer)]

    assert len(_run(as_script(URL, steps), '{"config": {"id": "$(touch x)"}}')) == len(steps)


@settings(max_examples=12, deadline=None)
@given(hostile=st.lists(texts, min_size=7, max_size=7))
def test_nothing_that_a_target_or_a_request_says_runs(hostile: list[str]) -> None:
    config_id, path, method, name, value, body, other = hostile
    wire = {"config": {"id": config_id, "note": other}}
    answer = Response(200, {}, json.dumps(wire).encode())
    quoted = "/" + segment(config_id)
    steps = (
        Exchange(Call("POST", "/x", body=b"{}", headers={"Content-Type": "application/json"}), answer),
        Exchange(Call(method or "GET", f"/{path}{quoted}", {name: value}, body.encode("utf-8", "replace")), answer),
        Exchange(json_call("PUT", quoted, {"id": config_id, name: other}, authorization=value), answer),
    )

    calls = _run(as_script(URL, steps), json.dumps({"config": {"id": other, "note": config_id}}))

    assert len(calls) == 3
    assert all("--path-as-is" in arguments for arguments in calls)


@settings(max_examples=12, deadline=None)
@given(body=st.binary(max_size=40) | texts.map(lambda text: text.encode("utf-8", "replace")))
def test_a_body_arrives_byte_for_byte(body: bytes) -> None:
    script = as_script(URL, [Exchange(Call("POST", "/x", body=body), _created({}))])

    if "--data-raw" in script:
        (arguments,) = _run(script)
        assert arguments[arguments.index("--data-raw") + 1].encode("utf-8", "surrogateescape") == body
    else:
        argument = script.partition("--data-binary @")[2]
        assert argument.isascii()
        assert argument.isprintable()
        printed = subprocess.run([BASH, "-c", f"cat {argument}"], capture_output=True, check=True, timeout=10).stdout
        assert printed == body


@pytest.mark.parametrize("body", ["it's", "two\nlines", "é 漢", "", "@/etc/passwd"])
def test_a_body_of_text_stands_there_as_it_is(body: str) -> None:
    (arguments,) = _run(as_script(URL, [Exchange(Call("POST", "/x", body=body.encode()), _created({}))]))

    assert arguments[-2:] == ["--data-raw", body]
