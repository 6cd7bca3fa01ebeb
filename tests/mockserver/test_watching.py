"""Changed files are noticed, however an editor writes them, and a mock that runs obeys them."""

from __future__ import annotations

import os
import queue
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests

import mockserver
from governance_contract import fixtures
from governance_contract.locations import data_path
from mockserver import watching
from mockserver.settings import DEVELOPMENT_KEY, Settings
from mockserver.watching import Files, watched

SECONDS = 60
"""How long a test waits for what must come; nothing here takes that long unless it is broken."""


@pytest.fixture
def document(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a document in a folder of its own; the fixtures, too, are copies."""
    shutil.copytree(data_path("fixtures"), tmp_path / "fixtures")
    for module in (watching, fixtures):
        monkeypatch.setattr(module, "data_path", tmp_path.joinpath)
    path = tmp_path / "openapi" / "document.yaml"
    path.parent.mkdir()
    shutil.copyfile(data_path("openapi", "governance.yaml"), path)
    return path


def written(path: Path) -> None:
    path.write_text("changed", encoding="utf-8")


def replaced(path: Path) -> None:
    path.with_name("draft").write_text("changed", encoding="utf-8")
    path.with_name("draft").replace(path)


def touched(path: Path) -> None:
    os.utime(path, (1, 1))


BOUND = "pattern: '[^\\t", "maxLength: 60\n          pattern: '[^\\t"
FILES = ["openapi/document.yaml", "fixtures/scenarios/one.yaml", "fixtures/lookups/gateway.yaml"]
CHANGES: list[Callable[[Path], None]] = [written, replaced, touched, Path.unlink]


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
@pytest.mark.parametrize(
    "name", ["openapi/document.yaml", "fixtures/scenarios/one.yaml", "fixtures/lookups/gateway.yaml"]
)
def test_a_changed_file_is_found_once(
    document: Path, tmp_path: Path, name: str, change: Callable[[Path], None]
) -> None:
    files = Files(Settings(document=document))
    assert files.changed() == []
    change(tmp_path / name)
    assert files.changed() == [tmp_path / name]
    assert files.changed() == []


def test_a_new_scenario_is_found_and_a_file_of_another_kind_is_not(document: Path, tmp_path: Path) -> None:
    files = Files(Settings(document=document))
    for path in (document.with_name("other.yaml"), tmp_path / "fixtures" / "scenarios" / "new.yaml"):
        path.touch()
    assert files.changed() == [tmp_path / "fixtures" / "scenarios" / "new.yaml"]


def test_a_document_behind_a_link_is_watched_at_both_ends(document: Path, tmp_path: Path) -> None:
    link = tmp_path / "link.yaml"
    link.symlink_to(document)
    files = Files(Settings(document=link))
    assert {tmp_path, document.parent} < set(files.folders)
    replaced(document)
    assert files.changed() == [link]


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_a_change_is_told_while_files_are_watched(document: Path, change: Callable[[Path], None]) -> None:
    told: queue.SimpleQueue[str] = queue.SimpleQueue()
    with watched(Files(Settings(document=document)), told.put, told.put):
        change(document)
        assert told.get(timeout=SECONDS) == str(document)


def test_a_folder_that_cannot_be_watched_is_told(document: Path) -> None:
    told: queue.SimpleQueue[str] = queue.SimpleQueue()
    files = Files(Settings(document=document))
    shutil.rmtree(document.parent)
    with watched(files, lambda _: None, told.put):
        assert told.get(timeout=SECONDS).startswith("changes are not noticed any more: ")


@pytest.fixture
def process(document: Path, tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """Return a mock as a process that watches the document."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith("MOCKSERVER_")}
    environ["PYTHONPATH"] = str(Path(mockserver.__file__).parents[1])
    flags = ["--port", "0", "--watch", "--document", str(document), "--data", str(tmp_path / "data")]
    with subprocess.Popen(
        [sys.executable, "-m", "mockserver", *flags],
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as started:
        yield started
        started.kill()


def test_a_mock_obeys_an_edit_survives_a_broken_one_and_stops_when_told(
    process: subprocess.Popen[str], document: Path
) -> None:
    assert process.stdout
    assert process.stderr
    url = process.stdout.readline().split()[-1]
    text = document.read_text(encoding="utf-8")

    def create(name: str) -> int:
        answer = requests.post(
            f"{url}/api/governance/model-configs",
            headers={"Authorization": f"Bearer {DEVELOPMENT_KEY}"},
            json={"model_name": name},
            timeout=SECONDS,
        )
        return answer.status_code

    assert create("long" * 20) == 200
    document.write_text(text[: len(text) // 2], encoding="utf-8")
    assert process.stderr.readline().startswith("not reloaded, and what was there goes on serving: the document ")
    assert create("other" * 20) == 200
    document.write_text(text.replace(*BOUND, 1), encoding="utf-8")
    while not (line := process.stderr.readline()).startswith("reloaded: "):
        assert line, "the mock ended"
    assert line == f"reloaded: {document}\n"
    for _ in range(2):
        assert process.stderr.readline().startswith("  dropped from session base: model_configs ")
    assert create("long" * 20) == 400
    process.send_signal(signal.SIGTERM)
    assert process.communicate(timeout=SECONDS)[1] == ""
    assert process.returncode == 0
