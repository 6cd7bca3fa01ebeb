"""Requests that Schemathesis generates from the document, with everything off by which a server teaches the tester."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis import Case, GenerationMode
from schemathesis.config import SchemathesisConfig

from governance_contract import Contract
from governance_contract.operations import Operation

_CONFIG = {
    "phases": {
        "fuzzing": {"error-feedback": {"enabled": False}, "extra-data-sources": {"responses": False}},
        "coverage": {"unexpected-methods": [], "extra-data-sources": {"responses": False}},
    },
    "analysis": {"constants": {"enabled": False}},
}
_NOTHING: Any = object()


@dataclass(frozen=True)
class Generated:
    """One generated request: body and query as they would be sent, and the case that Schemathesis made of them."""

    body: Any
    query: dict[str, Any]
    case: Case[Any]


class Generator:
    """Generates requests for the operations of one contract."""

    def __init__(self, contract: Contract) -> None:
        config = SchemathesisConfig.from_dict(_CONFIG)
        self._schema = schemathesis.openapi.from_dict(dict(contract.document.root), config=config)

    def coverage(self, operation: Operation) -> Iterator[Generated]:
        """Yield the enumerated requests of an operation: bounds, enums, combinations, positive and negative."""
        api_operation = self._schema[operation.path][operation.method]
        cases = self._schema.iter_coverage_cases(
            api_operation,
            generation_modes=[GenerationMode.POSITIVE, GenerationMode.NEGATIVE],
            generation_config=self._schema.config.generation_for(operation=api_operation, phase="coverage"),
        )
        yield from (_generated(case) for case in cases if case.method == operation.method)

    def fuzzing(self, operation: Operation, count: int, number: int) -> list[Generated]:
        """Return up to `count` drawn requests of each mode for an operation, the same for one seed `number`."""
        return [each for mode in GenerationMode for each in self._drawn(operation, mode, count, number)]

    def _drawn(self, operation: Operation, mode: GenerationMode, count: int, number: int) -> list[Generated]:
        drawn: list[Generated] = []
        strategy = self._schema[operation.path][operation.method].as_strategy(generation_mode=mode)

        @seed(number)
        @settings(
            max_examples=count + 1,
            database=None,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(strategy)
        def draw(case: Case[Any]) -> None:
            drawn.append(_generated(case))

        draw()
        return drawn[1:]  # the first is always the simplest, which the probes send anyway


def _generated(case: Case[Any]) -> Generated:
    body = case.body if isinstance(case.body, bytes | str | int | float | bool | list | dict | None) else _NOTHING
    return Generated(body, {str(name): value for name, value in (case.query or {}).items()}, case)


def has_body(generated: Generated) -> bool:
    """Return whether a body was generated at all."""
    return generated.body is not _NOTHING
