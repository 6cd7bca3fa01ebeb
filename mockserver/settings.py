"""Settings of the mock: one field each, which flag, environment variable and file entry are derived from."""

from __future__ import annotations

import difflib
import ipaddress
import json
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import Field, dataclass, field, fields
from pathlib import Path
from typing import Any, NamedTuple

DEVELOPMENT_KEY = "mock-development-key"
"""The API key that opens a mock to which no other was given; it is documented, hence no secret."""

ANY_ORIGIN = "*"
"""Stands for all origins that a page can have."""

NO_ORIGIN = "null"
"""The origin of sandboxed frames and of pages in local files."""

CONTRACT_PROFILE = "contract"
"""The profile without any deviation."""

_ENVIRONMENT_PREFIX = "MOCKSERVER_"

CONFIG_VARIABLE = f"{_ENVIRONMENT_PREFIX}CONFIG"
"""The environment variable that names the TOML file, where no flag does."""

_ORIGIN = re.compile(r"https?://[A-Za-z0-9._-]+(:[0-9]+)?|https?://\[[0-9A-Fa-f:.]+\](:[0-9]+)?|\*|null", re.ASCII)
_PREFIX = re.compile(r"(/[A-Za-z0-9._~-]+)+", re.ASCII)
_SWITCH = {"true": True, "yes": True, "on": True, "1": True, "false": False, "no": False, "off": False, "0": False}
_FILE_BYTES = 64 * 1024
_KEY_PART = r"(?:[A-Za-z0-9_-]+|\"[^\"\n]*\"|'[^'\n]*')"
_LONG_KEY = re.compile(rf"(?<![A-Za-z0-9_-]){_KEY_PART}(?:[ \t]*\.[ \t]*{_KEY_PART}){{16}}", re.ASCII)
"""A dotted name of a depth for which the reader of TOML takes time and memory that grow with its square."""
_VISIBLE_ASCII = re.compile(r"[!-~]+")


class SettingsError(Exception):
    """A setting that cannot be used; the message names its source, the value and what is allowed."""


class Entry(NamedTuple):
    """What a field of `Settings` says of itself, beside its name and default; a switch has no metavar.

    A setting with several values has a flag that may be repeated; in one text commas separate them.
    """

    help: str
    parse: Callable[[object], Any]
    metavar: str
    several: bool = False


def _text(value: object) -> str:
    if isinstance(value, str) and value.strip():
        return value
    raise ValueError("a text that is not empty")


def _key(value: object) -> str:
    if isinstance(value, str) and _VISIBLE_ASCII.fullmatch(value):
        return value
    raise ValueError("one or more visible ASCII characters without spaces, since it travels in a header")


def _path(value: object) -> Path:
    if isinstance(value, Path):
        return value
    if isinstance(value, str) and value.strip() and "\0" not in value:
        return Path(value)
    raise ValueError("the path of a file")


def _prefix(value: object) -> str:
    if isinstance(value, str) and _PREFIX.fullmatch(value):
        return value
    raise ValueError("a path such as /__admin, without a slash at its end")


def _switch(value: object) -> bool:
    known = value if isinstance(value, bool) else _SWITCH.get(str(value).lower())
    if known is None:
        raise ValueError(f"one of {', '.join(_SWITCH)}")
    return known


def _whole_number(lowest: int, highest: int | None = None) -> Callable[[object], int]:
    span = f"a whole number from {lowest}" + (" on" if highest is None else f" to {highest}")

    def parse(value: object) -> int:
        number = int(value) if isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,19}", value) else value
        if isinstance(number, bool) or not isinstance(number, int):
            raise ValueError(span)  # noqa: TRY004 - to a caller all wrong values are one kind of error
        if number < lowest or (highest is not None and number > highest):
            raise ValueError(span)
        return number

    return parse


def _origin(value: object) -> str:
    if isinstance(value, str) and _ORIGIN.fullmatch(value):
        return value
    raise ValueError("an origin such as http://localhost:5173 without a path, *, or none")


def _several(parse: Callable[[object], Any]) -> Callable[[object], tuple[Any, ...]]:
    """Return what parses a list, or texts with commas; the word `none` is an empty list."""

    def parse_all(value: object) -> tuple[Any, ...]:
        given = value if isinstance(value, list | tuple) else (value,)
        parts = [part for each in given for part in (_split(each) if isinstance(each, str) else (each,))]
        return () if parts in (["none"], []) else tuple(parse(part) for part in parts)

    return parse_all


def _split(text: str) -> list[str]:
    return [part.strip() for part in text.split(",")]


def _entry(text: str, parse: Callable[[object], Any], metavar: str) -> dict[str, Entry]:
    return {"entry": Entry(text, parse, metavar)}


def _entries(text: str, parse: Callable[[object], Any], metavar: str) -> dict[str, Entry]:
    return {"entry": Entry(text, _several(parse), metavar, several=True)}


@dataclass(frozen=True)
class Settings:
    """What can be set when the mock starts.

    A further setting is one more line here: flag, environment variable, file entry and help follow from it.
    A field that `repr` leaves out is a secret, and no error message shows its value.
    """

    host: str = field(default="127.0.0.1", metadata=_entry("Address to listen on.", _text, "HOST"))
    port: int = field(
        default=4010,
        metadata=_entry("Port to listen on; 0 takes a free one.", _whole_number(0, 65535), "PORT"),
    )
    api_key: str = field(
        default=DEVELOPMENT_KEY,
        repr=False,
        metadata=_entry("Management API key of the clients.", _key, "KEY"),
    )
    document: Path | None = field(
        default=None, metadata=_entry("OpenAPI document; without it the packaged one.", _path, "FILE")
    )
    scenario: str = field(default="sample", metadata=_entry("Data to start with.", _text, "NAME"))
    fixtures: Path | None = field(
        default=None,
        metadata=_entry("Folder with scenarios/ and lookups/ of your own, beside those of the kit.", _path, "DIR"),
    )
    data: Path | None = field(
        default=None,
        metadata=_entry(
            "File that keeps the data from start to start; new, it has those of the scenario.", _path, "FILE"
        ),
    )
    via_flask: bool = field(
        default=False,
        metadata=_entry("Let every request go through Flask, so that its hooks see it.", _switch, ""),
    )
    watch: bool = field(
        default=False, metadata=_entry("Read document and fixtures anew when they change.", _switch, "")
    )
    seed: int | None = field(
        default=None, metadata=_entry("Make ids the same from run to run.", _whole_number(0), "NUMBER")
    )
    ready_file: Path | None = field(
        default=None, metadata=_entry("File that holds the URL while the mock serves.", _path, "FILE")
    )
    max_body_bytes: int = field(
        default=2**20, metadata=_entry("Longest request body, in bytes.", _whole_number(1), "BYTES")
    )
    admin: bool = field(default=True, metadata=_entry("Serve the control API.", _switch, ""))
    admin_prefix: str = field(default="/__admin", metadata=_entry("Where the control API begins.", _prefix, "PATH"))
    admin_token: str | None = field(
        default=None,
        repr=False,
        metadata=_entry("Token of the control API; needed where not only this machine can connect.", _key, "TOKEN"),
    )
    max_sessions: int = field(
        default=256,
        metadata=_entry("How many sessions are kept; the longest unused gives way.", _whole_number(1), "NUMBER"),
    )
    session_idle_seconds: int = field(
        default=3600,
        metadata=_entry("How long an unused session is kept.", _whole_number(1, 10**9), "SECONDS"),
    )
    log_requests: int = field(
        default=1000,
        metadata=_entry("How many requests the log of a session keeps; 0 keeps none.", _whole_number(0), "NUMBER"),
    )
    log_bytes: int = field(
        default=4 * 2**20, metadata=_entry("How many bytes the log of a session keeps.", _whole_number(1), "BYTES")
    )
    cors_origin: tuple[str, ...] = field(
        default=(ANY_ORIGIN,),
        metadata=_entries(
            "Origin whose pages may use the API, * for all, or none; one that is named may use the control API, too.",
            _origin,
            "ORIGIN",
        ),
    )
    cors_credentials: bool = field(
        default=False, metadata=_entry("Let the pages of the named origins send cookies.", _switch, "")
    )
    profile: str = field(
        default=CONTRACT_PROFILE,
        metadata=_entry("What to speak: the contract, or the dialect of a real server.", _text, "NAME"),
    )
    deviation: tuple[str, ...] = field(
        default=(),
        metadata=_entries(
            "Deviation from the contract to switch on, or with a dash before it (-NAME) off.", _text, "NAME"
        ),
    )


def entries() -> Iterator[tuple[Field[Any], Entry]]:
    """Yield every field of `Settings` with what it says of itself."""
    for setting in fields(Settings):
        yield setting, setting.metadata["entry"]


def flag_name(name: str) -> str:
    """Return the flag of the setting `name`."""
    return "--" + name.replace("_", "-")


def usage(name: str, entry: Entry) -> str:
    """Return how the flag of the setting `name` is written, with its value or, for a switch, its opposite."""
    flag = flag_name(name)
    return f"{flag} {entry.metavar}" if entry.metavar else f"{flag} / --no-{flag[2:]}"


def default_of(setting: Field[Any]) -> str:
    """Return the default of a setting as one would write it; nothing for none."""
    default = setting.default
    return ",".join(map(str, default)) if isinstance(default, tuple) else "" if default is None else str(default)


def variable_name(name: str) -> str:
    """Return the environment variable of the setting `name`."""
    return _ENVIRONMENT_PREFIX + name.upper()


def load_settings(flags: Mapping[str, object], environ: Mapping[str, str], file: Path | None = None) -> Settings:
    """Return the settings: flags go before the environment, that before the TOML file, that before defaults.

    `flags` has the names of the fields; None is a flag that was not given. Without a `file` it is the one that the
    environment names. A path in the file starts from the folder of the file.

    Raises:
        SettingsError: a value is wrong, wherever it stands, or a name is unknown.
    """
    if file is None and environ.get(CONFIG_VARIABLE):
        file = Path(environ[CONFIG_VARIABLE])
    from_file = _from_file(file) if file else {}
    from_environment = _from_environment(environ)
    from_flags = _from_flags(flags)
    return _together({**from_file, **from_environment, **from_flags})


def settings_of(values: Mapping[str, object]) -> Settings:
    """Return the settings that have these values by the names of the fields; None is a value that was not given.

    Raises:
        SettingsError: a value is wrong, or a name is unknown.
    """
    known = {setting.name: (setting, entry) for setting, entry in entries()}
    for name in values:
        if name not in known:
            raise SettingsError(f"{name}: there is no such setting; expected one of {', '.join(known)}")
    given = {name: value for name, value in values.items() if value is not None}
    return _together({name: _parsed(*known[name], value, name) for name, value in given.items()})


def _together(values: Mapping[str, Any]) -> Settings:
    """Return the settings of parsed values, which may still be at odds with each other."""
    settings = Settings(**values)
    _refuse_open_admin(settings)
    _refuse_open_credentials(settings)
    _refuse_open_sandboxes(settings)
    return settings


def _refuse_open_admin(settings: Settings) -> None:
    if settings.admin and not settings.admin_token and not is_loopback(settings.host):
        raise SettingsError(
            f"host {settings.host!r} can be reached from other machines, and the control API is open; "
            "expected --admin-token TOKEN, or --no-admin, beside it"
        )


def _refuse_open_credentials(settings: Settings) -> None:
    if settings.cors_credentials and ANY_ORIGIN in settings.cors_origin:
        raise SettingsError(
            "cors_credentials would let every page send cookies; "
            "expected --cors-origin with the origins that may, beside it"
        )


def _refuse_open_sandboxes(settings: Settings) -> None:
    """Refuse `null` beside an open control API: any page can make a sandboxed frame, which has that origin."""
    if settings.admin and not settings.admin_token and NO_ORIGIN in settings.cors_origin:
        raise SettingsError(
            "cors_origin null would open the control API to the sandboxed frames of every page; "
            "expected --admin-token TOKEN, or --no-admin, beside it"
        )


def is_loopback(host: str) -> bool:
    """Return whether only this machine can connect to `host`."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def _from_flags(flags: Mapping[str, object]) -> dict[str, Any]:
    given = {name: value for name, value in flags.items() if value not in (None, ())}
    return {
        setting.name: _parsed(setting, entry, given[setting.name], flag_name(setting.name))
        for setting, entry in entries()
        if setting.name in given
    }


def _from_environment(environ: Mapping[str, str]) -> dict[str, Any]:
    known = {variable_name(setting.name): (setting, entry) for setting, entry in entries()}
    _refuse_misspelt(environ, known)
    return {
        setting.name: _parsed(setting, entry, environ[name], f"environment variable {name}")
        for name, (setting, entry) in known.items()
        if name in environ
    }


def _refuse_misspelt(environ: Mapping[str, str], known: Mapping[str, object]) -> None:
    # Other products own variables with this prefix too, hence only what is nearly one of ours is an error.
    for name in environ:
        if not name.startswith(_ENVIRONMENT_PREFIX) or name in known or name == CONFIG_VARIABLE:
            continue
        if meant := difflib.get_close_matches(name, known, n=1, cutoff=0.9):
            raise SettingsError(f"environment variable {name}: there is no such setting; expected {meant[0]}")


def _from_file(file: Path) -> dict[str, Any]:
    text, values = _read_toml(file)
    known = {setting.name: (setting, entry) for setting, entry in entries()}
    parsed = {}
    for name, value in values.items():
        source = f"{file}, line {_line_of(name, text)}, {name}"
        if name not in known:
            raise SettingsError(f"{source}: there is no such setting; expected one of {', '.join(known)}")
        parsed[name] = _parsed(*known[name], value, source)
    return {name: file.parent / value if isinstance(value, Path) else value for name, value in parsed.items()}


def _read_toml(file: Path) -> tuple[str, dict[str, Any]]:
    try:
        with file.open("rb") as opened:
            data = opened.read(_FILE_BYTES + 1)
        text = data.decode("utf-8").replace("\r\n", "\n")
        _refuse_boundless(file, data, text)
        return text, tomllib.loads(text)
    except OSError as error:
        raise SettingsError(f"{file}: cannot be read: {error.strerror}; expected a TOML file") from error
    except RecursionError as error:
        raise SettingsError(f"{file}: nests too deeply; expected the names of settings and their values") from error
    except ValueError as error:
        raise SettingsError(f"{file}: is not TOML: {error}") from error


def _refuse_boundless(file: Path, data: bytes, text: str) -> None:
    """Refuse what no file of settings looks like, and what would take the reader of TOML much time and memory."""
    if len(data) > _FILE_BYTES:
        raise SettingsError(
            f"{file}: is longer than {_FILE_BYTES} bytes; expected the names of settings and their values"
        )
    if found := _LONG_KEY.search(text):
        line = text.count("\n", 0, found.start()) + 1
        raise SettingsError(f"{file}, line {line}: has a name of more than 16 parts; expected the name of a setting")


def _line_of(name: str, text: str) -> int:
    """Return the number of the line where the entry or table `name` stands, 1 if it is not found."""
    entry = re.compile(rf"\s*\[*\s*[\"']?{re.escape(name)}[\"']?\s*[=.\]]")
    lines = enumerate(text.splitlines(), start=1)
    return next((number for number, line in lines if entry.match(line)), 1)


def _parsed(setting: Field[Any], entry: Entry, value: object, source: str) -> Any:
    try:
        return entry.parse(value)
    except ValueError as error:
        shown = _shown(value) if setting.repr else "the value (a secret, not shown)"
        raise SettingsError(f"{source}: {shown} is not allowed; expected {error}") from error


def _shown(value: object) -> str:
    """Return a value as one would write it."""
    if isinstance(value, tuple | list):
        return ", ".join(map(_shown, value)) or "an empty list"
    try:
        return repr(value) if isinstance(value, str) else json.dumps(value, default=str)
    except ValueError:  # an integer of more digits than Python writes
        return "the number"
