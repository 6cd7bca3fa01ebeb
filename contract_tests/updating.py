"""Valid updates, and what they leave as it was."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from contract_tests.comparison import difference, unsent_changes
from contract_tests.configs import configs_in
from contract_tests.errors import Blocked
from contract_tests.exam import UPDATE, Exam
from contract_tests.readback import check_equal


def updated(exam: Exam, config_id: str, body: dict[str, Any]) -> dict[str, Any]:
    """Return the config as get answers it after a valid update, which must agree with the update's own answer.

    Raises:
        Blocked: the update was not answered with a config.
    """
    answered = changed(exam, config_id, body)
    held = exam.read(config_id)
    if held is None:
        raise Blocked("the config is gone after an update")
    check_equal(exam, UPDATE, answered, held, "get")
    return held


def changed(exam: Exam, config_id: str, body: dict[str, Any]) -> dict[str, Any]:
    """Return the config as a valid update answers it.

    Raises:
        Blocked: the update was not answered with a config.
    """
    answer = exam.send(UPDATE, config_id, body=body)
    found = configs_in(answer)
    exam.check(
        "RESP-01", UPDATE, answer.status == 200, "a valid update", expected="status 200", received=answer.shown()
    )
    if answer.status != 200 or not found:
        raise Blocked(f"a valid update was answered {answer.shown(200)}")
    return exam.identified(UPDATE, config_id, found[0])


def check_stayed(
    exam: Exam, rule: str, before: dict[str, Any], after: dict[str, Any], sent: Collection[str], label: str
) -> bool:
    """Check that an update changed no documented member but those that it sent; return whether it held."""
    changed = sorted(unsent_changes(before, after, sent) - exam.mangled)
    return exam.check(
        rule,
        UPDATE,
        not changed,
        f"{label} also changed {', '.join(changed)}",
        expected="members that are not sent stay",
        received=difference(before, after),
    )
