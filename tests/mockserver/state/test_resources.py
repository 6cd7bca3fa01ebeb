from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest

from governance_contract import Contract
from governance_contract.document import Node
from governance_contract.resources import Field, Shape, UpdateMode
from mockserver.state import resources
from mockserver.state.resources import Making

NOW = datetime(2026, 3, 1, 9, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
MODES = {"budgets": UpdateMode(entries=("id", "reset_duration")), "rate_limit": UpdateMode(whole=True)}
Make = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def shape(contract: Contract) -> Shape:
    return contract.resources["ModelConfig"].shape


@pytest.fixture
def making() -> Callable[..., Making]:
    numbers = count(1)

    def make(now: datetime = NOW, *, trusted: bool = False) -> Making:
        return Making(now, lambda: f"id-{next(numbers)}", lambda path, _: f"name of {path[-1]}", trusted=trusted)

    return make


@pytest.fixture
def create(shape: Shape, making: Callable[..., Making]) -> Make:
    return lambda **body: resources.create(shape, {"model_name": "m", "scope": "global", **body}, making())


@pytest.fixture
def update(shape: Shape, making: Callable[..., Making]) -> Make:
    def make(resource: Mapping[str, Any], now: datetime = LATER, **body: Any) -> dict[str, Any]:
        return resources.update(shape, resource, body, MODES, making(now))

    return make


def budget(duration: str, limit: float = 1, **members: Any) -> dict[str, Any]:
    return {"max_limit": limit, "reset_duration": duration, **members}


def used(resource: dict[str, Any]) -> dict[str, Any]:
    """Return the resource with something spent in each budget and on the rate limit."""
    budgets = [{**entry, "current_usage": 10.0 + i} for i, entry in enumerate(resource["budgets"])]
    limit = resource.get("rate_limit")
    spent = {"rate_limit": {**limit, "token_current_usage": 70, "request_current_usage": 7}} if limit else {}
    return {**resource, "budgets": budgets, **spent}


def test_a_new_resource_has_id_defaults_and_instants(create: Make) -> None:
    assert create() == {
        "id": "id-1",
        "model_name": "m",
        "scope": "global",
        "scope_name": "name of scope_id",
        "calendar_aligned": False,
        "budgets": [],
        "created_at": "2026-03-01T09:00:00.000000Z",
        "updated_at": "2026-03-01T09:00:00.000000Z",
    }


def test_a_new_budget_starts_at_zero_with_an_id_of_its_own(create: Make) -> None:
    first, second = create(budgets=[budget("1d"), budget("1M")])["budgets"]
    assert (first["current_usage"], second["current_usage"]) == (0, 0)
    assert first["id"] != second["id"]
    assert first["last_reset"] == first["created_at"] == "2026-03-01T09:00:00.000000Z"
    assert first["calendar_aligned"] is False


def test_a_new_rate_limit_starts_at_zero_and_has_no_limit_that_was_not_sent(create: Make) -> None:
    limit = create(rate_limit={"token_max_limit": 5, "token_reset_duration": "1h"})["rate_limit"]
    assert (limit["token_current_usage"], limit["request_current_usage"]) == (0, 0)
    assert "request_max_limit" not in limit
    assert "request_reset_duration" not in limit


def test_an_empty_rate_limit_is_none(create: Make) -> None:
    assert "rate_limit" not in create(rate_limit={})


def test_the_budget_member_mirrors_the_first_budget(create: Make, update: Make) -> None:
    config = create(budgets=[budget("1d"), budget("1M")])
    assert config["budget"] == config["budgets"][0]
    turned = update(config, budgets=[budget("1M"), budget("1d")])
    assert turned["budget"] == turned["budgets"][0]
    assert "budget" not in update(config, budgets=[])


@pytest.mark.parametrize("member", ["id", "budget", "created_at", "scope_name", "calendar_aligned"])
def test_a_request_sets_nothing_that_only_the_server_gives(create: Make, update: Make, member: str) -> None:
    config = create()
    forged = "2001-01-01T00:00:00Z"
    assert create(**{member: forged}).get(member) != forged
    assert update(config, **{member: forged}).get(member) == config.get(member)


def test_a_trusted_source_sets_what_only_the_server_gives(shape: Shape, making: Callable[..., Making]) -> None:
    told = {"id": "mine", "model_name": "m", "scope": "global", "calendar_aligned": True}
    budgets = [budget("1d", id="b", current_usage=5)]
    made = resources.create(shape, {**told, "budgets": budgets}, making(trusted=True))
    assert (made["id"], made["calendar_aligned"]) == ("mine", True)
    assert (made["budgets"][0]["id"], made["budgets"][0]["current_usage"]) == ("b", 5)
    assert made["budgets"][0]["calendar_aligned"] is True


@pytest.mark.parametrize(
    ("sent", "kept"), [(1.0, 1), (1e3, 1000), (2**63 - 1, 2**63 - 1), (2.0**63, 2.0**63), (1e300, 1e300)]
)
def test_an_integer_that_is_written_as_a_float_is_kept_as_integer(create: Make, sent: float, kept: float) -> None:
    limit = create(rate_limit={"token_max_limit": sent, "token_reset_duration": "1h"})["rate_limit"]
    assert limit["token_max_limit"] == kept
    assert type(limit["token_max_limit"]) is type(kept)


def test_absent_and_null_members_stay_as_they_were(create: Make, update: Make) -> None:
    config = create(provider="openai", budgets=[budget("1d")], rate_limit={"token_reset_duration": "1h"})
    changed = update(config, model_name=None, provider=None, budgets=None, rate_limit=None)
    assert changed == {**config, "updated_at": "2026-03-01T10:00:00.000000Z"}
    assert update(config) == changed


def test_the_update_leaves_the_old_resource_as_it_was(create: Make, update: Make) -> None:
    config = create(budgets=[budget("1d")])
    before = {**config, "budgets": [dict(config["budgets"][0])]}
    update(config, model_name="other", budgets=[budget("1d", 9)])
    assert config == before


def test_an_object_that_the_document_names_no_way_to_update_is_made_anew(
    shape: Shape, create: Make, making: Callable[..., Making]
) -> None:
    config = used(create(budgets=[budget("1h")], rate_limit={"token_max_limit": 5, "token_reset_duration": "1h"}))
    sent = {"budgets": [budget("1h")], "rate_limit": {"token_max_limit": 5, "token_reset_duration": "1h"}}
    changed = resources.update(shape, config, sent, {}, making(LATER))
    for old, new in ((config["budgets"][0], changed["budgets"][0]), (config["rate_limit"], changed["rate_limit"])):
        assert new["id"] != old["id"]
        assert new["created_at"] == "2026-03-01T10:00:00.000000Z"
    assert changed["budgets"][0]["current_usage"] == changed["rate_limit"]["token_current_usage"] == 0


def test_a_newcomer_among_the_budgets_takes_over_what_it_is_told_to(
    shape: Shape, create: Make, making: Callable[..., Making]
) -> None:
    config = used(create(budgets=[budget("1h"), budget("1d")]))
    asked = []

    def newcomer(of: Shape, entry: Mapping[str, Any], old: list[Any]) -> Mapping[str, Any]:
        asked.append((of, entry, old))
        return {"current_usage": old[-1]["current_usage"]}

    sent = {"budgets": [budget("1h"), budget("1w")]}
    changed = resources.update(shape, config, sent, MODES, replace(making(LATER), newcomer=newcomer))
    budgets = next(member.shape for member in shape.fields if member.name == "budgets")
    assert asked == [(budgets, budget("1w"), config["budgets"])]
    assert [entry["current_usage"] for entry in changed["budgets"]] == [10, 11]


def test_a_resource_that_was_never_updated_is_updated_now(create: Make, update: Make) -> None:
    config = create()
    del config["updated_at"]
    assert update(config)["updated_at"] == "2026-03-01T10:00:00.000000Z"


def test_budgets_are_the_full_desired_set_in_the_desired_order(create: Make, update: Make) -> None:
    config = create(budgets=[budget("1h"), budget("1d"), budget("1M")])
    changed = update(config, budgets=[budget("1Y"), budget("1d")])
    assert [entry["reset_duration"] for entry in changed["budgets"]] == ["1Y", "1d"]
    assert update(config, budgets=[])["budgets"] == []


KEPT = ("id", "current_usage", "last_reset", "created_at")
"""What a budget that stays keeps (PUT-03)."""


@pytest.mark.parametrize(
    ("entries", "continued"),
    [
        ([{"reset_duration": "1d"}], [0]),
        ([{"reset_duration": "1M"}, {"reset_duration": "1d"}], [1, 0]),
        ([{"reset_duration": "1w"}], [None]),
        ([{"id": "id-2", "reset_duration": "1w"}], [0]),
        ([{"id": "id-2", "reset_duration": "1M"}, {"id": "id-3", "reset_duration": "1d"}], [0, 1]),
        ([{"reset_duration": "1d"}, {"id": "id-2", "reset_duration": "1h"}], [None, 0]),
        ([{"id": "id-2", "reset_duration": "1h"}, {"id": "id-2", "reset_duration": "1w"}], [0, None]),
        ([{"id": "id-2", "reset_duration": "1h"}, {"id": "id-2", "reset_duration": "1M"}], [0, 1]),
        ([{"id": "of another config", "reset_duration": "1d"}], [0]),
        ([{"id": "of another config", "reset_duration": "1w"}], [None]),
        ([{"id": None, "reset_duration": "1d"}], [0]),
    ],
)
def test_an_entry_continues_the_budget_of_its_id_or_else_of_its_duration(
    create: Make, update: Make, entries: list[dict[str, Any]], continued: list[int | None]
) -> None:
    config = used(create(budgets=[budget("1d"), budget("1M")]))
    changed = update(config, budgets=[{"max_limit": 9, **entry} for entry in entries])["budgets"]
    old_ids = [entry["id"] for entry in config["budgets"]]
    for entry, position in zip(changed, continued, strict=True):
        if position is None:
            assert entry["id"] not in [*old_ids, "of another config"]
            assert (entry["current_usage"], entry["last_reset"]) == (0, "2026-03-01T10:00:00.000000Z")
        else:
            old = config["budgets"][position]
            assert {name: entry[name] for name in KEPT} == {name: old[name] for name in KEPT}
            assert entry["updated_at"] > old["updated_at"]
        assert entry["max_limit"] == 9


def test_no_two_budgets_get_one_id(create: Make, update: Make) -> None:
    config = create(budgets=[budget("1d"), budget("1M")])
    twice = [budget(duration, id="id-2") for duration in ("1h", "1d", "1w", "1M")]
    changed = update(config, budgets=twice)["budgets"]
    assert len({entry["id"] for entry in changed}) == 4


def test_a_rate_limit_is_replaced_whole_and_keeps_what_was_used(create: Make, update: Make) -> None:
    config = used(
        create(
            rate_limit={
                "token_max_limit": 5,
                "token_reset_duration": "1h",
                "request_max_limit": 6,
                "request_reset_duration": "1m",
            }
        )
    )
    changed = update(config, rate_limit={"token_max_limit": 8, "token_reset_duration": "1h"})["rate_limit"]
    assert (changed["token_max_limit"], changed["token_current_usage"]) == (8, 70)
    assert (changed["id"], changed["created_at"]) == (config["rate_limit"]["id"], config["created_at"])
    assert "request_max_limit" not in changed
    assert "request_reset_duration" not in changed


def test_an_empty_rate_limit_removes_it_and_a_new_one_starts_at_zero(create: Make, update: Make) -> None:
    config = used(create(rate_limit={"token_max_limit": 5, "token_reset_duration": "1h"}))
    without = update(config, rate_limit={})
    assert "rate_limit" not in without
    again = update(without, rate_limit={"token_max_limit": 5, "token_reset_duration": "1h"})["rate_limit"]
    assert again["token_current_usage"] == 0
    assert again["id"] != config["rate_limit"]["id"]


@pytest.mark.parametrize("now", [NOW, NOW - timedelta(days=1)])
def test_updated_at_moves_forward_although_the_clock_does_not(create: Make, update: Make, now: datetime) -> None:
    config = create()
    once = update(config, now, model_name="a")
    twice = update(once, now, model_name="b")
    assert config["updated_at"] < once["updated_at"] < twice["updated_at"]
    assert once["created_at"] == config["created_at"]


@pytest.mark.parametrize("now", [NOW, NOW - timedelta(days=1)])
def test_a_budget_that_stays_moves_on_although_the_clock_does_not(create: Make, update: Make, now: datetime) -> None:
    lines = [{"max_limit": 1, "reset_duration": "1d"}]
    once = create(budgets=lines)
    twice = update(once, now, budgets=lines)
    assert once["budgets"][0]["updated_at"] < twice["budgets"][0]["updated_at"]


def test_members_come_in_the_order_of_the_document(shape: Shape, create: Make, update: Make) -> None:
    order = [member.name for member in shape.fields]
    config = create(provider="p", budgets=[budget("1d")], rate_limit={"token_reset_duration": "1h"})
    for resource in (config, update(config, model_name="n", rate_limit={}, budgets=[budget("1M")])):
        assert list(resource) == [name for name in order if name in resource]


def test_a_text_for_an_integer_or_text_member_is_kept() -> None:
    member = Field("size", Node((), {}), read_only=False, is_integer=True, is_list=False)
    making = Making(NOW, str, lambda *_: None)
    assert resources.create(Shape((member,), ()), {"size": "large"}, making) == {"size": "large"}
