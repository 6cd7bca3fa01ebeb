"""Each probe declares what it judges, so that `--rules` judges a rule by all that judge it in a run of everything."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest

from contract_tests.bench import Bench, Report
from contract_tests.client.target import Target
from contract_tests.layers import PROBES
from contract_tests.plan import Plan
from contract_tests.probe import OF_EVERY_ANSWER, Probe
from contract_tests.rules import ECHOES
from governance_contract import Contract
from tests.contract_tests.conftest import Served
from tests.contract_tests.test_broken_servers import Ask, Response, _edited, middleware

Maker = Callable[..., Any]
THOROUGH_ALONE = [probe for probe in PROBES if probe.profile == "thorough"]


def _reports(target: Target, bench: Bench, profile: str, probes: Iterable[Probe]) -> Iterator[tuple[Probe, Report]]:
    for probe in probes:
        if probe.in_profile(profile):
            yield probe, bench.run(probe)
    bench.finish(f"ct-{target.run_id}-")


def _undeclared(probe: Probe, report: Report) -> frozenset[str]:
    found = {each.rule for each in (*report.confirmed, *report.flaky)}
    return (report.exercised | found) - {*probe.rules, *OF_EVERY_ANSWER}


@pytest.mark.parametrize("profile", ["smoke", "gate", "thorough"])
def test_a_probe_declares_what_it_exercises(profile: str, serve: Maker, target_of: Maker, bench_of: Maker) -> None:
    target = target_of(serve(scenario="empty").url)
    probes = THOROUGH_ALONE if profile == "thorough" else PROBES
    reports = _reports(target, bench_of(target, Plan(profile)), profile, probes)

    assert {probe.id: found for probe, report in reports if (found := _undeclared(probe, report))} == {}


def forgetful(environ: dict[str, Any], ask: Ask) -> Response:
    """Answer everything well-formed, and every value but the name wrong."""

    def edit(value: dict[str, Any]) -> None:
        for config in value.get("model_configs") or [value.get("model_config") or {}]:
            for entry in (*config.get("budgets", ()), config.get("budget") or {}):
                entry["max_limit"] = 7
            config.update(rate_limit=None, scope="user")

    return _edited(ask(environ), edit)


def gone(environ: dict[str, Any], ask: Ask) -> Response:
    """Answer every page of the list as if there was nothing."""

    def edit(value: dict[str, Any]) -> None:
        if "model_configs" in value:
            value.update(model_configs=[], total_count=0)

    return _edited(ask(environ), edit)


def unmarked(environ: dict[str, Any], ask: Ask) -> Response:
    """Answer budgets without ids."""

    def edit(value: dict[str, Any]) -> None:
        for config in value.get("model_configs") or [value.get("model_config") or {}]:
            for entry in config.get("budgets", ()):
                entry.pop("id", None)

    return _edited(ask(environ), edit)


def formless(environ: dict[str, Any], ask: Ask) -> Response:
    """Answer lists under another name."""

    def edit(value: dict[str, Any]) -> None:
        if "model_configs" in value:
            value["configs"] = value.pop("model_configs")

    return _edited(ask(environ), edit)


@pytest.mark.parametrize("wrong", [forgetful, gone, unmarked, formless])
def test_a_probe_declares_what_it_finds_broken(
    wrong: Callable[..., Response], serve: Maker, target_of: Maker, bench_of: Maker
) -> None:
    served: Served = serve(middleware(wrong), scenario="empty")
    target = target_of(served.url)
    reports = [*_reports(target, bench_of(target), "gate", [p for p in PROBES if p.layer != "races"])]

    assert any(report.confirmed for _, report in reports)
    assert {probe.id: found for probe, report in reports if (found := _undeclared(probe, report))} == {}


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
