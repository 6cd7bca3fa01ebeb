"""What was sent and what came back, and how to send it again by hand."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, unquote, urlencode

from contract_tests.reports.visible import visible

KEY_VARIABLE = "GOVERNANCE_API_KEY"
NOT_JSON: Any = type("NotJson", (), {"__repr__": lambda _: "no JSON", "__bool__": lambda _: False})()
"""Stands for a body that is not JSON."""


@dataclass(frozen=True)
class Call:
    """A request: method, path below the base URL, query, body, and headers beside the usual ones.

    `authorization` is the value of that header, the target's own key where it is None, no header where it is empty.
    """

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    authorization: str | None = None

    @property
    def url_path(self) -> str:
        """Path and query as they stand in the request line."""
        return self.path + (f"?{urlencode(self.query)}" if self.query else "")


@dataclass(frozen=True)
class Answer:
    """A response: status, headers with lower-case names, body."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body's JSON value, or `NOT_JSON`; numbers are exact, the last of equal members counts."""
        try:
            return json.loads(self.body, parse_constant=_refuse_constant)
        except (ValueError, RecursionError):
            return NOT_JSON

    def shown(self, length: int = 400) -> str:
        """Return status and the beginning of the body in one line."""
        text = " ".join(self.body.decode("utf-8", "replace").split())
        return f"{self.status} {text[:length]}{'…' if len(text) > length else ''}".rstrip()


@dataclass(frozen=True)
class Exchange:
    """A call with its answer."""

    call: Call
    answer: Answer


def json_call(method: str, path: str, value: Any, **more: Any) -> Call:
    """Return a call with the JSON text of `value` as body."""
    body = json.dumps(value, ensure_ascii=False, allow_nan=False).encode("utf-8", "surrogatepass")
    return Call(method, path, body=body, headers={"Content-Type": "application/json"}, **more)


def segment(text: str) -> str:
    """Return `text` as one segment of a path, every reserved character escaped."""
    return quote(text, safe="")


def as_script(base_url: str, exchanges: Sequence[Exchange]) -> str:
    """Return shell commands that send the calls again; ids are taken from the answers, the key from a variable."""
    variables: dict[str, str] = {}
    lines = []
    for exchange in exchanges:
        command = _as_curl(base_url, exchange.call, variables)
        created = created_id(exchange)
        if created is not None and exchange is not exchanges[-1]:
            name = f"ID{len(variables) + 1}"
            variables[segment(created)] = f"${name}"
            getter = "import json,sys; print(json.load(sys.stdin)['model_config']['id'])"
            command = f'{name}=$({command} | python3 -c "{getter}")'
        lines.append(command)
    return "\n".join(lines)


def created_id(exchange: Exchange) -> str | None:
    """Return the id that a successful create answered with, where there is one."""
    if exchange.call.method != "POST" or not 200 <= exchange.answer.status < 300:
        return None
    value = exchange.answer.json
    config = value.get("model_config") if isinstance(value, dict) else None
    found = config.get("id") if isinstance(config, dict) else None
    return found if isinstance(found, str) and found else None


def identity_of(exchange: Exchange, creates: Iterable[Exchange] = ()) -> tuple[str, ...] | None:
    """Return the identity that a create asks for, or an update of what one of `creates` made."""
    origin = next((each for each in creates if created_id(each) == config_id_of(exchange.call)), None)
    body = object_in(exchange.call)
    if exchange.call.method == "PUT" and origin and body is not None:
        body = {**(object_in(origin.call) or {}), **{name: item for name, item in body.items() if item is not None}}
    elif exchange.call.method != "POST" or body is None:
        return None
    scope = body.get("scope") or "global"
    target = None if scope == "global" else body.get("scope_id")
    return repr(scope), repr(target), repr(body.get("model_name")), repr(body.get("provider"))


def config_id_of(call: Call) -> str:
    """Return the last segment of a path, which is the id where the path has one."""
    return unquote(call.path.rsplit("/", 1)[-1])


def object_in(call: Call) -> dict[str, Any] | None:
    """Return the JSON object that a call sends, None where it sends none."""
    try:
        value = json.loads(call.body or b"null")
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _as_curl(base_url: str, call: Call, variables: Mapping[str, str]) -> str:
    path = call.url_path
    for value, variable in variables.items():
        path = path.replace(value, variable)
    parts = ["curl", "-sS"] if call.method == "GET" else ["curl", "-sS", "-X", call.method]
    parts.append(f'"{base_url}{path}"')
    if call.authorization is None:
        parts.append(f'-H "Authorization: Bearer ${KEY_VARIABLE}"')
    elif call.authorization:
        parts.append(f"-H {shlex.quote(f'Authorization: {call.authorization}')}")
    parts += [f"-H {shlex.quote(f'{name}: {value}')}" for name, value in call.headers.items()]
    if call.body is not None:
        parts.append(_data(call.body))
    return " ".join(parts)


def _data(body: bytes) -> str:
    """Return the argument that sends `body`; what no shell takes as an argument, or nobody sees, is printed to curl."""
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return _printed(body)
    return f"--data-binary {shlex.quote(text)}" if visible(text) == text else _printed(body)


def _printed(body: bytes) -> str:
    return "--data-binary @<(printf '" + "".join(map(_as_printf, body)) + "')"


def _as_printf(byte: int) -> str:
    character = chr(byte)
    if character == "%":
        return "%%"
    return character if " " <= character <= "~" and character not in "\\'" else f"\\{byte:03o}"


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")
