"""The control API under fuzzing by its own document, with what keeps it and what breaks it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_schema_conformance,
    status_code_conformance,
)

from mockserver.app import create_app
from mockserver.settings import Settings

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    negative_data_rejection,
]
"""That valid requests succeed is not among them: a valid instant may lie in the past, a valid name be unknown."""


@pytest.fixture(scope="module")
def schema() -> Any:
    app = create_app(Settings(seed=1), clock=lambda: datetime(2026, 3, 1, 9, tzinfo=UTC))
    loaded = schemathesis.openapi.from_wsgi("/__admin/openapi.json", app)
    loaded.config.generation.update(modes=[GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
    return loaded


fuzzed = schemathesis.pytest.from_fixture("schema")


@fuzzed.exclude(path="/__admin/events").parametrize()  # a stream never ends
@settings(max_examples=20, suppress_health_check=list(HealthCheck), deadline=None)
def test_no_request_to_the_control_api_breaks_its_document(case: Any) -> None:
    case.call_and_validate(checks=CHECKS)
