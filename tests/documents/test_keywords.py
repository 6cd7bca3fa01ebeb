"""Documents whose requests have `x-unique-by` and `x-allowed-when`: mock and suite keep them on both sides."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from contract_tests import samples
from contract_tests.drift.change import Change, Severity
from contract_tests.drift.comparison import compared
from contract_tests.oracle.body import Reading
from contract_tests.oracle.openness import find_open_places
from governance_contract import Contract, DocumentError, load_contract
from governance_contract.edits import Edit, patched
from governance_contract.repairs import repaired
from mockserver.app import create_app
from mockserver.forcing.drawing import Drawing
from mockserver.settings import Settings

RATES, QUARTERS = (Path(__file__).with_name(f"{name}.yaml") for name in ("rate_lists", "quarter_budgets"))
CREATE = "createLimit"

both = pytest.mark.parametrize("path", [RATES, QUARTERS], ids=lambda path: path.stem)


def start(path: Path) -> FlaskClient:
    """Return a client of a mock of a document, without any data."""
    return create_app(Settings(document=path, scenario="empty")).test_client()


def rates(*entries: tuple[str, str]) -> dict[str, Any]:
    """Return a body whose rate limits have these metrics and durations."""
    limits = [{"metric": metric, "max_limit": 1, "reset_duration": duration} for metric, duration in entries]
    return {"model_name": "m", "rate_limits": limits}


def budgets(*durations: str, **members: Any) -> dict[str, Any]:
    """Return a body with budgets of these durations, each with the other members."""
    return {"model_name": "m", "budgets": [{"max_limit": 1, "reset_duration": each, **members} for each in durations]}


def rich(contract: Contract) -> dict[str, Any]:
    """Return the richest body of the suite."""
    return samples.rich(contract, contract.operations[CREATE])


ACCEPTED = [
    (RATES, rates(("tokens", "1h"), ("requests", "1h"), ("tokens", "1d"))),
    (RATES, rates()),
    (QUARTERS, budgets("1Q", "2Q", reset_config={"first_month": 4})),
    (QUARTERS, budgets("1d", "1Q", reset_config=None)),
    (QUARTERS, {"model_name": "m", "region": "eu", "residency": "strict"}),
]
REFUSED = [
    (RATES, rates(("tokens", "1h"), ("requests", "1h"), ("tokens", "1h")), "RATE-10", "/rate_limits/2"),
    (QUARTERS, budgets("1Q", "1d", reset_config={"first_month": 4}), "BUD-10", "/budgets/1/reset_config"),
    (QUARTERS, {"model_name": "m", "region": "us", "residency": "strict"}, "REQ-01", "/residency"),
    (QUARTERS, {"model_name": "m", "residency": "strict"}, "REQ-01", "/residency"),
]


@pytest.mark.parametrize(("path", "body"), ACCEPTED)
def test_the_mock_accepts_what_keeps_the_keywords_and_gives_it_back(path: Path, body: Any) -> None:
    client = start(path)
    made = client.post("/limits", json=body)
    assert made.status_code == 201, made.text
    kept = client.get(f"/limits/{made.get_json()['id']}").get_json()
    assert {name: shown(kept[name], sent) for name, sent in body.items()} == body


def shown(kept: Any, sent: Any) -> Any:
    """Return what a response shows of what was sent: its entries have more properties, and none that is null."""
    if not isinstance(sent, list):
        return kept
    assert len(kept) == len(sent)
    return [{name: one.get(name) for name in other} for one, other in zip(kept, sent, strict=True)]


@pytest.mark.parametrize(("path", "body", "rule", "pointer"), REFUSED)
def test_the_mock_refuses_what_breaks_them_where_it_stands_with_a_fix_that_is_accepted(
    path: Path, body: Any, rule: str, pointer: str
) -> None:
    client = start(path)
    refused = client.post("/limits", json=body)
    assert refused.status_code == 400
    (violation,) = refused.get_json()["extra_fields"]["violations"]
    assert (violation["rule"], violation["pointer"]) == (rule, pointer)
    mended = patched(body, [Edit(**edit) for edit in violation["fix"]["patch"]])
    assert client.post("/limits", json=mended).status_code == 201


def test_a_refusal_says_what_is_wrong_and_what_to_do() -> None:
    def told(path: Path, body: Any) -> tuple[str, str]:
        (violation,) = start(path).post("/limits", json=body).get_json()["extra_fields"]["violations"]
        return violation["message"], violation["fix"]["message"]

    expected = "an entry whose metric and reset_duration together no other entry has"
    assert told(RATES, rates(("tokens", "1h"), ("tokens", "1h"))) == (
        "no two entries may have the same metric and reset_duration; this one has those of entry 0",
        f"remove /rate_limits/1, or make it {expected}",
    )
    assert told(QUARTERS, budgets("1d", reset_config={"first_month": 4})) == (
        "reset_config is allowed only when reset_duration matches ^[1-9][0-9]*Q$",
        "leave /budgets/0/reset_config out",
    )


@both
def test_the_mock_refuses_every_counterexample_of_the_suite_by_its_rule(path: Path) -> None:
    contract, client = load_contract(path), start(path)
    for each in contract.counterexamples(contract.operations[CREATE], rich(contract)):
        refused = client.post("/limits", json=each.body)
        assert refused.status_code == 400, each.label
        assert {told["rule"] for told in refused.get_json()["extra_fields"]["violations"]} == {each.rule}


@pytest.mark.parametrize(
    ("path", "keyword", "places"),
    [
        (RATES, "x-unique-by", {"/rate_limits": 16}),
        (QUARTERS, "uniqueItemProperties", {"/budgets": 16}),
        (QUARTERS, "x-allowed-when", {"": 2, "/budgets/0": 2, "/budgets/1": 1, "/budgets/2": 1}),
    ],
)
def test_the_suite_breaks_the_keywords_alone(path: Path, keyword: str, places: dict[str, int]) -> None:
    contract = load_contract(path)
    found = [
        each.pointer
        for each in contract.counterexamples(contract.operations[CREATE], rich(contract))
        if each.mutation.keyword == keyword
    ]
    assert {place: found.count(place) for place in found} == places


@both
def test_the_richest_body_of_the_suite_is_valid(path: Path) -> None:
    contract = load_contract(path)
    assert contract.request_validator(contract.operations[CREATE]).violations(rich(contract)) == ()


def test_entries_of_the_richest_body_are_equal_in_each_member_alone() -> None:
    limits = rich(load_contract(RATES))["rate_limits"]
    assert len(limits) == 3
    assert {len({each[name] for each in limits}) for name in ("metric", "reset_duration")} == {2}


def test_the_richest_body_has_the_members_that_are_not_always_allowed() -> None:
    body = rich(load_contract(QUARTERS))
    assert (body["region"], body["residency"]) == ("eu", "strict")
    assert [each.get("reset_config") for each in body["budgets"]] == [{"first_month": 4}, None, None]


@both
def test_drawn_responses_hold_what_a_request_could_have_sent(path: Path) -> None:
    contract = load_contract(path)
    limit, sent = contract.document.schema("Limit"), contract.document.schema("CreateLimit")
    lists = set()
    for seed in range(60):
        drawn = Drawing(contract, {}, random.Random(seed)).value(limit, None)  # noqa: S311 - chance, not secrets
        told = {name: drawn[name] for name in sent.value["properties"] if name in drawn}
        assert not [each for each in contract.validator(sent).violations(told) if "/x-" in each.keyword], seed
        lists |= {len(value) for value in drawn.values() if isinstance(value, list)}
    assert max(lists) > 2


@pytest.mark.parametrize(("path", "body", "rule", "pointer"), REFUSED)
def test_generated_bodies_are_repaired(path: Path, body: Any, rule: str, pointer: str) -> None:
    contract = load_contract(path)
    schema = contract.document.schema("CreateLimit")
    assert [(each.rule, each.pointer) for each in contract.validator(schema).violations(body)] == [(rule, pointer)]
    assert contract.validator(schema).is_valid(repaired(contract.document, schema, body))


@pytest.mark.parametrize(
    ("entries", "is_open"),
    [
        ((("tokens", "1d"), ("tokens", "24h")), True),
        ((("tokens", "1d"), ("requests", "24h")), False),
        ((("tokens", "1d"), ("requests", "24h"), ("requests", "1d")), True),
        ((("tokens", "1d"), ("tokens", "1h")), False),
    ],
)
def test_durations_of_one_length_are_doubtful_beside_equal_members_alone(
    entries: tuple[tuple[str, str], ...], is_open: bool
) -> None:
    contract, reading = load_contract(RATES), Reading()
    action = contract.action_of(contract.operations[CREATE])
    find_open_places(contract, action, contract.document.schema("CreateLimit"), rates(*entries), reading)
    assert reading.open_because == ["/rate_limits has durations that are equal after conversion"] * is_open

    client = start(RATES)
    client.post("/limits", json=rates(*entries))
    (logged,) = client.get("/__admin/requests").get_json()["requests"]
    pointers = [each["pointer"] for each in logged["response"].get("warnings", ()) if each["id"] == "equal-windows"]
    assert pointers == [f"/rate_limits/{len(entries) - 1}/reset_duration"] * is_open


def edited(tmp_path: Path, path: Path, old: str, new: str) -> Path:
    """Return a copy of a document in which a text is another one."""
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1
    copy = tmp_path / path.name
    copy.write_text(text.replace(old, new), encoding="utf-8")
    return copy


@pytest.mark.parametrize(
    ("path", "old", "new", "pointer", "message"),
    [
        (
            RATES,
            "[metric, reset_duration]",
            "[metric, duration]",
            "CreateLimit/properties/rate_limits/x-unique-by",
            "names 'duration'",
        ),
        (QUARTERS, "{region: ^eu$}", "{area: ^eu$}", "CreateLimit/x-allowed-when", "names 'area'"),
        (QUARTERS, "{residency: {", "{home: {", "CreateLimit/x-allowed-when", "names 'home'"),
        (QUARTERS, "^eu$", "(eu", "CreateLimit/x-allowed-when/residency/region", 'is not a "regex"'),
    ],
)
def test_a_keyword_that_cannot_be_kept_is_refused_with_its_line(
    path: Path, old: str, new: str, pointer: str, message: str, tmp_path: Path
) -> None:
    copy = edited(tmp_path, path, old, new)
    with pytest.raises(DocumentError) as caught:
        load_contract(copy)
    (defect,) = caught.value.defects
    assert defect.pointer == f"/components/schemas/{pointer}"
    assert message in defect.message
    assert new in copy.read_text(encoding="utf-8").splitlines()[defect.line - 1]


@pytest.mark.parametrize(
    ("path", "old", "new", "told"),
    [
        (RATES, "[metric, reset_duration]", "[metric]", "`x-unique-by` is ['metric']"),
        (QUARTERS, "{region: ^eu$}", "{region: ^eu$, model_name: g}", "`x-allowed-when/residency/model_name`"),
    ],
)
def test_a_stricter_keyword_breaks_clients_and_a_laxer_one_does_not(
    path: Path, old: str, new: str, told: str, tmp_path: Path
) -> None:
    before, after = load_contract(path).document, load_contract(edited(tmp_path, path, old, new)).document

    def severities(changes: list[Change]) -> list[Severity]:
        return [change.severity for change in changes]

    (change,) = compared(before, after)
    assert change.severity is Severity.BREAKING
    assert told in change.message
    assert severities(compared(after, before)) == [Severity.COMPATIBLE]
