from __future__ import annotations

import re
from base64 import b64encode
from hashlib import sha256
from html.parser import HTMLParser

import pytest

from contract_tests.reports.comparison import compared
from contract_tests.reports.events import Found
from contract_tests.reports.html import page
from contract_tests.reports.machine import as_json
from contract_tests.reports.run import Run
from contract_tests.steps import Step
from governance_contract import Contract
from tests.contract_tests.runs import FINDING, found, probe, run_of

Attributes = dict[str, str | None]


class Elements(HTMLParser):
    """Gathers the elements of a page with their attributes, and all text outside style and script."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, Attributes]] = []
        self.words = ""
        self._inside = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        self._inside = tag

    def handle_data(self, data: str) -> None:
        self.words += "" if self._inside in ("style", "script") else data

    def of(self, tag: str) -> list[Attributes]:
        return [attributes for name, attributes in self.found if name == tag]

    def with_class(self, name: str) -> list[Attributes]:
        return [attributes for _, attributes in self.found if name in (attributes.get("class") or "").split()]


@pytest.mark.parametrize("name", ["green", "red", "all_sorts"])
def test_the_page_asks_for_nothing_from_anywhere(name: str, request: pytest.FixtureRequest) -> None:
    elements = Elements(page.render(request.getfixturevalue(name)))

    addresses = [each.get(key) for _, each in elements.found for key in ("src", "href", "action", "srcset", "data")]
    assert {address.partition(":")[0] for address in addresses if address and not address.startswith("#")} == {"data"}
    assert elements.of("link") == [{"rel": "icon", "href": "data:,"}]
    assert not re.search(r"@import|url\(", page._asset("page.css"))


def test_the_policy_lets_in_the_style_and_the_script_of_the_page_and_nothing_else(red: Run) -> None:
    text = page.render(red)
    policy = next(each["content"] for each in Elements(text).of("meta") if "http-equiv" in each) or ""

    for tag in ("style", "script"):
        content = text.partition(f"<{tag}>")[2].partition(f"</{tag}>")[0]
        assert f"{tag}-src 'sha256-{b64encode(sha256(content.encode()).digest()).decode()}'" in policy
    assert policy.startswith("default-src 'none';")
    assert "unsafe" not in policy
    assert [
        each for _, each in Elements(text).found if "style" in each or any(key.startswith("on") for key in each)
    ] == []


def test_nothing_of_the_target_is_markup(all_sorts: Run) -> None:
    text = page.render(all_sorts)

    assert len(Elements(text).of("script")) == 1
    assert "<script>alert" not in text
    assert (
        "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt; &amp; &#34;quotes&#34; | `ticks`\\u0000\\ud800 \\u202e" in text
    )


def test_every_finding_is_there_with_what_the_filter_asks_for(all_sorts: Run) -> None:
    findings = Elements(page.render(all_sorts)).with_class("finding")

    told = {(each["data-rule"], each["data-level"], each["data-operation"], each["data-outcome"]) for each in findings}
    assert told == {
        ("REQ-07", "MUST", "createModelConfig", "fail"),
        ("BUD-01", "MUST", "createModelConfig", "fail"),
        ("BUD-05", "SHOULD", "createModelConfig", "warn"),
        ("REQ-01", "MUST", "createModelConfig", "accepted"),
        ("LIST-01", "MUST", "listModelConfigs", "flaky"),
    }


def test_a_finding_shows_both_sides_commands_exchange_and_the_sentence_of_the_contract(red: Run) -> None:
    words = Elements(page.render(red)).words

    for shown in ("status 400", "200 {}", "curl -sS x", '"model_name": "a"', "content-type: application/json"):
        assert shown in words
    assert "equal reset_durations answer 400" in words
    assert f"line {red.started.document.lines['BUD-01']}" in words


def test_the_matrix_has_a_row_for_each_rule_and_leads_to_the_findings(all_sorts: Run) -> None:
    elements = Elements(page.render(all_sorts))
    ids = {each.get("id") for _, each in elements.found}

    assert len([each for each in elements.of("tr") if "data-rule" in each]) == len(all_sorts.rules)
    links = {each["href"] for each in elements.of("a") if (each["href"] or "").startswith("#")}
    assert {link[1:] for link in links if link} <= ids


def test_ids_are_unique(all_sorts: Run) -> None:
    ids = [each["id"] for _, each in Elements(page.render(all_sorts)).found if "id" in each]

    assert len(ids) == len(set(ids))


def test_the_headline_is_the_verdict(green: Run, red: Run, contract: Contract) -> None:
    assert "The contract is kept" in Elements(page.render(green)).words
    assert "The contract is broken" in Elements(page.render(red)).words
    assert "No judgement was possible" in Elements(page.render(run_of(contract))).words


def test_what_was_not_exercised_says_why(all_sorts: Run) -> None:
    words = Elements(page.render(all_sorts)).words

    assert "no virtual_key was found; pass --virtual-key-id" in words
    assert "not tried: deadline" in words


def test_what_was_found_beside_is_told_and_is_no_finding(all_sorts: Run) -> None:
    text = page.render(all_sorts)

    assert "1 finding of rules that were not selected" in text
    assert 'data-rule="IDN-01" data-level="SHOULD" data-operation' not in text


def test_what_changed_since_an_earlier_run_is_told(contract: Contract, red: Run, green: Run) -> None:
    events = (*found(FINDING), probe())

    new = Elements(page.render(run_of(contract, *events, compared(as_json(green))))).words
    fixed = Elements(page.render(run_of(contract, probe(), compared(as_json(red))))).words

    assert "New 1" in new
    assert "Still there 0" in new
    assert "Fixed 1" in fixed
    assert "Changes since" not in Elements(page.render(red)).words


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        ('{"a": 1}', '{\n  "a": 1\n}'),
        ('{"a":1}', '{\n  "a": 1\n}'),
        ('{"a": 1.0e3}', '{"a": 1.0e3}'),
        ('{"a": 1, "a": 2}', '{"a": 1, "a": 2}'),
        ("{", "{"),
        ("[" * 100_000, "[" * 100_000),
    ],
)
def test_a_body_is_spread_out_only_where_nothing_is_lost(body: str, shown: str) -> None:
    assert page._pretty(body) == shown


def test_a_long_story_shows_its_end(contract: Contract) -> None:
    steps = tuple(Step("GET", f"/step-{number}-", (), "", 200, (), "") for number in range(20))
    finding = FINDING.__class__("BUD-01", "createModelConfig", "MUST", "read", "400", "200", "", "curl", steps)

    words = Elements(page.render(run_of(contract, Found("p", finding), probe()))).words

    assert "12 requests and answers, the last of 20" in " ".join(words.split())
    assert "/step-19-" in words
    assert "/step-7-" not in words
