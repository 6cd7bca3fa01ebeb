"""Finds out by further requests why a server refuses valid bodies, and writes it down under the rule that says so."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from contract_tests.attribution import Attribution, Cause
from contract_tests.exchange import Exchange, config_id_of, object_in
from contract_tests.labels import REFUSED
from contract_tests.notebook import Notebook
from contract_tests.oracle.observation import Observation
from governance_contract.operations import Operation

_CAUSES = 12
"""Causes that a run looks for at most."""

Answers = Callable[[Operation, str, Any], bool]
"""Answers a question about a body of an operation, for the config with an id where the operation is about one."""


class Blame:
    """Blames what the smallest refused body still has; of what it sends itself nothing is blamed.

    `causes` are those of the run. `is_plain` says whether nothing may refuse a body, and `is_accepted` sends it.
    """

    def __init__(self, notebook: Notebook, causes: list[Cause], is_plain: Answers, is_accepted: Answers) -> None:
        self._notebook = notebook
        self._causes = causes
        self._is_plain = is_plain
        self._is_accepted = is_accepted
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
        self._notebook.fault(
            rule, refused.operation, kind, refused.expected, received, pointer=pointer, steps=steps, level=level
        )

    def _cause_of(self, refused: Observation, body: dict[str, Any]) -> Cause:
        """Return why a body is refused; what is known of an earlier one is not asked again."""
        known = [each for each in self._causes if each.operation == refused.operation and each.is_in(body)]
        if known:
            return known[0]
        if len(self._causes) >= _CAUSES:
            return Cause(refused.operation)
        contract = self._notebook.contract
        operation, config_id = contract.operations[refused.operation], config_id_of(refused.evidence[-1].call)
        refusals: list[Exchange] = []

        def is_plain(body: Any) -> bool:
            return self._is_plain(operation, config_id, body)

        def is_accepted(body: Any) -> bool:
            is_taken = self._is_accepted(operation, config_id, body)
            refusals.extend(() if is_taken else self._notebook.trail[-1:])
            return is_taken

        attribution = Attribution(contract, operation, is_plain, is_accepted)
        with self._notebook.story():
            smallest = attribution.smallest(body)
            rules = attribution.rules_of(smallest)
        cause = Cause(operation.id, attribution.optional(smallest), rules, tuple(refusals[-1:]))
        self._causes.append(cause)
        return cause
