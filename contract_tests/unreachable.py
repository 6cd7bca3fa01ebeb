"""Why a target cannot be reached, in the words of whoever must mend it."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

_CAUSES: tuple[tuple[str, str], ...] = (
    (
        "ProxyError",
        "the proxy cannot be reached or refuses; see HTTP_PROXY, HTTPS_PROXY and NO_PROXY in the environment",
    ),
    ("NameResolutionError", "nobody knows the name {host}; is it spelled right, is the VPN up?"),
    ("Connection refused", "nothing listens at port {port}; is the server running?"),
    ("NewConnectionError", "{cause}; is the server running?"),
    (
        "WRONG_VERSION_NUMBER|record layer failure|HTTP_REQUEST",
        "no TLS is spoken there; is it http:// instead of https://?",
    ),
    (
        "CERTIFICATE_VERIFY_FAILED",
        "its certificate is not trusted ({cause}); for a CA of your own set REQUESTS_CA_BUNDLE to its file",
    ),
    (
        "NO_CERTIFICATE_OR_CRL_FOUND|X509",
        "REQUESTS_CA_BUNDLE names a file without a certificate ({cause}); name that of your CA, in PEM",
    ),
    ("SSL", "TLS failed ({cause})"),
)
"""What stands in an error of the HTTP library, and what that means; the first that fits counts."""


def reason_of(error: Exception, base_url: str) -> str | None:
    """Return why no connection to `base_url` came about, None where one did and was lost."""
    text = repr(error)
    parts = urlsplit(base_url)
    port = parts.port or {"https": 443}.get(parts.scheme, 80)
    for mark, told in _CAUSES:
        if re.search(mark, text):
            return f"{base_url} cannot be reached: {told.format(host=parts.hostname, port=port, cause=cause_of(error))}"
    return None


def cause_of(error: Exception) -> str:
    """Return the innermost cause that an error of the HTTP library tells of."""
    text = str(error.args[0] if error.args else error).split("(Caused by ")[-1]
    inner = re.search(r"\[(?:SSL|X509|Errno)[^]]*\] ([^'\"]*)", text)
    return re.sub(r"\(_ssl.*", "", inner.group(1) if inner else text).strip().rstrip(")").rstrip()
