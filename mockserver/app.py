"""The mock as a Flask application: its routes are the operations of the document, and of the control API's."""

from __future__ import annotations

import contextlib
from functools import partial

import orjson
from flask import Flask, request
from flask import Response as FlaskResponse
from werkzeug.exceptions import HTTPException, InternalServerError, MethodNotAllowed, NotFound, RequestEntityTooLarge

from governance_contract import Contract, load_contract
from governance_contract.document import Document
from governance_contract.operations import Operation
from mockserver import admin, problems
from mockserver.actions import Blueprint
from mockserver.admin.service import Service
from mockserver.api import Api
from mockserver.beginning import begin
from mockserver.cors import add_cors
from mockserver.dialects import dialect as dialects
from mockserver.exchange import Request, Response
from mockserver.faults.delivery import KEY, delivered_by_thread
from mockserver.nearby import Route, nearest
from mockserver.pages.landing import add_landing
from mockserver.pages.reference import add_reference
from mockserver.problems import Problem
from mockserver.serving.shortcut import Answering, Shortcut, answered, head
from mockserver.sessions import Session, Sessions
from mockserver.settings import Settings, SettingsError
from mockserver.state.chance import new_seeds
from mockserver.state.clock import Clock, system_clock

_EXTENSION = "mockserver-sessions"
_SHORTCUT = "mockserver-shortcut"


def create_app(settings: Settings | None = None, *, clock: Clock = system_clock) -> Flask:
    """Return the mock with the data that the settings name; `clock` is that of the machine.

    Raises:
        DocumentError: the document has defects, or an operation without behaviour.
        FixtureError: the scenario is unknown or does not fit the document.
        SettingsError: the control API would stand in the way of the API, or a profile or deviation is unknown.
        UnusableData: the data file cannot be used.
    """
    settings = settings or Settings()
    blueprint = read_blueprint(settings)
    with contextlib.ExitStack() as on_refusal:
        sessions = begin(settings, blueprint, clock)
        on_refusal.callback(sessions.close)
        app = assembled(settings, blueprint, sessions)
        on_refusal.pop_all()
    return app


def read_blueprint(settings: Settings) -> Blueprint:
    """Return what the document says of all resources.

    Raises:
        DocumentError: the document has defects.
        SettingsError: the control API would stand in the way of the API, or a deviation is unknown.
    """
    dialect = dialects.chosen(settings.profile, settings.deviation)
    blueprint = Blueprint(load_contract(settings.document), dialect)
    if settings.admin:
        _refuse_hiding(settings, blueprint.contract)
    return blueprint


def assembled(settings: Settings, blueprint: Blueprint, sessions: Sessions) -> Flask:
    """Return the application that answers for these sessions, by the document of the blueprint.

    Raises:
        DocumentError: an operation has no behaviour.
    """
    contract = blueprint.contract
    app = Flask(__name__, static_folder=None)
    app.extensions[_EXTENSION] = sessions
    app.config["MAX_CONTENT_LENGTH"] = settings.max_body_bytes
    app.url_map.merge_slashes = False
    _add_api(app, settings, blueprint, sessions)
    _add_document(app, "", contract.document)
    if settings.admin:
        _add_control(app, Service(settings, blueprint, sessions))
        add_reference(app, settings, contract.document)
    add_landing(app, settings, blueprint, sessions)
    routes, control_routes = _routes(contract), _control_routes(settings)
    _add_refusals(app, settings, sessions, [*routes, *control_routes])
    add_cors(app, settings, routes, control_routes)
    return app


def sessions_of(app: Flask) -> Sessions:
    """Return the sessions of a mock; closing them lets its data file go."""
    sessions: Sessions = app.extensions[_EXTENSION]
    return sessions


def shortcut_of(app: Flask) -> Shortcut:
    """Return the short way to the API of a mock; it passes by whatever was added to the application."""
    shortcut: Shortcut = app.extensions[_SHORTCUT]
    return shortcut


def _add_api(app: Flask, settings: Settings, blueprint: Blueprint, sessions: Sessions) -> None:
    api = Api(blueprint, settings.api_key, new_seeds(settings.seed))
    app.extensions[_SHORTCUT] = Shortcut(api, tuple(blueprint.contract.operations), sessions)
    for operation in blueprint.contract.operations:
        _add_route(app, sessions, operation, operation.path, partial(_delivered, api, operation))


def _delivered(api: Api, operation: Operation, session: Session, asked: Request) -> Response:
    """Return the answer as the server is to deliver it; another server than the mock's own knows nothing of that."""
    delivery = request.environ.get(KEY)
    if delivery is None:
        return delivered_by_thread(partial(api.answer, operation, session, asked))
    return api.answer(operation, session, asked, delivery)


def _add_control(app: Flask, service: Service) -> None:
    control, prefix = admin.control_contract(), service.settings.admin_prefix
    engine = admin.engine(service, control)
    for operation in control.operations:
        path = _control_path(operation, prefix)
        _add_route(app, service.sessions, operation, path, partial(engine.answer, operation))
    _add_document(app, prefix, control.document)


def _control_path(operation: Operation, prefix: str) -> str:
    return prefix + operation.path[len(admin.PREFIX) :]


def _routes(contract: Contract) -> list[Route]:
    return [Route(o.method, o.path, o.id) for o in contract.operations]


def _control_routes(settings: Settings) -> list[Route]:
    operations, prefix = admin.control_contract().operations, settings.admin_prefix
    return [Route(o.method, _control_path(o, prefix), o.id) for o in operations] if settings.admin else []


def _refuse_hiding(settings: Settings, contract: Contract) -> None:
    for operation in contract.operations:
        if operation.path.startswith(f"{settings.admin_prefix}/"):
            raise SettingsError(
                f"admin_prefix: {settings.admin_prefix} would hide {operation.path}; expected a path of its own"
            )


def _add_route(app: Flask, sessions: Sessions, operation: Operation, path: str, answer: Answering) -> None:
    def view(**path_parameters: str) -> FlaskResponse:
        return _reply(*answered(sessions, _asked(path_parameters), answer))

    rule = path.replace("{", "<string:").replace("}", ">")
    app.add_url_rule(rule, operation.id, view, methods=[operation.method], strict_slashes=True)


def _asked(path_parameters: dict[str, str]) -> Request:
    headers = {name.lower(): value for name, value in request.headers.items()}
    query = request.query_string.decode("utf-8", "replace")
    return Request(path_parameters, query, headers, request.get_data(), request.method, request.path)


def _add_document(app: Flask, prefix: str, document: Document) -> None:
    as_json = orjson.dumps(document.root, option=orjson.OPT_INDENT_2)
    forms = {"json": (as_json, "application/json"), "yaml": (document.text.encode(), "application/yaml")}
    for extension, (body, mimetype) in forms.items():
        app.add_url_rule(
            f"{prefix}/openapi.{extension}",
            f"openapi_{extension}{prefix}".replace(".", "_"),
            lambda body=body, mimetype=mimetype: FlaskResponse(body, mimetype=mimetype),
        )


def _add_refusals(app: Flask, settings: Settings, sessions: Sessions, routes: list[Route]) -> None:
    """Answer what Flask itself refuses in the documented error body (RESP-05, ROB-02), and log it."""

    def refused(error: HTTPException) -> FlaskResponse:
        response = _refusal(app, settings, error, routes).response()
        headers = {name.lower(): value for name, value in request.headers.items()}
        try:
            session = sessions.chosen(headers)
        except Problem:
            session = sessions.base
        if not request.path.startswith(f"{settings.admin_prefix}/"):
            query = request.query_string.decode("utf-8", "replace")
            asked = Request({}, query, headers, method=request.method, path=request.path)
            session.log.add(session.timepiece(), None, asked, response)
        return _reply(response, session)

    app.register_error_handler(HTTPException, refused)


def _refusal(app: Flask, settings: Settings, error: HTTPException, routes: list[Route]) -> Problem:
    if isinstance(error, NotFound):
        return problems.unknown_path(request.path, nearest(routes, request.method, request.path))
    if isinstance(error, MethodNotAllowed):
        return problems.method_not_allowed(request.method, tuple(sorted(error.valid_methods or ())))
    if isinstance(error, RequestEntityTooLarge):
        return problems.body_too_large(settings.max_body_bytes)
    if isinstance(error, InternalServerError):
        app.logger.error("%s %s failed", request.method, request.path, exc_info=error.original_exception)
        return problems.internal_error()
    return problems.bad_request(error.description or error.name)


def _reply(response: Response, session: Session) -> FlaskResponse:
    body = response.body if response.stream is None else response.stream
    return FlaskResponse(body, response.status, head(response, session), content_type=response.content_type)
