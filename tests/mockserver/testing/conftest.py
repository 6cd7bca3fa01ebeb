"""One mock for all tests of this folder, each in a session of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from mockserver import MockServer, MockSession


@pytest.fixture(scope="session")
def server() -> Iterator[MockServer]:
    with MockServer(scenario="one", api_key="a-key", admin_token="a-token", admin_prefix="/control") as server:
        yield server


@pytest.fixture
def session(server: MockServer) -> Iterator[MockSession]:
    with server.session() as session:
        yield session
