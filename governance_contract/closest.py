"""Which of several words somebody may have meant."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from functools import lru_cache


def closest(text: str, choices: Sequence[str], cutoff: float = 0.6) -> str | None:
    """Return the choice that is most like `text`, regardless of case, if one is like it at all."""
    return _closest(text[:200].strip().casefold(), tuple(choices), cutoff)


@lru_cache(maxsize=256)
def _closest(folded_text: str, choices: tuple[str, ...], cutoff: float) -> str | None:
    """Return what `closest` does; the same slip is made again and again, and looking for it takes its time."""
    folded = {choice.casefold(): choice for choice in reversed(choices)}
    found = difflib.get_close_matches(folded_text, folded, n=1, cutoff=cutoff)
    return folded[found[0]] if found else None
