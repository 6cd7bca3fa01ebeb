from __future__ import annotations

from collections.abc import Callable

import pytest

from contract_tests.exam import Exam
from contract_tests.layers import PROBES
from contract_tests.probe import LAYERS, PROFILES, Probe, Registry
from governance_contract import Contract


def _nothing(_: Exam) -> None:
    """Do nothing."""


PROBE = Probe("p", ("BUD-01", "LIFE-02"), "probes", "gate", _nothing)


@pytest.mark.parametrize(("profile", "expected"), [("smoke", False), ("gate", True), ("thorough", True)])
def test_a_probe_runs_in_its_profile_and_in_larger_ones(profile: str, expected: bool) -> None:
    assert PROBE.in_profile(profile) is expected


@pytest.mark.parametrize(
    ("patterns", "expected"), [((), True), (("BUD-*",), True), (("LIFE-02",), True), (("bud-01",), False)]
)
def test_a_probe_is_selected_by_any_of_its_rules(patterns: tuple[str, ...], expected: bool) -> None:
    assert PROBE.matches(patterns) is expected


def test_an_id_is_given_once() -> None:
    registry = Registry()
    registry.add(PROBE)

    with pytest.raises(ValueError, match="two probes with the id p"):
        registry.add(PROBE)


def test_the_order_is_that_of_the_layers_and_then_of_writing() -> None:
    registry = Registry()
    for name, layer in (("b", "races"), ("a", "probes"), ("c", "probes")):
        registry.probe("BUD-01", layer=layer, name=name)(_nothing)

    assert [probe.id for probe in registry] == ["a", "c", "b"]


def test_every_probe_of_the_suite_names_known_rules_layer_and_profile(contract: Contract) -> None:
    known = {rule.id for rule in contract.rules}

    assert [probe.id for probe in PROBES if not set(probe.rules) <= known] == []
    assert {probe.layer for probe in PROBES} <= set(LAYERS)
    assert {probe.profile for probe in PROBES} <= set(PROFILES)


def test_every_rule_has_a_probe_in_the_gate_but_time_and_the_catch_all_that_nothing_uses_yet(
    contract: Contract,
) -> None:
    probed = {rule for probe in PROBES if probe.in_profile("gate") for rule in probe.rules}
    without = [rule for rule in contract.rules if rule.id not in probed]

    assert {rule.id for rule in without if rule.keywords != ("*",)} == {"TIME-01", "TIME-02", "TIME-03"} | {
        "TIME-01",
        "TIME-02",
        "TIME-03",
    }


def test_probes_are_run_in_the_order_of_their_modules_and_within_each_as_written() -> None:
    registry = Registry()
    for module, name in (("b", "third"), ("a", "first"), ("b", "fourth"), ("a", "second")):
        registry.probe("BUD-01", name=name)(_of_module(module))

    registry.arrange(["a", "b"])

    assert [probe.id for probe in registry] == ["first", "second", "third", "fourth"]


def _of_module(module: str) -> Callable[[Exam], None]:
    def run(_: Exam) -> None: ...

    run.__module__ = module
    return run
