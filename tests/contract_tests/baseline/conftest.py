"""What the tests of the baseline share."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from contract_tests.baseline.entries import Entry
from tests.contract_tests.runs import CREATE

TODAY = date(2026, 6, 30)
VALUE = {"rule": "BUD-01", "operation": CREATE, "reason": "ticket 12", "owner": "team-a", "expires": "2026-06-30"}


def entry(**changes: Any) -> Entry:
    """Return an entry that accepts the findings of BUD-01 on create, until today."""
    return Entry(**{**VALUE, "expires": TODAY, "place": "known.yaml:2", **changes})


@pytest.fixture
def write_baseline(tmp_path: Path) -> Callable[..., Path]:
    """Return what writes a baseline of these entries."""

    def write(*values: Any, **more: Any) -> Path:
        path = tmp_path / "known.yaml"
        path.write_text(yaml.safe_dump({"accepted": list(values), **more}, sort_keys=False), encoding="utf-8")
        return path

    return write
