"""The control API: what its own document says, carried out on the session that a request names."""

from __future__ import annotations

import functools
from collections.abc import Mapping

from governance_contract import Contract
from governance_contract.contract import trusted_contract
from governance_contract.locations import data_path
from mockserver.admin.service import Service
from mockserver.admin.verbs import behaviours
from mockserver.authentication import authenticate_admin, refuse_foreign
from mockserver.entrance import Answered, Entrance
from mockserver.exchange import Request, Response
from mockserver.execution import Executor, Guard
from mockserver.routes import Routes
from mockserver.sessions import Session
from mockserver.settings import Settings

PREFIX = "/__admin"
"""How the paths of the document begin; the setting `admin_prefix` takes its place."""


@functools.cache
def control_contract() -> Contract:
    """Return the contract of the control API, which is the same in every mock."""
    return trusted_contract(data_path("openapi", "admin.yaml"))


def control_routes(settings: Settings) -> Routes:
    """Return where the operations of the control API are served; nowhere if the settings leave it out."""
    operations = control_contract().operations if settings.admin else ()
    return Routes(operations, prefix=settings.admin_prefix, instead_of=PREFIX)


class Control:
    """Answers requests for the control API."""

    def __init__(self, service: Service) -> None:
        control = control_contract()
        self.routes = control_routes(service.settings)
        self._entrance = Entrance(service.sessions, self.routes, self._unrouted)
        self._executor: Executor[Session] = Executor(
            control,
            behaviours(service, control),
            resources=control.document.at("").child("components", "schemas").value,
            guarding=lambda _: _admission(service.settings),
        )

    def answer(self, method: str, path: str, query: str, headers: Mapping[str, str], body: bytes) -> Answered:
        """Return the answer to a request, and the session that it acted on; `path` is decoded."""
        return self._entrance.answer(self._executor.answer, method, path, query, headers, body)

    def _unrouted(self, _session: Session, request: Request) -> Response:
        return self.routes.refusal(request.method, request.path).response()


def _admission(settings: Settings) -> Guard:
    """Return what lets control requests with the token pass; without a token those that no foreign page makes."""
    token, host, origins = settings.admin_token, settings.host, settings.cors_origin
    if token is None:
        return lambda request: refuse_foreign(request.headers, host, origins)
    return lambda request: authenticate_admin(request.headers, token)
