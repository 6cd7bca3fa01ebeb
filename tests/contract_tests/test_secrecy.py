from __future__ import annotations

import os
import shutil
import subprocess
from base64 import b64decode, b64encode
from itertools import chain

import pytest

from contract_tests.exchange import Call, Exchange, Response
from contract_tests.finding import Finding
from contract_tests.layers.authentication import rare_ways, wrong_ways
from contract_tests.reproduction import as_script
from contract_tests.secrecy import Secrets
from contract_tests.steps import Step

BASH = shutil.which("bash") or "bash"
KEY = "Key-42-of-the-Tests"
BASIC = b64encode(f"admin:{KEY}".encode()).decode()


def _plain(authorization: str) -> str:
    """Return a header without the encoding of Basic."""
    scheme, _, text = authorization.partition(" ")
    return b64decode(text).decode() if scheme == "Basic" else authorization


FORMS = {"the key": f"Bearer {KEY}"} | {
    each.label: each.authorization
    for rule in ("AUTH-02", "AUTH-03")
    for each in (*chain(*wrong_ways(rule, KEY, ())), *rare_ways(rule, KEY))
    if KEY[1 : len(KEY) // 2].casefold() in _plain(each.authorization).casefold()
}
"""Every way in which the suite sends the key in the header Authorization."""


@pytest.mark.parametrize("form", FORMS)
def test_no_form_of_the_key_is_left_in_a_text(form: str) -> None:
    shown = Secrets(KEY).hidden(f'said "{FORMS[form]}" twice: {FORMS[form]}')

    assert KEY[1 : len(KEY) // 2].casefold() not in shown.casefold()
    assert FORMS[form] not in shown
    assert "[API key]" in shown


@pytest.mark.parametrize("form", FORMS)
def test_a_script_makes_each_form_of_the_key_from_the_variable(form: str) -> None:
    call = Call("GET", "/x", authorization=FORMS[form])
    script = Secrets(KEY).in_script(as_script("http://127.0.0.1:1", [Exchange(call, Response(200, {}, b""))]))

    assert KEY[1 : len(KEY) // 2].casefold() not in script.casefold()
    environment = {**os.environ, "GOVERNANCE_API_KEY": KEY}
    shown = "curl() { printf '%s\\n' \"$@\"; }\n" + script
    done = subprocess.run([BASH, "-c", shown], env=environment, capture_output=True, text=True, check=True, timeout=10)
    assert f"Authorization: {FORMS[form]}" in done.stdout.splitlines()


def test_values_of_own_headers_are_hidden_but_short_ones_are_words() -> None:
    secrets = Secrets(KEY, ("session-cookie-1", "1"))

    assert secrets.hidden("1 answer for session-cookie-1") == "1 answer for [header value]"


def test_a_key_of_three_letters_is_no_secret_and_spoils_no_text() -> None:
    assert Secrets("abc").hidden("abcdef") == "abcdef"


def test_every_text_of_a_finding_is_cleared() -> None:
    finding = Finding("REQ-09", "x", "MUST", "read", f"expected {KEY}", f"received {KEY}", f"/{KEY}", f"curl {KEY}")

    assert KEY not in repr(Secrets(KEY).in_finding(finding))


def test_every_text_of_a_step_is_cleared() -> None:
    headers = (("Authorization", f"Bearer {KEY}"),)
    step = Step("GET", f"/{KEY}", headers, f'{{"a": "{KEY}"}}', 200, (("location", KEY),), f"answer {KEY}")
    finding = Finding("REQ-09", "x", "MUST", "read", "400", "200", "", "curl", (step,))

    cleared = Secrets(KEY).in_finding(finding)

    assert KEY not in repr(cleared)
    assert cleared.steps[0].answer == "answer [API key]"


def test_an_ordinary_text_stays_as_it_is() -> None:
    text = '200 {"model_name": "gpt-4o"}'

    assert Secrets(KEY).hidden(text) == text
