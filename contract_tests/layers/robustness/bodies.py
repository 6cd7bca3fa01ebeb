"""Odd bodies: whatever comes, the answer is below 500 and in time."""

from __future__ import annotations

import json
from collections.abc import Iterator

from contract_tests.exam import CREATE, LIST, UPDATE, Exam
from contract_tests.exchange import Call, Exchange, Response
from contract_tests.labels import UNANSWERED
from contract_tests.layers.registry import PROBES
from contract_tests.rules import NEVER_FAILS

NULLS = "nulls"
"""The odd body with null for each member that may be left out, for creates: updates have a probe for that (PUT-01)."""


def _odd_bodies() -> Iterator[tuple[str, bytes]]:
    valid = b'{"model_name": "@"'
    yield NULLS, valid + b', "provider": null, "scope": null, "scope_id": null, "budgets": null, "rate_limit": null}'
    yield "no-utf-8", b'{"model_name": "\xff\xfe"}'
    yield "half-a-surrogate-pair", b'{"model_name": "\\ud83d", "provider": "\\ud83d"}'
    pair = b'{"max_limit": NaN, "reset_duration": "1h"}, {"max_limit": Infinity, "reset_duration": "1d"}'
    yield "nan-and-infinity", valid + b', "budgets": [' + pair + b"]}"
    yield "number-beyond-double", valid + b', "budgets": [{"max_limit": 1e400, "reset_duration": "1d"}]}'
    yield (
        "2000-budgets",
        json.dumps({"model_name": "@", "budgets": [{"max_limit": 1, "reset_duration": "1d"}] * 2000}).encode(),
    )
    yield "trailing-comma", valid + b",}"
    digits = b"9" * 5000
    rate = b', "rate_limit": {"token_max_limit": ' + digits + b', "token_reset_duration": "1d"}}'
    yield (
        "5000-digits",
        valid + b', "budgets": [{"max_limit": ' + digits + b', "reset_duration": "1d"}]' + rate,
    )
    yield "overlong-encoding", b'{"model_name": "\xc0\xaf"}'
    yield "utf-16", '{"model_name": "x"}'.encode("utf-16")
    yield "nul-bytes", b"\x00" * 16
    yield "byte-order-mark", b"\xef\xbb\xbf" + valid + b"}"
    yield "500-nested-arrays", valid + b', "budgets": ' + b"[" * 500 + b"]" * 500 + b"}"
    yield "10000-unknown-members", json.dumps({f"m{i}": i for i in range(10_000)}).encode()
    yield "two-megabytes", json.dumps({"model_name": "n" * 2_000_000}).encode()
    yield "member-twice", b'{"model_name": "", "model_name": ""}'
    yield "proto", valid + b', "__proto__": {"scope": "user"}, "constructor": {"prototype": {}}, "provider": 7}'
    yield "comment", b'{/* c */ "model_name": ""}'


@PROBES.probe(NEVER_FAILS, "REQ-08", "BUD-01", "RESP-05", layer="robustness")
def odd_bodies(exam: Exam) -> None:
    """Bodies of odd bytes, sizes and depths are answered below 500, in time, without dropping the connection."""
    bodies = list(_odd_bodies())
    with exam.story():
        share = bodies if exam.profile == "thorough" else [*bodies[:7], *bodies[7 + exam.seed % 6 :: 6]]
        for index, (name, raw) in enumerate(share):
            body = raw.replace(b'"@"', f'"{exam.fresh_name()}"'.encode())
            for operation_id in _operations(exam, index, name):
                _send_odd_body(exam, operation_id, body, name)
        exam.read(exam.subject_id)


def _operations(exam: Exam, index: int, name: str) -> tuple[str, ...]:
    """Return the operations that get a body: in a gate one of them, in turn."""
    if name == NULLS:
        return (CREATE,)
    if exam.profile == "thorough":
        return CREATE, UPDATE
    return (UPDATE,) if (index + exam.seed) % 3 == 0 else (CREATE,)


def _send_odd_body(exam: Exam, operation_id: str, raw: bytes, name: str) -> None:
    """Create a config of an odd body, which is removed again, or update the shared one with it."""
    answer = _answer_or_finding(exam, operation_id, exam.call(operation_id, exam.subject_id, raw=raw), name)
    if answer is not None and operation_id == CREATE:
        exam.remove_created(answer)


def _answer_or_finding(exam: Exam, operation_id: str, call: Call, name: str) -> Response | None:
    """Return what an odd request is answered; None where it is twice not answered, a finding of REQ-09."""
    exchange = exam.target.send_once(call, is_fresh=True)
    if exchange.response.is_missing:
        first, exchange = exchange.response.breach, exam.target.send_once(call, is_fresh=True)
        if exchange.response.is_missing:
            exam.send(LIST, query={"limit": "1"})
            steps, received = (Exchange(_shortened(call), exchange.response),), f"{first}; {exchange.response.breach}"
            exam.fault(NEVER_FAILS, operation_id, f"{UNANSWERED}-{name}", "an answer below 500", received, steps=steps)
            return None
    return exchange.response


def _shortened(call: Call) -> Call:
    body = call.body or b""
    return call if len(body) < 500 else Call(call.method, call.path, call.query, body[:60] + b"...", call.headers)


_NO_CHARSET = "application/json; charset=no-such"
_ODD_TYPES = {
    "text-plain": "text/plain",
    "no-content-type": "",
    "no-such-charset": _NO_CHARSET,
    "xml": "application/xml",
    "multipart": "multipart/form-data",
    "no-media-type": "x",
}


@PROBES.probe(NEVER_FAILS, layer="robustness", name="odd_content_types")
def odd_content_types(exam: Exam) -> None:
    """A body of another content type or coding, or of none, is answered below 500."""
    odd = [("coding-not-used", {"Content-Type": _NO_CHARSET, "Content-Encoding": "gzip"})]
    if exam.profile == "thorough":
        odd += [(name, {"Content-Type": text}) for name, text in _ODD_TYPES.items()]
    for name, headers in odd:
        with exam.story():
            raw = json.dumps({"model_name": exam.fresh_name()}).encode()
            call = exam.call(UPDATE, exam.subject_id, raw=raw, headers=headers)
            _answer_or_finding(exam, UPDATE, call, name)
