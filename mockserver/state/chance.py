"""Chance: new ids and seeds, the same ones again where the mock has a seed of its own."""

from __future__ import annotations

import random
from collections.abc import Callable

_UUID_FIXED = 0xF << 76 | 0x3 << 62
_UUID_VERSION = 4 << 76 | 0x2 << 62


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
    digits = (bits & ~_UUID_FIXED | _UUID_VERSION).to_bytes(16).hex()
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"
