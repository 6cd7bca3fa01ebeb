"""The layer `time`: one test per probe."""

from __future__ import annotations

from collections.abc import Callable

from contract_tests.probe import Probe

LAYER = "time"


def test_time(judge: Callable[[Probe], None], probe: Probe) -> None:
    """The target keeps the rules that the probe exercises."""
    judge(probe)
