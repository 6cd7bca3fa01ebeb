"""Odd bodies: whatever comes, the answer is below 500 and in time."""

from __future__ import annotations

import json
from collections.abc import Iterator

from contract_tests.exam import CREATE, LIST, UPDATE, Exam
from contract_tests.exchange import Call, Exchange, Response
from contract_tests.layers.registry import PROBES
from contract_tests.rules import NEVER_FAILS

NULLS = "null wherever a member may be left out"
"""The odd body that only creates get: nulls in updates are a probe of their own (PUT-01)."""


def _odd_bodies() -> Iterator[tuple[str, bytes]]:
    valid = b'{"model_name": "@"'
    yield NULLS, valid + b', "provider": null, "scope": null, "scope_id": null, "budgets": null, "rate_limit": null}'
    yield "bytes that are no UTF-8", b'{"model_name": "\xff\xfe"}'
    yield "half a surrogate pair", b'{"model_name": "\\ud83d", "provider": "\\ud83d"}'
    pair = b'{"max_limit": NaN, "reset_duration": "1h"}, {"max_limit": Infinity, "reset_duration": "1d"}'
    yield "NaN and Infinity", valid + b', "budgets": [' + pair + b"]}"
    yield "a number beyond double", valid + b', "budgets": [{"max_limit": 1e400, "reset_duration": "1d"}]}'
    yield (
        "2000 budgets of one duration",
        json.dumps({"model_name": "@", "budgets": [{"max_limit": 1, "reset_duration": "1d"}] * 2000}).encode(),
    )
    yield "a trailing comma", valid + b",}"
    digits = b"9" * 5000
    rate = b', "rate_limit": {"token_max_limit": ' + digits + b', "token_reset_duration": "1d"}}'
    yield (
        "numbers of 5000 digits",
        valid + b', "budgets": [{"max_limit": ' + digits + b', "reset_duration": "1d"}]' + rate,
    )
    yield "an overlong encoding", b'{"model_name": "\xc0\xaf"}'
    yield "UTF-16", '{"model_name": "x"}'.encode("utf-16")
    yield "nothing but NUL", b"\x00" * 16
    yield "a byte order mark", b"\xef\xbb\xbf" + valid + b"}"
    yield "deep budgets", valid + b', "budgets": ' + b"[" * 500 + b"]" * 500 + b"}"
    yield "10000 unknown members", json.dumps({f"m{i}": i for i in range(10_000)}).encode()
    yield "two megabytes of text", json.dumps({"model_name": "n" * 2_000_000}).encode()
    yield "members twice", b'{"model_name": "", "model_name": ""}'
    yield "__proto__", valid + b', "__proto__": {"scope": "user"}, "constructor": {"prototype": {}}, "provider": 7}'
    yield "a comment", b'{/* c */ "model_name": ""}'


@PROBES.probe(NEVER_FAILS, "REQ-08", "BUD-01", "RESP-05", layer="robustness")
def odd_bodies(exam: Exam) -> None:
    """Bodies of odd bytes, sizes and depths are answered below 500, in time, without dropping the connection."""
    bodies = list(_odd_bodies())
    with exam.story():
        share = bodies if exam.profile == "thorough" else [*bodies[:7], *bodies[7 + exam.seed % 6 :: 6]]
        for index, (label, raw) in enumerate(share):
            body = raw.replace(b'"@"', f'"{exam.fresh_name()}"'.encode())
            for operation_id in _operations(exam, index, label):
                _send_odd_body(exam, operation_id, body, label)
        exam.read(exam.subject_id)


def _operations(exam: Exam, index: int, label: str) -> tuple[str, ...]:
    """Return the operations that get a body: in a gate one of them, in turn."""
    if label == NULLS:
        return (CREATE,)
    if exam.profile == "thorough":
        return CREATE, UPDATE
    return (UPDATE,) if (index + exam.seed) % 3 == 0 else (CREATE,)


def _send_odd_body(exam: Exam, operation_id: str, raw: bytes, label: str) -> None:
    """Create a config of an odd body, which is removed again, or update the shared one with it."""
    answer = _answer_or_finding(exam, operation_id, exam.call(operation_id, exam.subject_id, raw=raw), label)
    if answer is not None and operation_id == CREATE:
        exam.remove_created(answer)


def _answer_or_finding(exam: Exam, operation_id: str, call: Call, label: str) -> Response | None:
    """Return what an odd request is answered; None where it is twice not answered, a finding of REQ-09."""
    exchange = exam.target.send_once(call, is_fresh=True)
    if exchange.response.is_missing:
        first, exchange = exchange.response.breach, exam.target.send_once(call, is_fresh=True)
        if exchange.response.is_missing:
            exam.send(LIST, query={"limit": "1"})
            steps, received = (Exchange(_shortened(call), exchange.response),), f"{first}; {exchange.response.breach}"
            exam.fault(NEVER_FAILS, operation_id, f"{label}: no answer", "an answer below 500", received, steps=steps)
            return None
    return exchange.response


def _shortened(call: Call) -> Call:
    body = call.body or b""
    return call if len(body) < 500 else Call(call.method, call.path, call.query, body[:60] + b"...", call.headers)


@PROBES.probe(NEVER_FAILS, layer="robustness", name="odd_content_types")
def odd_content_types(exam: Exam) -> None:
    """A body of another content type or coding, or of none, is answered below 500."""
    odd = ("text/plain", "", "application/json; charset=no-such", "application/xml", "multipart/form-data", "x")
    gate = {"Content-Type": odd[2], "Content-Encoding": "gzip"}
    for headers in [gate, *({"Content-Type": each} for each in odd if exam.profile == "thorough")]:
        with exam.story():
            raw = json.dumps({"model_name": exam.fresh_name()}).encode()
            call = exam.call(UPDATE, exam.subject_id, raw=raw, headers=headers)
            label = " and ".join(f"{name} {text!r}" for name, text in headers.items())
            _answer_or_finding(exam, UPDATE, call, label)
