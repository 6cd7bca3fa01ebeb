"""Requests as Flask has them made into the engine's, and its answers into Flask's."""

from __future__ import annotations

from collections.abc import Callable

from flask import Response as FlaskResponse
from flask import request
from flask.blueprints import Blueprint
from flask.sansio.blueprints import BlueprintSetupState
from werkzeug.exceptions import MethodNotAllowed
from werkzeug.routing import BaseConverter, Rule

from mockserver import headers
from mockserver.exchange import Response
from mockserver.routes import Routes
from mockserver.sessions import Session

_ANYTHING = "anything"


class _Anything(BaseConverter):
    """Matches whatever a path may go on with, slashes and line breaks included."""

    regex = "(?s:.*)"
    part_isolating = False


def catch_all(blueprint: Blueprint, prefix: str, view: Callable[[], FlaskResponse]) -> None:
    """Let `view` answer every method on every path below `prefix` that no other view answers."""

    def register(state: BlueprintSetupState) -> None:
        state.app.url_map.converters[_ANYTHING] = _Anything
        state.app.url_map.add(Rule(f"{prefix}/<{_ANYTHING}:rest>", endpoint=blueprint.name))
        state.app.view_functions[blueprint.name] = lambda rest: view()  # noqa: ARG005 - the path is that of the request

    blueprint.record(register)


def refuse_other_methods(pages: Blueprint) -> None:
    """Refuse all methods that the views of `pages`, added before, do not answer on their paths."""

    def register(state: BlueprintSetupState) -> None:
        endpoint = f"{pages.name}.refused"
        state.app.view_functions[endpoint] = _refuse_method
        paths = {each.rule for each in state.app.url_map.iter_rules() if each.endpoint.startswith(f"{pages.name}.")}
        for path in paths:
            state.app.url_map.add(Rule(path, endpoint=endpoint))

    pages.record(register)


def _refuse_method() -> FlaskResponse:
    raise MethodNotAllowed(("GET", "HEAD", "OPTIONS"))


def told_headers() -> dict[str, str]:
    """Return the headers of the present request, their names in lower case."""
    return {name.lower(): value for name, value in request.headers.items()}


def told_query() -> str:
    """Return the query of the present request as it stood in the URL."""
    return request.query_string.decode("utf-8", "replace")


def options_reply(routes: Routes) -> FlaskResponse | None:
    """Return the answer to OPTIONS on a path that some operation has, unless one of them is OPTIONS."""
    if request.method != "OPTIONS" or routes.find("OPTIONS", request.path):
        return None
    allowed = routes.methods(request.path)
    return FlaskResponse(headers={"Allow": ", ".join(allowed)}) if allowed else None


def reply(response: Response, session: Session) -> FlaskResponse:
    """Return an answer as Flask sends it."""
    body = response.body if response.stream is None else response.stream
    made = FlaskResponse(
        body, response.status, headers.head(response, session.timepiece()), content_type=response.content_type
    )
    if response.content_type is None:
        del made.headers["Content-Type"]
    return made
