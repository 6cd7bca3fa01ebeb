"""Carries probes out on a target, confirms what they find, and cleans up behind them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from contract_tests.errors import Blocked, NotApplicable, SuiteError
from contract_tests.exam import DELETE, LIST, Exam, Record, ScopeTargets, Shared
from contract_tests.exchange import Call, segment
from contract_tests.finding import Finding
from contract_tests.probe import Probe
from contract_tests.target import Target
from governance_contract import Contract


@dataclass(frozen=True)
class Report:
    """What one probe reported; `reason` says why it could not be carried out to its end, where it could not."""

    probe: str
    rules: tuple[str, ...]
    confirmed: tuple[Finding, ...] = ()
    flaky: tuple[Finding, ...] = ()
    exercised: frozenset[str] = field(default_factory=frozenset)
    reason: str = ""
    requests: int = 0


class Bench:
    """Runs probes one after the other with exams of their own."""

    def __init__(self, contract: Contract, target: Target, make_exam: Callable[[Shared], Exam]) -> None:
        self.contract = contract
        self.target = target
        self._make_exam = make_exam
        self._shared = Shared()

    def run(self, probe: Probe) -> Report:
        """Return what `probe` reports; findings that a second run does not repeat are flaky.

        Raises:
            SuiteError: no judgement is possible.
        """
        sent_before = self.target.requests_sent
        record, reason = self._attempt(probe)
        again = self._attempt(probe)[0] if record.findings else Record()
        return Report(
            probe.id,
            probe.rules,
            confirmed=tuple(finding for key, finding in record.findings.items() if key in again.findings),
            flaky=tuple(finding for key, finding in record.findings.items() if key not in again.findings),
            exercised=frozenset(record.exercised),
            reason=reason,
            requests=self.target.requests_sent - sent_before,
        )

    def clean_up(self, *, keep: str | None = None) -> tuple[str, ...]:
        """Delete everything that this run created but `keep`, and return the ids that could not be deleted."""
        for config_id in self.target.journal.leftovers():
            if config_id != keep:
                self._delete(config_id)
        return tuple(config_id for config_id in self.target.journal.leftovers() if config_id != keep)

    def _attempt(self, probe: Probe) -> tuple[Record, str]:
        exam = self._make_exam(self._shared)
        reason = ""
        try:
            probe.run(exam)
        except (Blocked, NotApplicable) as error:
            reason = str(error)
        finally:
            self.clean_up(keep=self._shared.config_id)
        return exam.record, reason

    def _delete(self, config_id: str) -> None:
        path = self.contract.operations[DELETE].path
        (parameter,) = self.contract.operations[DELETE].parameters_in("path")
        call = Call("DELETE", path.replace(f"{{{parameter.name}}}", segment(config_id)))
        if self.target.send(call).answer.status == 404:
            self.target.journal.deleted(config_id)


def require_judgeable(contract: Contract, target: Target) -> None:
    """Make sure that there is an API of this kind at the URL and that the key opens it.

    Raises:
        SuiteError: the target answers otherwise; the message says what to do.
    """
    answer = target.send(Call("GET", contract.operations[LIST].path, {"limit": "1"})).answer
    if answer.status in (401, 403):
        raise SuiteError(
            f"{target.base_url} answered {answer.status} to the list: the key is not accepted; pass the management API "
            "key with --api-key or GOVERNANCE_API_KEY"
        )
    value = answer.json
    if answer.status == 404 or (answer.status == 200 and not (isinstance(value, dict) and "model_configs" in value)):
        raise SuiteError(
            f"{target.base_url} is not this API: GET {contract.operations[LIST].path} answered {answer.shown(120)}; "
            "is the URL right, with the path prefix that the API has?"
        )


def find_scopes(contract: Contract, target: Target, given: Mapping[str, str | None]) -> ScopeTargets:
    """Return virtual keys and users that exist: the one given for a scope, else the first two of its look-up."""
    found = {}
    for scope, operation_id, member in (
        ("virtual_key", "listVirtualKeys", "virtual_keys"),
        ("user", "listUsers", "users"),
    ):
        own = given.get(scope)
        found[scope] = (own,) if own else _first_ids(target, contract.operations[operation_id].path, member)
    return ScopeTargets(found["virtual_key"], found["user"])


def _first_ids(target: Target, path: str, member: str) -> tuple[str, ...]:
    answer = target.send(Call("GET", path, {"limit": "2"})).answer
    value = answer.json
    entries = value.get(member) if answer.status == 200 and isinstance(value, dict) else None
    ids = [entry.get("id") for entry in entries or () if isinstance(entry, dict)] if isinstance(entries, list) else []
    return tuple(each for each in ids if isinstance(each, str) and each)[:2]
