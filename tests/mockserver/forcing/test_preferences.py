from __future__ import annotations

import pytest

from mockserver.exchange import Request
from mockserver.forcing.preferences import FAULTS, NONE, Preferences, separated


def read(header: str | None = None, query: str = "") -> Preferences:
    headers = {} if header is None else {"prefer": header}
    return separated(Request(headers=headers, query=query))[0]


def refused(header: str | None = None, query: str = "") -> str:
    preferences = read(header, query)
    assert preferences.refusal is not None, preferences
    assert (preferences.refusal.id, preferences.refusal.status) == ("unfit-preference", 400)
    return preferences.refusal.message


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("code=409", Preferences(code=409)),
        ("code=409, example=identityTaken", Preferences(code=409, example="identityTaken")),
        ("code=409; example=identityTaken", Preferences(code=409, example="identityTaken")),
        ("  Code = 409 ,, , DYNAMIC=True;seed=7 ", Preferences(code=409, dynamic=True, seed=7)),
        ('example="two words, \\"quoted\\"; and more"', Preferences(example='two words, "quoted"; and more')),
        ("dynamic", Preferences(dynamic=True)),
        ("dynamic=false", Preferences(dynamic=False)),
        ("delay=0, validate=off", Preferences(delay=0, validate="off")),
        ("validate=log, seed=9223372036854775807", Preferences(validate="log", seed=2**63 - 1)),
        ("fault=EMPTY_RESPONSE", Preferences(fault="EMPTY_RESPONSE")),
        ("code=404, code=500", Preferences(code=404)),
        ("", NONE),
        (", ;", NONE),
    ],
)
def test_the_header_is_read_as_rfc_7240_has_it(header: str, expected: Preferences) -> None:
    assert read(header) == expected


@pytest.mark.parametrize(
    "header",
    ["return=minimal", "respond-async, wait=10", "handling=lenient", 'odata.maxpagesize=5; x="y"', "return; code=500"],
)
def test_what_others_prefer_is_passed_over(header: str) -> None:
    assert read(header) is NONE


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("code", "code is ''; expected a status such as 409"),
        ("code=4o9", "expected a status such as 409"),
        ("code=99", "expected a status"),
        ("code=600", "expected a status"),
        ("code=-409", "expected a status"),
        ("code=\u0664\u0660\u0669", "cannot be read"),
        ('code="\u0664\u0660\u0669"', "expected a status"),
        ("example=", "expected the name of an example"),
        ("dynamic=yes", "expected true or false"),
        ("seed=-1", "expected a whole number from 0 to 9223372036854775807"),
        ("seed=9223372036854775808", "expected a whole number"),
        ("seed=1.5", "expected a whole number"),
        (f"seed={'9' * 5000}", "expected a whole number"),
        ("delay=1s", "expected milliseconds, a whole number from 0 to 300000"),
        ("delay=300001", "from 0 to 300000"),
        ("fault=status", f"expected one of {', '.join(FAULTS)}"),
        ("validate=on", "expected off or log"),
        ('code="409', "the header Prefer cannot be read from 'code=\"409' on"),
        ("code=409 example=x", "cannot be read from"),
        ("return=minimal, =409", "cannot be read from ' =409' on"),
        ("codes=409", "codes is unknown; did you mean code?"),
        ("code=409; exampel=x", "did you mean example?"),
    ],
)
def test_what_cannot_be_read_is_refused_with_what_was_expected(header: str, expected: str) -> None:
    assert expected in refused(header)


def test_a_parameter_stands_for_a_preference_and_is_taken_out_of_the_query() -> None:
    request = Request(query="limit=5&__code=409&search=a%26b&__example=two+words&__dynamic")
    preferences, rest = separated(request)
    assert preferences == Preferences(code=409, example="two words", dynamic=True)
    assert rest.query == "limit=5&search=a%26b"


def test_each_preference_has_its_parameter() -> None:
    query = "__code=200&__example=e&__dynamic=true&__seed=1&__delay=2&__fault=timeout&__validate=log"
    assert read(query=query) == Preferences(200, "e", True, 1, 2, "timeout", "log")
    assert read(query=query.replace("__", "%5F_")) == Preferences(200, "e", True, 1, 2, "timeout", "log")


@pytest.mark.parametrize("query", ["", "limit=5", "code=409", "_code=409", "__proto__=1", "x__code=409", "&&", "%"])
def test_other_parameters_stay(query: str) -> None:
    request = Request(query=query)
    assert separated(request) == (NONE, request)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("__code=x", "code is 'x'"),
        ("__codes=409", "__codes is unknown; did you mean __code?"),
        ("__Code=409", "__Code is unknown; did you mean __code?"),
    ],
)
def test_a_parameter_that_cannot_be_read_is_refused(query: str, expected: str) -> None:
    assert expected in refused(query=query)


def test_the_header_comes_before_the_parameter() -> None:
    assert read("code=404, example=a", "__code=500&__seed=1") == Preferences(code=404, example="a", seed=1)


def test_preferences_are_written_as_they_are_read() -> None:
    preferences = Preferences(409, 'a "name"', True, 1, 2, "timeout", "log")
    assert preferences.written() == (
        *("code=409", r'example="a \"name\""', "dynamic=true", "seed=1", "delay=2", "fault=timeout", "validate=log"),
    )
    assert read(", ".join(preferences.written())) == preferences
    assert NONE.written() == ()
