"""Odd queries of the list: whatever comes, the answer is below 500."""

from __future__ import annotations

from contract_tests.configs import configs_in
from contract_tests.exam import LIST, Exam
from contract_tests.exchange import Call, Response
from contract_tests.layers.lists import FILTERS, matches
from contract_tests.layers.registry import PROBES
from contract_tests.rules import NEVER_FAILS


@PROBES.probe(NEVER_FAILS, "LIST-01", FILTERS, layer="robustness", name="odd_queries")
def odd_queries(exam: Exam) -> None:
    """Odd queries are answered below 500, and a scope that there is none of filters everything out."""
    every = [(name, text) for text in _TEXTS for name in ("search", "limit", "offset", "scope", "provider")]
    for query in [{name: text} for name, text in every] if exam.profile == "thorough" else _TELLING:
        with exam.story():
            answer = exam.send_odd(LIST, query=query)
            if answer is not None:
                label = " and ".join(f"{name}={text[:20]!r}" for name, text in query.items())
                _check(exam, answer, label)
                wrong = "scope" in query and [each for each in configs_in(answer) if not matches(each, query)]
                received = answer.shown()
                exam.check(FILTERS, LIST, not wrong, f"the filter {label}", expected="no configs", received=received)
    with exam.story():
        call = Call("GET", f"{exam.operation(LIST).path}?{_REPEATED}")
        _check(exam, exam.target.send(call).response, "parameters twice, and bytes that are no UTF-8")


def _check(exam: Exam, answer: Response, label: str) -> None:
    exam.check(NEVER_FAILS, LIST, not answer.is_failure, label, expected="below 500", received=answer.shown())


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
    "²",
    "-0",
    "٣",
)
_TELLING: tuple[dict[str, str], ...] = (
    {"search": "'\"([{%_\\", "provider": "'\"\u0000"},
    {"search": "\u0000🚀"},
    {"search": "a" * 3000, "offset": "9" * 19},
    {"limit": "²"},
    {"scope": "🚀"},
)
"""Queries on which servers fail most often; they are always sent."""
_REPEATED = "limit=7&limit=7&offset=0&offset=0&search=%ff&provider=%ff&provider=%fe"
"""A query that no client library would send."""
