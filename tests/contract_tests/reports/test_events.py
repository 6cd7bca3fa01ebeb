from __future__ import annotations

from pathlib import Path

import pytest

from contract_tests.errors import UsageError
from contract_tests.reports.events import as_lines, read_events
from contract_tests.reports.run import Run


def test_events_come_back_from_a_file_as_they_were(all_sorts: Run, tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    path.write_text(as_lines(all_sorts.events), encoding="utf-8")

    assert read_events(path) == all_sorts.events


@pytest.mark.parametrize(
    "text", ["", '{"event": "dreamt"}\n', '{"event": "failed"}\n', "[]\n", "{\n", '{"event": "found", "finding": 1}\n']
)
def test_what_is_no_log_is_refused_by_line(text: str, all_sorts: Run, tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    path.write_text(as_lines(all_sorts.events[:1]) + (text or "x\n"), encoding="utf-8")

    with pytest.raises(UsageError, match=r"events\.jsonl, line 2 is no event"):
        read_events(path)


def test_a_log_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        read_events(tmp_path / "none.jsonl")


def test_a_log_of_another_format_is_refused_with_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    path.write_text('{"event": "run started", "format": 1}\n', encoding="utf-8")

    with pytest.raises(UsageError, match="is of format 1; this version reads 2: run again to make the file anew"):
        read_events(path)
