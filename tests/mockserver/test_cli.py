"""The command: what it prints, which inputs it refuses, and how it starts and stops as a process."""

from __future__ import annotations

import contextlib
import importlib.metadata
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests
from click.testing import CliRunner

import mockserver
from mockserver import cli
from mockserver.settings import DEVELOPMENT_KEY, entries, usage, variable_name

SECONDS = 30
"""How long a test waits for what must come; nothing here takes that long unless it is broken."""

PATH = "/api/governance/model-configs"
Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def start() -> Iterator[Start]:
    """Return what starts the mock as a process on a free port; the process does not outlive the test."""
    root = str(Path(mockserver.__file__).parents[1])
    environ = {name: value for name, value in os.environ.items() if not name.startswith("MOCKSERVER_")}

    def popen(*flags: str, stdout: int = subprocess.PIPE) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "mockserver", "--port", "0", *flags]
        process = subprocess.Popen(
            command, stdout=stdout, stderr=subprocess.PIPE, text=True, env={**environ, "PYTHONPATH": root}
        )
        processes.callback(process.communicate)
        processes.callback(process.kill)
        return process

    with contextlib.ExitStack() as processes:
        yield popen


def url_of(process: subprocess.Popen[str]) -> str:
    """Return the URL in the ready line, for which this waits."""
    assert process.stdout
    line = process.stdout.readline()
    assert line.startswith("mockserver ready at http://127.0.0.1:"), line + process.communicate()[1]
    return line.split()[-1]


def get(url: str, key: str = DEVELOPMENT_KEY) -> int:
    headers = {"Authorization": f"Bearer {key}"}
    return requests.get(url + PATH, headers=headers, timeout=SECONDS).status_code


def stopped(process: subprocess.Popen[str], number: signal.Signals) -> tuple[int, str, str]:
    """Send a signal, and return exit code and the rest of stdout and stderr."""
    assert process.stdout
    assert process.stderr
    process.send_signal(number)
    stdout, stderr = process.stdout.read(), process.stderr.read()
    return process.wait(SECONDS), stdout, stderr


def invoke(*arguments: str, **environ: str) -> tuple[int, str]:
    """Return exit code and stderr of the command, for calls that end before anything is served."""
    result = CliRunner(env=environ).invoke(cli.main, arguments)
    assert isinstance(result.exception, SystemExit | None)
    return result.exit_code, result.stderr


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_says_when_it_is_ready_and_stops_on_a_signal(start: Start, number: signal.Signals) -> None:
    process = start()
    assert get(url_of(process)) == 200
    code, stdout, stderr = stopped(process, number)
    assert (code, stdout, stderr) == (0, f"Authorization: Bearer {DEVELOPMENT_KEY}\n", "")


def test_a_key_of_ones_own_opens_the_mock_and_is_never_printed(start: Start) -> None:
    process = start("--api-key", "sk-own-key")
    url = url_of(process)
    assert (get(url, "sk-own-key"), get(url)) == (200, 401)
    assert stopped(process, signal.SIGTERM) == (0, "", "")


def test_the_ready_file_holds_the_url_while_the_mock_serves(start: Start, tmp_path: Path) -> None:
    file = tmp_path / "ready"
    process = start("--ready-file", str(file))
    url = url_of(process)
    wait_for(file, process)
    assert file.read_text(encoding="utf-8") == f"{url}\n"
    assert stopped(process, signal.SIGTERM)[0] == 0
    assert list(tmp_path.iterdir()) == []


def wait_for(file: Path, process: subprocess.Popen[str]) -> None:
    while not file.exists():
        assert process.poll() is None, process.communicate()[1]
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(0.01)


def test_a_stdout_that_nobody_reads_does_not_end_the_mock(start: Start, tmp_path: Path) -> None:
    file = tmp_path / "ready"
    reading, writing = os.pipe()
    os.close(reading)
    process = start("--ready-file", str(file), stdout=writing)
    os.close(writing)
    wait_for(file, process)
    assert get(file.read_text(encoding="utf-8").strip()) == 200
    process.send_signal(signal.SIGTERM)
    assert process.communicate(timeout=SECONDS)[1] == ""
    assert process.returncode == 0


def with_request_in_flight(process: subprocess.Popen[str]) -> socket.socket:
    """Return a connection with a request whose body the mock waits for."""
    parts = urlsplit(url_of(process))
    connection = socket.create_connection((parts.hostname, parts.port or 0), timeout=SECONDS)
    lines = (
        f"POST {PATH} HTTP/1.1",
        "Host: mock",
        f"Authorization: Bearer {DEVELOPMENT_KEY}",
        "Content-Length: 28",
        "Expect: 100-continue",
    )
    connection.sendall("\r\n".join((*lines, "", "")).encode())
    assert b"100 Continue" in connection.recv(2**16)
    return connection


def test_a_signal_lets_the_request_in_flight_be_answered(start: Start) -> None:
    process = start()
    with with_request_in_flight(process) as connection:
        process.send_signal(signal.SIGTERM)
        connection.sendall(b'{"model_name":"in-flight-1"}')
        received = b"".join(iter(lambda: connection.recv(2**16), b""))
    assert received.startswith(b"HTTP/1.1 200")
    assert b"in-flight-1" in received
    assert process.wait(SECONDS) == 0


def test_a_second_signal_does_not_wait_for_the_request_in_flight(start: Start) -> None:
    process = start()
    with with_request_in_flight(process):
        while process.poll() is None:
            process.send_signal(signal.SIGINT)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(0.1)
    assert process.returncode == 0
    assert "Traceback" not in process.communicate()[1]


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--port", "x"], "Error: --port: 'x' is not allowed; expected a whole number from 0 to 65535\n"),
        (["--host", "host.invalid", "--port", "0", "--no-admin"], "cannot listen on host 'host.invalid'"),
        (["--host", "0.0.0.0", "--port", "0"], "the control API is open; expected --admin-token TOKEN, or --no-admin"),  # noqa: S104 - refused before it binds
        (["--admin-prefix", "/api"], "/api would hide /api/governance/model-configs"),
        (["--admin-prefix", "admin/"], "expected a path such as /__admin"),
        (["--scenario", "none"], "there is no fixture 'none'"),
        (["--document", "none.yaml"], "none.yaml"),
        (["--config", "none.toml"], "none.toml: cannot be read"),
        (
            ["--ready-file", "none/ready"],
            "ready file none/ready: cannot be written: No such file or directory",
        ),
        (["--data", "."], "is no file; expected a file, or a path where one can be made"),
        (["--data", "none/data"], "none/data: cannot be made: unable to open database file"),
        (["--data", "data", "--scenario", "none"], "there is no fixture 'none'"),
        (["--data", "data", "--admin-prefix", "/api"], "/api would hide"),
        (["--ready-file", "."], "ready file .: cannot be written: it is a folder"),
        (["--nonsense"], "No such option"),
        (["argument"], "unexpected extra argument"),
    ],
)
def test_a_wrong_input_is_exit_code_2_and_a_message(
    flags: list[str], message: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    code, stderr = invoke(*flags)
    assert code == 2
    assert message in stderr
    assert list(tmp_path.iterdir()) == []


def test_the_start_says_which_data_it_has(start: Start, tmp_path: Path) -> None:
    for told in ("data in {}, new, as in scenario one", "data in {}, as they were kept; scenario one is what a reset"):
        process = start("--data", str(tmp_path / "data"), "--scenario", "one")
        url_of(process)
        code, stdout, stderr = stopped(process, signal.SIGTERM)
        assert (code, stderr) == (0, "")
        assert told.format(tmp_path / "data") in stdout
        assert [path.name for path in tmp_path.iterdir()] == ["data"]


def test_a_wrong_variable_is_exit_code_2_and_a_message() -> None:
    code, stderr = invoke(MOCKSERVER_SEED="x")
    assert (code, "environment variable MOCKSERVER_SEED: 'x' is not allowed" in stderr) == (2, True)


def test_a_taken_port_is_exit_code_2_and_leaves_the_ready_file_of_the_other_alone(tmp_path: Path) -> None:
    file = tmp_path / "ready"
    file.write_text("http://the.other\n", encoding="utf-8")
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        code, stderr = invoke("--port", port, "--ready-file", str(file))
    assert code == 2
    assert f"127.0.0.1:{port}: another process has that port; pass --port 0" in stderr
    assert file.read_text(encoding="utf-8") == "http://the.other\n"


def test_the_help_names_every_setting_with_flag_variable_and_default() -> None:
    text = " ".join(CliRunner().invoke(cli.main, ["--help"], terminal_width=200).stdout.split())
    for setting, entry in entries():
        assert f"{usage(setting.name, entry)} " in text
        assert f"{entry.help} [{variable_name(setting.name)}" in text


def test_the_version_is_that_of_the_distribution(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.metadata, "version", lambda name: f"1.2.3 of {name}")
    assert CliRunner().invoke(cli.main, ["--version"]).stdout == "mockserver 1.2.3 of governance-contract-kit\n"


def test_a_checkout_that_is_not_installed_has_a_version_too(monkeypatch: pytest.MonkeyPatch) -> None:
    def not_installed(name: str) -> str:
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(importlib.metadata, "version", not_installed)
    assert CliRunner().invoke(cli.main, ["--version"]).stdout == "mockserver 0+checkout\n"
