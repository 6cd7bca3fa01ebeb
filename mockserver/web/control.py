"""The control API in Flask: every path below its prefix that is no page."""

from __future__ import annotations

from flask import Blueprint, request
from flask import Response as FlaskResponse

from mockserver.admin import Control
from mockserver.entrance import Answered
from mockserver.web import replies


def control_blueprint(control: Control, prefix: str) -> Blueprint:
    """Return the view of the control API below `prefix`."""
    blueprint = Blueprint("control", __name__)

    def view() -> FlaskResponse:
        return replies.options_reply(control.routes) or replies.reply(*_answered(control))

    replies.catch_all(blueprint, prefix, view)
    return blueprint


def _answered(control: Control) -> Answered:
    headers, query, body = replies.told_headers(), replies.told_query(), request.get_data()
    return control.answer(request.method, request.path, query, headers, body)
