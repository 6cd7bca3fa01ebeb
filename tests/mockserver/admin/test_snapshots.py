"""Snapshots: saved, restored with their clock, compared."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Ask = Callable[..., Any]
CONFIGS = "/api/governance/model-configs"


def make(ask: Ask, name: str) -> dict[str, Any]:
    config: dict[str, Any] = ask("POST", CONFIGS, {"model_name": name})["model_config"]
    return config


def test_a_restored_snapshot_is_the_state_that_was_saved(ask: Ask) -> None:
    make(ask, "kept")
    before = ask("GET", "/state")
    assert ask("PUT", "/snapshots/s") == {"name": "s", "saved_at": "2026-03-01T09:00:00.000000Z"}
    make(ask, "lost")
    ask("POST", "/snapshots/s/restore")
    assert ask("GET", "/state") == before


def test_a_snapshot_is_restored_at_the_instant_at_which_it_was_saved(ask: Ask) -> None:
    config = ask("POST", CONFIGS, {"model_name": "m", "budgets": [{"max_limit": 9, "reset_duration": "1d"}]})[
        "model_config"
    ]
    ask("POST", "/spend", {"model_config_id": config["id"], "cost": 3})
    ask("PUT", "/snapshots/s")
    ask("PUT", "/clock", {"action": "advance", "duration": "3d"})
    ask("POST", "/snapshots/s/restore")
    assert ask("GET", "/clock")["now"] == "2026-03-01T09:00:00.000000Z"
    assert ask("GET", f"{CONFIGS}/{config['id']}")["model_config"]["budget"]["current_usage"] == 3


def test_real_time_stays_real_when_a_snapshot_of_it_is_restored(ask: Ask, advance: Callable[..., None]) -> None:
    ask("PUT", "/snapshots/s")
    advance(hours=1)
    ask("POST", "/snapshots/s/restore")
    assert ask("GET", "/clock")["now"] == "2026-03-01T10:00:00.000000Z"


def test_a_comparison_names_what_was_added_removed_and_changed(ask: Ask) -> None:
    gone, changed = make(ask, "gone"), make(ask, "changed")
    ask("PUT", "/snapshots/s")
    assert ask("GET", "/snapshots/s/diff") == {"added": [], "removed": [], "changed": []}
    ask("DELETE", f"{CONFIGS}/{gone['id']}")
    ask("PUT", f"{CONFIGS}/{changed['id']}", {"provider": "openai"})
    added = make(ask, "added")
    difference = ask("GET", "/snapshots/s/diff")
    assert difference["added"] == [{"collection": "model_configs", "key": added["id"]}]
    assert difference["removed"] == [{"collection": "model_configs", "key": gone["id"]}]
    updated, provider = difference["changed"]
    assert provider == {
        "collection": "model_configs",
        "key": changed["id"],
        "pointer": "/provider",
        "after": "openai",
    }
    assert updated["pointer"] == "/updated_at"


def test_snapshots_are_listed_and_deleted(ask: Ask) -> None:
    ask("PUT", "/snapshots/a")
    ask("PUT", "/snapshots/b.c-d_1")
    assert [each["name"] for each in ask("GET", "/snapshots")["snapshots"]] == ["a", "b.c-d_1"]
    ask("DELETE", "/snapshots/a")
    assert [each["name"] for each in ask("GET", "/snapshots")["snapshots"]] == ["b.c-d_1"]


@pytest.mark.parametrize(("method", "path"), [("POST", "/restore"), ("DELETE", ""), ("GET", "/diff")])
def test_a_snapshot_that_does_not_exist_answers_404(ask: Ask, method: str, path: str) -> None:
    answer = ask(method, f"/snapshots/none{path}", status=404)
    assert answer["error"]["message"] == "there is no snapshot 'none'; there is: none yet"


@pytest.mark.parametrize("name", ["a b", "%2e%2e%3f", "x" * 65, "é"])
def test_a_snapshot_needs_a_plain_name(ask: Ask, name: str) -> None:
    ask("PUT", f"/snapshots/{name}", status=400)
    assert ask("GET", "/snapshots") == {"snapshots": []}


def test_the_number_of_snapshots_is_bounded(ask: Ask) -> None:
    for number in range(100):
        ask("PUT", f"/snapshots/{number}")
    ask("PUT", "/snapshots/one-more", status=409)
    ask("PUT", "/snapshots/99")
