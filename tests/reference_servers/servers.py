"""Starts the reference servers: how each is built, started and stopped, and what it needs."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

FOLDER = Path(__file__).parent
BUILD = FOLDER.parents[1] / "build" / "reference_servers"
KEY = "mock-development-key"
STYLES = ("plain", "other")
_SECONDS = 30
"""How long a server may take to start."""


@dataclass(frozen=True)
class Server:
    """One server: its name, the command that starts it, and what this machine lacks for it, if anything."""

    name: str
    command: Callable[[], list[str]]
    lacks: Callable[[], str]


def _fastapi() -> list[str]:
    return [sys.executable, str(FOLDER / "fastapi_sqlalchemy" / "server.py")]


def _lacks_packages() -> str:
    missing = [name for name in ("fastapi", "sqlalchemy", "uvicorn") if find_spec(name) is None]
    return f"the packages {', '.join(missing)}" if missing else ""


@cache
def _express() -> list[str]:
    folder = FOLDER / "express"
    if not (folder / "node_modules").is_dir():
        subprocess.run([_tool("npm"), "ci", "--silent", "--no-audit", "--no-fund"], cwd=folder, check=True)
    return [_tool("node"), str(folder / "server.mjs")]


@cache
def _go() -> list[str]:
    BUILD.mkdir(parents=True, exist_ok=True)
    binary = BUILD / "go_nethttp"
    environment = {**os.environ, "GOFLAGS": "-mod=mod", "GOTOOLCHAIN": "local"}
    command = [_tool("go"), "build", "-o", str(binary), "."]
    subprocess.run(command, cwd=FOLDER / "go_nethttp", env=environment, check=True)
    return [str(binary)]


def _tool(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise FileNotFoundError(name)
    return found


def _lacks(*tools: str) -> str:
    missing = [name for name in tools if shutil.which(name) is None]
    return f"the tools {', '.join(missing)}" if missing else ""


SERVERS = (
    Server("fastapi_sqlalchemy", _fastapi, _lacks_packages),
    Server("express", _express, lambda: _lacks("node", "npm")),
    Server("go_nethttp", _go, lambda: _lacks("go")),
)


@contextmanager
def served(server: Server, style: str = "plain", fail_when: str = "") -> Iterator[str]:
    """Yield the URL of a server in one style; `fail_when` says which of its requests fail."""
    environment = {**os.environ, "STYLE": style, "FAIL_WHEN": fail_when, "API_KEY": KEY}
    process = subprocess.Popen(
        [*server.command(), "--port", "0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,  # the traces of failures that a test asks for
        text=True,
        env=environment,
    )
    try:
        yield _url_of(process)
    finally:
        process.terminate()
        try:
            process.communicate(timeout=5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()


def _url_of(process: subprocess.Popen[str]) -> str:
    line = process.stdout.readline() if process.stdout else ""
    if not line.startswith("listening on "):
        raise RuntimeError(f"the server did not start; it said {line!r}")
    return line.removeprefix("listening on ").strip()
