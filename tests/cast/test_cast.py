"""The cast itself: it is well declared, and a sample of it is judged as declared."""

from __future__ import annotations

from collections import Counter

import pytest

from governance_contract import load_contract
from tests.cast.run import judge, opinion
from tests.cast.servers import MEMBERS

_BY_ID = {member.id: member for member in MEMBERS}
_SAMPLE = ("ledger-only-neighbours-are-compared", "relay-mirror-is-last", "derived-open-list-no-header")
_GATE_SAMPLE = (
    "ledger-filtered-lists-show-the-old-body",
    "ledger-updates-in-the-west",
    "turns-fourth-violation-is-stored",
    "turns-seventh-delete-is-lost",
)
_CORRECT_SAMPLE = ("correct-independent", "correct-nulls")
_FOR_KEYWORDS_OF_LATER = {"REQ-11"}
"""Rules for keywords that the document does not use yet; once it does, the derived servers break them."""


def test_ids_are_unique() -> None:
    assert [key for key, count in Counter(member.id for member in MEMBERS).items() if count > 1] == []


def test_every_declared_rule_exists() -> None:
    known = {rule.id for rule in load_contract().rules}
    assert {member.id: set(member.breaks) - known for member in MEMBERS if not set(member.breaks) <= known} == {}


def test_every_rule_that_needs_no_moving_clock_has_a_server_that_breaks_it() -> None:
    broken = {rule for member in MEMBERS for rule in member.breaks}
    known = {rule.id for rule in load_contract().rules if not rule.id.startswith("TIME-")}
    assert known - broken == _FOR_KEYWORDS_OF_LATER


def test_the_cast_is_large_enough() -> None:
    families = Counter(member.id.partition("-")[0] for member in MEMBERS)
    assert families["derived"] >= 150
    assert families["ledger"] + families["relay"] >= 60
    assert families["correct"] >= 7


def test_every_description_is_there_once() -> None:
    assert [
        text for text, count in Counter(member.description for member in MEMBERS).items() if count > 1 or not text
    ] == []


@pytest.mark.parametrize("member_id", _SAMPLE)
def test_a_faulty_server_is_found(member_id: str) -> None:
    verdict = judge(_BY_ID[member_id], "smoke")
    assert opinion(_BY_ID[member_id], verdict) in ("found", "imprecise"), verdict


@pytest.mark.parametrize("member_id", _GATE_SAMPLE)
def test_a_server_that_takes_a_gate_is_found_by_one(member_id: str) -> None:
    verdict = judge(_BY_ID[member_id])
    assert opinion(_BY_ID[member_id], verdict) in ("found", "imprecise"), verdict


@pytest.mark.parametrize("member_id", _CORRECT_SAMPLE)
def test_a_correct_server_is_green(member_id: str) -> None:
    verdict = judge(_BY_ID[member_id], "smoke")
    assert opinion(_BY_ID[member_id], verdict) == "ok", verdict
