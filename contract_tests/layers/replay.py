"""Cases of several requests: the last one is judged, and whether all else is as it was last answered."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from contract_tests.comparison import differences
from contract_tests.configs import configs_in
from contract_tests.errors import Blocked
from contract_tests.exam import CREATE, DELETE, GET, LIST, UPDATE, Exam
from contract_tests.exchange import Response
from contract_tests.readback import check_echo
from contract_tests.samples import RUN
from contract_tests.updating import check_stayed
from governance_contract import pointers

TARGETS = {"@virtual_key": "virtual_key", "@user": "user"}
_MEMBER = re.compile(r"@(\d+)(/.*)")


class Replay:
    """One case in progress: the configs of its creates by number, as they were last answered, None where gone."""

    def __init__(self, exam: Exam) -> None:
        self._exam = exam
        self.names = exam.fresh_name("kept")
        self.ids: list[str] = []
        self.configs: list[dict[str, Any] | None] = []

    def send(self, request: Mapping[str, Any]) -> Response:
        """Send a request of a case and return the answer; what it made of the configs is remembered."""
        operation_id = request["operation"]
        answer = self._exam.send(operation_id, self._id_of(request), **self._options(request))
        self._take_in(operation_id, request.get("config", 0) - 1, answer)
        return answer

    def filled(self, value: Any) -> Any:
        """Return `value` with what only this run can know in the place of what stands for it.

        Raises:
            NotApplicable: it needs a target that is not known.
            Blocked: it needs a config that was not created.
        """
        if isinstance(value, dict):
            return {name: self.filled(item) for name, item in value.items()}
        if isinstance(value, list):
            return [self.filled(item) for item in value]
        if not isinstance(value, str):
            return value
        if value in TARGETS:
            return self._exam.need_scope(TARGETS[value])
        member = _MEMBER.fullmatch(value)
        return self._member(int(member[1]), member[2]) if member else value.replace(RUN, self.names)

    def remove_all(self) -> None:
        """Delete what the case created."""
        for config_id in self.ids:
            self._exam.remove(config_id)

    def _member(self, number: int, pointer: str) -> Any:
        value: Any = self.configs[number - 1] if number <= len(self.configs) else None
        try:
            for token in pointers.split(pointer):
                value = value[int(token)] if isinstance(value, list) else value[token]
        except (LookupError, TypeError, ValueError) as error:
            raise Blocked(f"the config of create {number} has no {pointer}") from error
        return value

    def _id_of(self, request: Mapping[str, Any]) -> str | None:
        if "config" not in request:
            return self._exam.target.stranger(self.filled(request["id"])) if "id" in request else None
        number = request["config"]
        if number > len(self.ids) or not self.ids[number - 1]:
            raise Blocked(f"create {number} of the case gave no config")
        return self._exam.target.stranger(self.ids[number - 1])

    def _options(self, request: Mapping[str, Any]) -> dict[str, Any]:
        if "raw" in request:
            return {"raw": self.filled(request["raw"]).encode()}
        return {name: self.filled(request[name]) for name in ("body", "query") if name in request}

    def _take_in(self, operation_id: str, index: int, answer: Response) -> None:
        found = next(iter(configs_in(answer)), None) if answer.status < 300 else None
        if operation_id == CREATE:
            usable = found is not None and isinstance(found.get("id"), str)
            self.configs.append(found if usable else None)
            self.ids.append(str((found or {})["id"]) if usable else "")
        elif answer.status < 300 and 0 <= index < len(self.configs):
            if operation_id == DELETE:
                self.configs[index] = None
            elif operation_id == UPDATE and found:
                self.configs[index] = found


def replay(exam: Exam, case: Mapping[str, Any]) -> None:
    """Send the requests of a case and judge the last one, by the rule of the case and by those of its effects."""
    course = Replay(exam)
    for request in case.get("before", ()):
        course.send(request)
    before = list(course.configs)
    answer = course.send(case)
    if case["expect"] == "refused":
        _check_refused(exam, case, answer)
    elif case["expect"] == "accepted":
        _check_accepted(exam, case, answer, course, before)
    if case["expect"] != "documented":
        _check_state(exam, case, course)
    course.remove_all()


def _check_refused(exam: Exam, case: Mapping[str, Any], answer: Response) -> None:
    rule, operation_id, label = case["rule"], case["operation"], case["description"]
    if exam.contract.rules[rule].refusal:
        exam.check_refused(rule, operation_id, answer, label, level=case.get("level"), steps=exam.trail)
        return
    held = 400 <= answer.status < 500
    exam.check(rule, operation_id, held, label, expected="a status from 400 to 499", received=answer.shown())


def _check_accepted(
    exam: Exam, case: Mapping[str, Any], answer: Response, course: Replay, before: list[dict[str, Any] | None]
) -> None:
    rule, operation_id, label = case["rule"], case["operation"], case["description"]
    held = exam.check(rule, operation_id, answer.status == 200, label, expected="status 200", received=answer.shown())
    found = configs_in(answer)
    if not held or not found or operation_id not in (CREATE, UPDATE) or "body" not in case:
        return
    body = course.filled(case["body"])
    check_echo(exam, operation_id, body, found[0], label)
    old = before[case["config"] - 1] if operation_id == UPDATE and "config" in case else None
    if old:
        check_stayed(exam, "PUT-01", old, found[0], body, label)


def _check_state(exam: Exam, case: Mapping[str, Any], course: Replay) -> None:
    """Check that get and list show every config of the case as it was last answered, and none beside."""
    listed = [each for each in exam.all_configs() if str(each.get("model_name")).startswith(course.names)]
    by_id = {str(each.get("id")): each for each in listed}
    alive = {str(config["id"]): config for config in course.configs if config}
    for config_id, config in alive.items():
        for where, seen in ((GET, exam.read(config_id)), (LIST, by_id.get(config_id))):
            _check_seen(exam, case, config, where, seen)
    for config_id in by_id.keys() - alive.keys():
        rule = "LIFE-04" if config_id in course.ids else "LIFE-02"
        exam.target.journal.created(config_id)
        label = f"{case['description']}: a config is there that should not be"
        exam.fault(rule, case["operation"], label, "no such config in the list", repr(by_id[config_id])[:300])


def _check_seen(
    exam: Exam, case: Mapping[str, Any], config: dict[str, Any], where: str, seen: dict[str, Any] | None
) -> None:
    label = case["description"]
    is_there = exam.check("LIFE-01", where, seen is not None, f"{label}: gone", expected="the config", received="none")
    changed = sorted(differences(config, seen or {})) if is_there else []
    rule = "LIFE-02" if case["expect"] == "refused" else "RESP-02"
    exam.check(
        rule,
        case["operation"] if rule == "LIFE-02" else where,
        not changed,
        f"{label}: {' and '.join(changed)} not as last answered",
        expected=repr({name: config.get(name) for name in changed})[:300],
        received=repr({name: (seen or {}).get(name) for name in changed})[:300],
    )
