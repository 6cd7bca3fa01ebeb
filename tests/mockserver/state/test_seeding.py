"""Scenarios of one's own, and those that do not fit the document that is served."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

import pytest

from mockserver.app import create_app
from mockserver.settings import Settings

TRIED = """\
description: Two configs, of which one is wrong.
collections:
  model_configs:
    - {model_name: kept}
    - {model_name: ''}
"""


@pytest.fixture
def own(tmp_path: Path) -> Path:
    (tmp_path / "scenarios").mkdir()
    (tmp_path / "scenarios" / "tried.yaml").write_text(TRIED, encoding="utf-8")
    return tmp_path


def test_a_scenario_of_ones_own_starts_with_what_fits_and_says_what_does_not(
    own: Path, caplog: pytest.LogCaptureFixture
) -> None:
    client = create_app(Settings(fixtures=own, scenario="tried")).test_client()
    configs = client.get("/__admin/state").get_json()["collections"]["model_configs"]
    assert [each["model_name"] for each in configs] == ["kept"]
    assert "tried.yaml:5: /model_configs/1/model_name: model_name must be not empty" in caplog.text
    names = [each["name"] for each in client.get("/__admin/scenarios").get_json()["scenarios"]]
    assert {"tried", "sample"} <= set(names)
    assert client.post("/__admin/scenarios/tried").status_code == 400
    assert client.post("/__admin/scenarios/one").status_code == 200


def test_a_scenario_goes_with_a_document_that_lacks_its_look_ups(
    edited: Callable[..., Path], caplog: pytest.LogCaptureFixture
) -> None:
    document = edited(("x-resource: {collection: providers,", "x-resource: {collection: vendors,"))
    with caplog.at_level(logging.WARNING):
        client = create_app(Settings(document=document)).test_client()
    collections = client.get("/__admin/state").get_json()["collections"]
    assert collections["vendors"] == []
    assert len(collections["model_configs"]) == 5
    assert caplog.text == ""


def test_a_collection_that_the_document_lacks_is_named(own: Path, caplog: pytest.LogCaptureFixture) -> None:
    (own / "scenarios" / "tried.yaml").write_text("description: d\ncollections: {robots: [{name: r}]}\n", "utf-8")
    create_app(Settings(fixtures=own, scenario="tried"))
    assert "/robots: the document has no such collection; 1 entries are left out" in caplog.text
