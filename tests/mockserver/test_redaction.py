from __future__ import annotations

import json
from urllib.parse import quote

import pytest

from mockserver.redaction import HIDDEN, Redaction

SECRET = 'a-key/with"odd\\signs+%'


def percent(text: str) -> str:
    return "".join(f"%{ord(sign):02x}" for sign in text)


@pytest.mark.parametrize(
    "written",
    [
        SECRET,
        quote(SECRET),
        quote(SECRET, safe=""),
        percent(SECRET),
        percent(SECRET).upper(),
        quote(percent(SECRET), safe=""),
        json.dumps(SECRET)[1:-1],
        json.dumps(SECRET)[1:-1].replace("/", "\\/"),
        "".join(f"\\u{ord(sign):04x}" for sign in SECRET),
        SECRET[:5] + percent(SECRET[5:]),
    ],
)
def test_a_secret_is_hidden_however_it_is_written(written: str) -> None:
    redaction = Redaction((SECRET, "another"))
    assert redaction.text(f"q={written}&r=1") == f"q={HIDDEN}&r=1"
    assert redaction.beginning(f"<{written}>".encode(), 100) == f"<{HIDDEN}>".encode()


@pytest.mark.parametrize("text", ["", "a-key", "%61-key", "a\\u0020b", "100%"])
def test_other_texts_stay_as_they_are(text: str) -> None:
    redaction = Redaction((SECRET,))
    assert redaction.text(text) == text
    assert redaction.beginning(text.encode(), 100) == text.encode()


def test_without_secrets_nothing_is_hidden() -> None:
    assert Redaction(("",)).text("%61") == "%61"
    assert Redaction(()).beginning(b"\\u0061", 3) == b"\\u0"


def test_a_secret_across_the_end_of_what_is_kept_is_hidden() -> None:
    redaction = Redaction(("management-key",))
    kept = redaction.beginning(b"x" * 96 + percent("management-key").encode() + b"management-key" * 9, 100)
    assert kept == b"x" * 96 + b"(hid"
