"""Chance: new ids and seeds, the same ones again where the mock has a seed of its own."""

from __future__ import annotations

import random
from collections.abc import Callable

_VARIANTS = dict(zip("0123456789abcdef", "89ab" * 4, strict=True))
"""For each digit the one that has its last two bits and those of the variant of a UUIDv4 before them."""


def new_ids(seed: int | None, label: str = "") -> Callable[[], str]:
    """Return a source of UUIDv4 texts, the same ones again for the same seed and label."""
    chosen = f"{seed}/{label}" if label and seed is not None else seed
    source = random.Random(chosen)  # noqa: S311 - ids are no secrets
    return lambda: _uuid(source.getrandbits(128))


def new_seeds(seed: int | None) -> Callable[[], int]:
    """Return a source of seeds that are short enough to be typed, the same ones again for the same seed."""
    source = random.Random(seed)  # noqa: S311 - chance, not secrets
    return lambda: source.randrange(10**6)


def _uuid(bits: int) -> str:
    """Return a UUIDv4 of these 128 bits; four of them are made for each config, and `uuid.UUID` takes its time."""
    digits = bits.to_bytes(16).hex()
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{_VARIANTS[digits[16]]}{digits[17:20]}-{digits[20:]}"
