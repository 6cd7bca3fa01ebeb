from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from governance_contract.kinds.generated import instant_of


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-03-01T09:00:00Z", datetime(2026, 3, 1, 9, tzinfo=UTC)),
        ("2026-03-01t09:00:00z", datetime(2026, 3, 1, 9, tzinfo=UTC)),
        ("2026-03-01T09:00:00+02:00", datetime(2026, 3, 1, 7, tzinfo=UTC)),
        ("2026-03-01T09:00:00-00:30", datetime(2026, 3, 1, 9, 30, tzinfo=UTC)),
        ("2026-03-01T09:00:00.5Z", datetime(2026, 3, 1, 9, 0, 0, 500_000, tzinfo=UTC)),
        ("2026-03-01T09:00:00.123456789Z", datetime(2026, 3, 1, 9, 0, 0, 123_456, tzinfo=UTC)),
        ("2028-02-29T00:00:00Z", datetime(2028, 2, 29, tzinfo=UTC)),
        ("2026-12-31T23:59:60Z", datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC)),
    ],
)
def test_a_timestamp_with_a_zone_names_an_instant(text: str, instant: datetime) -> None:
    assert instant_of(text) == instant


@pytest.mark.parametrize(
    "text",
    [
        None,
        7,
        "",
        "2026-03-01",
        "2026-03-01T09:00:00",
        "2026-03-01 09:00:00Z",
        "2026-03-01T09:00Z",
        "2026-03-01T09:00:00.Z",
        "2026-03-01T09:00:00+0200",
        "2026-02-30T09:00:00Z",
        "2026-13-01T09:00:00Z",
        "2026-03-01T24:00:00Z",
        "2026-03-01T09:00:00Z\n",
        "2\N{ARABIC-INDIC DIGIT ZERO}26-03-01T09:00:00Z",
    ],
    ids=ascii,
)
def test_everything_else_names_none(text: Any) -> None:
    assert instant_of(text) is None
