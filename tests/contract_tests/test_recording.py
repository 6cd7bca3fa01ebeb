from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from contract_tests.client.observer import Observer
from contract_tests.errors import UsageError
from contract_tests.exchange import Call, Exchange, Response, json_call
from contract_tests.recording import Recorder, as_line, read_recording
from contract_tests.secrecy import Secrets
from tests.contract_tests.conftest import KEY, Done, Served

EXCHANGES = (
    Exchange(json_call("POST", "/configs", {"model_name": "é"}), Response(200, {"date": "x"}, b'{"a": 1}'), 1.25, 1.5),
    Exchange(Call("GET", "/configs", {"limit": "1"}, authorization=""), Response.missing("timed out"), 2, 3.0),
    Exchange(Call("PUT", "/configs/a", body=b"\xff\x00", headers={"X": "y"}), Response(500, {}, b"\xfe"), 3, 4),
)


class _Inner(Observer):
    def __init__(self) -> None:
        self.heard: list[tuple[int, Exchange | None]] = []

    def begin(self, call: Call) -> int:  # noqa: ARG002
        return 7

    def end(self, number: int, exchange: Exchange | None) -> None:
        self.heard.append((number, exchange))


def test_what_is_written_reads_back(tmp_path: Path) -> None:
    path = tmp_path / "record.jsonl"
    path.write_text("".join(map(as_line, EXCHANGES)), encoding="utf-8")

    assert read_recording(path) == EXCHANGES


def test_cookies_are_not_written() -> None:
    response = Response(200, {"set-cookie": "session=s3cret"}, b"")

    assert "s3cret" not in as_line(Exchange(Call("GET", "/"), response))


def test_the_recorder_appends_and_tells_the_other_observer(tmp_path: Path) -> None:
    path, inner = tmp_path / "record.jsonl", _Inner()
    recorder = Recorder(path, Secrets(KEY), inner, pytest.fail)

    for exchange in EXCHANGES:
        recorder.end(recorder.begin(exchange.call), exchange)
    recorder.end(recorder.begin(EXCHANGES[0].call), None)

    assert read_recording(path) == EXCHANGES
    assert inner.heard == [*((7, each) for each in EXCHANGES), (7, None)]


def test_what_cannot_be_written_is_said_once_and_ends_no_run(tmp_path: Path) -> None:
    said: list[str] = []
    recorder = Recorder(tmp_path / "none" / "record.jsonl", Secrets(KEY), inner := _Inner(), said.append)

    for exchange in EXCHANGES:
        recorder.end(0, exchange)

    assert len(said) == 1
    assert "cannot be written: No such file or directory" in said[0]
    assert len(inner.heard) == len(EXCHANGES)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("{", r"line 2 is no exchange: '\{'"),
        ('{"format": 2}', "line 2 is of format 2; this version reads 1"),
        ('{"format": 1}', "line 2 is no exchange"),
        ("[]", "line 2 is no exchange"),
    ],
)
def test_what_is_no_recording_is_refused_with_its_line(line: str, told: str, tmp_path: Path) -> None:
    path = tmp_path / "record.jsonl"
    path.write_text(f"{as_line(EXCHANGES[0])}{line}\n", encoding="utf-8")

    with pytest.raises(UsageError, match=told):
        read_recording(path)


@pytest.mark.parametrize("workers", [(), ("-n", "2")])
def test_a_run_records_all_that_it_sent_and_no_key(
    workers: tuple[str, ...], serve: Callable[..., Served], run_command: Callable[..., Done], tmp_path: Path
) -> None:
    path = tmp_path / "record.jsonl"
    path.write_text("of an earlier run\n", encoding="utf-8")

    done = run_command(serve().url, "--profile", "smoke", "--record", str(path), *workers)

    sent = read_recording(path)
    assert done.code == 0
    assert {each.call.method for each in sent} >= {"GET", "POST", "PUT", "DELETE"}
    assert all(each.ended >= each.began > 0 for each in sent)
    assert KEY not in path.read_text(encoding="utf-8")
