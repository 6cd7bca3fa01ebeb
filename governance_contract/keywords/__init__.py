"""The keywords that request schemas may use to refuse a value: how each is broken, explained, fixed and repaired."""

from __future__ import annotations

from collections.abc import Mapping

from governance_contract.keywords import required_unless
from governance_contract.keywords.allowed_when import ALLOWED_WHEN
from governance_contract.keywords.arrays import ITEMS, MAX_ITEMS, MIN_ITEMS, UNIQUE_ITEMS
from governance_contract.keywords.choices import CONST, ENUM
from governance_contract.keywords.keyword import Fault, Keyword, Mutation
from governance_contract.keywords.numbers import (
    EXCLUSIVE_MAXIMUM,
    EXCLUSIVE_MINIMUM,
    MAXIMUM,
    MINIMUM,
    MULTIPLE_OF,
)
from governance_contract.keywords.objects import ADDITIONAL_PROPERTIES, DEPENDENT_REQUIRED, REQUIRED
from governance_contract.keywords.texts import MAX_LENGTH, MIN_LENGTH, PATTERN
from governance_contract.keywords.types import TYPE
from governance_contract.keywords.uniqueness import UNIQUE_BY, UNIQUE_ITEM_PROPERTIES

STANDARD: Mapping[str, Keyword] = {
    keyword.name: keyword
    for keyword in (
        TYPE,
        REQUIRED,
        ENUM,
        CONST,
        MIN_LENGTH,
        MAX_LENGTH,
        PATTERN,
        MINIMUM,
        EXCLUSIVE_MINIMUM,
        MAXIMUM,
        EXCLUSIVE_MAXIMUM,
        MULTIPLE_OF,
        MIN_ITEMS,
        MAX_ITEMS,
        UNIQUE_ITEMS,
        ITEMS,
        ADDITIONAL_PROPERTIES,
        DEPENDENT_REQUIRED,
    )
}
"""The keywords of JSON Schema, by name."""

KEYWORDS: Mapping[str, Keyword] = {
    **STANDARD,
    **{keyword.name: keyword for keyword in (UNIQUE_ITEM_PROPERTIES, UNIQUE_BY, ALLOWED_WHEN)},
    "then": required_unless.KEYWORD,
}
"""All that are understood, by name; `then` stands for the pair with `if`."""

__all__ = ["KEYWORDS", "STANDARD", "Fault", "Keyword", "Mutation"]
