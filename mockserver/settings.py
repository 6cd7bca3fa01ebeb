"""Settings of the mock."""
from __future__ import annotations
from dataclasses import dataclass, field
from pathlib import Path

@dataclass(frozen=True)
class Settings:
    api_key: str = field(default="mock-development-key", repr=False)
    document: Path | None = None
    scenario: str = "sample"
    seed: int | None = None
    max_body_bytes: int = 2**20
