"""Why a target cannot be reached, in the words of whoever must mend it."""

from __future__ import annotations

import errno
import re
import socket
import ssl
from collections.abc import Iterator
from urllib.parse import urlsplit

import httpcore2

from contract_tests.client.environment import Proxy

_NO_TLS = re.compile("WRONG_VERSION_NUMBER|RECORD_LAYER_FAILURE|HTTP_REQUEST", re.IGNORECASE)
_NO_CERTIFICATE = re.compile("NO_CERTIFICATE_OR_CRL_FOUND|X509", re.IGNORECASE)


def reason_of(error: BaseException, base_url: str, proxy: Proxy | None = None) -> str | None:
    """Return why no connection to `base_url` came about, None where one did and was lost."""
    told = _told(error, base_url, proxy)
    return f"{base_url} cannot be reached: {told}" if told else None


def _told(error: BaseException, base_url: str, proxy: Proxy | None) -> str | None:
    causes = list(_causes(error))
    if isinstance(error, FileNotFoundError | PermissionError | IsADirectoryError):
        return f"REQUESTS_CA_BUNDLE names a file that cannot be read ({error.strerror}); {_IN_PEM}"
    tls = next((cause for cause in causes if isinstance(cause, ssl.SSLError)), None)
    if tls is not None and isinstance(error, httpcore2.ConnectError | ssl.SSLError):
        return _of_tls(tls)
    if not isinstance(error, httpcore2.ConnectError | httpcore2.ConnectTimeout | httpcore2.ProxyError):
        return None
    if proxy is not None:
        return _of_proxy(error, proxy)
    if isinstance(error, httpcore2.ConnectTimeout):
        return "it does not accept connections in time (--timeout); is the host right, does a firewall let you through?"
    return _of_connecting(causes, base_url)


_IN_PEM = "name that of your CA, in PEM"


def _of_connecting(causes: list[BaseException], base_url: str) -> str:
    parts = urlsplit(base_url)
    port = parts.port or {"https": 443}.get(parts.scheme, 80)
    for cause in causes:
        if isinstance(cause, socket.gaierror):
            return f"nobody knows the name {parts.hostname}; is it spelled right, is the VPN up?"
        if isinstance(cause, ConnectionRefusedError):
            return f"nothing listens at port {port}; is the server running?"
        if isinstance(cause, OSError) and cause.errno == errno.EMFILE:
            return "this process may not open more files; close some, or raise `ulimit -n`"
    return f"{cause_of(causes[0])}; is the server running?"


def _of_tls(error: ssl.SSLError) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        told = error.verify_message
        return f"its certificate is not trusted ({told}); for a CA of your own set REQUESTS_CA_BUNDLE to its file"
    text = f"{getattr(error, 'reason', None)} {error}"  # an error of a file has no reason
    if _NO_CERTIFICATE.search(text):
        return f"REQUESTS_CA_BUNDLE names a file without a certificate ({cause_of(error)}); {_IN_PEM}"
    if _NO_TLS.search(text):
        return "no TLS is spoken there; is it http:// instead of https://?"
    return f"TLS failed ({cause_of(error)})"


def _of_proxy(error: BaseException, proxy: Proxy) -> str:
    if str(error).startswith("407"):
        return f"the proxy {proxy.url} ({proxy.variable}) asks for a user; pass --proxy-auth USER:PASSWORD"
    named = f"the proxy {proxy.url} ({proxy.variable})"
    return f"{named} cannot be reached or refuses ({cause_of(error)}); see NO_PROXY for a direct way"


def cause_of(error: BaseException) -> str:
    """Return what an error of the HTTP library says, without its numbers."""
    text = re.sub(r"\[(?:SSL|X509|Errno)[^]]*\] ?", "", str(error)).strip()
    return re.sub(r"\s*\(_ssl.*", "", text).rstrip(".") or type(error).__name__


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and those that it was raised from."""
    seen: BaseException | None = error
    while seen is not None:
        yield seen
        seen = seen.__cause__ or seen.__context__
