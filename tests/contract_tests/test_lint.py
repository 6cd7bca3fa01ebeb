from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests.contract_tests.conftest import Done


def test_the_document_of_the_kit_has_no_defects(run_command: Callable[..., Done]) -> None:
    done = run_command("lint")
    assert done.code == 0, done.text
    assert "governance.yaml: no defects" in done.text


def test_every_document_is_looked_at_and_every_defect_has_its_line(
    run_command: Callable[..., Done], edited: Callable[..., Path], tmp_path: Path
) -> None:
    path = edited(("x-immutable: true", "x-imutable: true"), ("examples: [openai]", "examples: ['']"))
    done = run_command("lint", str(tmp_path / "missing.yaml"), str(path))
    assert done.code == 1, done.text
    assert "missing.yaml" in done.text
    assert done.text.count(f"{path}:") == 3, "the defects with their lines, after the name of the document"
