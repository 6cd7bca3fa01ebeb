from __future__ import annotations

import pytest

from contract_tests.agenda import agenda_of, require_agenda, sizes
from contract_tests.errors import SuiteError, UsageError
from contract_tests.layers import PROBES
from contract_tests.options import read_options
from contract_tests.probe import LAYERS, OF_EVERY_ANSWER


def ids(**options: str) -> list[str]:
    return [probe.id for probe in agenda_of(read_options(options))]


def test_a_profile_has_the_probes_of_its_size_in_the_order_of_the_layers() -> None:
    assert ids(profile="gate") == [probe.id for probe in PROBES if probe.in_profile("gate")]
    assert {probe.layer for probe in agenda_of(read_options({"profile": "smoke"}))} == {"smoke"}


@pytest.mark.parametrize("layer", [layer for layer in LAYERS if layer != "smoke"])
def test_each_layer_can_be_run_alone(layer: str) -> None:
    assert {probe.layer for probe in agenda_of(read_options({"layers": layer, "profile": "thorough"}))} == {layer}


def test_layers_and_rules_select_together() -> None:
    of_races = ids(layers="races")

    assert ids(layers="races, probes", rules="RACE-*") == [name for name in of_races if not name.startswith("renames")]


def test_a_rule_selects_the_probes_that_exercise_it_and_those_that_look_at_what_they_left() -> None:
    found = ids(rules="BUD-01")

    assert "BUD-01 refused by createModelConfig" in found
    assert "BUD-03 refused by createModelConfig" not in found
    assert "refused_creates_left_nothing" in found


def test_the_rule_about_refusals_selects_every_refusal() -> None:
    assert set(ids(rules="LIFE-02")) >= {name for name in ids() if " refused by " in name}


@pytest.mark.parametrize("rule", OF_EVERY_ANSWER)
def test_a_rule_of_every_answer_selects_every_probe(rule: str) -> None:
    assert ids(rules=rule) == ids()


def test_a_pattern_must_select_a_rule() -> None:
    with pytest.raises(UsageError, match="'NOPE-1' selects no rule"):
        require_agenda(read_options({"rules": "BUD-*,NOPE-1"}))


@pytest.mark.parametrize("options", [{"rules": "TIME-01"}, {"layers": "time"}, {"layers": "time", "rules": "TIME-*"}])
def test_a_run_without_any_probe_says_which_profile_has_some(options: dict[str, str]) -> None:
    with pytest.raises(SuiteError, match="pass --profile thorough"):
        require_agenda(read_options(options))


def test_layers_without_a_probe_of_the_rules_have_none_in_any_profile() -> None:
    with pytest.raises(SuiteError, match="exercises RACE-01 of the layers time; no profile has any"):
        require_agenda(read_options({"rules": "RACE-01", "layers": "time"}))


def test_the_sizes_are_those_of_the_layers_that_have_probes() -> None:
    assert list(sizes(agenda_of(read_options({"profile": "gate"})))) == [*LAYERS[1:-1]]
    assert sum(sizes(agenda_of(read_options({}))).values()) == len(ids())
