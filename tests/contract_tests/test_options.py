from __future__ import annotations

from typing import Any

import pytest

from contract_tests.errors import UsageError
from contract_tests.options import DEVELOPMENT_KEY, OPTIONS, read_options, require_url

GOOD: dict[str, tuple[Any, Any]] = {
    "seed": ("7", 7),
    "profile": ("thorough", "thorough"),
    "timeout": ("0.5", 0.5),
    "retries": ("0", 0),
    "max_rps": ("2", 2.0),
    "header": (("X-Tenant: a b",), (("X-Tenant", "a b"),)),
    "prefix": ("ci.1", "ci.1"),
    "read_only": (True, True),
}
BAD: dict[str, Any] = {
    "seed": "x",
    "profile": "huge",
    "timeout": "0",
    "retries": "-1",
    "max_rps": "nan",
    "max_requests": "1.5",
    "deadline": "inf",
    "header": ("no colon",),
    "level": "may",
    "prefix": "",
}


@pytest.mark.parametrize("name", GOOD)
def test_a_text_that_fits_is_read(name: str) -> None:
    text, value = GOOD[name]

    assert read_options({name: text}).values[name] == value


@pytest.mark.parametrize("name", BAD)
def test_a_text_that_does_not_fit_is_refused_by_the_name_of_its_option(name: str) -> None:
    with pytest.raises(UsageError, match=f"--{name.replace('_', '-')} "):
        read_options({name: BAD[name]})


@pytest.mark.parametrize(("name", "text"), [("api_key", "s3cret key"), ("header", ("X Bad: s3cret",))])
def test_the_message_of_a_secret_option_does_not_show_its_text(name: str, text: Any) -> None:
    with pytest.raises(UsageError) as caught:
        read_options({name: text})

    assert "s3cret" not in str(caught.value)


def test_without_a_text_every_option_has_its_default() -> None:
    assert read_options({}).values == {option.attribute: option.default for option in OPTIONS}


def test_the_limits_are_those_of_the_options() -> None:
    limits = read_options({"max_requests": "9", "read_only": True, "header": ["A: b"]}).limits

    assert (limits.max_requests, limits.read_only, limits.headers) == (9, True, {"A": "b"})


def test_the_key_comes_from_the_option_else_the_environment_else_for_an_own_mock_it_is_the_known_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert read_options({}).key_for(own_mock=True) == DEVELOPMENT_KEY
    monkeypatch.setenv("GOVERNANCE_API_KEY", "from-environment")
    assert read_options({}).key_for(own_mock=True) == "from-environment"
    assert read_options({"api_key": "given"}).key_for(own_mock=False) == "given"


def test_a_target_of_somebody_else_needs_a_key() -> None:
    with pytest.raises(UsageError, match="no API key: set GOVERNANCE_API_KEY"):
        read_options({}).key_for(own_mock=False)


def test_a_key_with_a_line_break_is_refused_unseen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOVERNANCE_API_KEY", "s3cret\n")

    with pytest.raises(UsageError, match="line breaks") as caught:
        read_options({}).key_for(own_mock=False)

    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize("url", ["http://host", "https://host:8443/some/prefix", "http://[::1]:4010/"])
def test_a_base_url_is_accepted(url: str) -> None:
    assert require_url(url) == url


@pytest.mark.parametrize(
    "url", ["host:4010", "ftp://host", "http://", "http://host:x", "http://host?a=b", "http://host#f", "http://a b"]
)
def test_what_is_no_base_url_is_refused(url: str) -> None:
    with pytest.raises(UsageError, match="is no base URL; expected http://HOST"):
        require_url(url)


def test_credentials_in_a_url_are_refused_unseen() -> None:
    with pytest.raises(UsageError) as caught:
        require_url("http://me:s3cret@host")

    assert "s3cret" not in str(caught.value)
