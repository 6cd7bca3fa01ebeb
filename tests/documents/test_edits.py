"""Any edit of the document ends in a mock that works, or in a refusal that says where the document is wrong."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from flask import Flask

from governance_contract import DocumentError
from governance_contract.locations import data_path
from mockserver.app import create_app, mock_of
from mockserver.settings import Settings, SettingsError
from tests.documents.edits import edited

EDITS = int(os.environ.get("DOCUMENT_EDITS", "40"))
"""How many edits are tried; `make nightly` tries 2000 of them."""

HEADERS = {"Authorization": "Bearer mock-development-key"}
BUDGET = {"max_limit": 1, "reset_duration": "1d"}
RATE_LIMIT = {"token_max_limit": 5, "token_reset_duration": "1h"}
BODIES: tuple[Any, ...] = (
    None,
    {},
    [],
    {"model_name": "m", "budgets": [BUDGET], "rate_limit": RATE_LIMIT},
    {"model_name": "n", "scope": "user", "scope_id": "user-ada"},
)
CONTROL = ("/", "/__admin/state", "/__admin/clock/upcoming", "/__admin/health")


@pytest.fixture(scope="module")
def root() -> Any:
    return yaml.safe_load(data_path("openapi", "governance.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("seed", range(EDITS))
def test_an_edit_ends_in_a_working_mock_or_a_located_refusal(root: Any, seed: int, tmp_path: Path) -> None:
    told, document = edited(root, seed)
    path = tmp_path / "edited.yaml"
    path.write_text(yaml.safe_dump(document, sort_keys=False, allow_unicode=True), encoding="utf-8")
    app, lines = started(path)
    assert all(line >= 1 for line in lines), told
    assert app is not None or lines, told
    if app is not None:
        assert failures(app) == [], told


def started(path: Path) -> tuple[Flask | None, list[int]]:
    """Return the mock of a document, or the lines for which it is refused."""
    try:
        return create_app(Settings(document=path)), []
    except DocumentError as error:
        return None, [defect.line for defect in error.defects]
    except SettingsError:  # a path that the mock needs for itself
        return None, [1]


def failures(app: Flask) -> list[str]:
    """Return the requests that fail, of some for each operation, and of some that show what is there."""
    client, failed = app.test_client(), []
    for route in mock_of(app).engine.routes.all:
        for key in ("x", "user-ada"):
            path = re.sub(r"\{[^}]*\}", key, route.path)
            for body in BODIES if route.method in ("POST", "PUT", "PATCH") else (None,):
                sent = None if body is None else json.dumps(body)
                if client.open(path, method=route.method, headers=HEADERS, data=sent).status_code >= 500:
                    failed.append(f"{route.method} {path} {sent}")
    failed += [path for path in CONTROL if client.get(path).status_code >= 500]
    call = {"call": {"model": "m"}, "cost": 1}
    return failed + (["spend"] if client.post("/__admin/spend", json=call).status_code >= 500 else [])
