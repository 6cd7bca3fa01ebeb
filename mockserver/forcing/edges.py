"""Odd values for a schema: what clients stumble over, for each JSON type and format."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from governance_contract.keywords.types import type_names

Schema = Mapping[str, Any]

_TEXTS = (
    "",
    " ",
    "a",
    "0",
    "null",
    "x" * 1000,
    "a long name without an end, " * 12,
    "<script>alert('unescaped')</script>",
    "&lt;b&gt;\"quoted\"&amp;'twice'",
    "'; DROP TABLE model_configs; --",
    "../../%2e%2e/%00",
    "{{ template }} ${HOME} %s",
    "שלום עולם \u202eתם",
    "مرحبا بالعالم",
    "👩‍👩‍👧‍👦🏳️‍🌈 🇨🇭",
    "Z\u0351\u036b\u0343a\u0363\u0366l\u0310g\u0309o\u0351",
    "e\u0301 is not \u00e9",
    "two\nlines\tand a tab",
    "null byte \u0000 within",
    "\u2028\ufeff\u200b",
    "*",
)
_INSTANTS = (
    "0001-01-01T00:00:00Z",
    "1969-12-31T23:59:59.999999999Z",
    "1970-01-01T00:00:00Z",
    "2000-02-29T12:00:00+14:00",
    "2024-02-29T23:59:59.999999-12:00",
    "2026-03-29T02:30:00+01:00",
    "2026-03-31T23:59:59.9Z",
    "2026-10-25T02:30:00.000001+05:45",
    "2038-01-19T03:14:08Z",
    "9999-12-31T23:59:59.999999Z",
)
_FORMATS: Mapping[str, tuple[str, ...]] = {
    "date-time": _INSTANTS,
    "date": tuple(dict.fromkeys(instant[:10] for instant in _INSTANTS)),
    "time": ("00:00:00Z", "23:59:59.999999+14:00"),
    "uuid": ("00000000-0000-0000-0000-000000000000", "FFFFFFFF-FFFF-4FFF-BFFF-FFFFFFFFFFFF"),
    "email": ("a@b.co", "o'hara+tag@example.com"),
    "uri": ("about:blank", "https://user@example.com:8443/a%2Fb?c=d&c=#e"),
    "ipv4": ("0.0.0.0", "255.255.255.255"),  # noqa: S104 - nothing binds to it
    "ipv6": ("::", "::ffff:127.0.0.1"),
}
_INTEGERS = (0, 1, -1, 2**31 - 1, 2**31, 2**53 - 1, 2**53, 2**53 + 1, 2**63 - 1, -(2**63))
_FRACTIONS = (0.1 + 0.2, 0.005, 1e-7, 5e-324, 1e21, 1.7976931348623157e308, 99999999.99, -0.01, -0.0)
_BOUNDS = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf")
_SIMPLE: Mapping[str, tuple[Any, ...]] = {
    "null": (None,),
    "boolean": (False, True),
    "integer": _INTEGERS,
    "number": (*_INTEGERS, *_FRACTIONS),
    "object": ({},),
    "array": ([],),
}


def edges(schema: Schema) -> Iterator[Any]:
    """Yield candidates for values of `schema`, from its own bounds and examples too; not all of them are valid."""
    yield from schema.get("enum", ())
    yield from (schema[name] for name in ("const", "default") if name in schema)
    yield from schema.get("examples", ())
    for name in type_names(schema.get("type", (*_SIMPLE, "string"))):
        yield from _texts(schema) if name == "string" else _SIMPLE[name]
    for name in _BOUNDS:
        if name in schema:
            yield from _around(schema[name])


def _texts(schema: Schema) -> Iterator[str]:
    yield from _FORMATS.get(schema.get("format", ""), _TEXTS)
    yield from ("x" * schema[name] for name in ("minLength", "maxLength") if name in schema)


def _around(bound: float) -> Iterator[float]:
    yield from (bound, bound + 1, bound - 1)
    if abs(bound) < 2**53:
        yield from (math.nextafter(bound, math.inf), math.nextafter(bound, -math.inf))
