"""What was answered is in the data file; a change that cannot be written is refused, and not made."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from governance_contract.fixtures import fixture_names
from mockserver.app import sessions_of
from mockserver.state.datafile import UnusableData

CONFIGS = "/api/governance/model-configs"
BUDGETS = [{"max_limit": 10, "reset_duration": "1d"}, {"max_limit": 0.1, "reset_duration": "1M"}]
Start = Callable[..., FlaskClient]
Step = tuple[str, str, Any]


@pytest.fixture
def start(clients: Start, tmp_path: Path) -> Iterator[Start]:
    """Return what starts a mock on a data file, by default the same one each time."""
    started: list[Flask] = []

    def make(file: str = "data", **settings: Any) -> FlaskClient:
        client = clients(**{"data": tmp_path / file, **settings})
        started.append(client.application)
        return client

    yield make
    for app in started:
        sessions_of(app).close()


@pytest.fixture
def revived(start: Start, tmp_path: Path) -> Callable[[], FlaskClient]:
    """Return what starts a mock on what a process that is killed now would leave behind."""
    images = iter(range(1000))

    def revive() -> FlaskClient:
        image = f"image-{next(images)}"
        for suffix in ("", "-wal", "-writes"):
            shutil.copyfile(tmp_path / f"data{suffix}", tmp_path / f"{image}{suffix}")
        return start(image)

    return revive


def seen(client: FlaskClient) -> tuple[Any, ...]:
    """Return all that a client can see of the data, of the clock, and of the scenario behind them."""
    listed, scenario = client.get(CONFIGS).get_json(), sessions_of(client.application).base.world.store.state.scenario
    return client.get("/__admin/state").get_json(), client.get("/__admin/clock").get_json(), listed, scenario


def done(client: FlaskClient, step: Step, config_id: str = "") -> Any:
    method, path, body = step
    target = path if path.startswith("/api") else f"/__admin{path}"
    told = {name: value.format(id=config_id) if name == "model_config_id" else value for name, value in body.items()}
    answer = client.open(target.format(id=config_id), method=method, json=told)
    assert answer.status_code == 200, answer.text
    return answer.get_json()


def config(client: FlaskClient, name: str = "m", **members: Any) -> str:
    made = done(client, ("POST", CONFIGS, {"model_name": name, "budgets": BUDGETS, **members}))
    return str(made["model_config"]["id"])


STEPS: list[Step] = [
    ("POST", CONFIGS, {"model_name": "other", "rate_limit": {"token_max_limit": 5, "token_reset_duration": "1h"}}),
    ("PUT", f"{CONFIGS}/{{id}}", {"provider": "openai", "budgets": BUDGETS[:1]}),
    ("DELETE", f"{CONFIGS}/{{id}}", {}),
    ("POST", "/reset", {}),
    ("PUT", "/state", {"collections": {"model_configs": [{"model_name": "a"}, {"model_name": "b"}]}}),
    ("PUT", "/state", {"collections": {"model_configs": []}}),
    ("POST", "/scenarios/every-scope", {}),
    ("POST", "/scenarios/calendar-month-end", {}),
    ("POST", "/snapshots/before/restore", {}),
    ("PUT", "/clock", {"action": "freeze"}),
    ("PUT", "/clock", {"action": "advance", "duration": "2d"}),
    ("PUT", "/clock", {"action": "set", "instant": "2030-01-01T00:00:00Z"}),
    ("PUT", "/clock", {"action": "scale", "factor": 0.3}),
    ("PUT", "/clock", {"action": "next"}),
    ("POST", "/spend", {"model_config_id": "{id}", "cost": 0.1, "tokens": 7}),
    ("POST", "/spend", {"call": {"model": "m"}, "cost": 1e-7}),
    ("POST", "/spend/simulate", {"days": 2, "calls_per_hour": 3, "seed": 5}),
]


@pytest.mark.parametrize("step", STEPS, ids=lambda step: " ".join(map(str, step)))
def test_what_was_answered_is_there_after_a_kill(
    start: Start, revived: Callable[[], FlaskClient], step: Step, advance: Callable[..., None]
) -> None:
    client = start(scenario="one")
    done(client, ("PUT", "/snapshots/before", {}))
    made = config(client)
    done(client, ("POST", "/spend", {"model_config_id": made, "cost": 3}))
    before = seen(client)
    done(client, step, made)
    after = seen(client)
    assert after != before
    assert seen(revived()) == after
    advance(days=3)
    assert seen(revived()) == seen(client)


def test_a_reset_to_real_time_is_there_after_a_kill(start: Start, revived: Callable[[], FlaskClient]) -> None:
    client = start()
    done(client, ("PUT", "/clock", {"action": "advance", "duration": "2d"}))
    done(client, ("PUT", "/clock", {"action": "reset"}))
    assert seen(revived()) == seen(client)


@pytest.mark.parametrize("scenario", fixture_names("scenarios"))
def test_every_scenario_is_kept_as_it_is(start: Start, revived: Callable[[], FlaskClient], scenario: str) -> None:
    client = start(scenario=scenario)
    assert seen(revived()) == seen(client)


def test_the_order_of_creation_is_kept_over_several_starts(start: Start, revived: Callable[[], FlaskClient]) -> None:
    client = start()
    first, _, third = (config(client, name) for name in ("a", "b", "c"))
    done(client, ("DELETE", f"{CONFIGS}/{first}", {}))
    sessions_of(client.application).close()
    client = start()
    config(client, "d")
    done(client, ("PUT", f"{CONFIGS}/{third}", {"provider": "openai"}))
    names = [each["model_name"] for each in seen(revived())[2]["model_configs"]]
    assert names == ["b", "c", "d"]


def test_a_stop_leaves_one_file_that_the_next_start_goes_on_with(start: Start, tmp_path: Path) -> None:
    client = start(scenario="one")
    config(client)
    before = seen(client)
    sessions_of(client.application).close()
    assert [path.name for path in tmp_path.iterdir()] == ["data"]
    assert seen(start(scenario="empty")) == before


def test_a_start_with_kept_data_writes_nothing_unless_the_order_is_numbered_anew(start: Start, tmp_path: Path) -> None:
    client = start(scenario="sample")
    first = seen(client)[2]["model_configs"][0]["id"]
    sessions_of(client.application).close()
    before = (tmp_path / "data").read_bytes()
    client = start()
    sessions_of(client.application).close()
    assert (tmp_path / "data").read_bytes() == before
    client = start()
    done(client, ("DELETE", f"{CONFIGS}/{first}", {}))
    after = seen(client)
    sessions_of(client.application).close()
    assert seen(start()) == after


def test_a_reset_goes_back_to_the_scenario_also_after_a_start_with_kept_data(start: Start) -> None:
    client = start(scenario="one")
    config(client)
    sessions_of(client.application).close()
    client = start(scenario="page-short")
    done(client, ("POST", "/reset", {}))
    assert seen(client)[2]["total_count"] == 24


def test_seeded_ids_are_not_given_again_after_a_start(start: Start) -> None:
    client = start()
    gone = config(client)
    done(client, ("DELETE", f"{CONFIGS}/{gone}", {}))
    sessions_of(client.application).close()
    assert config(start()) != gone


def test_sessions_are_not_kept(start: Start, revived: Callable[[], FlaskClient]) -> None:
    client = start()
    client.post(CONFIGS, json={"model_name": "own"}, headers={"X-Mock-Session": "a"})
    client.put("/__admin/clock", json={"action": "advance", "duration": "2d"}, headers={"X-Mock-Session": "a"})
    assert seen(revived()) == seen(client)
    assert seen(client)[2]["total_count"] == 0


@pytest.mark.parametrize("step", STEPS, ids=lambda step: " ".join(map(str, step)))
def test_a_change_that_cannot_be_written_is_refused_and_not_made(
    start: Start, revived: Callable[[], FlaskClient], step: Step
) -> None:
    client = start(scenario="one")
    done(client, ("PUT", "/snapshots/before", {}))
    made = config(client)
    before = seen(client)
    connection = writing(client)
    connection.execute("PRAGMA query_only = ON")
    with pytest.raises(AssertionError, match="nothing was changed, since the data file cannot be written"):
        done(client, step, made)
    assert seen(client) == before
    assert seen(revived()) == before
    connection.execute("PRAGMA query_only = OFF")
    done(client, step, made)
    assert seen(revived()) == seen(client) != before


def test_a_full_disk_answers_500_until_there_is_room(start: Start, revived: Callable[[], FlaskClient]) -> None:
    client = start()
    connection = writing(client)
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    connection.execute(f"PRAGMA max_page_count = {pages}")
    big = {"model_name": "x" * 100_000}
    answer = client.post(CONFIGS, json=big)
    assert answer.status_code == 500
    assert "database or disk is full; see that it can be, and send" in answer.get_json()["error"]["message"]
    assert seen(revived())[2]["total_count"] == seen(client)[2]["total_count"] == 0
    connection.execute("PRAGMA max_page_count = 1000000")
    assert client.post(CONFIGS, json=big).status_code == 200
    assert seen(revived()) == seen(client)


def writing(client: FlaskClient) -> sqlite3.Connection:
    keeper = sessions_of(client.application).base.keeper
    assert keeper is not None
    return keeper._connection


def test_a_step_writes_only_what_it_changed(start: Start) -> None:
    client = start(scenario="thousand")
    made = config(client)
    written = writing(client).total_changes
    done(client, ("PUT", f"{CONFIGS}/{made}", {"provider": "openai"}))
    assert writing(client).total_changes - written == 2, "the config, and that it is one change more"
    client.get(CONFIGS)
    client.get("/__admin/state")
    assert client.post(CONFIGS, json={"model_name": ""}).status_code == 400
    assert writing(client).total_changes - written == 2


def test_a_data_file_that_does_not_fit_the_document_is_refused_and_left_as_it_is(
    start: Start, edited: Callable[..., Path], tmp_path: Path
) -> None:
    client = start()
    config(client, "short")
    config(client, "long" * 20)
    sessions_of(client.application).close()
    before = (tmp_path / "data").read_bytes()
    document = edited(("pattern: '[^\\t", "maxLength: 60\n          pattern: '[^\\t"))
    with pytest.raises(UnusableData, match=r"does not fit the document: /model_configs/1/model_name: "):
        start(document=document)
    assert (tmp_path / "data").read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data", "edited.yaml"]
