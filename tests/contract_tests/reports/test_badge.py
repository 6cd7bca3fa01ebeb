from __future__ import annotations

import json
from xml.etree import ElementTree as ET

import pytest

from contract_tests.reports import badge
from contract_tests.reports.events import Objected
from contract_tests.reports.run import Run
from governance_contract import Contract
from tests.contract_tests.runs import probe, run_of


def _runs(contract: Contract, green: Run, red: Run) -> dict[str, Run]:
    stale = run_of(contract, probe(), Objected("BUD-01", "createModelConfig", "known.yaml:3", "expired"))
    return {
        f"kept · {len(contract.rules)} rules": green,
        "broken · 1 rule": red,
        "no judgement": run_of(contract),
        "baseline outdated": stale,
    }


def test_a_badge_says_the_verdict(contract: Contract, green: Run, red: Run) -> None:
    for said, run in _runs(contract, green, red).items():
        picture = ET.fromstring(badge.render_svg(run))  # noqa: S314 - our own text
        assert picture.get("aria-label") == f"contract: {said}"
        assert [text.text for text in picture.iter("{http://www.w3.org/2000/svg}text")] == ["contract", said]
        assert json.loads(badge.render_shields(run))["message"] == said


def test_shields_gets_what_its_endpoint_takes(red: Run) -> None:
    answer = json.loads(badge.render_shields(red))

    assert answer == {"schemaVersion": 1, "label": "contract", "message": "broken · 1 rule", "color": "c62828"}


@pytest.mark.parametrize("colour", badge._COLOURS.values())
def test_white_letters_can_be_read_on_every_colour(colour: str) -> None:
    def linear(part: str) -> float:
        value = int(part, 16) / 255
        return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4

    red, green, blue = (linear(colour[at : at + 2]) for at in (1, 3, 5))
    assert 1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05) >= 4.5
