"""What a whole run leaves behind: the configs that it only created, and none of those it deleted."""

from __future__ import annotations

from contract_tests.exam import DELETE, UPDATE, Exam
from contract_tests.layers.registry import PROBES
from contract_tests.residents import check_residents


@PROBES.probe("LIFE-05", "LIFE-04", "LIST-01", layer="robustness")
def residents_are_unharmed(exam: Exam) -> None:
    """After all that a run did, the configs that it only created are as they were, and those it deleted are gone."""
    with exam.story():
        listed = check_residents(exam, "LIFE-05", UPDATE, "a config that nobody touched changed during the run")
        back = [config for config in listed if exam.target.journal.has_deleted(str(config.get("id")))]
        label = "configs whose delete was answered 200 are in the list"
        exam.check("LIFE-04", DELETE, not back, label, expected="none of them", received=f"{len(back)} of them")
