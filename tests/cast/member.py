"""One server of the cast: what is wrong with it, and how to serve it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mockserver.app import create_app
from mockserver.serving.server import BackgroundServer
from tests.cast.independent import Ledger, served
from tests.cast.wire import Fault, Handler, as_handler, as_wsgi, faulty

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

Serve = Callable[["WSGIApplication"], AbstractContextManager[str]]


@contextmanager
def in_background(app: WSGIApplication) -> Iterator[str]:
    """Serve an application with the mock's own server, and yield its URL."""
    with BackgroundServer(app) as server:
        yield server.url


def threaded(**options: Any) -> Serve:
    """Return what serves an application with the standard library, a thread for each connection."""

    @contextmanager
    def serve(app: WSGIApplication) -> Iterator[str]:
        with served(as_handler(app), **options) as url:
            yield url

    return serve


@dataclass(frozen=True)
class Member:
    """A server; `breaks` are the rules that it breaks, none for a correct one, `needs` the profile that shows it."""

    id: str
    description: str
    breaks: tuple[str, ...]
    make: Callable[[], WSGIApplication]
    needs: str = "gate"
    serve: Serve = in_background
    path: str = ""

    @property
    def is_correct(self) -> bool:
        """Whether the contract allows all that this server does."""
        return not self.breaks


def mock() -> Handler:
    """Return a mock of its own as a handler."""
    return as_handler(create_app())


def around(fault: Callable[[], Fault]) -> Callable[[], WSGIApplication]:
    """Return the maker of a mock with a fault around it, which may hold state of its own."""
    return lambda: as_wsgi(faulty(fault(), mock()))


def ledger(kind: Callable[[], Ledger]) -> Callable[[], WSGIApplication]:
    """Return the maker of a server that one kind of ledger answers."""
    return lambda: as_wsgi(kind().answer)
