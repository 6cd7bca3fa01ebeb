"""The rules that are written down and judged by nothing yet."""

from __future__ import annotations

NOT_JUDGED_YET = frozenset({"LIST-05", "RACE-05", "RESP-06"})
"""Rules of the oracle, which the probes do not ask yet; reports say of each that it was not exercised."""
