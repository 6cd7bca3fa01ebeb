"""What a whole run leaves behind: the configs that it only created, and none of those it deleted."""

from __future__ import annotations

from contract_tests.exam import Exam
from contract_tests.layers.registry import PROBES
from contract_tests.residents import list_residents


@PROBES.probe("LIFE-05", "LIFE-04", "LIST-01", layer="robustness")
def residents_are_unharmed(exam: Exam) -> None:
    """After all that a run did, the list has what it only created as it was, and none of what it deleted."""
    with exam.story():
        list_residents(exam)
