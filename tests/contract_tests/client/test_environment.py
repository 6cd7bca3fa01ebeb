from __future__ import annotations

import ssl
from pathlib import Path

import pytest

from contract_tests.client.environment import Proxy, basic_credentials, find_proxy, trusted_certificates
from contract_tests.errors import SuiteError

VARIABLES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")
FAR = "http://gateway.invalid"


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.mark.parametrize("url", ["http://127.0.0.1:8080", "http://localhost:1/prefix", "https://[::1]:8443"])
@pytest.mark.parametrize("variable", ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy"])
@pytest.mark.parametrize("value", ["http://proxy.invalid:3128", "socks5://proxy.invalid:1080"])
def test_the_loopback_needs_no_proxy(url: str, variable: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(variable, value)

    assert find_proxy(url) is None


@pytest.mark.parametrize(
    ("variable", "url"),
    [
        ("HTTP_PROXY", FAR),
        ("http_proxy", FAR),
        ("ALL_PROXY", FAR),
        ("HTTPS_PROXY", "https://gateway.invalid/api"),
        ("ALL_PROXY", "https://gateway.invalid:444"),
    ],
)
def test_the_usual_variables_name_the_proxy(variable: str, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(variable, "http://proxy.invalid:3128")

    assert find_proxy(url) == Proxy("http://proxy.invalid:3128", variable.upper())


def test_a_proxy_of_another_scheme_is_none_for_this_target(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.invalid:3128")

    assert find_proxy(FAR) is None


def test_a_target_may_be_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://proxy.invalid:3128")
    monkeypatch.setenv("NO_PROXY", "other.invalid,.invalid")

    assert find_proxy(FAR) is None


def test_a_proxy_may_name_its_user(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://me:p%40ss@proxy.invalid:3128/")

    found = find_proxy(FAR)

    assert found == Proxy("http://proxy.invalid:3128", "HTTP_PROXY", ("me", "p@ss"))
    assert "p@ss" not in repr(found)


@pytest.mark.parametrize("value", ["socks5://proxy.invalid:1080", "socks5h://proxy.invalid", "socks4://proxy.invalid"])
def test_a_socks_proxy_gets_a_clear_word(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALL_PROXY", value)

    with pytest.raises(SuiteError, match=r"ALL_PROXY names a SOCKS proxy \(socks.*NO_PROXY"):
        find_proxy(FAR)


@pytest.mark.parametrize("value", ["proxy.invalid:3128", "proxy.invalid", "ftp://proxy.invalid", "http://"])
def test_a_proxy_without_a_scheme_gets_a_clear_word(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", value)

    with pytest.raises(SuiteError, match=r"HTTP_PROXY has no scheme .* expected http://HOST:PORT"):
        find_proxy(FAR)


def test_credentials_travel_as_basic() -> None:
    assert basic_credentials("me", "p:ä") == "Basic bWU6cDrDpA=="


def test_authorities_of_system_and_certifi_are_trusted_by_default() -> None:
    context = trusted_certificates({})

    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
    assert len(context.get_ca_certs()) > 50


@pytest.mark.parametrize("name", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"])
def test_a_variable_names_authorities_of_ones_own(name: str, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        trusted_certificates({name: str(tmp_path / "none.pem")})
    assert trusted_certificates({name: str(tmp_path)}).get_ca_certs() == []
