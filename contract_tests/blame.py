"""Finds out by further requests why a server refuses valid bodies, and writes it down under the rule that says so."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any, Protocol

from contract_tests.attribution import Attribution, Cause
from contract_tests.exchange import Call, Exchange, Response, config_id_of, object_in
from contract_tests.labels import REFUSED
from contract_tests.oracle.observation import Observation
from contract_tests.plan import Shared
from contract_tests.witness import Witness
from governance_contract import Contract
from governance_contract.operations import Operation
from governance_contract.resources import CREATE

_CAUSES = 12
"""Causes that a run looks for at most."""


class Exam(Protocol):
    """What is needed of an exam: it sends, and writes findings down."""

    contract: Contract
    shared: Shared
    witness: Witness

    @property
    def trail(self) -> tuple[Exchange, ...]:
        """What was sent since the story began."""

    def story(self) -> AbstractContextManager[None]:
        """Begin a story."""

    def operation(self, operation_id: str) -> Operation:
        """Return an operation by its id."""

    def renamed(self, body: Any) -> Any:
        """Return a body with a fresh name."""

    def call(self, operation_id: str, config_id: str | None = None, *, body: Any) -> Call:
        """Return a call of an operation."""

    def send(self, operation_id: str, config_id: str | None = None, **options: Any) -> Response:
        """Send a request and return its response."""

    def remove_created(self, answer: Response) -> None:
        """Delete what a create made."""

    def fault(
        self,
        rule_id: str,
        operation_id: str,
        kind: str,
        expected: str,
        received: str,
        *,
        pointer: str = "",
        steps: tuple[Exchange, ...] | None = None,
        level: str | None = None,
    ) -> None:
        """Write a finding down."""


class Blame:
    """Blames what the smallest refused body still has; of what it sends itself nothing is blamed."""

    def __init__(self, exam: Exam) -> None:
        self._exam = exam
        self._is_at_work = False

    def __call__(self, refused: Observation) -> None:
        """Write down that a valid request was refused, under the rule of the part of it that is to blame."""
        if self._is_at_work:
            return
        rule, level, kind, pointer, steps = refused.rule, refused.level, REFUSED, "", refused.evidence
        body = object_in(steps[-1].call)
        if body is not None:
            self._is_at_work = True
            try:
                cause = self._cause_of(refused, body)
            finally:
                self._is_at_work = False
            if cause.rules:
                rule, level = cause.rules[0].rule, cause.rules[0].level
            kind, pointer, steps = cause.kind, cause.pointer, cause.steps or steps
        received = steps[-1].response.shown()
        self._exam.fault(
            rule, refused.operation, kind, refused.expected, received, pointer=pointer, steps=steps, level=level
        )

    def _cause_of(self, refused: Observation, body: dict[str, Any]) -> Cause:
        """Return why a body is refused; what is known of an earlier one is not asked again."""
        exam = self._exam
        found = exam.shared.causes
        known = [each for each in found if each.operation == refused.operation and each.is_in(body)]
        if known:
            return known[0]
        if len(found) >= _CAUSES:
            return Cause(refused.operation)
        operation, config_id = exam.operation(refused.operation), config_id_of(refused.evidence[-1].call)
        sent: list[Exchange] = []

        def is_plain(body: Any) -> bool:
            return exam.witness.is_plainly_valid(exam.call(operation.id, config_id, body=body))

        def is_accepted(body: Any) -> bool:
            answer = exam.send(operation.id, config_id, body=exam.renamed(body))
            sent.append(exam.trail[-1])
            if operation.verb == CREATE:
                exam.remove_created(answer)
            return not 400 <= answer.status < 500

        attribution = Attribution(exam.contract, operation, is_plain, is_accepted)
        with exam.story():
            smallest = attribution.smallest(body)
            rules = attribution.rules_of(smallest)
        steps = tuple(each for each in sent if 400 <= each.response.status < 500)[-1:]
        cause = Cause(operation.id, attribution.optional(smallest), rules, steps)
        found.append(cause)
        return cause
