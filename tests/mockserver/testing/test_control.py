"""What answers in the place of a mock."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

from mockserver.serving.server import BackgroundServer
from mockserver.testing.control import Control, NoMock

OTHERS = {"/text": ("no such page", 404), "/json": ({"error": "no such page"}, 404), "/list": (["no"], 500)}


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    app = Flask(__name__, static_folder=None)
    for path, answer in OTHERS.items():
        app.add_url_rule(f"{path}/health", path, lambda answer=answer: answer)
    with BackgroundServer(app) as server:
        yield server.url


@pytest.mark.parametrize("path", OTHERS)
def test_an_error_that_is_none_of_the_mock_is_told_apart(url: str, path: str) -> None:
    with pytest.raises(NoMock, match=f"{path} answers {OTHERS[path][1]}, and not as the mock does"):
        Control(url + path, "s").get("/health")


def test_a_token_is_not_shown() -> None:
    assert "secret" not in repr(Control("http://127.0.0.1:1", "s", "secret"))
