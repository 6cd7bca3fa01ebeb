"""What the environment says of proxies and certificates on the way to a target."""

from __future__ import annotations

import ssl
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from os import environ
from pathlib import Path
from urllib.parse import unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

import certifi

from contract_tests.errors import SuiteError

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_CA_VARIABLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE")


@dataclass(frozen=True)
class Proxy:
    """A proxy on the way to the target: its URL without credentials, and the credentials in it, if any."""

    url: str
    variable: str
    credentials: tuple[str, str] | None = field(default=None, repr=False)


def find_proxy(base_url: str) -> Proxy | None:
    """Return the proxy that the environment names for a target, None for a direct way; the loopback has no proxy.

    Raises:
        SuiteError: it names one that cannot be used; the message says what to change.
    """
    target = urlsplit(base_url)
    if target.hostname is None or target.hostname in LOOPBACK or proxy_bypass(target.netloc):
        return None
    proxies = getproxies()
    name = target.scheme if target.scheme in proxies else "all"
    if name not in proxies:
        return None
    return _read_proxy(proxies[name].strip(), f"{name.upper()}_PROXY")


def _read_proxy(text: str, variable: str) -> Proxy:
    parts = urlsplit(text)
    if parts.scheme.startswith("socks"):
        raise SuiteError(
            f"{variable} names a SOCKS proxy ({parts.scheme}), which the suite does not speak; name an HTTP proxy, or "
            "add the target to NO_PROXY"
        )
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise SuiteError(
            f"{variable} has no scheme that the suite knows; expected http://HOST:PORT or https://HOST:PORT"
        )
    port = f":{parts.port}" if parts.port else ""
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    credentials = (unquote(parts.username), unquote(parts.password or "")) if parts.username else None
    return Proxy(f"{parts.scheme}://{host}{port}", variable, credentials)


def trusted_certificates(variables: Mapping[str, str] = environ) -> ssl.SSLContext:
    """Return the TLS context of a run: the authorities of the system and of certifi, or those that a variable names.

    Raises:
        OSError: the file that the variable names cannot be read, or holds no certificate.
    """
    named = next((variables[name] for name in _CA_VARIABLES if variables.get(name)), None)
    if named is None:
        context = ssl.create_default_context()
        context.load_verify_locations(cafile=certifi.where())
        return context
    is_folder = Path(named).is_dir()
    return ssl.create_default_context(cafile=None if is_folder else named, capath=named if is_folder else None)


def basic_credentials(user: str, password: str) -> str:
    """Return the value of an Authorization or Proxy-Authorization header of the scheme Basic."""
    return f"Basic {b64encode(f'{user}:{password}'.encode()).decode()}"
