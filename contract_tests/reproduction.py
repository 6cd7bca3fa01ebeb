"""Shell commands that send exchanges again: nothing that a target said can run as a command."""

from __future__ import annotations

import json
import shlex
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from contract_tests.exchange import KEY_VARIABLE, Call, Exchange
from contract_tests.reports.visible import visible

Path = tuple[str | int, ...]

_GETTERS = {
    "path": "urllib.parse.quote(value, safe='')",
    "json": "json.dumps(value)[1:-1]",
}
"""How a text of a response is written where it is used again: as a segment of a path, or inside a JSON string."""


@dataclass(frozen=True)
class _Source:
    """Where a text came from: the number of the exchange, and the place in its response."""

    number: int
    place: Path


def as_script(base_url: str, exchanges: Sequence[Exchange], identifiers: Collection[str] = ("id",)) -> str:
    """Return bash commands that send the calls again, in order.

    What the server gave under one of the names in `identifiers` and a later call needs is taken from the new response.
    The key comes from the variable `GOVERNANCE_API_KEY`. Every text is quoted, so that no id, path, method or body runs
    as a command.
    """
    return "\n".join(_Script(base_url, exchanges, identifiers).lines())


class _Script:
    """The commands of one sequence of exchanges, with the variables that carry values from one to the next."""

    def __init__(self, base_url: str, exchanges: Sequence[Exchange], identifiers: Collection[str]) -> None:
        self._base_url = base_url
        self._identifiers = identifiers
        self._exchanges = exchanges
        self._variables: dict[tuple[_Source, str], str] = {}
        self._commands: list[str] = []

    def lines(self) -> Iterator[str]:
        """Yield the commands, each response that is needed again in a variable of its own."""
        given: dict[str, _Source] = {}
        for number, exchange in enumerate(self._exchanges, start=1):
            self._commands.append(self._curl(exchange.call, given))
            sent = _texts_of(exchange.call)
            for text, place in _texts_in(exchange.response.json):
                if place[-1:] and place[-1] in self._identifiers and text not in sent:
                    given.setdefault(text, _Source(number, place))
        for number, command in enumerate(self._commands, start=1):
            named = {key: name for key, name in self._variables.items() if key[0].number == number}
            yield f"R{number}=$({command})" if named else command
            yield from (_getter(source, form, name) for (source, form), name in named.items())

    def _curl(self, call: Call, given: dict[str, _Source]) -> str:
        parts = ["curl", "-sS", "--path-as-is", "--globoff"]
        parts += [] if call.method == "GET" else ["-X", shlex.quote(call.method)]
        parts.append(self._url(call, given))
        if call.authorization is None:
            parts.append(f'-H "Authorization: Bearer ${KEY_VARIABLE}"')
        elif call.authorization:
            parts.append(f"-H {shlex.quote(f'Authorization: {call.authorization}')}")
        parts += [f"-H {shlex.quote(f'{name}: {value}')}" for name, value in call.headers.items()]
        if call.body is not None and not any(name.lower() == "content-type" for name in call.headers):
            parts.append("-H 'Content-Type:'")  # else curl would send one of its own
        if call.body is not None:
            parts.append(self._data(call.body, given))
        return " ".join(parts)

    def _url(self, call: Call, given: dict[str, _Source]) -> str:
        path, mark, query = call.url_path.partition("?")
        segments = [self._filled(part, given.get(unquote(part)), "path") for part in path.split("/")]
        return _joined([("text", self._base_url), *_between("/", segments), ("text", mark + query)])

    def _data(self, body: bytes, given: dict[str, _Source]) -> str:
        """Return the argument that sends `body`; what no shell takes as an argument, or nobody sees, is printed."""
        try:
            text = body.decode()
        except UnicodeDecodeError:
            return _printed(body)
        if visible(text) != text:
            return _printed(body)
        pieces = [("text", text)]
        for wanted in sorted(_strings_in_json(text), key=len, reverse=True):
            if source := given.get(wanted):
                marked = json.dumps(wanted, ensure_ascii=False)
                pieces = [part for piece in pieces for part in self._split(piece, marked, source)]
        return f"--data-raw {_joined(pieces)}"

    def _split(self, piece: tuple[str, str], marked: str, source: _Source) -> Iterator[tuple[str, str]]:
        kind, text = piece
        if kind != "text" or marked not in text:
            yield piece
            return
        for index, part in enumerate(text.split(marked)):
            if index:
                yield from (("text", '"'), ("name", self._variable(source, "json")), ("text", '"'))
            yield "text", part

    def _filled(self, text: str, source: _Source | None, form: str) -> tuple[str, str]:
        return ("name", self._variable(source, form)) if source else ("text", text)

    def _variable(self, source: _Source, form: str) -> str:
        return self._variables.setdefault((source, form), f"V{len(self._variables) + 1}")


def _between(separator: str, pieces: Sequence[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    for index, piece in enumerate(pieces):
        yield from (("text", separator),) if index else ()
        yield piece


def _joined(pieces: Sequence[tuple[str, str]]) -> str:
    """Return pieces of text and names of variables as one word of the shell."""
    merged: list[tuple[str, str]] = []
    for kind, text in pieces:
        if kind == "text" and merged and merged[-1][0] == "text":
            merged[-1] = (kind, merged[-1][1] + text)
        else:
            merged.append((kind, text))
    words = [shlex.quote(text) if kind == "text" else f'"${text}"' for kind, text in merged if text]
    return "".join(words) or "''"


def _getter(source: _Source, form: str, name: str) -> str:
    """Return the command that takes a text from a response into a variable."""
    steps = "".join(f"[{json.dumps(token)}]" for token in source.place)
    code = f"import json, sys, urllib.parse; value = json.load(sys.stdin){steps}; print({_GETTERS[form]})"
    return f'{name}=$(printf %s "$R{source.number}" | python3 -c {shlex.quote(code)})'


def _texts_in(value: Any, place: Path = ()) -> Iterator[tuple[str, Path]]:
    """Yield each text in a JSON value with its place."""
    if isinstance(value, str) and value:
        yield value, place
    elif isinstance(value, dict):
        for name, item in value.items():
            yield from _texts_in(item, (*place, name))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _texts_in(item, (*place, index))


def _texts_of(call: Call) -> set[str]:
    """Return the texts that a call sends, which a response may only repeat."""
    sent = {unquote(part) for part in call.path.split("/")} | {text for _, text in call.query_pairs}
    return sent | _strings_in_json((call.body or b"").decode("utf-8", "replace"))


def _strings_in_json(text: str) -> set[str]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return set()
    return {each for each, _ in _texts_in(value)}


def _printed(body: bytes) -> str:
    return "--data-binary @<(printf '" + "".join(map(_as_printf, body)) + "')"


def _as_printf(byte: int) -> str:
    character = chr(byte)
    if character == "%":
        return "%%"
    return character if " " <= character <= "~" and character not in "\\'" else f"\\{byte:03o}"
