"""What must be refused, without effect: for each rule and operation every body with a single fault."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cache
from itertools import chain
from typing import Any

from contract_tests import samples
from contract_tests.exam import CREATE, UPDATE, Exam
from contract_tests.layers.registry import PROBES
from contract_tests.probe import Probe
from contract_tests.residents import Resident, list_residents, made_residents, restore
from contract_tests.samples import WILDCARD
from contract_tests.selection import economical
from governance_contract import load_contract, pointers
from governance_contract.closest import closest
from governance_contract.counterexamples import Counterexample
from governance_contract.values import ABSENT, without

NO_EFFECT = "LIFE-02"
PARITY = "PUT-08"


@cache
def refused_rules(operation_id: str) -> dict[str, list[Counterexample]]:
    """Return the counterexamples of an operation by the rule that they break; they are made once."""
    contract = load_contract()
    operation = contract.operations[operation_id]
    by_rule: dict[str, list[Counterexample]] = {}
    for each in contract.counterexamples(operation, samples.rich(contract, operation)):
        by_rule.setdefault(each.rule, []).append(each)
    return by_rule


def register() -> None:
    """Register one probe for each rule that a create or update body can break."""
    found = {operation_id: refused_rules(operation_id) for operation_id in (CREATE, UPDATE)}

    @cache
    def selected(seed: int) -> dict[str, list[Counterexample]]:
        return economical({key: [*chain(*by_rule.values())] for key, by_rule in found.items()}, seed)

    creates = (CREATE, refuse_creates, refused_creates_left_nothing, (NO_EFFECT, "LIST-01"))
    updates = (UPDATE, refuse_updates, refused_updates_left_nothing, (NO_EFFECT, "LIST-01"))
    for operation_id, run, left, effects in (creates, updates):
        for rule, listed in sorted(found[operation_id].items()):
            rules = (rule, NO_EFFECT) if operation_id == CREATE else (rule, NO_EFFECT, PARITY)

            def probe(
                exam: Exam, rule: str = rule, key: str = operation_id, all_of_it: Any = listed, run: Any = run
            ) -> None:
                few = [each for each in selected(exam.seed)[key] if each.rule == rule]
                run(exam, all_of_it if exam.profile == "thorough" else few)

            PROBES.add(Probe(f"{rule} refused by {operation_id}", rules, "probes", "gate", probe, (left.__name__,)))
        PROBES.add(Probe(left.__name__, effects, "probes", "gate", left))


def refuse_creates(exam: Exam, found: Sequence[Counterexample]) -> None:
    """Send each counterexample to create; `refused_creates_left_nothing` looks for those that were stored."""
    for number, each in enumerate(found):
        with exam.story():
            body = exam.filled(in_context(exam, CREATE, each, number + exam.seed))
            answer = exam.send_wrong(CREATE, body=body)
            if answer is None:
                continue
            name = body.get("model_name") if isinstance(body, dict) else None
            if answer.status < 400:
                exam.remove_created(answer)
            elif isinstance(name, str) and name.startswith(exam.prefix):
                exam.shared.refused[name] = body
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
                _adopted_strays(exam)


def _adopted_strays(exam: Exam) -> list[dict[str, Any]]:
    """Return the strays after making them configs of this run, so that they are deleted with the others."""
    found = _strays(exam)
    for config in found:
        exam.target.journal.created(str(config.get("id")))
    return found


def _strays(exam: Exam) -> list[dict[str, Any]]:
    """Return the configs in the list that can only come from refused creates of this run."""
    before = frozenset(exam.shared.listed)
    unowned = [config for config in exam.all_configs() if not exam.target.journal.owns(str(config.get("id")))]
    return [config for config in unowned if _is_stray(exam, config, before)]


def _is_stray(exam: Exam, config: dict[str, Any], before: frozenset[str]) -> bool:
    """Return whether a config bears a name of this run, or its provider; one for all models counts if it is new."""
    if config.get("model_name") == WILDCARD and exam.target.is_loopback and before:
        return config.get("id") not in before
    return config.get("model_name") in exam.shared.refused or config.get("provider") == exam.provider


def in_context(exam: Exam, operation_id: str, each: Counterexample, number: int) -> Any:
    """Return a counterexample in one of many surroundings, in turn: a rule may be skipped in some of them only."""
    body = each.body
    if not isinstance(body, dict):
        return body
    body = {**body, **_target_of(exam, each)}
    if number % 8 == 4:
        return _bare(exam, operation_id, each, body)
    for members in _surroundings(exam, operation_id, each, number):
        changed = {name: item for name, item in {**body, **members}.items() if item is not ABSENT}
        body = changed if _breaks_only(exam, operation_id, each, changed) else body
    return body


def _target_of(exam: Exam, each: Counterexample) -> dict[str, Any]:
    """Return the target of the scope that a misspelt one was meant to be: for want of it, any body would be refused."""
    targets = exam.scopes.by_scope()
    meant = closest(str(each.body["scope"]), tuple(targets)) if each.pointer == "/scope" else None
    return {"scope_id": targets[meant]} if meant else {}


def _surroundings(exam: Exam, operation_id: str, each: Counterexample, number: int) -> Iterator[dict[str, Any]]:
    """Yield what else a body may have or lack: any four numbers in a row meet each of it, in many combinations."""
    scopes: list[dict[str, Any]] = [{}, *({"scope": s, "scope_id": key} for s, key in exam.scopes.by_scope().items())]
    if operation_id == CREATE:
        yield scopes[number % len(scopes)]
    yield {"provider": ABSENT} if number // 2 % 2 else {}
    yield {"rate_limit": ABSENT} if number // 3 % 2 else {}
    yield {"rate_limit": {}} if operation_id == UPDATE and number % 8 == 0 else {}
    yield _one_metric(each) if number % 2 else {}
    yield from _numbers_of_budgets(each, number)
    yield {f"x_{exam.prefix}_unknown": "ignored or refused"} if number % 3 == 1 else {}
    yield from _names(exam, operation_id, number)


def _one_metric(each: Counterexample) -> dict[str, Any]:
    """Return a rate limit of nothing but the metric whose duration is at fault: its limit, and the duration."""
    rate, duration = each.body.get("rate_limit"), each.pointer.removeprefix("/rate_limit/")
    names = (duration.replace("_reset_duration", "_max_limit"), duration)
    is_whole = duration.endswith("_reset_duration") and isinstance(rate, dict) and all(name in rate for name in names)
    return {"rate_limit": {name: rate[name] for name in names}} if is_whole else {}


def _numbers_of_budgets(each: Counterexample, number: int) -> Iterator[dict[str, Any]]:
    """Yield no budgets, many, or one alone, which must be the faulty one where it is a budget that is at fault."""
    budgets = each.body.get("budgets") if each.pointer != "/budgets" else None
    held = [entry for entry in budgets if isinstance(entry, dict)] if isinstance(budgets, list) else []
    if number % 4 == 1:
        yield {"budgets": ABSENT}
    elif number % 4 == 2:
        more = [{"max_limit": 9, "reset_duration": f"{hours}h"} for hours in range(11, 17)]
        yield {"budgets": [*held[:-1], *more, *held[-1:]]}  # what was first and last stays so
    elif number % 4 == 3:
        yield from ({"budgets": [entry]} for entry in held)


def _names(exam: Exam, operation_id: str, number: int) -> Iterator[dict[str, Any]]:
    """Yield a name of another kind; `*` only with the provider of this run, and where it can bite nobody's traffic."""
    kind = (number + number // 16) % 4
    if kind == 1:
        yield {"model_name": f"{exam.fresh_name()}-模型"}
    elif kind == 2:
        yield {"model_name": f"{exam.fresh_name()}/a b%2F{'c' * 90}"}
    elif kind == 3 and operation_id == CREATE and exam.target.is_loopback:
        yield {"model_name": WILDCARD, "provider": exam.provider}


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


_WITH_IDS = 5
"""One in so many refused updates names the budgets that the config has, whichever config it is sent to."""


def refuse_updates(exam: Exam, found: Sequence[Counterexample]) -> None:
    """Send each counterexample to update; `refused_updates_left_nothing` looks for those that were stored."""
    with exam.story():
        exam.subject()
        kinds = [*_residents_of_all_kinds(exam), None]
        for number, each in enumerate(found):
            resident = kinds[number % len(kinds)]
            config = resident.config if resident and resident.config else exam.subject()
            config_id = str(config["id"])
            body = exam.filled(in_context(exam, UPDATE, each, number + exam.seed))
            if number % _WITH_IDS == 0:
                body = _with_ids(body, config)
            answer = exam.send_wrong(UPDATE, config_id, body=body)
            if answer is not None and answer.status == 404 and resident:
                resident, answer = None, exam.send_wrong(UPDATE, exam.subject_id, body=body)
            if answer is None:
                continue
            exam.shared.refused_updates[each.label] = (config_id, body) if resident else (None, each.body)
            if resident and not 400 <= answer.status < 500:
                restore(exam, resident)
    if exam.is_shared:
        refused_updates_left_nothing(exam)


def _residents_of_all_kinds(exam: Exam) -> list[Resident]:
    """Return a resident of each scope, one without limits and one without budgets: a check may look at what it has."""
    kinds: tuple[Callable[[dict[str, Any]], bool], ...] = (
        lambda body: body.get("scope") == "virtual_key" and "budgets" in body,
        lambda body: body.get("scope") == "user" and "budgets" in body,
        lambda body: body.get("budgets") == [],
        lambda body: "budgets" not in body and "rate_limit" in body,
    )
    found = (next((each for each in made_residents(exam) if holds(each.wanted.body)), None) for holds in kinds)
    return [each for each in found if each]


def _with_ids(body: Any, config: dict[str, Any]) -> Any:
    """Return an update whose budgets name those that a config has."""
    entries = body.get("budgets") if isinstance(body, dict) else None
    if not isinstance(entries, list):
        return body
    ids = [entry.get("id") for entry in config.get("budgets") or ()]
    named = [
        {"id": ids[index], **entry} if index < len(ids) and isinstance(entry, dict) else entry
        for index, entry in enumerate(entries)
    ]
    return {**body, "budgets": named}


def refused_updates_left_nothing(exam: Exam) -> None:
    """No update that this run saw refused changed a config: a list shows it, and in further tries a get after each."""
    with exam.story():
        exam.subject()
        list_residents(exam)
    if _has_found_effect(exam):
        exam.shared.has_stored_refused = True
    elif exam.shared.has_stored_refused:
        _send_updates_again(exam)


def _has_found_effect(exam: Exam) -> bool:
    """Return whether this try has found that a refused request had an effect."""
    return any(finding.rule == NO_EFFECT for finding in exam.record.findings.values())


def _send_updates_again(exam: Exam) -> None:
    """Send the refused updates again one by one, with a get before and after each, until one is found to change it."""
    for config_id, refused in exam.shared.refused_updates.values():
        with exam.story():
            before = exam.read(config_id) if config_id else exam.subject()
            if before is None:
                continue
            exam.send(UPDATE, before["id"], body=exam.filled(refused))
            exam.read(before["id"])
        if _has_found_effect(exam):
            return
