"""The body of a call: its JSON value, and what leaves open how a server reads it (contract section 2)."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from contract_tests.exchange import MAX_DEPTH, Call
from governance_contract.validation import Violation
from governance_contract.values import ABSENT

_LARGEST = 64 * 1024
"""Bytes of a body that every server takes; common limits begin at 100 kB."""

_DEEPEST = 32
"""Objects and lists inside each other that every server takes."""

_DIGITS = 300
"""Characters of a number that every server reads."""

_BYTE_ORDER_MARKS = (b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf")


@dataclass
class Reading:
    """What was noticed while a call was read; `Request` says what each part means."""

    violations: list[Violation] = field(default_factory=list)
    open_because: list[str] = field(default_factory=list)
    unclear_because: list[str] = field(default_factory=list)
    open_fields: set[str] = field(default_factory=set)
    unusual: list[str] = field(default_factory=list)

    def leave_open(self, reason: str) -> None:
        """Note that a call may be refused although it breaks nothing."""
        self.open_because.append(reason)

    def leave_unclear(self, reason: str) -> None:
        """Note that nobody knows what a server reads in a call."""
        self.unclear_because.append(reason)

    def is_open(self, pointer: str) -> bool:
        """Return whether nothing is expected of a place."""
        return any(pointer == each or pointer.startswith(f"{each}/") for each in self.open_fields)


def read_body(call: Call, reading: Reading) -> tuple[Any, str]:
    """Return the JSON value of a body, `ABSENT` where it has none, and what it is instead of a JSON object."""
    _read_headers(call, reading)
    raw = call.body
    if not raw:
        return ABSENT, "empty"
    if len(raw) > _LARGEST:
        reading.leave_open("the body is large")
    if raw.startswith(_BYTE_ORDER_MARKS) or b"\x00" in raw[:4]:
        reading.leave_unclear("the body has a byte order mark, or is in another encoding")
        return ABSENT, ""
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        reading.leave_unclear("the body is not UTF-8")
        return ABSENT, ""
    return _parse(text, reading)


def _read_headers(call: Call, reading: Reading) -> None:
    headers = {name.lower(): value for name, value in call.headers.items()}
    media_type, _, parameters = headers.get("content-type", "").partition(";")
    charset = parameters.partition("charset=")[2].strip("\"' ").lower()
    if media_type.strip().lower() != "application/json" or charset not in ("", "utf-8", "utf8"):
        reading.leave_unclear("the body has another content type")
    if "content-encoding" in headers:
        reading.leave_unclear("the body has a content coding")


class _Constant(ValueError):
    """A JSON text holds NaN or Infinity."""


def _parse(text: str, reading: Reading) -> tuple[Any, str]:
    try:
        value = json.loads(
            text,
            parse_constant=_refuse_constant,
            parse_int=lambda digits: _read_number(int, digits, reading),
            parse_float=lambda digits: _read_number(float, digits, reading),
            object_pairs_hook=lambda pairs: _object(pairs, reading),
        )
    except _Constant as error:
        return ABSENT, f"not JSON: it holds {error}"
    except RecursionError:
        reading.leave_unclear("the body is nested deeply")
        return ABSENT, ""
    except ValueError:
        return ABSENT, "not JSON"
    depth = _depth(value)
    if depth > MAX_DEPTH:
        reading.leave_unclear("the body is nested deeply")
        return ABSENT, ""
    if depth > _DEEPEST:
        reading.leave_open("the body is nested deeply")
    if _has_surrogates(value):
        reading.leave_unclear("the body has half a surrogate pair")
        return ABSENT, ""
    return value, ""


def _refuse_constant(name: str) -> Any:
    raise _Constant(name)


def _read_number(read: Any, digits: str, reading: Reading) -> Any:
    if len(digits) > _DIGITS:
        reading.leave_unclear("the body has a number of many digits")
        return 0
    number = read(digits)
    if number in (float("inf"), float("-inf")):
        reading.leave_unclear("the body has a number beyond double precision")
        return 0
    return number


def _object(pairs: list[tuple[str, Any]], reading: Reading) -> dict[str, Any]:
    names = [name for name, _ in pairs]
    if len({*names}) < len(names):
        reading.leave_unclear("a field is there twice")
    return dict(pairs)


def _depth(value: Any) -> int:
    """Return how many objects and lists lie inside each other."""
    depth, level = 0, [value]
    while level := [each for each in level if isinstance(each, dict | list)]:
        depth += 1
        level = [part for each in level for part in (each.values() if isinstance(each, dict) else each)]
    return depth


def _has_surrogates(value: Any) -> bool:
    text = json.dumps(value, ensure_ascii=False)
    return any("\ud800" <= letter <= "\udfff" for letter in text)
