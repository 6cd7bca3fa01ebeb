"""The mock as a Flask application: apis for the API, the control API and the pages."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Mapping
from dataclasses import dataclass

from flask import Blueprint, Flask, request
from flask import Response as FlaskResponse
from werkzeug.exceptions import HTTPException, InternalServerError, MethodNotAllowed, RequestEntityTooLarge

from governance_contract import Contract, load_contract
from mockserver import problems
from mockserver.actions import Api
from mockserver.admin import Control, control_contract, control_routes
from mockserver.admin.service import Service
from mockserver.beginning import begin
from mockserver.cors import add_cors
from mockserver.dialects import dialect as dialects
from mockserver.engine import Engine
from mockserver.entrance import Answered
from mockserver.faults.delivery import Delivery
from mockserver.pages.document import add_document
from mockserver.pages.landing import add_landing
from mockserver.pages.reference import add_reference
from mockserver.problems import Problem
from mockserver.sessions import Sessions
from mockserver.settings import Settings, SettingsError, load_settings
from mockserver.state.chance import new_seeds
from mockserver.state.clock import Clock, system_clock
from mockserver.web import replies
from mockserver.web.api import api_blueprint
from mockserver.web.control import control_blueprint

_EXTENSION = "mockserver"


@dataclass(frozen=True)
class Mock:
    """What stands behind an application: the engine of its document, and the sessions with all data.

    The mock's own server asks it directly, and goes past the hooks of the application.
    """

    settings: Settings
    engine: Engine
    sessions: Sessions

    def takes(self, method: str, path: str, headers: Mapping[str, str]) -> bool:
        """Return whether the engine answers such a request as the application would.

        Pages, the control API and what browsers ask because of another origin are for Flask.
        """
        return not (
            "origin" in headers or method == "OPTIONS" or self.settings.via_flask or _is_page(self.settings, path)
        )

    def is_slow(self, method: str, path: str) -> bool:
        """Return whether the control API may take long over such a request, as an import does."""
        return method in ("PUT", "POST") and _is_control(self.settings, path)

    def answer(
        self, method: str, path: str, query: str, headers: Mapping[str, str], body: bytes, delivery: Delivery
    ) -> Answered:
        """Return the answer of the engine."""
        return self.engine.answer(method, path, query, headers, body, delivery)

    def refuse_body(self, method: str, path: str, query: str, headers: Mapping[str, str]) -> Answered:
        """Return the answer to a request whose body is longer than the limit."""
        problem = problems.body_too_large(self.settings.max_body_bytes)
        return self.engine.refuse(method, path, query, headers, problem)


def create_app(settings: Settings | None = None, *, clock: Clock = system_clock) -> Flask:
    """Return the mock with the data that the settings name; `clock` is that of the machine.

    Without settings they are those of the environment, as for the command, and of the TOML file that
    `MOCKSERVER_CONFIG` names. So any WSGI server can serve the mock, such as gunicorn with `mockserver:create_app()`.
    Every request goes through the application and its hooks, unless the mock's own server is given the engine, too.

    Raises:
        DocumentError: the document has defects, or an operation without behaviour.
        FixtureError: the scenario is unknown, or its file is wrong.
        SettingsError: a setting is wrong, the control API or a page would stand in the way of the API, or a profile or
            deviation is unknown.
        UnusableData: the data file cannot be used.
    """
    if settings is None:
        settings = load_settings({}, os.environ)
        _refuse_settings_of_the_command(settings)
    api = read_api(settings)
    with contextlib.ExitStack() as on_refusal:
        sessions = begin(settings, api, clock)
        on_refusal.callback(sessions.close)
        app = assembled(settings, api, sessions)
        on_refusal.pop_all()
    return app


def _refuse_settings_of_the_command(settings: Settings) -> None:
    """Refuse what another server cannot carry out.

    Raises:
        SettingsError: such a setting is there.
    """
    for name in ("ready_file", "watch"):
        if getattr(settings, name):
            raise SettingsError(f"{name} is for the command mockserver alone; another server knows nothing of it")


def read_api(settings: Settings) -> Api:
    """Return what the document says of all resources.

    Raises:
        DocumentError: the document has defects.
        SettingsError: the control API or a page would stand in the way of the API, or a deviation is unknown.
    """
    dialect = dialects.chosen(settings.profile, settings.deviation)
    api = Api(load_contract(settings.document), dialect)
    _refuse_hiding(settings, api.contract)
    return api


def assembled(settings: Settings, api: Api, sessions: Sessions) -> Flask:
    """Return the application that answers for these sessions, by the document of `api`.

    Raises:
        DocumentError: an operation has no behaviour.
    """
    app = Flask(__name__, static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = settings.max_body_bytes
    app.url_map.merge_slashes = False
    control = control_routes(settings).all
    engine = Engine(api, sessions, settings.api_key, new_seeds(settings.seed), control)
    app.extensions[_EXTENSION] = Mock(settings, engine, sessions)
    app.register_blueprint(_pages_blueprint(settings, api, sessions))
    if settings.admin:
        service = Service(settings, api, sessions)
        app.register_blueprint(control_blueprint(Control(service), settings.admin_prefix))
    app.register_blueprint(api_blueprint(engine))
    _add_refusals(app, settings, engine)
    add_cors(app, settings, engine.routes.all, control)
    return app


def mock_of(app: Flask) -> Mock:
    """Return what stands behind an application that `create_app` made."""
    mock: Mock = app.extensions[_EXTENSION]
    return mock


def sessions_of(app: Flask) -> Sessions:
    """Return the sessions of a mock; closing them lets its data file go."""
    return mock_of(app).sessions


_PAGES = ("/", "/openapi.json", "/openapi.yaml")


def _is_page(settings: Settings, path: str) -> bool:
    """Return whether a path is a page or below the control API, hence not for the engine."""
    return path in _PAGES or _is_control(settings, path)


def _is_control(settings: Settings, path: str) -> bool:
    return settings.admin and path.startswith(f"{settings.admin_prefix}/")


def _refuse_hiding(settings: Settings, contract: Contract) -> None:
    for route in Engine.routes_of(contract).all:
        if _is_page(settings, route.path):
            raise SettingsError(_hidden(settings, route.path))


def _hidden(settings: Settings, path: str) -> str:
    if path in _PAGES:
        return f"document: the operation on {path} would be hidden by the page of the mock there; expected another path"
    return f"admin_prefix: {settings.admin_prefix} would hide {path}; expected a path of its own"


def _pages_blueprint(settings: Settings, api: Api, sessions: Sessions) -> Blueprint:
    pages, document = Blueprint("pages", __name__), api.contract.document
    add_document(pages, document)
    if settings.admin:
        add_document(pages, control_contract().document, settings.admin_prefix)
        add_reference(pages, settings, document)
    add_landing(pages, settings, api, sessions)
    replies.refuse_other_methods(pages)
    return pages


def _add_refusals(app: Flask, settings: Settings, engine: Engine) -> None:
    """Answer what Flask itself refuses in the documented error body (RESP-05, ROB-02), and log it."""

    def refused(error: HTTPException) -> FlaskResponse:
        problem = _refusal(app, settings, error)
        headers, query = replies.told_headers(), replies.told_query()
        return replies.reply(*engine.refuse(request.method, request.path, query, headers, problem))

    app.register_error_handler(HTTPException, refused)


def _refusal(app: Flask, settings: Settings, error: HTTPException) -> Problem:
    if isinstance(error, MethodNotAllowed):
        return problems.method_not_allowed(request.method, tuple(error.valid_methods or ()))
    if isinstance(error, RequestEntityTooLarge):
        return problems.body_too_large(settings.max_body_bytes)
    if isinstance(error, InternalServerError):
        app.logger.error("%s %s failed", request.method, request.path, exc_info=error.original_exception)
        return problems.internal_error()
    return problems.bad_request(error.description or error.name)
