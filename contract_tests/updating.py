"""Valid updates, and what they leave as it was."""

from __future__ import annotations

from typing import Any

from contract_tests.comparison import difference, documented
from contract_tests.conformity import configs_in
from contract_tests.errors import Blocked
from contract_tests.exam import UPDATE, Exam
from contract_tests.readback import check_equal
from governance_contract.kinds.kind import same

SERVER_GIVEN = ("updated_at", "config_hash")


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
    exam: Exam, rule: str, before: dict[str, Any], after: dict[str, Any], touched: set[str], label: str
) -> bool:
    """Check that an update changed no documented member but those in `touched`; return whether it held."""
    mirror = {"budget"} if before.get("budgets") and after.get("budgets") else set()
    judged = exam.contract.resources["ModelConfig"].value["properties"].keys() - touched - mirror - exam.mangled
    left = {name: item for name, item in _settled(before).items() if name in judged}
    right = {name: item for name, item in _settled(after).items() if name in judged}
    changed = sorted(name for name in {*left, *right} if not same(left.get(name), right.get(name)))
    return exam.check(
        rule,
        UPDATE,
        not changed,
        f"{label} also changed {', '.join(changed)}",
        expected="members that are not sent stay",
        received=difference(before, after),
    )


def _settled(value: Any) -> Any:
    """Return a config without what a server may give anew with every update; absent, null and empty are the same."""
    if isinstance(value, dict):
        judged = documented().difference(SERVER_GIVEN)
        settled = {name: _settled(item) for name, item in value.items() if name in judged}
        return {name: item for name, item in settled.items() if item not in (None, [], {})}
    if isinstance(value, list):
        return sorted((_settled(entry) for entry in value), key=repr)
    return value
