"""Workflows: longer stories over all operations, read back after each step."""

from __future__ import annotations

from contract_tests.exam import Exam
from contract_tests.layers.registry import PROBES
from contract_tests.rules import UPDATE_ECHOES


@PROBES.probe(
    "LIFE-01", "LIFE-04", "LIFE-05", "PUT-01", "IDN-01", "LIST-01", *UPDATE_ECHOES, layer="workflows", name="workflows"
)
def workflows(exam: Exam) -> None:
    """Get and list agree with what was done after each step of every story."""
    from contract_tests.workflow import run_workflows  # noqa: PLC0415 - Hypothesis is loaded only where it is used

    run_workflows(exam)
