"""Probes declare the rules that they are for, so that `--rules` sends what shows whether a rule holds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest

from contract_tests.bench import Bench, Report
from contract_tests.client.target import Target
from contract_tests.layers import PROBES
from contract_tests.plan import Plan
from contract_tests.probe import Probe
from contract_tests.rules import ECHOES
from governance_contract import Contract

Maker = Callable[..., Any]


def _reports(target: Target, bench: Bench, profile: str, probes: Iterable[Probe]) -> Iterator[tuple[Probe, Report]]:
    for probe in probes:
        if probe.in_profile(profile):
            yield probe, bench.run(probe)
    bench.finish(f"ct-{target.run_id}-")


@pytest.mark.parametrize("profile", ["smoke", "gate"])
def test_a_run_exercises_every_rule_that_its_probes_declare(
    profile: str, serve: Maker, target_of: Maker, bench_of: Maker
) -> None:
    target = target_of(serve(scenario="empty").url)
    reports = list(_reports(target, bench_of(target, Plan(profile)), profile, PROBES))

    declared = {rule for probe, _ in reports for rule in probe.rules}
    assert declared - {rule for _, report in reports for rule in report.exercised} == set()


@pytest.mark.parametrize("rule", ["BUD-01", "LIFE-02", "LIST-03", "PUT-04", "AUTH-06"])
def test_the_probes_that_declare_a_rule_exercise_it_without_the_others(
    rule: str, serve: Maker, target_of: Maker, bench_of: Maker
) -> None:
    target = target_of(serve(scenario="empty").url)
    probes = [probe for probe in PROBES if rule in probe.rules]

    reports = list(_reports(target, bench_of(target), "gate", probes))

    assert rule in {exercised for _, report in reports for exercised in report.exercised}


def test_what_comes_back_is_judged_by_the_rules_that_say_so(contract: Contract) -> None:
    said = {rule.id for rule in contract.rules if _carries_echo(contract, rule.id)}

    assert set(ECHOES) == said


def _carries_echo(contract: Contract, rule_id: str) -> bool:
    def carried(value: Any) -> Iterator[Any]:
        if isinstance(value, dict):
            yield value.get("x-carries", {}).get("x-echo")
            for item in value.values():
                yield from carried(item)
        elif isinstance(value, list):
            for item in value:
                yield from carried(item)

    return rule_id in carried(contract.document.root)
