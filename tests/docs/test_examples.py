"""The examples of the page on tests run, and the page shows them as they are."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from mockserver import MockServer

pytest_plugins = ["pytester"]

DOCS = Path(__file__).parents[2] / "docs"
EXAMPLES = DOCS / "examples"
PAGE = DOCS / "testing-with-the-mock.md"
NODE, CHROMIUM = shutil.which("node"), shutil.which("chromium")
HAS_PLAYWRIGHT = importlib.util.find_spec("playwright") is not None


def run(pytester: pytest.Pytester, example: str) -> pytest.RunResult:
    pytester.makeini("[pytest]\naddopts = -p no:randomly --strict-markers -W error")
    shutil.copy(EXAMPLES / example, pytester.path)
    return pytester.runpytest_subprocess(example)


def test_the_example_for_pytest_runs(pytester: pytest.Pytester) -> None:
    run(pytester, "test_limits.py").assert_outcomes(passed=3)


@pytest.mark.skipif(not (HAS_PLAYWRIGHT and CHROMIUM), reason="two browsers were NOT tried: no playwright or chromium")
def test_the_example_for_playwright_runs(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHROMIUM", str(CHROMIUM))
    run(pytester, "test_two_browsers.py").assert_outcomes(passed=1)


@pytest.mark.skipif(NODE is None, reason="plain fetch was NOT tried: no node")
def test_the_example_for_fetch_runs() -> None:
    with MockServer(api_key="another-key") as mock:
        environment = {**os.environ, "MOCK_URL": mock.url, "GOVERNANCE_API_KEY": mock.api_key}
        command = [str(NODE), "--test", str(EXAMPLES / "limits.test.mjs")]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stdout
    assert re.search(r"^\S+ pass 2$", done.stdout, re.MULTILINE), done.stdout


@pytest.mark.parametrize("example", sorted(path.name for path in EXAMPLES.iterdir() if path.is_file()))
def test_the_page_shows_the_example_as_it_is(example: str) -> None:
    blocks = re.findall(r"^```\w+\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    assert (EXAMPLES / example).read_text(encoding="utf-8") in blocks, f"docs/examples/{example} is not on the page"
