"""What must be refused: for each rule and operation every single-fault body, beside a valid twin, without effect."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from contract_tests import conformity, samples
from contract_tests.exam import CREATE, UPDATE, Exam
from contract_tests.exchange import Answer
from contract_tests.layers.registry import PROBES
from contract_tests.probe import Probe
from contract_tests.readback import check_unchanged, difference, differences
from contract_tests.selection import economical
from governance_contract import Contract, pointers
from governance_contract.counterexamples import Counterexample
from governance_contract.kinds.kind import without

NO_EFFECT = "LIFE-02"
PARITY = "PUT-08"


def refused_rules(contract: Contract, operation_id: str) -> dict[str, list[Counterexample]]:
    """Return the counterexamples of an operation by the rule that they break."""
    operation = contract.operations[operation_id]
    by_rule: dict[str, list[Counterexample]] = {}
    for each in contract.counterexamples(operation, samples.rich(contract, operation)):
        by_rule.setdefault(each.rule, []).append(each)
    return by_rule


def register(contract: Contract) -> None:
    """Register one probe for each rule that a create or update body can break."""
    for operation_id, run in ((CREATE, refuse_creates), (UPDATE, refuse_updates)):
        for rule, found in sorted(refused_rules(contract, operation_id).items()):
            rules = (rule, NO_EFFECT) if operation_id == CREATE else (rule, NO_EFFECT, PARITY)
            after = (refused_creates_left_nothing.__name__,) if operation_id == CREATE else ()

            def probe(exam: Exam, rule: str = rule, found: list[Counterexample] = found, run: Any = run) -> None:
                run(exam, rule, chosen(exam, found, _SHARES[run]))

            PROBES.add(Probe(f"{rule} refused by {operation_id}", rules, "probes", "gate", probe, after))
        if operation_id == CREATE:
            left = refused_creates_left_nothing
            PROBES.add(Probe(left.__name__, (NO_EFFECT,), "probes", "gate", left))


def chosen(exam: Exam, found: list[Counterexample], share: float) -> list[Counterexample]:
    """Return the counterexamples that the profile of this run sends, `share` of the usual number in a gate."""
    if exam.profile == "thorough":
        return found
    return economical(found, exam.seed, share)


@PROBES.probe("REQ-08")
def malformed_bodies(exam: Exam) -> None:
    """A body that is no JSON at all is refused, on create and on update."""
    for label, text in _MALFORMED.items():
        for operation_id in (CREATE, UPDATE) if exam.profile == "thorough" or text in _ALSO_UPDATES else (CREATE,):
            with exam.story():
                config_id = exam.subject()["id"] if operation_id == UPDATE else None
                raw = text.replace(samples.NAME, exam.fresh_name()).encode()
                answer = exam.send(operation_id, config_id, raw=raw)
                exam.check_refused("REQ-08", operation_id, answer, label)


_MALFORMED = {
    "a truncated object": '{"model_name": "@name"',
    "no body": "",
    "text behind the object": '{"model_name": "@name"} x',
    "single quotes": "{'model_name': '@name'}",
    "a form": "model_name=@name",
    "an array around the object": '[{"model_name": "@name"}]',
}
_ALSO_UPDATES = ("", _MALFORMED["a truncated object"])


def refuse_creates(exam: Exam, rule: str, found: Sequence[Counterexample]) -> None:
    """Check that each counterexample is refused; `refused_creates_left_nothing` looks for those that were stored."""
    for number, each in enumerate(found):
        with exam.story():
            body = exam.filled(in_context(exam, CREATE, each, number + exam.seed))
            answer = exam.send(CREATE, body=body)
            if exam.check_refused(rule, CREATE, answer, each.label, level=each.level):
                if isinstance(body, dict) and isinstance(body.get("model_name"), str):
                    exam.shared.refused[body["model_name"]] = body
            else:
                _remove_all(exam, answer)
                _show_smallest(exam, each, body)
    if exam.is_shared:
        refused_creates_left_nothing(exam)


def refused_creates_left_nothing(exam: Exam) -> None:
    """No create that this run saw refused was stored; one that seems to be is sent again, to be sure and to show it."""
    exam.shared.suspects += [exam.shared.refused.get(str(config.get("model_name"))) for config in _adopted_strays(exam)]
    for body in filter(None, exam.shared.suspects):
        with exam.story():
            again = exam.renamed(body)
            answer = exam.send(CREATE, body=again)
            if answer.status >= 400:
                exam.shared.refused[str(again.get("model_name"))] = again
                for config in _adopted_strays(exam):
                    exam.fault(
                        NO_EFFECT,
                        CREATE,
                        "a refused create was stored",
                        "no such config in the list",
                        repr(config)[:400],
                    )
    exam.record.exercise(CREATE, NO_EFFECT)


def _adopted_strays(exam: Exam) -> list[dict[str, Any]]:
    """Return the strays after making them configs of this run, so that they are deleted with the others."""
    found = _strays(exam)
    for config in found:
        exam.target.journal.created(str(config.get("id")))
    return found


def _strays(exam: Exam) -> list[dict[str, Any]]:
    """Return the configs in the list that can only come from refused creates of this run."""
    unowned = [config for config in exam.all_configs() if not exam.target.journal.owns(str(config.get("id")))]
    return [
        config
        for config in unowned
        if config.get("model_name") in exam.shared.refused or config.get("provider") == exam.provider
    ]


def _remove_all(exam: Exam, answer: Answer) -> None:
    for config in conformity.configs_in(answer):
        exam.remove(str(config.get("id")))


def in_context(exam: Exam, operation_id: str, each: Counterexample, number: int) -> Any:
    """Return a counterexample in one of several surroundings, in turn: a rule may be skipped in some of them only."""
    body = each.body
    if not isinstance(body, dict):
        return body
    scopes: list[dict[str, Any]] = [{"scope": s, "scope_id": key} for s, key in exam.scopes.by_scope().items()]
    beyond_ascii = {"model_name": f"{exam.fresh_name()}-模型"}
    contexts = [body, _bare(exam, operation_id, each, body), {**body, **beyond_ascii}, without(body, "provider")]
    contexts += [{**body, **scope} for scope in scopes] if operation_id == CREATE else []
    chosen = contexts[number % len(contexts)]
    return chosen if _breaks_only(exam, operation_id, each, chosen) else body


def _breaks_only(exam: Exam, operation_id: str, each: Counterexample, body: Any) -> bool:
    violations = exam.contract.request_validator(exam.operation(operation_id)).violations(body)
    return {violation.rule for violation in violations} == {each.rule}


def _bare(exam: Exam, operation_id: str, each: Counterexample, body: dict[str, Any]) -> dict[str, Any]:
    """Return a body without all members that it does not need to break its rule."""
    violations = exam.contract.request_validator(exam.operation(operation_id)).violations(body)
    faulty = {token for violation in violations for token in pointers.split(violation.pointer)[:1]}
    for name in (name for name in tuple(body) if name not in faulty):
        rest = without(body, name)
        if _breaks_only(exam, operation_id, each, rest):
            body = rest
    return body


def _show_smallest(exam: Exam, each: Counterexample, body: Any) -> None:
    """Try the same fault without all members that it does not need, so that the finding shows no more than it must."""
    bare = _bare(exam, CREATE, each, body) if isinstance(body, dict) else body
    with exam.story():
        answer = exam.send(CREATE, body=exam.renamed(bare))
        exam.check_refused(each.rule, CREATE, answer, f"{each.label}, and nothing else", level=each.level)
        _remove_all(exam, answer)


def refuse_updates(exam: Exam, rule: str, found: Sequence[Counterexample]) -> None:
    """Check that each counterexample is refused and that none changed anything."""
    with exam.story():
        before = exam.subject()
        config_id = exam.subject_id
        for number, each in enumerate(found):
            body = exam.filled(in_context(exam, UPDATE, each, number + exam.seed))
            answer = exam.send(UPDATE, config_id, body=body)
            steps = (exam.trail[0], exam.trail[-1])
            held = exam.check_refused(rule, UPDATE, answer, each.label, level=each.level, steps=steps)
            exam.record.exercise(UPDATE, PARITY)
            if not held:
                before = exam.subject()
        after = exam.read(config_id)
        if not check_unchanged(exam, NO_EFFECT, UPDATE, before, after, "a refused update changed the config"):
            _find_culprit(exam, found, config_id)


_SHARES = {refuse_creates: 1.0, refuse_updates: 0.25}
"""What part of the usual number of counterexamples each operation gets: both share one validation in most servers."""


def _find_culprit(exam: Exam, found: Sequence[Counterexample], config_id: str) -> None:
    """Say which of the refused updates changed the config, by sending them again one by one."""
    for each in found:
        with exam.story():
            before = exam.read(config_id)
            answer = exam.send(UPDATE, config_id, body=exam.filled(each.body))
            after = exam.read(config_id)
            if answer.status >= 400 and (not before or not after or differences(before, after)):
                label = f"refused and yet stored: {each.label}"
                exam.fault(NO_EFFECT, UPDATE, label, "the config as it was before", difference(before, after))
                return
