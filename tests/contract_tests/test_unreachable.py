from __future__ import annotations

import pytest

from contract_tests.unreachable import cause_of, reason_of

REASONS = {
    "NewConnectionError(\"HTTPConnection(host='h', port=9): [Errno 111] Connection refused\")": (
        "nothing listens at port 9; is the server running?"
    ),
    "NewConnectionError('[Errno 101] Network is unreachable')": "Network is unreachable; is the server running?",
    "NameResolutionError('Failed to resolve')": "nobody knows the name h.invalid; is it spelled right",
    "ProxyError('Cannot connect to proxy.')": "HTTP_PROXY, HTTPS_PROXY and NO_PROXY",
    "SSLError(1, '[SSL: WRONG_VERSION_NUMBER] wrong version number')": "is it http:// instead of https://?",
    "SSLError(1, '[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: self-signed (_ssl.c:1006)')": (
        "is not trusted (certificate verify failed: self-signed); for a CA of your own"
    ),
    "SSLError(136, '[X509: NO_CERTIFICATE_OR_CRL_FOUND] no certificate or crl found (_ssl.c:4149)')": (
        "REQUESTS_CA_BUNDLE names a file without a certificate (no certificate or crl found)"
    ),
    "SSLError(1, '[SSL: NO_CIPHERS] none')": "TLS failed (none)",
}


@pytest.mark.parametrize("text", REASONS)
def test_a_connection_that_did_not_come_about_has_a_reason_and_an_advice(text: str) -> None:
    told = reason_of(ConnectionError(text), "http://h.invalid:9/prefix")

    assert told is not None
    assert told.startswith("http://h.invalid:9/prefix cannot be reached: ")
    assert REASONS[text] in told


def test_a_connection_that_was_lost_has_none() -> None:
    assert reason_of(ConnectionError("Connection aborted."), "http://h.invalid") is None


def test_the_cause_is_the_innermost() -> None:
    error = ConnectionError("Max retries exceeded (Caused by NewConnectionError('[Errno 5] Input/output error'))")

    assert cause_of(error) == "Input/output error"
    assert cause_of(ConnectionError("Remote end closed")) == "Remote end closed"
