"""Whether two views of a config are the same, as far as the document knows its members."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from functools import cache
from typing import Any

from governance_contract import load_contract
from governance_contract.kinds.kind import as_double, same
from governance_contract.kinds.schema import type_names

VOLATILE = ("config_hash",)
_STAMP = frozenset({"updated_at"})


def differences(left: Mapping[str, Any], right: Mapping[str, Any]) -> set[str]:
    """Return the documented members in which two views of one config differ; absent, null and empty are the same.

    The order of budgets is open, and so is which of them the mirror shows: each answer is checked for that (BUD-09).
    """
    return set(_differing(left, right))


def unsent_changes(before: Mapping[str, Any], after: Mapping[str, Any], sent: Collection[str]) -> set[str]:
    """Return the documented members that an update changed, but for those it sent; what it stamps anew may move."""
    followed = {"budget"} if "budgets" in sent else set()
    return set(_differing(before, after, _STAMP)).difference(sent, followed)


def _differing(left: Mapping[str, Any], right: Mapping[str, Any], but: Collection[str] = ()) -> Iterator[str]:
    has_mirrors = left.get("budgets") and right.get("budgets")
    for name in ({*left, *right} & documented()).difference(but, {"budget"} if has_mirrors else ()):
        if not same(_normal(left.get(name), but), _normal(right.get(name), but)):
            yield name


@cache
def documented() -> frozenset[str]:
    """Return the members that the document gives a config, its budgets and its rate limit; others may change freely."""
    document = load_contract().document
    owners = (document.schema(name).value["properties"] for name in ("ModelConfig", "Budget", "RateLimit"))
    return frozenset(name for properties in owners for name in properties if name not in VOLATILE)


def difference(before: Any, after: Any) -> str:
    """Return in a few words in which members two configs differ."""
    if not isinstance(before, dict) or not isinstance(after, dict):
        return f"{before!r} became {after!r}"[:300]
    members = sorted({*before, *after})
    changed = [member for member in members if before.get(member) != after.get(member)]
    return "; ".join(f"{member}: {before.get(member)!r} became {after.get(member)!r}" for member in changed)[:600]


@cache
def doubles() -> frozenset[str]:
    """Return the members that are numbers of double precision: two views may write one of them differently."""
    document = load_contract().document
    owners = (document.schema(name).value["properties"] for name in ("ModelConfig", "Budget", "RateLimit"))
    return frozenset(
        name for each in owners for name, schema in each.items() if "number" in type_names(schema.get("type", ()))
    )


_BRIEF = re.compile(r"\d+[sm]")


def _normal(value: Any, but: Collection[str]) -> Any:
    if isinstance(value, dict):
        judged = documented().difference(_moved_by_time(value), but)
        kept = {
            name: as_double(item) if name in doubles() else _normal(item, but)
            for name, item in value.items()
            if item not in (None, [], {}) and name in judged
        }
        return kept or None
    if isinstance(value, list):
        return sorted((_normal(entry, but) for entry in value), key=repr) or None
    return value


def _moved_by_time(entry: Mapping[str, Any]) -> Iterator[str]:
    """Yield what a server may change on its own meanwhile: a window of seconds or minutes can end during a run."""
    for prefix in ("", "token_", "request_"):
        if _BRIEF.fullmatch(str(entry.get(f"{prefix}reset_duration"))):
            yield from (f"{prefix}last_reset", "updated_at")
