"""No request, however odd, is answered 5xx, and what is refused has the error body (REQ-09, ROB-01, RESP-05)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.test import TestResponse

from governance_contract import Contract

PATH = "/api/governance/model-configs"
Created = Callable[..., dict[str, Any]]


def nested(levels: int) -> bytes:
    return b"[" * levels + b"]" * levels


def body(members: bytes) -> bytes:
    return b'{"model_name": "m", ' + members + b"}"


def budget_of(limit: bytes) -> bytes:
    return body(b'"budgets": [{"max_limit": ' + limit + b', "reset_duration": "1d"}]')


def tokens_of(limit: bytes) -> bytes:
    return body(b'"rate_limit": {"token_max_limit": ' + limit + b', "token_reset_duration": "1d"}')


def window_of(duration: bytes) -> bytes:
    return body(b'"budgets": [{"max_limit": 1, "reset_duration": "' + duration + b'"}]')


BODIES: list[tuple[str, bytes, int]] = [
    ("bad UTF-8", b'{"model_name": "\xff"}', 400),
    ("overlong UTF-8", b'{"model_name": "\xc0\xaf"}', 400),
    ("UTF-8 of a surrogate", b'{"model_name": "\xed\xa0\x80"}', 400),
    ("escape of a high surrogate", b'{"model_name": "\\ud800"}', 400),
    ("escape of a low surrogate", b'{"model_name": "\\udc00"}', 400),
    ("surrogates in the wrong order", b'{"model_name": "\\udc00\\ud800"}', 400),
    ("surrogate in a name of a member", body(b'"\\ud800": 1'), 400),
    ("UTF-16", '{"model_name": "m"}'.encode("utf-16"), 400),
    ("byte order mark", b'\xef\xbb\xbf{"model_name": "m"}', 400),
    ("NaN", budget_of(b"NaN"), 400),
    ("Infinity", budget_of(b"-Infinity"), 400),
    ("1e400", budget_of(b"1e400"), 400),
    ("1e-400", budget_of(b"1e-400"), 400),
    ("1e308", budget_of(b"1e308"), 200),
    ("smallest double", budget_of(b"5e-324"), 200),
    ("300 digits", budget_of(b"9" * 300), 200),
    ("400 digits", budget_of(b"9" * 400), 400),
    ("5000 digits", budget_of(b"9" * 5000), 400),
    ("5000 digits after the point", budget_of(b"0." + b"9" * 5000), 200),
    ("leading zero", budget_of(b"01"), 400),
    ("plus sign", budget_of(b"+1"), 400),
    ("tokens of 2^63", tokens_of(b"9223372036854775808"), 400),
    ("tokens of 2^64", tokens_of(b"18446744073709551616"), 400),
    ("tokens of 5000 digits", tokens_of(b"9" * 5000), 400),
    ("tokens of 1e300", tokens_of(b"1e300"), 400),
    ("tokens below int64", tokens_of(b"-9223372036854775809"), 400),
    ("tokens of 2^63-1", tokens_of(b"9223372036854775807"), 200),
    ("window of 5000 digits", window_of(b"9" * 5000 + b"d"), 200),
    ("window of 5000 digits of months", window_of(b"9" * 5000 + b"M"), 200),
    ("window before a line feed", window_of(b"1d\\n"), 400),
    ("window before NUL", window_of(b"1d\\u0000"), 400),
    ("5000 levels", nested(5000), 400),
    ("1025 objects", b'{"a":' * 1025 + b"1" + b"}" * 1025, 400),
    ("300 levels in an unknown member", body(b'"unknown": ' + nested(300)), 400),
    ("900 levels in budgets", body(b'"budgets": ' + nested(900)), 400),
    ("253 levels in provider", body(b'"provider": ' + nested(253)), 400),
    ("199 levels in provider", body(b'"provider": ' + nested(199)), 400),
    ("199 levels in an unknown member", body(b'"unknown": ' + nested(199)), 200),
    ("repeated member", b'{"model_name": "m", "model_name": "m"}', 400),
    ("300000 wrong entries", body(b'"budgets": [' + b"{}," * 299_999 + b"{}]"), 400),
    ("300000 entries that are no objects", body(b'"budgets": [' + b"1," * 299_999 + b"1]"), 400),
    ("empty", b"", 400),
    ("white space", b"  \r\n", 400),
    ("NUL", b"\0", 400),
    ("null", b"null", 400),
    ("a form", b"model_name=m", 400),
    ("two documents", b'{"model_name": "m"}{"model_name": "n"}', 400),
    ("1 MiB", b'{"model_name": "' + b"a" * (2**20 - 18) + b'"}', 200),
    ("1 MiB and a byte", b'{"model_name": "' + b"a" * (2**20 - 17) + b'"}', 413),
    ("a hundred thousand unknown members", body(b",".join(b'"u%d": 0' % n for n in range(80_000))), 200),
    ("prototype", body(b'"__proto__": {}, "constructor": null, "$ref": "#"'), 200),
]


def assert_error_body(contract: Contract, answer: TestResponse) -> None:
    assert answer.content_type == "application/json"
    error = answer.get_json()
    assert contract.validator(contract.document.schema("ErrorResponse")).violations(error) == ()
    assert error["status_code"] == answer.status_code


@pytest.mark.parametrize(("content", "status"), [row[1:] for row in BODIES], ids=[row[0] for row in BODIES])
@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_an_odd_body_is_accepted_or_refused_but_never_a_failure(
    client: FlaskClient, created: Created, contract: Contract, method: str, content: bytes, status: int
) -> None:
    config = created(model_name="before")
    path = PATH if method == "POST" else f"{PATH}/{config['id']}"
    answer = client.open(path, method=method, data=content, content_type="application/json")
    assert answer.status_code == status
    if status == 200:
        assert client.get(f"{PATH}/{answer.get_json()['model_config']['id']}").status_code == 200
    else:
        assert_error_body(contract, answer)
        assert client.get(PATH).get_json()["model_configs"] == [config]


PLANES = [chr(plane * 0x10000 + offset) for plane in range(17) for offset in (0x41, 0xFFFD, 0xFFFF)]


@pytest.mark.parametrize(
    "text",
    [
        "".join(PLANES),
        "a\0b",
        "\x01\x1f\x7f\x80\x9f",
        "\ufeffm",
        "\u2028m\u2029",
        "e\u0301",
        "\u00e9",
        "\u202e\u2066m",
        " m ",
    ],
    ids=ascii,
)
def test_text_of_every_plane_is_kept_exactly(client: FlaskClient, created: Created, text: str) -> None:
    config = created(model_name=text, provider=text, scope="user", scope_id=text)
    assert (config["model_name"], config["provider"], config["scope_id"]) == (text, text, text)
    assert client.get(f"{PATH}/{config['id']}").get_json()["model_config"] == config
    found = client.get(PATH, query_string={"search": text, "provider": text}).get_json()["model_configs"]
    assert found == [config]


def test_texts_that_only_look_alike_are_distinct_identities(created: Created) -> None:
    names = ["e\u0301", "\u00e9", "\u00c9", "m", "m\0", "m ", "\u043c"]
    assert len({created(model_name=name)["id"] for name in names}) == len(names)


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
@pytest.mark.parametrize(
    "path",
    [
        f"{PATH}/a%2Fb",
        f"{PATH}/%2F",
        f"{PATH}/%00",
        f"{PATH}/%25",
        f"{PATH}/%2525",
        f"{PATH}/%",
        f"{PATH}/%zz",
        f"{PATH}/%ff",
        f"{PATH}/%ed%a0%80",
        f"{PATH}/%F0%9F%98%80",
        f"{PATH}/..",
        f"{PATH}/%2e%2e",
        f"{PATH}/;a=b",
        f"{PATH}/'%20OR%201=1--",
        f"{PATH}/{'x' * 60_000}",
        f"{PATH}/",
        f"{PATH}//",
        f"{PATH}//x",
        f"{PATH}/x/",
        f"{PATH}/x/y",
        "/api//governance/model-configs",
        "/API/governance/model-configs",
        "/api/governance/model-configs%20",
        "/api/governance%2Fmodel-configs/x%2F",
    ],
    ids=lambda path: path[:60],
)
def test_an_odd_path_answers_404(client: FlaskClient, contract: Contract, method: str, path: str) -> None:
    answer = client.open(path, method=method, json={"model_name": "m"})
    assert answer.status_code == 404
    assert_error_body(contract, answer)


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("%", 200),
        ("search=%", 200),
        ("search=%zz&scope=%", 400),
        ("search=%ff%fe", 200),
        ("search=%00", 200),
        ("search=%ed%a0%80", 200),
        ("search=" + "x" * 60_000, 200),
        ("&" * 5000, 200),
        ("&".join(f"unknown{n}=1" for n in range(5000)), 200),
        ("limit=" + "9" * 5000, 200),
        ("limit=-" + "9" * 5000, 400),
        ("offset=" + "9" * 5000, 200),
        ("offset=18446744073709551616", 200),
        ("limit=9223372036854775807&offset=9223372036854775807", 200),
        ("limit=1&limit=x", 200),
        ("limit=x&limit=1", 400),
        ("limit[]=1", 200),
        ("limit=%31", 200),
        ("limit=\u0661", 400),
        ("search=\u00e9", 200),
        ("scope[$ne]=x", 200),
        ("scope=global%00", 400),
        ("provider=%27%20OR%201=1--", 200),
    ],
    ids=lambda value: str(value)[:40],
)
def test_an_odd_query_is_accepted_or_refused_but_never_a_failure(
    client: FlaskClient, created: Created, contract: Contract, query: str, status: int
) -> None:
    created()
    answer = client.get(f"{PATH}?{query}")
    assert answer.status_code == status
    if status != 200:
        assert_error_body(contract, answer)


@pytest.mark.parametrize("query", ["page=" + "9" * 5000, "page=9223372036854775807&limit=100", "page=2&limit=0"])
def test_a_page_far_behind_the_end_is_empty(client: FlaskClient, query: str) -> None:
    answer = client.get(f"/api/users?{query}")
    assert (answer.status_code, answer.get_json()["users"]) == (200, [])


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Type": "text/plain"},
        {"Content-Type": "application/xml; charset=utf-7"},
        {"Content-Type": "application/x-www-form-urlencoded"},
        {"Content-Type": "multipart/form-data; boundary=x"},
        {"Content-Type": "\u00e9"},
        {"Accept": "text/html"},
        {"X-\u00c9": "\u00ff"},
        {"Cookie": "a=b; =; ;;;"},
        {"If-None-Match": "*"},
        {"Range": "bytes=0-1"},
    ],
    ids=str,
)
def test_odd_headers_change_nothing(client: FlaskClient, headers: dict[str, str]) -> None:
    answer = client.post(PATH, data=b'{"model_name": "m"}', headers=headers)
    assert (answer.status_code, answer.content_type) == (200, "application/json")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=8,
)
MEMBERS = ["model_name", "provider", "scope", "scope_id", "budgets", "rate_limit", "id", "budget", "unknown"]
ENTRIES = st.fixed_dictionaries({}, optional=dict.fromkeys(["id", "max_limit", "reset_duration"], JSON))
LIMITS = st.fixed_dictionaries(
    {},
    optional=dict.fromkeys(
        ["token_max_limit", "token_reset_duration", "request_max_limit", "request_reset_duration"], JSON
    ),
)
REQUESTS = st.fixed_dictionaries(
    {},
    optional=dict.fromkeys(MEMBERS, JSON)
    | {"budgets": JSON | st.lists(ENTRIES, max_size=3), "rate_limit": JSON | LIMITS, "model_name": st.text() | JSON},
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sent=REQUESTS | JSON)
def test_any_json_is_accepted_or_refused_but_never_a_failure(
    client: FlaskClient, contract: Contract, sent: Any
) -> None:
    answer = client.post(PATH, json=sent)
    assert answer.status_code in {200, 400, 409}
    if answer.status_code == 200:
        path = f"{PATH}/{answer.get_json()['model_config']['id']}"
        assert client.put(path, json=sent).status_code == 200
        assert client.get(path).status_code == 200
    else:
        assert_error_body(contract, answer)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(max_size=200))
def test_any_bytes_are_refused_but_never_a_failure(client: FlaskClient, contract: Contract, content: bytes) -> None:
    answer = client.post(PATH, data=content, content_type="application/json")
    assert answer.status_code == 400
    assert_error_body(contract, answer)


def test_a_failure_outside_the_engine_has_the_error_body_too(client: FlaskClient, contract: Contract) -> None:
    def failing() -> str:
        raise LookupError("not for clients")

    client.application.add_url_rule("/failing", "failing", failing)
    answer = client.get("/failing")
    assert answer.status_code == 500
    assert_error_body(contract, answer)
    assert "not for clients" not in answer.text
