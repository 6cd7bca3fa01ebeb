"""Simultaneous requests have the effect of some order of them (contract, section 3: RACE)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

PATH = "/api/governance/model-configs"
THREADS = 8
Created = Callable[..., dict[str, Any]]
Together = Callable[[Callable[..., Any]], list[Any]]


@pytest.fixture
def together(client: FlaskClient) -> Iterator[Together]:
    """Return what lets each of several threads do its part at once, each with a client of its own."""
    barrier = Barrier(THREADS)

    def one(number: int, part: Callable[..., Any]) -> Any:
        own = client.application.test_client()
        own.environ_base.update(client.environ_base)
        barrier.wait(timeout=60)
        return part(own, number)

    with ThreadPoolExecutor(THREADS) as pool:
        yield lambda part: list(pool.map(lambda number: one(number, part), range(THREADS)))


def statuses(answers: list[TestResponse]) -> list[int]:
    return sorted(answer.status_code for answer in answers)


def test_race_01_of_equal_creates_exactly_one_succeeds(client: FlaskClient, together: Together) -> None:
    for attempt in range(10):
        body = {"model_name": f"m-{attempt}", "provider": "p"}
        answers = together(lambda own, _, body=body: own.post(PATH, json=body))
        assert statuses(answers) == [200] + [409] * (THREADS - 1)
        assert client.get(PATH).get_json()["total_count"] == attempt + 1


def test_race_02_distinct_creates_all_persist_with_distinct_ids(client: FlaskClient, together: Together) -> None:
    def create(own: FlaskClient, number: int) -> list[dict[str, Any]]:
        names = [f"m-{number}-{turn}" for turn in range(12)]
        return [own.post(PATH, json={"model_name": name}).get_json()["model_config"] for name in names]

    made = [config for configs in together(create) for config in configs]
    assert len({config["id"] for config in made}) == THREADS * 12
    listed = client.get(PATH).get_json()
    assert listed["total_count"] == THREADS * 12
    by_id = {config["id"]: config for config in made}
    assert {config["id"]: config for config in listed["model_configs"]} == by_id


def test_race_03_simultaneous_updates_leave_one_of_the_written_states_whole(
    client: FlaskClient, created: Created, together: Together
) -> None:
    config = created(budgets=[{"max_limit": 1, "reset_duration": "1d"}])
    path = f"{PATH}/{config['id']}"

    def update(own: FlaskClient, number: int) -> list[dict[str, Any]]:
        limits = [{"max_limit": number + 1, "reset_duration": text} for text in ("1h", "1d")]
        body = {"model_name": f"m-{number}", "provider": f"p-{number}", "budgets": limits}
        return [own.put(path, json=body).get_json()["model_config"] for _ in range(5)]

    written = [state for states in together(update) for state in states]
    assert client.get(path).get_json()["model_config"] in written
    assert len({state["updated_at"] for state in written}) == len(written)
    for state in written:
        number = int(state["model_name"].removeprefix("m-"))
        assert state["provider"] == f"p-{number}"
        assert {entry["max_limit"] for entry in state["budgets"]} == {number + 1}
        assert state["budgets"][1]["id"] == config["budgets"][0]["id"]


def test_race_03_simultaneous_renames_onto_one_identity_let_one_win(
    client: FlaskClient, created: Created, together: Together
) -> None:
    configs = [created(model_name=f"m-{number}") for number in range(THREADS)]
    answers = together(lambda own, n: own.put(f"{PATH}/{configs[n]['id']}", json={"model_name": "target"}))
    assert statuses(answers) == [200] + [409] * (THREADS - 1)
    names = sorted(config["model_name"] for config in client.get(PATH).get_json()["model_configs"])
    assert names.count("target") == 1
    assert len(set(names)) == THREADS


def test_race_04_of_simultaneous_deletes_exactly_one_succeeds(
    client: FlaskClient, created: Created, together: Together
) -> None:
    for _ in range(10):
        path = f"{PATH}/{created()['id']}"
        assert statuses(together(lambda own, _, path=path: own.delete(path))) == [200] + [404] * (THREADS - 1)
        assert client.get(PATH).get_json()["total_count"] == 0


def test_updates_and_a_delete_leave_nothing_behind(client: FlaskClient, created: Created, together: Together) -> None:
    for _ in range(10):
        path = f"{PATH}/{created()['id']}"

        def change(own: FlaskClient, number: int, path: str = path) -> TestResponse:
            return own.delete(path) if number == 0 else own.put(path, json={"provider": f"p-{number}"})

        deleted, *updated = together(change)
        assert deleted.status_code == 200
        assert {answer.status_code for answer in updated} <= {200, 404}
        assert client.get(PATH).get_json()["model_configs"] == []
        for provider in (None, "p-1"):
            assert client.delete(f"{PATH}/{created(provider=provider)['id']}").status_code == 200


def test_a_list_during_writes_is_a_snapshot(created: Created, together: Together) -> None:
    steady = [created(model_name=f"steady-{number}")["id"] for number in range(5)]

    def take_part(own: FlaskClient, number: int) -> list[dict[str, Any]]:
        if number % 2:
            return [own.get(PATH).get_json() for _ in range(15)]
        for turn in range(15):
            made = own.post(PATH, json={"model_name": f"m-{number}", "provider": f"p-{turn}"})
            own.delete(f"{PATH}/{made.get_json()['model_config']['id']}")
        return []

    for page in (page for pages in together(take_part) for page in pages):
        ids = [config["id"] for config in page["model_configs"]]
        assert page["total_count"] == page["count"] == len(ids) == len(set(ids))
        assert ids[: len(steady)] == steady
        writers = [config["model_name"] for config in page["model_configs"][len(steady) :]]
        assert len(writers) == len(set(writers)), "one writer holds at most one config at a time"
