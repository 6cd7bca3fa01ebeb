"""The API in Flask: every path that is no page goes to the engine."""

from __future__ import annotations

from flask import Blueprint, request
from flask import Response as FlaskResponse

from mockserver.engine import Engine
from mockserver.entrance import Answered
from mockserver.faults.delivery import KEY, Delivery, delivered_by_thread
from mockserver.web import replies


def api_blueprint(engine: Engine) -> Blueprint:
    """Return the view of the API."""
    blueprint = Blueprint("api", __name__)

    def view() -> FlaskResponse:
        return replies.options_reply(engine.routes) or replies.reply(*_answered(engine))

    replies.catch_all(blueprint, "", view)
    return blueprint


def _answered(engine: Engine) -> Answered:
    """Return the answer as the server is to deliver it; another server than the mock's own knows nothing of that."""
    headers, query, body = replies.told_headers(), replies.told_query(), request.get_data()

    def answer(delivery: Delivery) -> Answered:
        return engine.answer(request.method, request.path, query, headers, body, delivery)

    delivery = request.environ.get(KEY)
    return delivered_by_thread(answer) if delivery is None else answer(delivery)
