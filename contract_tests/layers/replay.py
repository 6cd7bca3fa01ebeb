"""Cases of several requests: they are sent as they are written down, and what they leave behind is read."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from contract_tests.configs import configs_in, made_config
from contract_tests.errors import Blocked
from contract_tests.exam import CREATE, DELETE, UPDATE, Exam
from contract_tests.exchange import Response
from contract_tests.samples import RUN
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

    def send(self, request: Mapping[str, Any]) -> None:
        """Send a request of a case; what it made of the configs is remembered."""
        operation_id = request["operation"]
        answer = self._exam.send(operation_id, self._id_of(request), **self._options(request))
        self._take_in(operation_id, request.get("config", 0) - 1, answer)

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

    def read_back(self) -> None:
        """Ask the list, and get for each config of the case; what else bears its names is noted, to be deleted."""
        named = [each for each in self._exam.all_configs() if str(each.get("model_name")).startswith(self.names)]
        alive = [config_id for config_id, config in zip(self.ids, self.configs, strict=True) if config]
        for config_id in alive:
            self._exam.read(config_id)
        for config_id in {str(each.get("id")) for each in named}.difference(alive):
            self._exam.target.journal.created(config_id)

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
        if operation_id == CREATE:
            made = made_config(answer)
            self.configs.append(made)
            self.ids.append(made["id"] if made else "")
        elif answer.status < 300 and 0 <= index < len(self.configs):
            if operation_id == DELETE:
                self.configs[index] = None
            elif operation_id == UPDATE and (found := configs_in(answer)):
                self.configs[index] = found[0]


def replay(exam: Exam, case: Mapping[str, Any]) -> None:
    """Send the requests of a case, read back what they left unless only the answer counts, and delete it."""
    course = Replay(exam)
    for request in (*case.get("before", ()), case):
        course.send(request)
    if case["expect"] != "documented":
        course.read_back()
    course.remove_all()
