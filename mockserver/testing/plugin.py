"""The pytest plugin: fixtures with a mock. A run that uses none of them loads nothing of the mock."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mockserver.testing.embedded import MockServer
    from mockserver.testing.session import MockSession

_INI = "mock_server_settings"
_MARKER = "mock_scenario"
_LONGEST = 48
"""How much of a test's name is in that of its session, which has at most 64 characters."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the entry of the configuration file that has the settings of the mock."""
    parser.addini(_INI, "settings of the fixture mock_server, each as NAME=VALUE", type="linelist")


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known, also to runs with strict markers."""
    config.addinivalue_line("markers", f"{_MARKER}(name): let mock_session begin with the data of this scenario")


@pytest.fixture(scope="session")
def mock_server_settings(pytestconfig: pytest.Config) -> dict[str, Any]:
    """Return the settings of `mock_server`, here those of the configuration file; meant to be overridden."""
    return dict(_setting(line) for line in pytestconfig.getini(_INI))


@pytest.fixture(scope="session")
def mock_server(mock_server_settings: dict[str, Any]) -> Iterator[MockServer]:
    """Yield a mock that runs for all tests of this process."""
    from mockserver.testing.embedded import MockServer  # noqa: PLC0415 - the mock is loaded only where it is used

    with MockServer(**mock_server_settings) as server:
        yield server


@pytest.fixture
def mock_session(request: pytest.FixtureRequest, mock_server: MockServer) -> Iterator[MockSession]:
    """Yield a session of the mock for this test alone; `@pytest.mark.mock_scenario(NAME)` chooses its data."""
    with mock_server.session(_session_name(request.node)) as session:
        marker = request.node.get_closest_marker(_MARKER)
        if marker is not None:
            session.state.load(_scenario(marker))
        yield session


def _setting(line: str) -> tuple[str, str]:
    name, separator, value = (part.strip() for part in line.partition("="))
    if not separator:
        raise pytest.UsageError(f"{_INI}: {line!r} is no setting; expected NAME=VALUE, such as scenario=near-limit")
    return name, value


def _session_name(item: pytest.Item) -> str:
    """Return a name that is the same in every run, as the ids in a session of a mock with a seed follow from it."""
    plain = re.sub(r"[^A-Za-z0-9._-]+", "-", item.name)[:_LONGEST]
    digest = hashlib.sha256(item.nodeid.encode()).hexdigest()
    return f"{plain}-{digest[:12]}"


def _scenario(marker: pytest.Mark) -> str:
    if len(marker.args) != 1 or marker.kwargs or not isinstance(marker.args[0], str):
        raise pytest.UsageError(f"{_MARKER}: expected the name of one scenario, as in {_MARKER}('near-limit')")
    name: str = marker.args[0]
    return name
