"""The options of a run, the same for pytest and for the command."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from contract_tests.client.connection import MEBIBYTE
from contract_tests.client.target import Limits
from contract_tests.errors import UsageError
from contract_tests.exchange import KEY_VARIABLE
from contract_tests.probe import LAYERS, PROFILES

DEVELOPMENT_KEY = "mock-development-key"
"""The documented key of a mock that was started without one; used only for the mock that the suite starts itself."""


@dataclass(frozen=True)
class Option:
    """One option: its name on the command line without dashes, how its text is read, default and help."""

    name: str
    read: Any
    default: Any
    help: str
    metavar: str | None = None
    choices: tuple[str, ...] | None = None
    is_secret: bool = False
    """Whether no message may show its text."""

    @property
    def attribute(self) -> str:
        """The name under which its value is kept."""
        return self.name.replace("-", "_")


_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_PRINTABLE = re.compile(r"[ -~]*")
_VISIBLE = re.compile(r"[!-~]+")
_PREFIX = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


def _positive(text: str) -> float:
    value = float(text)
    if not 0 < value < math.inf:
        raise ValueError(text)
    return value


def _seconds(text: str) -> float:
    value = float(text)
    if not 0 <= value < math.inf:
        raise ValueError(text)
    return value


def _count(text: str) -> int:
    value = int(text)
    if value < 0:
        raise ValueError(text)
    return value


def _header(text: str) -> tuple[str, str]:
    name, colon, value = text.partition(":")
    if not colon or not _TOKEN.fullmatch(name.strip()) or not _PRINTABLE.fullmatch(value.strip()):
        raise ValueError(text)
    if advice := _OWN_HEADERS.get(name.strip().lower()):
        raise UsageError(f"--header {name.strip()}: {advice}")
    return name.strip(), value.strip()


_OWN_HEADERS = {
    "authorization": (
        f"the suite sends this header itself; pass the management key in {KEY_VARIABLE} (or with --api-key), and the "
        "user of a proxy before the target with --proxy-auth USER:PASSWORD"
    ),
    "proxy-authorization": "pass the user of a proxy with --proxy-auth USER:PASSWORD",
    "host": "the suite sends the host of the URL; pass the URL by which the target is known",
    "content-length": "the suite counts the bytes of each body itself",
    "transfer-encoding": "the suite counts the bytes of each body itself",
    "connection": "the suite looks after its connections itself",
}
"""Headers that cannot be given, and what to do instead."""


def _credentials(text: str) -> tuple[str, str]:
    user, colon, password = text.partition(":")
    if not colon or not user:
        raise ValueError(text)
    return user, password


def _key(text: str) -> str:
    if not _VISIBLE.fullmatch(text):
        raise ValueError(text)
    return text


def _layers(text: str) -> str:
    if not set(_parts(text)) <= set(_LAYERS):
        raise ValueError(text)
    return text


_LAYERS = LAYERS[1:]
"""The layers that can be chosen; the first one is the smoke profile."""


def _prefix(text: str) -> str:
    if not _PREFIX.fullmatch(text):
        raise ValueError(text)
    return text


OPTIONS = (
    Option(
        "api-key",
        _key,
        None,
        f"management API key, visible ASCII without blanks; better given as {KEY_VARIABLE}",
        "KEY",
        is_secret=True,
    ),
    Option("profile", str, "gate", "how much to do", choices=PROFILES),
    Option("seed", int, 0, "which of the equivalent requests are sent", "N"),
    Option("rules", str, "", "judge only these rules, such as 'BUD-*,REQ-05'", "PATTERNS"),
    Option("layers", _layers, "", f"only these layers, separated by commas: {', '.join(_LAYERS)}", "NAMES"),
    Option("cases", str, (), "also send the cases of this file, or of all in this folder; may be repeated", "PATH"),
    Option(
        "keep-cases",
        str,
        None,
        "add what is found to this file of cases; a thorough run keeps it in the directory for temporary files anyway",
        "FILE",
    ),
    Option("level", str, "must", "fail on findings of this level and above", choices=("must", "should")),
    Option("virtual-key-id", str, None, "a virtual key that exists on the target", "ID"),
    Option("user-id", str, None, "a user that exists on the target", "ID"),
    Option("allow-wildcard", bool, False, "create configs for the model * on a target that is not on this machine"),
    Option("gentle", bool, False, "leave out requests that are known to end servers; a run sends them last"),
    Option("prefix", _prefix, "ct", "prefix of every name that the suite creates: letters, digits, . _ -", "TEXT"),
    Option(
        "read-only",
        bool,
        False,
        "send only GETs; what needs writes is skipped, and does not count as missing: green means that nothing "
        "wrong was seen by reading",
    ),
    Option("timeout", _positive, 10.0, "seconds that a request and its whole response may take", "S"),
    Option("retries", _count, 2, "how often a request that can be repeated is tried again; Retry-After is obeyed", "N"),
    Option("max-rps", _positive, None, "send at most so many requests a second, over all processes", "N"),
    Option(
        "max-requests",
        _count,
        None,
        "send at most so many requests, over all processes; beyond that only what cleans up",
        "N",
    ),
    Option(
        "deadline",
        _positive,
        None,
        "stop judging after so many seconds and clean up: a thorough run then reports what it has, others fail",
        "S",
    ),
    Option(
        "header",
        _header,
        (),
        "a further header for every request, 'Name: value'; may be repeated",
        "HEADER",
        is_secret=True,
    ),
    Option(
        "restart-wait",
        _seconds,
        20.0,
        "seconds that a target which ended during the run may take to come back, to delete what was created",
        "S",
    ),
    Option(
        "max-response-bytes",
        _count,
        8 * MEBIBYTE,
        "read at most so many bytes of a response; a longer one is a finding",
        "N",
    ),
    Option(
        "proxy-auth",
        _credentials,
        None,
        "user and password for a proxy that asks for them (Proxy-Authorization)",
        "USER:PASSWORD",
        is_secret=True,
    ),
    Option(
        "journal-dir", str, None, "where to note what was created; the directory for temporary files by default", "DIR"
    ),
    Option(
        "baseline", str, None, "a file of findings that are accepted for a while; see `contract-tests baseline`", "FILE"
    ),
    Option("compare", str, None, "say what changed since the run of this JSON report", "FILE"),
    Option("report", str, None, "write every report to this folder, under names of their own", "DIR"),
    Option("html", str, None, "write a page to this file, for people: one file that needs no network", "FILE"),
    Option(
        "junit", str, None, "write a JUnit report to this file: a test case for each rule on each operation", "FILE"
    ),
    Option("json", str, None, "write a JSON report to this file: outcomes, findings, latencies", "FILE"),
    Option(
        "sarif",
        str,
        None,
        "write a SARIF report to this file: findings at the lines of the document that state the rules",
        "FILE",
    ),
    Option("code-quality", str, None, "write a report for merge requests of GitLab to this file", "FILE"),
    Option("markdown", str, None, "write a short summary to this file, such as $GITHUB_STEP_SUMMARY", "FILE"),
    Option("badge", str, None, "write a badge to this file: SVG, or for shields.io where it ends in .json", "FILE"),
    Option("events", str, None, "write what happened to this file, as JSON lines", "FILE"),
    Option("record", str, None, "write every request with its response to this file, without the key", "FILE"),
)


REPORTS = ("report", "events", "html", "json", "junit", "sarif", "code_quality", "markdown", "badge")
"""The options that write reports."""

FILES = (*REPORTS, "baseline", "compare", "keep_cases", "record")
"""The options that name files, which are tried before a run."""


@dataclass(frozen=True)
class RunOptions:
    """The options of one run, read and checked."""

    values: Mapping[str, Any] = field(default_factory=dict)

    def __getattr__(self, name: str) -> Any:
        try:
            return self.values[name]
        except KeyError:
            raise AttributeError(name) from None

    @property
    def limits(self) -> Limits:
        """How the suite behaves towards the target."""
        names = ("timeout", "retries", "max_rps", "max_requests", "deadline", "read_only", "max_response_bytes")
        more = {"headers": dict(self.values["header"]), "proxy_credentials": self.values["proxy_auth"]}
        return Limits(**{name: self.values[name] for name in names}, **more)

    @property
    def patterns(self) -> tuple[str, ...]:
        """The patterns of `--rules`; none select every rule."""
        return _parts(self.values["rules"])

    @property
    def keeps_cases(self) -> bool:
        """Whether cases are made of what is found."""
        return bool(self.values["keep_cases"]) or self.values["profile"] == "thorough"

    @property
    def layer_names(self) -> tuple[str, ...]:
        """The layers of `--layers`; none select every layer."""
        return _parts(self.values["layers"])

    @property
    def reports(self) -> tuple[str, ...]:
        """The options by which reports were asked for."""
        return tuple(name for name in REPORTS if self.values[name])

    def key_for(self, *, own_mock: bool) -> str:
        """Return the API key of the run.

        Raises:
            UsageError: none was given for a target of somebody else.
        """
        given = self.values["api_key"] or os.environ.get(KEY_VARIABLE)
        key = given or (DEVELOPMENT_KEY if own_mock else "")
        if not key:
            raise UsageError(
                f"no API key: set {KEY_VARIABLE} or pass --api-key (to pytest --ct-api-key); it is the management key "
                "of the target"
            )
        if not _VISIBLE.fullmatch(key):
            raise UsageError(
                f"the API key in {KEY_VARIABLE} has blanks, line breaks or characters beyond ASCII; expected visible "
                "ASCII alone, since it travels in a header"
            )
        return str(key)


def _parts(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def read_options(given: Mapping[str, Any]) -> RunOptions:
    """Return the options of a run from their texts by attribute; None stands for the default.

    Raises:
        UsageError: a text cannot be read; the message names option, text and what is allowed.
    """
    return RunOptions({option.attribute: _read(option, given.get(option.attribute)) for option in OPTIONS})


def _read(option: Option, text: Any) -> Any:
    if text is None or text is option.default:
        return option.default
    if isinstance(text, list | tuple):
        return tuple(_read_one(option, each) for each in text)
    if option.choices and text not in option.choices:
        raise UsageError(f"--{option.name} {text!r}: expected one of {', '.join(option.choices)}")
    return _read_one(option, text)


def _read_one(option: Option, text: Any) -> Any:
    try:
        return option.read(text) if isinstance(text, str) else text
    except ValueError as error:
        shown = "(its text is a secret, not shown)" if option.is_secret else repr(text)
        metavar = f"{option.metavar}, " if option.metavar else ""
        raise UsageError(f"--{option.name} {shown} cannot be used; expected {metavar}{option.help}") from error


def require_url(url: str) -> str:
    """Return `url`, the target of a run.

    Raises:
        UsageError: it is no absolute http(s) URL, or holds what no base URL can have; credentials are not shown.
    """
    expected = "expected http://HOST[:PORT][/PREFIX] or https://..."
    try:
        parts = urlsplit(url)
        is_url = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_url = False
    if "@" in url:
        raise UsageError(f"the URL must not hold a user or a password; {expected}, and the key with --api-key")
    if not is_url or parts.query or parts.fragment or not _VISIBLE.fullmatch(url):
        raise UsageError(f"{url!r} is no base URL; {expected}")
    return url
