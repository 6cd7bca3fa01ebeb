from __future__ import annotations

from datetime import timedelta
from typing import Any

from contract_tests.baseline.entries import Baseline, Entry
from contract_tests.baseline.judgement import judged
from contract_tests.options import read_options
from contract_tests.outcomes import Ledger
from contract_tests.reports.events import Accepted, Event, Failed, Objected
from tests.contract_tests.baseline.conftest import TODAY, entry
from tests.contract_tests.runs import FINDING, found, probe


def _judged(events: tuple[Event, ...], *entries: Entry, profile: str = "gate", **options: Any) -> list[Event]:
    return list(judged(Baseline(entries, profile), Ledger.of(events), read_options(options), TODAY))


RED = (*found(FINDING), probe())


def test_a_finding_with_an_entry_is_accepted() -> None:
    assert _judged(RED, entry()) == [Accepted(*FINDING.key, "ticket 12", "team-a", "2026-06-30")]


def test_a_finding_of_another_kind_is_not_accepted_and_the_entry_is_not_needed() -> None:
    (objected,) = _judged(RED, entry(kind="read"))

    assert isinstance(objected, Objected)
    assert "no longer found" in objected.message


def test_an_entry_that_has_expired_accepts_nothing_and_fails_the_gate() -> None:
    (objected,) = _judged(RED, entry(expires=TODAY - timedelta(days=1)))

    assert isinstance(objected, Objected)
    assert objected.place == "known.yaml:2"
    assert "accepted by team-a until 2026-06-29 (ticket 12), which is over" in objected.message


def test_an_entry_whose_findings_are_gone_fails_the_gate() -> None:
    (objected,) = _judged((probe(),), entry())

    assert isinstance(objected, Objected)
    assert "take the entry out" in objected.message


def test_an_entry_is_needed_as_long_as_what_it_accepts_flickers() -> None:
    (told,) = _judged((*found(FINDING, flaky=True), probe()), entry())

    assert isinstance(told, Accepted)


def test_only_a_run_that_looked_as_closely_says_that_an_entry_is_not_needed() -> None:
    assert _judged((probe("p", ("BUD-02",)),), entry()) == []
    assert _judged((probe(),), entry(), profile="thorough") == []
    assert _judged((probe(), Failed("q", "gone")), entry()) == []
    assert len(_judged((probe(),), entry(), profile="smoke")) == 1


def test_a_run_of_some_rules_says_nothing_of_the_entries_of_others() -> None:
    assert _judged((probe(),), entry(expires=TODAY - timedelta(days=1)), rules="LIST-*") == []
