"""Forced answers: what a request prefers to be answered, in the place of what it would be answered."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from http import HTTPStatus
from typing import Any

import orjson

from governance_contract import Contract
from governance_contract.document import Node
from governance_contract.operations import Operation
from mockserver import headers, problems
from mockserver.exchange import Request, Response
from mockserver.faults.plan import Fault, Latency
from mockserver.forcing.dynamic import Generator
from mockserver.forcing.preferences import LOG, NONE, Preferences

Act = Callable[[Request], Response]
"""Answers a request by what it does."""


def faults(wanted: Preferences) -> tuple[Fault, ...]:
    """Return the faults that a request wants to be struck by, before it acts."""
    found = []
    if wanted.delay is not None:
        found.append(Fault("latency", latency=Latency(milliseconds=wanted.delay)))
    if wanted.fault is not None:
        found.append(Fault(wanted.fault, seed=wanted.seed or 0))
    return tuple(found)


def storable(wanted: Preferences) -> Preferences:
    """Return what may be wanted of a session whose data is kept in a file, which must be read by the document again."""
    if wanted.validate is None:
        return wanted
    message = f"validate is {wanted.validate}, but the data file could not be read again with what breaks the document"
    return Preferences(refusal=problems.unfit_preference(f"{message}; expected a session (X-Mock-Session) beside it"))


class Forcing:
    """Answers requests as they prefer; a forced answer looks at nothing of the request and changes nothing."""

    def __init__(self, contract: Contract, new_seed: Callable[[], int]) -> None:
        self._contract = contract
        self._new_seed = new_seed
        self._generator = Generator(contract)

    def answer(self, operation: Operation, wanted: Preferences, request: Request, act: Act) -> Response:
        """Return the answer that is `wanted`, else the one of `act`; both say which preferences were honoured.

        Raises:
            Problem: a preference cannot be read, or cannot be met by this operation.
        """
        if wanted is NONE:
            return act(request)
        if wanted.refusal is not None:
            raise wanted.refusal
        if wanted.code is None and wanted.example is None and not wanted.dynamic:
            honoured = replace(wanted, seed=None)
            response = _acted(honoured, request, act)
        else:
            honoured, body = self._forced(operation, wanted)
            response = _error_headers(Response(honoured.code or operation.success_status, orjson.dumps(body)))
            honoured = replace(honoured, code=wanted.code, validate=None)
        return _told(response, honoured)

    def _forced(self, operation: Operation, wanted: Preferences) -> tuple[Preferences, Any]:
        """Return the preferences that are met, the status among them, and the body that is answered."""
        if wanted.dynamic and wanted.example is not None:
            raise problems.unfit_preference("example and dynamic contradict each other; expected one of them")
        if wanted.code is not None and wanted.code not in operation.statuses:
            known = ", ".join(map(str, operation.statuses))
            message = f"code is {wanted.code}, which {operation.id} is not documented to answer; expected {known}"
            raise problems.unfit_preference(message)
        if not wanted.dynamic:
            status, examples = self._examples(operation, wanted)
            if examples:
                return replace(wanted, code=status, seed=None), next(iter(examples.values()))
            if status >= HTTPStatus.BAD_REQUEST:
                return replace(wanted, code=status, seed=None), problems.forced_error(status).as_json()
            wanted = replace(wanted, code=status)
        return self._generated(operation, wanted)

    def _generated(self, operation: Operation, wanted: Preferences) -> tuple[Preferences, Any]:
        seed = self._new_seed() if wanted.seed is None else wanted.seed
        body = self._generator.body(operation, wanted.code or operation.success_status, seed)
        return replace(wanted, seed=seed), body

    def _examples(self, operation: Operation, wanted: Preferences) -> tuple[int, Mapping[str, Any]]:
        """Return a status and the examples of it that are wanted: those of one name, or all."""
        statuses = operation.statuses if wanted.code is None else (wanted.code,)
        found = {status: self._documented(operation.responses[str(status)]) for status in statuses}
        if wanted.example is None:
            return statuses[0], found[statuses[0]]
        for status, examples in found.items():
            if wanted.example in examples:
                return status, {wanted.example: examples[wanted.example]}
        known = "; ".join(f"{status} has {', '.join(examples) or 'none'}" for status, examples in found.items())
        raise problems.unfit_preference(f"there is no example {wanted.example[:80]!r} of {operation.id}; {known}")

    def _documented(self, schema: Node | None) -> dict[str, Any]:
        """Return the values of the examples that stand beside the schema of a response, by name."""
        if schema is None:
            return {}
        media = self._contract.document.at("").child(*schema.tokens[:-1])
        named = {name: media.child("examples", name) for name in media.value.get("examples", {})}
        values = {name: self._contract.document.resolve(node).value.get("value") for name, node in named.items()}
        return {"": media.value["example"], **values} if media.has("example") else values


def _acted(wanted: Preferences, request: Request, act: Act) -> Response:
    """Return the answer to a request that may break rules, and does not hear of them unless it wants to."""
    response = act(request._replace(lenient=wanted.validate is not None))
    if wanted.validate != LOG or not response.passed:
        return response
    rules = tuple(dict.fromkeys(violation.rule for violation in response.passed))
    told = headers.listed((violation.rule, {"at": violation.pointer}) for violation in response.passed)
    return response._replace(rules=rules, headers={**response.headers, headers.VIOLATIONS: told})


def _error_headers(response: Response) -> Response:
    is_refused = response.status == HTTPStatus.UNAUTHORIZED
    return response._replace(headers={"WWW-Authenticate": "Bearer"}) if is_refused else response


def _told(response: Response, honoured: Preferences) -> Response:
    written = honoured.written()
    if not written:
        return response
    return response._replace(preferences=written, headers={**response.headers, headers.APPLIED: ", ".join(written)})
