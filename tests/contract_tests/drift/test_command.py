from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from governance_contract.locations import data_path
from tests.contract_tests.conftest import Done, Served

OURS = data_path("openapi", "governance.yaml")
GIT = shutil.which("git") or "git"
BOUND = "exclusiveMinimum: 0"
LINES = [n for n, line in enumerate(OURS.read_text(encoding="utf-8").splitlines(), 1) if line.strip() == BOUND]
"""Where the bound stands that the stricter document raises."""


@pytest.fixture
def stricter(tmp_path: Path) -> str:
    """Return the path of a document with a stricter bound of requests."""
    path = tmp_path / "stricter.yaml"
    text = OURS.read_text(encoding="utf-8").replace(BOUND, "exclusiveMinimum: 4")
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_a_breaking_change_exits_with_1_and_names_file_and_line(
    run_command: Callable[..., Done], stricter: str
) -> None:
    done = run_command("diff", str(OURS), stricter)
    assert done.code == 1, done.text
    assert f"{stricter}:{LINES[0]}: `exclusiveMinimum` is 4, it was 0" in done.text
    assert "info.version is still 1.0.0" in done.text


def test_what_fails_can_be_chosen(run_command: Callable[..., Done], stricter: str) -> None:
    assert run_command("diff", str(OURS), stricter, "--fail-on", "never").code == 0
    assert run_command("diff", stricter, str(OURS)).code == 0
    assert run_command("diff", stricter, str(OURS), "--fail-on", "compatible").code == 1
    assert run_command("diff", str(OURS), str(OURS), "--fail-on", "documentation").code == 0


def test_json_holds_every_change(run_command: Callable[..., Done], stricter: str) -> None:
    done = run_command("diff", str(OURS), stricter, "--format", "json")
    told = json.loads(done.text)
    assert told["counts"] == {"breaking": len(told["changes"]), "compatible": 0, "documentation": 0}
    assert {change["new_line"] for change in told["changes"]} == set(LINES)


def test_markdown_is_a_table(run_command: Callable[..., Done], stricter: str) -> None:
    text = run_command("diff", str(OURS), stricter, "--format", "markdown").text
    assert "| where | what | operations |" in text
    assert "createModelConfig" in text


def test_a_document_may_be_named_as_in_git(run_command: Callable[..., Done], tmp_path: Path) -> None:
    path = tmp_path / "document.yaml"
    path.write_bytes(OURS.read_bytes())
    for words in (("init", "-q"), ("add", "."), ("-c", "user.name=t", "-c", "user.email=t@t", "commit", "-qm", "one")):
        subprocess.run([GIT, *words], cwd=tmp_path, check=True)
    path.write_text(OURS.read_text(encoding="utf-8").replace(BOUND, "exclusiveMinimum: 4"), encoding="utf-8")

    assert run_command("diff", "HEAD:document.yaml", "document.yaml").code == 1
    done = run_command("diff", "HEAD:other.yaml", "document.yaml")
    assert done.code == 3
    assert "expected a file, or REVISION:PATH" in done.text


@pytest.mark.parametrize(
    ("text", "cause"),
    [("swagger: '2.0'\npaths: {}\n", "expected a version of OpenAPI 3"), ("[1]", "mapping"), ("a: [", "not YAML")],
)
def test_what_is_no_document_is_wrong_usage(
    run_command: Callable[..., Done], tmp_path: Path, text: str, cause: str
) -> None:
    path = tmp_path / "other.yaml"
    path.write_text(text, encoding="utf-8")
    done = run_command("diff", str(OURS), str(path))
    assert done.code == 3, done.text
    assert cause in done.text


def test_the_mock_agrees_with_the_document(run_command: Callable[..., Done], serve: Callable[..., Served]) -> None:
    done = run_command("drift", serve().url)
    assert done.code == 0, done.text
    assert "no changes" in done.text


def test_a_server_with_a_stricter_document_has_drifted(
    run_command: Callable[..., Done], serve: Callable[..., Served], stricter: str
) -> None:
    done = run_command("drift", serve(document=Path(stricter)).url)
    assert done.code == 1, done.text
    assert "`exclusiveMinimum` is 4" in done.text


def test_a_server_without_a_document_cannot_be_judged(
    run_command: Callable[..., Done], serve: Callable[..., Served]
) -> None:
    url = f"{serve().url}/prefix"
    assert run_command("drift", url).code == 2
    assert run_command("drift", url, "--allow-missing").code == 0


def test_a_server_that_is_down_cannot_be_judged(run_command: Callable[..., Done]) -> None:
    done = run_command("drift", "http://127.0.0.1:9")
    assert done.code == 2
    assert "is the server running?" in done.text
