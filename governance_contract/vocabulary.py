"""The closed set of `x-` keywords that the document may use, each with the schema of its value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from governance_contract.rules import LEVELS


def _object(required: list[str], properties: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "object", "required": required, "properties": properties, "additionalProperties": False}


_NAME = {"type": "string", "minLength": 1}
_NAMES = {"type": "array", "items": _NAME, "minItems": 1, "uniqueItems": True}
_PATTERNS = {"type": "object", "minProperties": 1, "additionalProperties": {"type": "string", "format": "regex"}}
_PATTERNS_OF_MEMBERS = {"type": "object", "minProperties": 1, "additionalProperties": _PATTERNS}
_AMOUNT = {"enum": ["cost", "tokens", "requests"]}
_AMOUNTS = {"type": "object", "minProperties": 1, "additionalProperties": _AMOUNT}
_COUNT = {"type": "integer", "minimum": 1}
_CALENDAR = {
    "oneOf": [
        {
            "type": "object",
            "required": [part],
            "additionalProperties": False,
            "properties": {part: _COUNT, "from": _NAMES},
        }
        for part in ("days", "months")
    ]
}
_TARGET = _object(
    ["resource", "required"],
    {"resource": _NAME, "required": {"type": "boolean"}, "on-delete": {"enum": ["keep", "cascade", "restrict"]}},
)
_CARRIED = {
    "oneOf": [
        _NAME,
        {
            "type": "object",
            "required": ["rule", "level"],
            "additionalProperties": False,
            "properties": {"rule": _NAME, "level": {"enum": list(LEVELS)}},
        },
    ]
}


@dataclass(frozen=True)
class Keyword:
    """One `x-` keyword: on which objects of the document it may stand, what it means, what its value must be."""

    name: str
    place: str
    meaning: str
    schema: Mapping[str, Any]


_KEYWORDS = (
    Keyword(
        "x-rules",
        "document",
        "The rule catalogue: every rule of the contract by its id.",
        {
            "type": "object",
            "additionalProperties": _object(
                ["level", "statement", "source", "aspect", "operations"],
                {
                    "level": {"enum": list(LEVELS)},
                    "statement": _NAME,
                    "tolerates": _NAMES,
                    "source": {"enum": ["seed", "docs", "sane"]},
                    "aspect": _NAME,
                    "operations": _NAMES,
                    "refusal": _object(
                        ["status"],
                        {"status": {"type": "integer"}, "tolerated": {"type": "array", "items": {"type": "integer"}}},
                    ),
                    "keywords": _NAMES,
                },
            ),
        },
    ),
    Keyword(
        "x-action",
        "operation",
        "What the operation does to which resource schema: `list`, `create`, `get`, `update`, `delete`; or `set` its "
        "fields, `clear` them, `reset` its counters to 0, or those of an `entry` of one of its lists. `where` finds "
        "the resource by path parameters and values in the place of its key; `copies` sets fields to what others hold.",
        _object(
            ["verb", "resource"],
            {
                "verb": _NAME,
                "resource": _NAME,
                "entry": _object(["list", "parameter"], {"list": _NAME, "parameter": _NAME}),
                "where": {
                    "type": "object",
                    "minProperties": 1,
                    "additionalProperties": {
                        "oneOf": [_object(["parameter"], {"parameter": _NAME}), _object(["value"], {"value": True})]
                    },
                },
                "fields": _NAMES,
                "copies": {"type": "object", "minProperties": 1, "additionalProperties": _NAME},
            },
        ),
    ),
    Keyword(
        "x-order",
        "operation",
        "The field by which a list is sorted, the least first; entries that are equal in it may come in any order.",
        _NAME,
    ),
    Keyword(
        "x-page",
        "parameter",
        "This parameter is a page size: its greatest effective value, and the size of a filtered page without it.",
        _object(["maximum"], {"maximum": {"type": "integer"}, "filtered": {"type": "integer"}}),
    ),
    Keyword(
        "x-filter",
        "parameter",
        "This parameter keeps only resources whose member matches, `exact` or as case-insensitive `substring`. An "
        "array keeps those that match one of its values.",
        _object(["member", "match"], {"member": _NAME, "match": {"enum": ["exact", "substring"]}}),
    ),
    Keyword(
        "x-sort",
        "parameter",
        "This parameter sorts the list: its value is the `field` to sort by, with a dash before it in descending order "
        "(`signed`), or the `direction` (`asc`, `desc`). Equal entries keep their order; those without the field come "
        "last.",
        {"enum": ["field", "signed", "direction"]},
    ),
    Keyword(
        "x-carries",
        "schema",
        "Which rule each keyword of this schema carries out; `required` on a member means that it must be there.",
        {"type": "object", "additionalProperties": {"oneOf": [*_CARRIED["oneOf"], {"type": "array", "items": _NAME}]}},
    ),
    Keyword(
        "x-expected",
        "schema",
        "What `pattern` asks for, in words that end a sentence which begins with *must be*.",
        _NAME,
    ),
    Keyword(
        "x-counterexamples",
        "schema",
        "Values that this schema refuses; the suite sends them.",
        {"type": "array", "minItems": 1},
    ),
    Keyword(
        "x-open",
        "schema",
        "Values that this further schema accepts are left open: they may be accepted or refused, and nothing is said "
        "of what becomes of them.",
        {"type": "object", "minProperties": 1},
    ),
    Keyword(
        "x-units",
        "schema",
        "The text is a duration, a number and one of these units: the length of each in seconds, days or months. "
        "Windows of a unit with a `calendar` can follow it: so many days from midnight (7: from Monday) or months from "
        "the first, all in UTC. Months are counted from January, or from the month in the field to which `from` leads.",
        {
            "type": "object",
            "minProperties": 1,
            "additionalProperties": {
                "oneOf": [
                    _object([part], {part: _COUNT, "calendar": _CALENDAR}) for part in ("seconds", "days", "months")
                ]
            },
        },
    ),
    Keyword(
        "x-ignored-when",
        "schema",
        "The member is dropped from a request in which the named siblings have these values (or their defaults).",
        {"type": "object", "minProperties": 1},
    ),
    Keyword(
        "x-unique-by",
        "schema",
        "No two entries of the list are equal in all these properties together. An entry that lacks one of them "
        "differs from all others; null is a value like any other.",
        _NAMES,
    ),
    Keyword(
        "x-allowed-when",
        "schema",
        "A property may be sent, other than as null, only if the texts of these siblings match regular expressions, "
        "such as `{reset_config: {reset_duration: '^[1-9][0-9]*Q$'}}`. A sibling that is absent, or no text, does not "
        "match.",
        _PATTERNS_OF_MEMBERS,
    ),
    Keyword(
        "x-refers-to",
        "schema",
        "The member is the key of another resource, or of the one that a sibling chooses (`by`); a required target "
        "must exist. When the target is deleted, the resource stays as it is (`keep`, unless told otherwise), goes too "
        "(`cascade`), or the delete answers 409 (`restrict`).",
        {
            "oneOf": [
                _TARGET,
                _object(
                    ["by", "targets"], {"by": _NAME, "targets": {"type": "object", "additionalProperties": _TARGET}}
                ),
            ]
        },
    ),
    Keyword(
        "x-update",
        "schema",
        "How an update treats the member, at any depth: `whole` replaces it and an empty object removes it; `entries` "
        "is the full desired set, an entry that stays is found by the named members in turn.",
        {"oneOf": [{"const": "whole"}, _object(["entries"], {"entries": _NAMES})]},
    ),
    Keyword(
        "x-resource",
        "schema",
        "The schema is a resource: the collection that holds it, the field that is its key, and the one that is its "
        "name for `name-of` (`name`, unless told otherwise). A `lookup` only helps to find valid values; the suite "
        "judges nothing of it but that it needs credentials.",
        _object(
            ["collection", "key"], {"collection": _NAME, "key": _NAME, "name": _NAME, "lookup": {"type": "boolean"}}
        ),
    ),
    Keyword(
        "x-sets",
        "schema",
        "The fields of the resource, or of the entry, that a `set` operation sets to this member of its request; where "
        "the member is not sent they are removed.",
        _NAMES,
    ),
    Keyword(
        "x-resets",
        "schema",
        "Where this member of an update is true, the counters return to 0 of the entries that it sends for this list.",
        _NAME,
    ),
    Keyword(
        "x-countdown",
        "schema",
        "The field counts down with each new window of the counter `of`; after the last one the fields `clears` are "
        "removed.",
        _object(["of", "clears"], {"of": _NAME, "clears": _NAMES}),
    ),
    Keyword("x-identity", "schema", "No two resources of the collection are equal in all these members.", _NAMES),
    Keyword("x-echo", "schema", "Every member sent in one of these request schemas comes back with its value.", _NAMES),
    Keyword("x-immutable", "schema", "The member never changes once the resource exists.", {"const": True}),
    Keyword(
        "x-generated",
        "schema",
        "The server gives the member: an `id`, or the instant when the object was `created`, `updated`, last `reset`.",
        {"enum": ["id", "created", "updated", "reset"]},
    ),
    Keyword(
        "x-derived",
        "schema",
        "The server derives the member: the `first-of` a list, the `name-of` a reference, the `copy-of` the owner's, "
        "or the key of the resource that it lies in, from the path parameter (`key-of`).",
        {
            "oneOf": [
                _object(["key-of"], {"key-of": _NAME}),
                _object(["first-of"], {"first-of": _NAME}),
                _object(["name-of"], {"name-of": _NAME}),
                _object(["copy-of"], {"copy-of": _NAME}),
            ]
        },
    ),
    Keyword(
        "x-counter",
        "schema",
        "The field counts `cost`, `tokens` or `requests` up to a limit and returns to 0 with each new window, whose "
        "length has the units of the schema `units`. What it counts may follow from the value of the field `by`. A "
        "list of limits is their sum, of those that are there. The field `aligned` of the resource says whether "
        "windows follow the calendar.",
        _object(
            ["of", "limit", "window", "since", "units"],
            {
                "of": {
                    "oneOf": [
                        _AMOUNT,
                        _object(
                            ["by", "values"],
                            {"by": _NAME, "values": {"type": "object", "additionalProperties": _AMOUNT}},
                        ),
                    ]
                },
                "limit": {"oneOf": [_NAME, _NAMES]},
                "window": _NAME,
                "since": _NAME,
                "units": _NAME,
                "aligned": _NAME,
            },
        ),
    ),
    Keyword(
        "x-from",
        "schema",
        "What the mock puts into this member or header of a response. `location` is the path of the resource; "
        "`message` says what was done to what, such as *Model config created successfully*.",
        {
            "enum": [
                *("item", "items", "total", "count", "limit", "offset", "page", "pages", "has-more"),
                *("entry", "key", "location", "message"),
            ]
        },
    ),
)

VOCABULARY: Mapping[str, Keyword] = {keyword.name: keyword for keyword in _KEYWORDS}
