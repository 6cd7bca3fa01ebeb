from __future__ import annotations

import errno
import socket
import ssl
from collections.abc import Callable

import httpcore2
import pytest

from contract_tests.client.environment import Proxy
from contract_tests.client.unreachable import cause_of, reason_of

URL = "http://h.invalid:9/prefix"
PROXY = Proxy("http://proxy.invalid:3128", "HTTP_PROXY")


def _connecting(cause: Exception) -> httpcore2.ConnectError:
    error = httpcore2.ConnectError(str(cause))
    error.__cause__ = cause
    return error


def _tls(text: str, reason: str) -> httpcore2.ConnectError:
    cause = ssl.SSLError(1, text)
    cause.reason = reason
    return _connecting(cause)


def _untrusted() -> httpcore2.ConnectError:
    cause = ssl.SSLCertVerificationError(1, "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed")
    cause.verify_message = "self-signed certificate"
    return _connecting(cause)


REASONS: dict[str, Callable[[], Exception]] = {
    "nothing listens at port 9; is the server running?": lambda: _connecting(ConnectionRefusedError(111, "refused")),
    "Network is unreachable; is the server running?": lambda: _connecting(OSError(101, "Network is unreachable")),
    "nobody knows the name h.invalid; is it spelled right": lambda: _connecting(socket.gaierror(-2, "unknown")),
    "raise `ulimit -n`": lambda: _connecting(OSError(errno.EMFILE, "Too many open files")),
    "it does not accept connections in time (--timeout)": lambda: httpcore2.ConnectTimeout("timed out"),
    "is it http:// instead of https://?": lambda: _tls("[SSL] record layer failure", "RECORD_LAYER_FAILURE"),
    "its certificate is not trusted (self-signed certificate); for a CA of your own": _untrusted,
    "TLS failed (no ciphers available)": lambda: _tls("[SSL] no ciphers available (_ssl.c:7)", "NO_CIPHERS"),
    "REQUESTS_CA_BUNDLE names a file without a certificate": lambda: ssl.SSLError(
        136, "[X509: NO_CERTIFICATE_OR_CRL_FOUND] no certificate or crl found"
    ),
    "REQUESTS_CA_BUNDLE names a file that cannot be read (No such file)": lambda: FileNotFoundError(2, "No such file"),
}


@pytest.mark.parametrize("told", REASONS)
def test_a_connection_that_did_not_come_about_has_a_reason_and_an_advice(told: str) -> None:
    reason = reason_of(REASONS[told](), URL)

    assert reason is not None
    assert reason.startswith(f"{URL} cannot be reached: ")
    assert told in reason


@pytest.mark.parametrize(
    "error",
    [
        httpcore2.ReadError("Connection reset by peer"),
        httpcore2.RemoteProtocolError("Server disconnected without sending a response."),
        httpcore2.ReadTimeout("timed out"),
    ],
)
def test_a_connection_that_was_lost_has_none(error: Exception) -> None:
    assert reason_of(error, URL) is None


def test_a_proxy_in_between_is_named_with_the_variable_that_names_it() -> None:
    refused = reason_of(_connecting(ConnectionRefusedError(111, "Connection refused")), URL, PROXY)
    asking = reason_of(httpcore2.ProxyError("407 Proxy Authentication Required"), URL, PROXY)

    assert refused is not None
    assert (
        "the proxy http://proxy.invalid:3128 (HTTP_PROXY) cannot be reached or refuses (Connection refused)" in refused
    )
    assert asking is not None
    assert "asks for a user; pass --proxy-auth USER:PASSWORD" in asking


def test_a_cause_is_told_without_its_numbers() -> None:
    assert cause_of(OSError(5, "Input/output error")) == "Input/output error"
    assert cause_of(ssl.SSLError(1, "[SSL: X] some trouble (_ssl.c:1006)")).endswith("some trouble')") is False
    assert cause_of(ValueError()) == "ValueError"
