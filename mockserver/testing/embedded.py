"""The mock in a thread of the process of a test."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any, Self

from mockserver.app import create_app, mock_of, sessions_of
from mockserver.serving.server import BackgroundServer
from mockserver.settings import SettingsError, settings_of
from mockserver.testing.session import MockSession

_OF_THE_COMMAND = ("ready_file", "watch")


class MockServer:
    """The mock over real HTTP, in a thread: as a context manager, or from `start` to `close`.

    It takes the settings of the command by keyword; environment variables have no say.
    """

    def __init__(self, *, port: int = 0, **settings: Any) -> None:
        """Read the settings; the default port is a free one.

        Raises:
            SettingsError: a setting is unknown, or its value is not allowed.
        """
        for name in _OF_THE_COMMAND:
            if name in settings:
                raise SettingsError(f"{name} is for the command alone; MockServer has url, close() and start()")
        self._settings = settings_of({"port": port, **settings})
        self._running: BackgroundServer | None = None
        self._at_close = ExitStack()

    @property
    def url(self) -> str:
        """The URL under which the mock answers.

        Raises:
            RuntimeError: the mock does not run.
        """
        if self._running is None:
            raise RuntimeError("the mock does not run; expected `with MockServer() as mock:`, or start() before")
        return self._running.url

    @property
    def api_key(self) -> str:
        """The management API key."""
        return self._settings.api_key

    @property
    def headers(self) -> dict[str, str]:
        """The headers of a request to the API in the base session."""
        return {"Authorization": f"Bearer {self.api_key}"}

    def session(self, name: str | None = None) -> MockSession:
        """Return a session of this mock, which nobody else has unless it is named.

        Raises:
            RuntimeError: the mock does not run.
        """
        return MockSession(
            self.url,
            name,
            api_key=self.api_key,
            admin_token=self._settings.admin_token,
            admin_prefix=self._settings.admin_prefix,
        )

    def start(self) -> Self:
        """Start the mock, and return it once it answers; one that runs goes on.

        Raises:
            CannotListen: the address cannot be listened on.
            DocumentError: the document has defects.
            FixtureError: the scenario is unknown.
            UnusableData: the data file cannot be used.
        """
        if self._running is None:
            with ExitStack() as on_failure:
                self._running = self._started(on_failure)
                self._at_close = on_failure.pop_all()
        return self

    def close(self) -> None:
        """Answer what is in flight and stop; a second call does nothing."""
        self._running = None
        self._at_close.close()

    def _started(self, at_close: ExitStack) -> BackgroundServer:
        settings = self._settings
        app = create_app(settings)
        at_close.callback(sessions_of(app).close)
        server = BackgroundServer(
            app,
            host=settings.host,
            port=settings.port,
            max_body_bytes=settings.max_body_bytes,
            direct=mock_of(app),
        )
        return at_close.enter_context(server)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.close()
