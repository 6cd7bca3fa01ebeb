"""The page in a real browser: what axe finds, and what comes of using it."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from contract_tests.reports.html import page
from contract_tests.reports.run import Run
from governance_contract import Contract
from tests.contract_tests.runs import run_of

HERE = Path(__file__).parent
MODULES = Path(__file__).parents[4] / "node_modules"
NODE = shutil.which("node")
CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome") or shutil.which("chromium-browser")
HAS_ALL = bool(NODE and CHROMIUM) and all((MODULES / name).is_dir() for name in ("axe-core", "playwright-core"))

pytestmark = [
    pytest.mark.skipif(not HAS_ALL, reason="needs Chromium, Node.js and its packages; run: npm ci"),
    pytest.mark.timeout(300),  # a browser on a busy machine is slow
]


def _told(script: str, *files: Path) -> Any:
    command = [str(NODE), str(HERE / script), str(CHROMIUM), *map(str, files)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=280, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def _written(folder: Path, **runs: Run) -> list[Path]:
    paths = []
    for name, run in runs.items():
        path = folder / f"{name}.html"
        path.write_bytes(page.render(run).encode())
        paths.append(path)
    return paths


def test_axe_finds_nothing_wrong_and_nothing_is_wider_than_the_window(
    tmp_path: Path, contract: Contract, green: Run, all_sorts: Run
) -> None:
    for view in _told("accessibility.mjs", *_written(tmp_path, sorts=all_sorts, green=green, none=run_of(contract))):
        assert view["objections"] == [], view
        assert view["said"] == [], view
        assert view["wider"] <= 0, view


def test_the_page_does_what_its_reader_asks(tmp_path: Path, all_sorts: Run) -> None:
    told = _told("behaviour.mjs", *_written(tmp_path, page=all_sorts))

    assert told["all"] == told["cleared"] == ["REQ-07", "BUD-01", "BUD-05", "REQ-01", "LIST-01"]
    assert told["should"] == ["BUD-05"]
    assert told["accepted"] == ["REQ-01"]
    assert told["acceptedRows"] == 1
    assert told["family"] == told["operation"] == ["LIST-01"]
    assert told["none"] == []
    assert told["empty"]
    assert told["status"] == f"0 of 5 findings, 0 of {told['rows']} rules"
    assert told["copied"].startswith("curl ")
    assert told["theme"] == told["remembered"] == "dark"
    assert told["first"] == "Skip to the content"
    assert told["linked"] == ["SUMMARY", True, "BUD-05"]
    assert told["said"] == []
