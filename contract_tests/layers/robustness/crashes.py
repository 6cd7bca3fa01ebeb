"""Requests that are known to end servers, sent last: a target that they end loses no other verdict."""

from __future__ import annotations

from collections.abc import Iterator

from contract_tests.exam import CREATE, GET, LIST, UPDATE, Exam
from contract_tests.exchange import Call, Exchange
from contract_tests.labels import UNANSWERED
from contract_tests.layers.registry import PROBES
from contract_tests.rules import NEVER_FAILS

_LONGEST = 100
"""Bytes of a body that a finding shows."""


@PROBES.probe(NEVER_FAILS, layer="robustness", is_crash_prone=True)
def requests_that_end_servers(exam: Exam) -> None:
    """Paths that are no UTF-8, page numbers at the edge of int64, and bodies of great depth do not end the server."""
    with exam.story():
        for name, operation_id, call in _requests(exam):
            response = exam.target.send_once(call, is_fresh=True).response
            if response.is_missing:
                response = exam.target.send_once(call, is_fresh=True).response
            if response.is_missing:
                steps = (Exchange(_shortened(call), response),)
                exam.fault(
                    NEVER_FAILS, operation_id, f"{UNANSWERED}-{name}", "below 500", response.shown(200), steps=steps
                )
            elif operation_id == CREATE:
                exam.remove_created(response)
        exam.read(exam.subject_id)


def _requests(exam: Exam) -> Iterator[tuple[str, str, Call]]:
    path = exam.operation(LIST).path
    yield "id-no-utf-8", GET, Call("GET", f"{path}/%FF%FE")
    yield "id-no-utf-8-without-key", GET, Call("GET", f"{path}/%FF%FE", authorization="")
    edge = {"limit": "9223372036854775807", "offset": "1"}
    yield "page-at-int64", LIST, Call("GET", path, edge)
    yield "page-at-int64-from-memory", LIST, Call("GET", path, {"from_memory": "true", **edge})
    valid = b'{"model_name": "%s"' % exam.fresh_name().encode()
    arrays = valid + b', "x": ' + b"[" * 10_000 + b"]" * 10_000 + b"}"
    yield "10000-nested-arrays", CREATE, exam.call(CREATE, raw=arrays)
    objects = valid + b', "x": ' + b'{"x":' * 5000 + b"1" + b"}" * 5000 + b"}"
    yield "5000-nested-objects", UPDATE, exam.call(UPDATE, exam.subject_id, raw=objects)


def _shortened(call: Call) -> Call:
    if call.body is None or len(call.body) <= _LONGEST:
        return call
    return Call(call.method, call.path, call.query, call.body[:_LONGEST] + b"...", call.headers)
