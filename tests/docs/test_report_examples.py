"""The reports that are kept as examples are those of their logs, and hold nothing of the machine they were made on."""

from __future__ import annotations

import json
import re

import pytest

from contract_tests.baseline.entries import read_baseline
from contract_tests.reports.formats import FORMATS
from docs import report_examples
from governance_contract import Contract

NAMES = ("baseline", "faulty", "mock")


def _read(name: str, file_name: str) -> str:
    return (report_examples.EXAMPLES / name / file_name).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", NAMES)
def test_the_reports_are_those_of_the_log(name: str) -> None:
    folder = report_examples.EXAMPLES / name
    made = report_examples.views(folder)

    assert {path.name for path in folder.iterdir()} == set(made)
    outdated = [file_name for file_name, text in made.items() if (folder / file_name).read_bytes() != text]
    assert outdated == [], "run: make examples ARGS=--views"


@pytest.mark.parametrize(
    ("name", "code", "told"), [("mock", 0, "pass"), ("faulty", 1, "fail"), ("baseline", 0, "accepted")]
)
def test_each_example_shows_what_it_is_there_for(name: str, code: int, told: str) -> None:
    verdict = json.loads(_read(name, "report.json"))["verdict"]

    assert verdict["exit_code"] == code
    assert told in verdict["rules"]


def test_the_example_of_a_baseline_shows_what_changed() -> None:
    changes = json.loads(_read("baseline", "report.json"))["comparison"]

    assert changes["new"]
    assert changes["fixed"]
    assert changes["still"]


def test_the_baseline_of_the_example_can_be_used(contract: Contract) -> None:
    assert read_baseline(report_examples.EXAMPLES / "known.yaml", contract).entries


@pytest.mark.parametrize("name", NAMES)
def test_nothing_in_an_example_differs_from_run_to_run(name: str) -> None:
    for each in FORMATS:
        text = _read(name, each.file_name)
        assert set(re.findall(r"127\.0\.0\.1:(\d+)", text)) <= {"4010"}
        assert set(re.findall(r"\b20\d\d-\d\d-\d\d(?=T)", text)) <= {"2026-11-24"}
        assert set(re.findall(r"\bct-[0-9a-f]{8}\b", text)) <= {"ct-0a1b2c3d"}
        assert "/tmp" not in text  # noqa: S108 - looked for, not used


def test_equal_ids_stay_equal_and_times_are_made_up() -> None:
    one, two = "11111111-2222-4333-8444-555555555555", "61111111-2222-4333-8444-555555555555"
    started = {
        "event": "run started",
        "target": "http://127.0.0.1:9",
        "started": "2020-01-01T00:00:00Z",
        "versions": {},
    }
    sent = {"event": "exchanged", "operation": "", "method": "GET", "status": 200, "at": 9.0, "seconds": 9.0}
    probe = {
        "event": "probe finished",
        "layer": "cases",
        "reason": f"{one} {two} {one} http://127.0.0.1:9/a",
        "at": 9.0,
        "seconds": 9.0,
    }
    lines = [json.dumps(each) for each in (started, sent, probe)]

    first = report_examples.normalised(lines)

    reason = json.loads(first.splitlines()[2])["reason"].split()
    assert reason[0] == reason[2] != reason[1]
    assert reason[3] == "http://127.0.0.1:4010/a"
    assert json.loads(first.splitlines()[1])["seconds"] < 1
    assert report_examples.normalised(first.splitlines()) == first


def test_an_unknown_argument_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert report_examples.main(["--veiws"]) == 2
    assert "expected --views" in capsys.readouterr().err
