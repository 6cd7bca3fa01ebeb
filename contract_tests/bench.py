"""Carries probes out on a target, confirms what they find, and cleans up behind them."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from contract_tests.client.target import GATEWAY_FAILURES, OwnershipError, ReadOnlyRun, Target, TargetEnded
from contract_tests.confirmation import Confirmation
from contract_tests.errors import Blocked, Enough, NotApplicable, SuiteError
from contract_tests.exam import DELETE, LIST, PAGE, Exam
from contract_tests.exchange import KEY_VARIABLE, NOT_JSON, Call, Response, segment
from contract_tests.finding import Finding, Verdict, finding_of
from contract_tests.keeping import Keeper, Unkeepable
from contract_tests.labels import ENDED
from contract_tests.plan import ScopeTargets, Shared
from contract_tests.probe import Probe, is_selected
from contract_tests.record import Doubt, Record
from contract_tests.rules import NEVER_FAILS
from governance_contract import Contract
from governance_contract.rules import Carried

_NAMING = ("model_name", "provider")

_TRIES = 3
"""Findings of one verdict of which a case is made at most, until one shows it again."""


@dataclass(frozen=True)
class Report:
    """What one probe reported; `reason` says why it could not be carried out to its end, where it could not.

    `beside` are findings of rules that the run does not judge; `kept` are cases that show what was found.
    """

    probe: str
    rules: tuple[str, ...]
    confirmed: tuple[Finding, ...] = ()
    flaky: tuple[Finding, ...] = ()
    exercised: frozenset[str] = field(default_factory=frozenset)
    reason: str = ""
    requests: int = 0
    cells: frozenset[tuple[str, str]] = field(default_factory=frozenset)
    beside: tuple[Finding, ...] = ()
    kept: tuple[Mapping[str, Any], ...] = ()


class Bench:
    """Runs probes one after the other with exams of their own; `patterns` select the rules that are judged."""

    def __init__(
        self,
        contract: Contract,
        target: Target,
        make_exam: Callable[[Shared], Exam],
        patterns: tuple[str, ...] = (),
        *,
        keeps: bool = False,
    ) -> None:
        self.contract = contract
        self.target = target
        self._make_exam = make_exam
        self._patterns = patterns
        self._keeps = keeps
        self._tries: Counter[Verdict] = Counter()
        self._shared = Shared()
        self._stuck: set[str] = set()
        self._confirmation = Confirmation()
        self.has_target_ended = False

    def run(self, probe: Probe) -> Report:
        """Return what `probe` reports, without secrets.

        Further tries confirm each verdict that this run has not confirmed yet, and end as soon as they have done so.
        What they do not show again is flaky.

        Raises:
            SuiteError: no judgement is possible.
        """
        sent_before = self.target.requests_sent
        try:
            record, reason = self._attempt(probe)
        except TargetEnded as error:
            self.has_target_ended = True
            return self._end_report(probe, error)
        beside = [each for each in record.findings.values() if not self._is_judged(each.rule)]
        confirmed, flaky = self._confirmation.confirm(
            record, lambda doubt: self._attempt(probe, doubt)[0], lambda finding: self._is_judged(finding.rule)
        )
        hidden = self.target.secrets.in_finding
        return Report(
            probe.id,
            tuple(filter(self._is_judged, probe.rules)),
            confirmed=tuple(map(hidden, confirmed)),
            flaky=tuple(map(hidden, flaky)),
            exercised=frozenset(filter(self._is_judged, record.exercised)),
            reason=self.target.secrets.hidden(reason),
            requests=self.target.requests_sent - sent_before,
            cells=frozenset(cell for cell in record.cells if self._is_judged(cell[0])),
            kept=tuple(self._kept(confirmed, record)) if self._keeps else (),
            beside=tuple(map(hidden, beside)),
        )

    def _end_report(self, probe: Probe, error: TargetEnded) -> Report:
        """Return the report of the probe that ended the target, or met its end: the last requests are the evidence."""
        before = error.exchanges[:-1] or error.exchanges
        suspect = next((each for each in reversed(before) if each.response.is_missing), before[-1])
        operation = self.contract.operations.at(suspect.call.method, suspect.call.path)
        finding = finding_of(
            Carried(NEVER_FAILS, self.contract.rules[NEVER_FAILS].level),
            operation.id if operation else LIST,
            ENDED,
            expected="a server that answers, whatever it is sent",
            received=f"{error}; its last request was {suspect.call.method} {suspect.call.url_path[:200]}",
            base_url=self.target.base_url,
            steps=error.exchanges,
        )
        reason = "the target ended"
        return Report(
            probe.id, probe.rules, (self.target.secrets.in_finding(finding),), reason=reason,
            exercised=frozenset({NEVER_FAILS}), cells=frozenset({(NEVER_FAILS, finding.operation)}),
        )  # fmt: skip

    def _is_judged(self, rule: str) -> bool:
        return is_selected(rule, self._patterns)

    def _kept(self, confirmed: Sequence[Finding], record: Record) -> Iterator[Mapping[str, Any]]:
        """Yield a case for each new verdict, of the shortest finding whose case shows its rule broken again."""
        for each in sorted(confirmed, key=lambda finding: len(finding.script)):
            if self._tries[each.verdict] < _TRIES:
                case = self._case_of(each, record)
                self._tries[each.verdict] += 1 if case is None else _TRIES
                if case is not None:
                    yield case

    def _case_of(self, finding: Finding, record: Record) -> Mapping[str, Any] | None:
        from contract_tests.layers.replay import replay  # noqa: PLC0415 - the layers are built on the bench's exams

        exam = self._make_exam(self._shared)
        keeper = Keeper(self.contract, f"{exam.prefix}-{self.target.run_id}", exam.scopes)
        try:
            case = keeper.case_of(finding, record.exchanges.get(finding.key, ()))
            replay(exam, case)
            exam.testify(is_last=True)
        except (Unkeepable, Blocked, NotApplicable):
            return None
        finally:
            self.clean_up(keep=self._shared.kept)
        text = json.dumps(case)
        is_shown = any(each.rule == finding.rule for each in exam.record.findings.values())
        return case if is_shown and self.target.secrets.hidden(text) == text else None

    def clean_up(self, *, keep: Collection[str] = ()) -> tuple[str, ...]:
        """Delete everything that this run created but `keep`, and return the ids that could not be deleted.

        What failed once is not tried again before the end of the run.

        Raises:
            SuiteError: the target could not be reached, or no longer answers for itself.
        """
        with self.target.cleaning():
            for config_id in self.target.journal.leftovers():
                if config_id not in keep and config_id not in self._stuck:
                    self._stuck.add(config_id)
                    delete_config(self.contract, self.target, config_id)
        return tuple(config_id for config_id in self.target.journal.leftovers() if config_id not in keep)

    def finish(self, names: str) -> tuple[str, ...]:
        """Delete everything that this run created, also what only its name, beginning with `names`, gives away.

        Returns the ids that are left: such as could not be deleted, or were answered as deleted and are still there.

        Raises:
            SuiteError: the target could not be reached, or no longer answers for itself.
        """
        if not self.target.has_written:
            return ()
        self._stuck.clear()
        self.clean_up()
        with self.target.cleaning():
            self._claim(names)
            if self.target.journal.leftovers():
                self._stuck.clear()
                self.clean_up()
                self._claim(names)
        return self.target.journal.leftovers()

    def _claim(self, names: str) -> None:
        """Take into the journal what is named, in any case, as this run names configs: its create went unanswered."""
        for config in list_configs(self.contract, self.target):
            if any(str(config.get(member) or "").lower().startswith(names.lower()) for member in _NAMING):
                self.target.journal.created(config["id"])

    def _attempt(self, probe: Probe, doubt: Doubt | None = None) -> tuple[Record, str]:
        exam = self._make_exam(self._shared)
        exam.doubt = doubt
        reason = ""
        try:
            try:
                reason = self._carry_out(probe, exam)
                exam.testify(is_last=True)
            finally:
                self.clean_up(keep=self._shared.kept)
            exam.testify(is_last=True)
        except Enough:
            pass
        return exam.record, reason

    def _carry_out(self, probe: Probe, exam: Exam) -> str:
        """Carry a probe out, and return why that could not be done to its end, empty where it could.

        Raises:
            SuiteError: no judgement is possible.
            Enough: a further try has shown what it was made for.
        """
        try:
            probe.run(exam)
        except (Blocked, NotApplicable, ReadOnlyRun) as error:
            return str(error)
        except (LookupError, TypeError, AttributeError, ValueError, OwnershipError) as error:
            exam.testify()
            if not exam.record.findings:
                raise  # a defect of the probe, for the answers were as documented
            return f"the answers are too far from the document to go on: {error!r}"
        return ""


def delete_config(contract: Contract, target: Target, config_id: str) -> Response:
    """Delete a config of the journal and return the answer; where it is gone, the journal no longer has it.

    Raises:
        SuiteError: the target could not be reached, or no longer answers for itself.
    """
    path = contract.operations[DELETE].path
    (parameter,) = contract.operations[DELETE].parameters_in("path")
    answer = target.send(Call("DELETE", path.replace(f"{{{parameter.name}}}", segment(config_id)))).response
    if answer.status == 404:
        target.journal.deleted(config_id)
    return answer


def list_configs(contract: Contract, target: Target) -> list[dict[str, Any]]:
    """Return all configs of the target that have an id, whoever made them, page by page.

    Raises:
        SuiteError: the target did not answer with a list.
    """
    found: dict[str, dict[str, Any]] = {}
    offset = 0
    while True:
        query = {"limit": str(PAGE), "offset": str(offset)}
        answer = target.send(Call("GET", contract.operations[LIST].path, query)).response
        value = answer.json
        if answer.status != 200 or not isinstance(value, dict | list):
            raise SuiteError(f"the list, needed to see what is left on the target, was answered {answer.shown(120)}")
        entries = value if isinstance(value, list) else value.get("model_configs")
        page = [entry for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else []
        offset += len(page)
        fresh = {each["id"]: each for each in page if isinstance(each.get("id"), str) and each["id"] not in found}
        found |= fresh
        if not fresh or len(page) < PAGE:
            return list(found.values())


def is_named(config: Mapping[str, Any], beginning: str) -> bool:
    """Return whether the name of a config, or its provider, begins as the suite names them."""
    return any(str(config.get(member) or "").startswith(beginning) for member in _NAMING)


def require_judgeable(contract: Contract, target: Target) -> None:
    """Make sure that there is an API of this kind at the URL and that the key opens it, however well it is made.

    Raises:
        SuiteError: the target answers otherwise; the message says what to do.
    """
    path = contract.operations[LIST].path
    exchange = target.send(Call("GET", path, {"limit": "1"}))
    answer = exchange.response
    if answer.is_missing:
        other = target.send(Call("GET", f"{path}/no-such-config-{target.run_id}")).response
        if other.is_missing:
            raise SuiteError(f"GET {target.base_url}{path}: {answer.shown()}; is it up and near?")
        return  # the list alone is not answered, which is a finding
    if answer.status in GATEWAY_FAILURES:
        target.wait_for(exchange, is_last=True)
    if 300 <= answer.status < 400:
        raise SuiteError(
            f"{target.base_url} sends on to {answer.headers.get('location', 'nowhere')} ({answer.status}); pass the "
            "URL behind that"
        )
    if answer.status in (401, 403):
        raise SuiteError(
            f"{target.base_url} answered {answer.status} to the list: the key is not accepted; pass the management API "
            f"key in {KEY_VARIABLE}, or with --api-key (to pytest --ct-api-key)"
        )
    if answer.status == 404 or (answer.status == 200 and not _is_list(contract, target, answer)):
        raise SuiteError(
            f"{target.base_url} is not this API: GET {path} answered {answer.shown(120)}; is the URL right, with the "
            "path prefix that the API has?"
        )


def _is_list(contract: Contract, target: Target, answer: Response) -> bool:
    """Return whether an answer is a list of this API, though perhaps in a wrong form.

    A wrong form is a finding where the server tells one path from another; one that answers everything alike is
    another API, or a page for every address.
    """
    value = answer.json
    if isinstance(value, dict) and "model_configs" in value:
        return True
    if value is NOT_JSON and not answer.body.lstrip().startswith((b"{", b"[")):
        return False
    unknown = f"{contract.operations[LIST].path}/{segment(f'no-such-config-{target.run_id}')}"
    return 400 <= target.send(Call("GET", unknown)).response.status < 500


def find_scopes(
    contract: Contract, target: Target, given: Mapping[str, str | None], *, with_users: bool = True
) -> ScopeTargets:
    """Return virtual keys and users that exist: the one given for a scope, else the first two of its look-up."""
    found: dict[str, tuple[str, ...]] = {}
    for scope, operation_id, member in (
        ("virtual_key", "listVirtualKeys", "virtual_keys"),
        ("user", "listUsers", "users"),
    ):
        own = given.get(scope)
        if own or scope != "user" or with_users:
            found[scope] = (own,) if own else _first_ids(target, contract.operations[operation_id].path, member)
    return ScopeTargets(found["virtual_key"], found.get("user", ()))


def _first_ids(target: Target, path: str, member: str) -> tuple[str, ...]:
    answer = target.send(Call("GET", path, {"limit": "2"})).response
    value = answer.json
    entries = value.get(member) if answer.status == 200 and isinstance(value, dict) else None
    ids = [entry.get("id") for entry in entries or () if isinstance(entry, dict)] if isinstance(entries, list) else []
    return tuple(each for each in ids if isinstance(each, str) and each)[:2]
