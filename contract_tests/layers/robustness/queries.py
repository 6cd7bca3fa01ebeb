"""Odd queries of the list: whatever comes, the answer is below 500."""

from __future__ import annotations

from contract_tests.conformity import NEVER_FAILS, configs_in
from contract_tests.exam import LIST, Exam
from contract_tests.layers.lists import FILTERS, matches
from contract_tests.layers.registry import PROBES


@PROBES.probe(NEVER_FAILS, "LIST-01", FILTERS, layer="robustness", name="odd_queries")
def odd_queries(exam: Exam) -> None:
    """Odd queries are answered below 500, and a scope that there is none of filters everything out."""
    every = [(name, text) for text in _TEXTS for name in ("search", "limit", "offset", "scope", "provider")]
    for name, text in every if exam.profile == "thorough" else _TELLING:
        with exam.story():
            answer = exam.send_odd(LIST, query={name: text})
            if answer is not None:
                label, received = f"{name}={text[:20]!r}", answer.shown()
                exam.check(NEVER_FAILS, LIST, answer.status < 500, label, expected="below 500", received=received)
                wrong = name == "scope" and [each for each in configs_in(answer) if not matches(each, {name: text})]
                exam.check(FILTERS, LIST, not wrong, f"the filter {label}", expected="no configs", received=received)


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
