"""Generated answers: valid by the document and as odd as it allows, the same again for the same seed."""

from __future__ import annotations

import random
from typing import Any

from governance_contract import Contract
from governance_contract.operations import Operation
from mockserver import problems
from mockserver.envelopes import Envelope, Outcome
from mockserver.forcing.drawing import TRIES, Drawing, Pools


class Generator:
    """Makes bodies of answers."""

    def __init__(self, contract: Contract) -> None:
        self._contract = contract
        self._pools: Pools = {}

    def body(self, operation: Operation, status: int, seed: int) -> Any:
        """Return the body of an answer with this documented status, which keeps the document.

        What a resource has in common with the request that creates it keeps that schema too, as a server stores
        nothing else; members of an envelope agree with each other.

        Raises:
            Problem: nothing was found that keeps the document.
        """
        schema = operation.schema_of(status)
        source = random.Random(seed)  # noqa: S311 - chance, not secrets
        for _ in range(TRIES):
            drawing = Drawing(self._contract, self._pools, source)
            body = drawing.value(schema, None)
            if status == operation.success_status and isinstance(body, dict):
                body = self._framed(operation, drawing, body)
            if self._contract.validator(schema).is_valid(body):
                return body
        raise problems.unfit_preference(f"dynamic: found no body for status {status} that keeps {schema.pointer}")

    def _framed(self, operation: Operation, drawing: Drawing, body: dict[str, Any]) -> dict[str, Any]:
        """Return `body` with the page, its size and the total as they are for the entries that it has."""
        properties = self._contract.document.resolve(operation.schema_of(operation.success_status)).value.get(
            "properties", {}
        )
        sources = {name: schema["x-from"] for name, schema in properties.items() if "x-from" in schema}
        items: list[Any] = next((body[name] for name, each in sources.items() if each == "items" and name in body), [])
        page, total = drawing.page(len(items))
        told = Envelope(self._contract.document, operation).body(Outcome(items=items, total=total, page=page))
        framed = {name for name, each in sources.items() if each not in ("item", "items")}
        return {name: told[name] if name in framed else value for name, value in body.items()}
