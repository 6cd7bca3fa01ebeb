from __future__ import annotations

import xml.etree.ElementTree as ET

from tests.cast.member import Member, mock
from tests.cast.score.contestants import PLAIN, SUITE
from tests.cast.score.page import as_chart, as_markdown
from tests.cast.score.sighting import Sighting, sighting_of
from tests.cast.score.tally import Tally, tallies
from tests.cast.wire import as_wsgi


def member(member_id: str, *breaks: str) -> Member:
    return Member(member_id, f"what {member_id} does", breaks, lambda: as_wsgi(mock()))


MEMBERS = (
    member("correct-mock"),
    member("correct-nulls"),
    member("relay-one", "BUD-01"),
    member("relay-two", "PUT-02"),
)
SIGHTINGS = (
    Sighting("correct-mock", SUITE, requests=598),
    Sighting("correct-nulls", SUITE, ("RESP-02",)),
    Sighting("relay-one", SUITE, ("LIFE-02", "BUD-01"), "a probe: so", "probes", 10, 0.2, 600, 3.0),
    Sighting("relay-two", SUITE, ("RESP-01",)),
    Sighting("correct-mock", PLAIN, ("POST ST202",)),
    Sighting("relay-one", PLAIN, ("POST ST202",)),
    Sighting("relay-two", PLAIN, ("POST ST202", "PUT ST201")),
    Sighting("a member that is gone", PLAIN, ("POST ST202",)),
)


def tally_of(contestant: str) -> Tally:
    return tallies(MEMBERS, SIGHTINGS)[contestant]


def ids(sightings: tuple[Sighting, ...]) -> list[str]:
    return [sighting.member for sighting in sightings]


def test_the_suite_has_found_what_it_names_the_rule_of() -> None:
    tally = tally_of(SUITE)
    assert ids(tally.found) == ["relay-one"]
    assert ids(tally.missed) == ["relay-two"]
    assert ids(tally.false_alarms) == ["correct-nulls"]
    assert ids(tally.imprecise) == ["relay-one"]


def test_a_peer_has_found_what_it_does_not_say_of_the_correct_twin() -> None:
    tally = tally_of(PLAIN)
    assert ids(tally.found) == ["relay-two"]
    assert ids(tally.missed) == ["relay-one"]
    assert tally.share == 0.5


def test_a_sighting_comes_back_from_plain_data() -> None:
    assert [sighting_of(each.as_json()) for each in SIGHTINGS] == list(SIGHTINGS)


def test_the_page_says_who_was_missed_and_who_was_accused() -> None:
    about = {"date": "2026-11-24", "versions": {"schemathesis": "4"}, "machine": "2 cores", "how": "So."}
    text = as_markdown(about, tallies(MEMBERS, SIGHTINGS), "## Unseen\n")
    assert f"| {SUITE} | 1 of 2 (50%) | 1 of 2 |" in text
    assert "- `relay-two`: what relay-two does" in text
    assert "False alarms: `correct-nulls`." in text


def test_the_chart_is_an_image_with_a_text_for_those_who_do_not_see_it() -> None:
    chart = ET.fromstring(as_chart(tallies(MEMBERS, SIGHTINGS)))  # noqa: S314 - made here
    assert "contract-tests: 50%" in chart.attrib["aria-label"]
    assert len(chart.findall("{http://www.w3.org/2000/svg}rect")) == 4
