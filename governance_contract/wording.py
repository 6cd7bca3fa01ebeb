"""What violations of standard keywords say to people."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from governance_contract.closest import closest
from governance_contract.keywords import KEYWORDS
from governance_contract.keywords.keyword import with_article


def expected(keyword: str, schema: Mapping[str, Any], path: tuple[str | int, ...]) -> str:
    """Return what `keyword` of `schema` accepts, as the end of a sentence that begins with "must be"."""
    if keyword == "not" and not schema["not"]:
        return "absent"
    if keyword == "not":
        return str(schema.get("x-expected", "another value"))
    if keyword == "format":
        return with_article(schema[keyword])
    known = KEYWORDS.get(keyword)
    return known.explain(schema, path) if known else f"valid by {keyword}: {schema.get(keyword)}"


def message(keyword: str, schema: Mapping[str, Any], path: tuple[str | int, ...], expectation: str) -> str:
    """Return the sentence that says what is wrong at `path`."""
    name = _name(path)
    if keyword == "required":
        return f"{name} is required"
    if keyword == "dependentRequired":
        asking = (member for member, needs in schema.get(keyword, {}).items() if name in needs)
        return f"{name} is required when {' or '.join(asking)} is sent"
    return f"{name} must be {expectation}"


def unknown_member(name: str, known: Sequence[str]) -> tuple[str, str]:
    """Return what is expected in the place of a member that an object may not have, and what is wrong with it."""
    meant, expectation = closest(name, known), f"one of {', '.join(known)}"
    return expectation, f"{name} is unknown; " + (f"did you mean {meant}?" if meant else f"expected {expectation}")


def noun(schema_name: str) -> str:
    """Return what people call an entry of the resource whose schema has this name: `ModelConfig` is a model config."""
    return " ".join(re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[^A-Z_\s-]+", schema_name)).lower() or schema_name


def _name(path: tuple[str | int, ...]) -> str:
    if not path:
        return "the body"
    return path[-1] if isinstance(path[-1], str) else f"entry {path[-1]} of {_name(path[:-1])}"
