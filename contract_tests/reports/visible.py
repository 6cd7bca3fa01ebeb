"""Texts of a target as they may stand in a report: nothing in them is unseen, or changes how the rest is read."""

from __future__ import annotations

import re

_UNSEEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufffe\uffff\ud800-\udfff]"
)
"""Control characters, marks of direction and of no width, and halves of surrogate pairs."""


def visible(text: str) -> str:
    """Return `text` with every character that cannot be seen written as its escape."""
    return _UNSEEN.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
