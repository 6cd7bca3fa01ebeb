"""Odd requests: whatever comes, the answer is below 500, in time, and values are kept exactly or refused."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from contract_tests.conformity import configs_in
from contract_tests.errors import Interrupted
from contract_tests.exam import CREATE, DELETE, GET, LIST, UPDATE, Exam
from contract_tests.exchange import Answer, Call, Exchange
from contract_tests.layers.acceptance import budget
from contract_tests.layers.registry import PROBES
from contract_tests.readback import echo_faults
from contract_tests.residents import check_residents

EXACT = "ROB-01"
ROUTES = "ROB-02"
ALIVE = "REQ-09"

NAMES: dict[str, str] = {
    "blanks around": " x ",
    "umlauts and accents": "äöüß-éèñ-Ł",
    "CJK": "模型-モデル-모델",
    "right to left": "نموذج-מודל",
    "emoji and joiners": "🚀👩‍🔬🇪🇺",
    "combining marks": "e\u0301-a\u0308 n\u0303",
    "beyond the basic plane": "\U0001d510\U0001d52c-\U00010348",
    "markup": "<b>&amp;</b> \"q\" 'q' `q`",
    "SQL and shell": "x'; DROP TABLE t;-- $(id) %s {0} \\n",
    "path characters": "openai/gpt-4o:free@2024%2F..",
    "blanks inside": "gpt  4o\tturbo",
    "control characters": "a\u0001b\u007fc\u0085d",
    "line breaks": "first\nsecond\r\nthird",
    "zero-width and bidi controls": "a\u200bb\u202ec\ufeffd",
    "the greatest code points": "a\ufffdb\U0010fffdc",
    "compatibility letters": "\ufb01\u00bd\u2167 \uff21\uff11 \u212a",
    "escapes": "a+b\\\\c\\'d''e%41&lt;f;",
}
TOGETHER = (
    ("umlauts and accents", "CJK", "right to left", "emoji and joiners", "beyond the basic plane"),
    ("combining marks", "the greatest code points", "compatibility letters"),
    ("markup", "SQL and shell", "escapes", "path characters"),
    ("blanks inside",),
    ("control characters",),
    ("line breaks",),
    ("zero-width and bidi controls",),
)
"""Names that a gate sends in one text: a server that refuses one of them mostly refuses all, and one that changes one
of them changes the whole."""

LONG_NAMES = (255, 256, 1000, 10_000)
SPLIT_NAMES = ("a\u0000b",)
NUMBERS = (2**53, 2**53 + 1, 1e15 + 0.3, 1e100, 1.7976931348623157e308, 5e-324, 1e-300, 0.1 + 0.7, 123456789.987654321)
IDS = (
    "a/b",
    "a%2Fb",
    "%",
    "..",
    ".",
    "a b",
    "ä",
    "🚀",
    "'",
    '"',
    "<x>",
    "a;b",
    "a?b",
    "a#b",
    "x" * 300,
    "\u0000",
    "null",
)


def _kept_or_refused(
    exam: Exam, operation_id: str, config_id: str | None, body: dict[str, Any], label: str, *, read: bool = True
) -> None:
    """Check that the values of a body come back exactly, through get too where `read`, or are refused."""
    answer = exam.send_odd(operation_id, config_id, body=body)
    if answer is None:
        return
    found = configs_in(answer)
    if answer.status == 200 and found:
        views = [("the answer", found[0])]
        views += [("get", exam.read(str(found[0].get("id"))) or {})] if read else []
        for where, config in views:
            faults = [fault for _, fault in echo_faults(exam.contract, body, config)]
            exam.check(
                EXACT,
                operation_id,
                not faults,
                f"{label}: {where} has another value",
                expected="the same value, or a refusal",
                received="; ".join(fault.message for fault in faults)[:400],
            )
        if operation_id == CREATE:
            exam.remove(str(found[0].get("id")))
    else:
        exam.check(
            EXACT,
            operation_id,
            400 <= answer.status < 500,
            f"{label}: answered {answer.status}",
            expected="the same value, or a refusal",
            received=answer.shown(),
        )


@PROBES.probe(EXACT, ALIVE, layer="robustness")
def unicode_and_long_names(exam: Exam) -> None:
    """Names of all of Unicode and of any length are kept exactly or refused, on create and on update."""
    if exam.profile == "thorough":
        names = dict(NAMES)
    else:
        names = {", ".join(group): " ".join(NAMES[each] for each in group) for group in TOGETHER}
    names |= {"blanks around": NAMES["blanks around"], "a NUL": SPLIT_NAMES[0]}
    lengths = LONG_NAMES if exam.profile == "thorough" else LONG_NAMES[2:]
    names |= {f"{length} letters": "n" * length for length in lengths}
    with exam.story():
        exam.subject()
        for index, (label, name) in enumerate(names.items()):
            body = {"model_name": f"{exam.fresh_name()}-{name}", "provider": f"{name}-{exam.provider}-{name}"}
            if exam.profile == "thorough" or index == exam.seed % len(names):
                with exam.story():
                    _kept_or_refused(exam, CREATE, None, body, label)
            if exam.profile == "thorough" or index != exam.seed % len(names):
                _kept_or_refused(exam, UPDATE, exam.subject_id, body, label, read=index % 4 == 0)


@PROBES.probe(EXACT, layer="robustness")
def numbers_at_the_edges(exam: Exam) -> None:
    """Numbers at the edges of double and int64 are kept exactly or refused."""
    numbers = NUMBERS if exam.profile == "thorough" else NUMBERS[:3]
    with exam.story():
        exam.subject()
        for start in range(0, len(numbers), 3):
            lines = [budget(n, d) for n, d in zip(numbers[start : start + 3], ("1h", "1d", "1w"), strict=False)]
            label = f"limits of {', '.join(repr(line['max_limit']) for line in lines)}"
            _kept_or_refused(exam, UPDATE, exam.subject_id, {"budgets": lines}, label)
        for number in (2**63, 2**64, -(2**63) - 1, 10**30)[:: 1 if exam.profile == "thorough" else 2]:
            rate = {"rate_limit": {"token_max_limit": number, "token_reset_duration": "1d"}}
            _kept_or_refused(exam, UPDATE, exam.subject_id, rate, f"limit {number}")


@PROBES.probe(EXACT, ALIVE, layer="robustness")
def odd_ids(exam: Exam) -> None:
    """Ids with any characters answer 404, or 400, never a failure, and reach no config."""
    for config_id in IDS if exam.profile == "thorough" else IDS[exam.seed % 4 :: 4]:
        for operation_id in (GET, DELETE) if exam.profile == "thorough" else (GET,):
            with exam.story():
                answer = exam.target.send(exam.call(operation_id, exam.target.stranger(config_id))).answer
                exam.check(
                    EXACT,
                    operation_id,
                    answer.status < 500 and (operation_id == GET or answer.status != 200),
                    "an id with odd characters",
                    expected="status 404 or another below 500",
                    received=f"{config_id!r}: {answer.shown(200)}",
                )


def _odd_bodies() -> Iterator[tuple[str, bytes]]:
    valid = b'{"model_name": "@"'
    yield "10000 arrays inside each other", valid + b', "x": ' + b"[" * 10_000 + b"]" * 10_000 + b"}"
    yield "5000 objects inside each other", valid + b', "x": ' + b'{"x":' * 5000 + b"1" + b"}" * 5000 + b"}"
    yield "bytes that are no UTF-8", b'{"model_name": "\xff\xfe"}'
    yield "half a surrogate pair", b'{"model_name": "\\ud83d"}'
    yield "NaN", valid + b', "budgets": [{"max_limit": NaN, "reset_duration": "1d"}]}'
    yield "Infinity", valid + b', "budgets": [{"max_limit": Infinity, "reset_duration": "1d"}]}'
    yield "a number beyond double", valid + b', "budgets": [{"max_limit": 1e400, "reset_duration": "1d"}]}'
    yield (
        "a number of 5000 digits",
        valid + b', "budgets": [{"max_limit": ' + b"9" * 5000 + b', "reset_duration": "1d"}]}',
    )
    yield "an overlong encoding", b'{"model_name": "\xc0\xaf"}'
    yield "UTF-16", '{"model_name": "x"}'.encode("utf-16")
    yield "nothing but NUL", b"\x00" * 16
    yield "a byte order mark", b"\xef\xbb\xbf" + valid + b"}"
    yield "deep budgets", valid + b', "budgets": ' + b"[" * 500 + b"]" * 500 + b"}"
    yield "10000 unknown members", json.dumps({f"m{i}": i for i in range(10_000)}).encode()
    yield (
        "2000 budgets of one duration",
        json.dumps({"model_name": "@", "budgets": [{"max_limit": 1, "reset_duration": "1d"}] * 2000}).encode(),
    )
    yield "two megabytes of text", json.dumps({"model_name": "n" * 2_000_000}).encode()
    yield "members twice", b'{"model_name": "", "model_name": ""}'
    yield "__proto__", valid + b', "__proto__": {"scope": "user"}, "constructor": {"prototype": {}}, "provider": 7}'
    yield "a trailing comma", valid + b",}"
    yield "a comment", b'{/* c */ "model_name": ""}'


@PROBES.probe(ALIVE, layer="robustness")
def odd_bodies(exam: Exam) -> None:
    """Bodies of odd bytes, sizes and depths are answered below 500, in time, without dropping the connection."""
    bodies = list(_odd_bodies())
    both = (CREATE, UPDATE)
    with exam.story():
        exam.subject()
        share = bodies if exam.profile == "thorough" else [*bodies[:7], *bodies[7 + exam.seed % 5 :: 5]]
        for index, (label, raw) in enumerate(share):
            body = raw.replace(b'"@"', f'"{exam.fresh_name()}"'.encode())
            for operation_id in both if exam.profile == "thorough" else both[(index + exam.seed) % 3 == 0 :][:1]:
                _survives(exam, operation_id, exam.subject_id, body, label)
        exam.check(
            ALIVE,
            GET,
            exam.read(exam.subject_id) is not None,
            "the server lost a config over odd requests",
            expected="status 200",
            received="404",
        )


def _survives(exam: Exam, operation_id: str, config_id: str, raw: bytes, label: str) -> None:
    call = exam.call(operation_id, config_id, raw=raw)
    answer = _answer_or_finding(exam, operation_id, call, label)
    if answer is None:
        return
    exam.check(
        ALIVE,
        operation_id,
        answer.status < 500,
        f"{label}: answered {answer.status}",
        expected="a status below 500",
        received=answer.shown(),
        steps=(Exchange(_shortened(call), answer),),
    )
    for config in configs_in(answer) if operation_id == CREATE else ():
        exam.remove(str(config.get("id")))


def _answer_or_finding(exam: Exam, operation_id: str, call: Call, label: str) -> Answer | None:
    try:
        return exam.target.send_once(call).answer
    except Interrupted as first:
        try:
            return exam.target.send_once(call).answer
        except Interrupted as second:
            exam.send(LIST, query={"limit": "1"})
            steps = (Exchange(_shortened(call), Answer(0, {}, b"")),)
            received = f"{first}; {second}"
            exam.fault(ALIVE, operation_id, f"{label}: no answer", "an answer below 500", received, steps=steps)
            return None


def _shortened(call: Call) -> Call:
    body = call.body or b""
    return call if len(body) < 500 else Call(call.method, call.path, call.query, body[:60] + b"...", call.headers)


@PROBES.probe(ALIVE, layer="robustness", name="odd_content_types")
def odd_content_types(exam: Exam) -> None:
    """A body of another content type, or of none, is answered below 500."""
    types = ("text/plain", "", "application/xml", "application/x-www-form-urlencoded", "multipart/form-data", "x")
    for content_type in types if exam.profile == "thorough" else types[:2]:
        with exam.story():
            exam.subject()
            raw = json.dumps({"model_name": exam.fresh_name()}).encode()
            call = exam.call(UPDATE, exam.subject_id, raw=raw, headers={"Content-Type": content_type})
            answer = _answer_or_finding(exam, UPDATE, call, f"content type {content_type!r}")
            if answer is not None:
                exam.check(
                    ALIVE,
                    UPDATE,
                    answer.status < 500,
                    f"content type {content_type!r}",
                    expected="a status below 500",
                    received=answer.shown(),
                    steps=(Exchange(call, answer),),
                )


@PROBES.probe(ROUTES, layer="robustness")
def unknown_methods_and_paths(exam: Exam) -> None:
    """An unsupported method answers 405 or 404, an unknown path 404."""
    collection = exam.operation(LIST).path
    exam.subject()
    config_id = exam.subject_id
    methods = (
        ("PUT", collection),
        ("DELETE", collection),
        ("POST", f"{collection}/{config_id}"),
    )
    for method, path in (*methods, ("PATCH", f"{collection}/{config_id}")):
        call = Call(method, path, body=b"{}", headers={"Content-Type": "application/json"})
        _check_route(exam, call, (405, 404), f"{method} on {'the list' if path == collection else 'a config'}")
    for path in (f"{collection}-no-such", f"{collection}/{config_id}/no-such"):
        _check_route(exam, Call("GET", path), (404,), "an unknown path")
    exam.check(
        ROUTES,
        GET,
        exam.read(config_id) is not None,
        "an unsupported method removed a config",
        expected="status 200",
        received="404",
    )


def _check_route(exam: Exam, call: Call, allowed: tuple[int, ...], label: str) -> None:
    exam.target.stranger(call.path.rsplit("/", 1)[-1])
    exchange = exam.target.send(call)
    exam.check(
        ROUTES,
        LIST,
        exchange.answer.status in allowed,
        label,
        expected=f"status {' or '.join(map(str, allowed))}",
        received=exchange.answer.shown(200),
        steps=(exchange,),
    )


@PROBES.probe(ALIVE, "LIST-01", layer="robustness", name="odd_queries")
def odd_queries(exam: Exam) -> None:
    """Odd queries are answered below 500."""
    every = [(name, text) for text in _TEXTS for name in ("search", "limit", "offset", "scope", "provider")]
    for name, text in every if exam.profile == "thorough" else [*_TELLING, every[exam.seed % len(every)]]:
        with exam.story():
            answer = exam.send_odd(LIST, query={name: text})
            if answer is not None:
                label, received = f"{name}={text[:20]!r}", answer.shown()
                exam.check(ALIVE, LIST, answer.status < 500, label, expected="below 500", received=received)


_TEXTS = (
    "'\"([{%_\\",
    "%00",
    "\u0000",
    "%zz",
    "🚀",
    "'",
    '"',
    "a" * 3000,
    "\\",
    "[]",
    "{}",
    "null",
    "1e309",
    "9" * 400,
    "-0",
    "٣",
)
_TELLING = (
    ("search", "'\"([{%_\\"),
    ("search", "\u0000🚀"),
    ("search", "a" * 3000),
    ("provider", "'\"\u0000"),
    ("offset", "9" * 19),
    ("limit", "9" * 400),
    ("scope", "🚀"),
)
"""Queries on which servers fail most often; they are always sent."""


@PROBES.probe("LIFE-05", "LIFE-04", "LIST-01", layer="robustness")
def residents_are_unharmed(exam: Exam) -> None:
    """After all that a run did, the configs that it only created are as they were, and those it deleted are gone."""
    with exam.story():
        listed = check_residents(exam, "LIFE-05", UPDATE, "a config that nobody touched changed during the run")
        back = [config for config in listed if exam.target.journal.has_deleted(str(config.get("id")))]
        label = "configs whose delete was answered 200 are in the list"
        exam.check("LIFE-04", DELETE, not back, label, expected="none of them", received=f"{len(back)} of them")
