"""The mock as a Flask application: its routes are the operations of the document."""

from __future__ import annotations

import random
import uuid
from collections.abc import Callable

import orjson
from flask import Flask, request
from flask import Response as FlaskResponse
from werkzeug.exceptions import HTTPException, InternalServerError, MethodNotAllowed, NotFound, RequestEntityTooLarge

from governance_contract import Contract, load_contract
from governance_contract.operations import Operation
from mockserver import problems
from mockserver.actions import Blueprint, World
from mockserver.clock import Clock, system_clock
from mockserver.engine import Engine
from mockserver.exchange import Request, Response
from mockserver.seeding import seeded_state
from mockserver.settings import Settings
from mockserver.store import Store


def create_app(settings: Settings | None = None, *, clock: Clock = system_clock) -> Flask:
    """Return the mock with the data of the scenario that the settings name.

    Raises:
        DocumentError: the document has defects, or an operation without behaviour.
        FixtureError: the scenario is unknown or does not fit the document.
    """
    settings = settings or Settings()
    contract = load_contract(settings.document)
    world = World(Store(), clock, new_ids(settings.seed))
    engine = Engine(contract, world, api_key=settings.api_key)
    world.store.change(lambda _: (seeded_state(Blueprint(contract), world, settings.scenario), None))
    app = Flask(__name__, static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = settings.max_body_bytes
    app.url_map.merge_slashes = False
    for operation in contract.operations:
        _add_route(app, engine, operation)
    _add_document(app, contract)
    _add_refusals(app, settings)
    return app


def new_ids(seed: int | None) -> Callable[[], str]:
    """Return a source of UUIDv4 texts, the same ones again for the same seed."""
    source = random.SystemRandom() if seed is None else random.Random(seed)  # noqa: S311 - ids are no secrets
    return lambda: str(uuid.UUID(int=source.getrandbits(128), version=4))


def _add_route(app: Flask, engine: Engine, operation: Operation) -> None:
    def view(**path_parameters: str) -> FlaskResponse:
        headers = {name.lower(): value for name, value in request.headers.items()}
        query = request.query_string.decode("utf-8", "replace")
        return _reply(engine.answer(operation, Request(path_parameters, query, headers, request.get_data())))

    rule = operation.path.replace("{", "<string:").replace("}", ">")
    app.add_url_rule(rule, operation.id, view, methods=[operation.method], strict_slashes=True)


def _add_document(app: Flask, contract: Contract) -> None:
    as_json = orjson.dumps(contract.document.root, option=orjson.OPT_INDENT_2)
    forms = {"json": (as_json, "application/json"), "yaml": (contract.document.text.encode(), "application/yaml")}
    for extension, (body, mimetype) in forms.items():
        app.add_url_rule(
            f"/openapi.{extension}",
            f"openapi_{extension}",
            lambda body=body, mimetype=mimetype: FlaskResponse(body, mimetype=mimetype),
        )


def _add_refusals(app: Flask, settings: Settings) -> None:
    """Answer what Flask itself refuses in the documented error body (RESP-05, ROB-02)."""

    def refusal(error: HTTPException) -> FlaskResponse:
        if isinstance(error, NotFound):
            return _reply(problems.unknown_path(request.path).response())
        if isinstance(error, MethodNotAllowed):
            return _reply(
                problems.method_not_allowed(request.method, tuple(sorted(error.valid_methods or ()))).response()
            )
        if isinstance(error, RequestEntityTooLarge):
            return _reply(problems.body_too_large(settings.max_body_bytes).response())
        if isinstance(error, InternalServerError):
            app.logger.error("%s %s failed", request.method, request.path, exc_info=error.original_exception)
            return _reply(problems.internal_error().response())
        return _reply(problems.bad_request(error.description or error.name).response())

    app.register_error_handler(HTTPException, refusal)


def _reply(response: Response) -> FlaskResponse:
    return FlaskResponse(response.body, response.status, response.headers, mimetype="application/json")
