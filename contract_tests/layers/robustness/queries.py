"""Odd queries of the list: whatever comes, the answer is below 500."""

from __future__ import annotations

from contract_tests.exam import LIST, Exam
from contract_tests.exchange import Call
from contract_tests.layers.lists import FILTERS
from contract_tests.layers.registry import PROBES
from contract_tests.rules import NEVER_FAILS


@PROBES.probe(NEVER_FAILS, "LIST-01", FILTERS, layer="robustness", name="odd_queries")
def odd_queries(exam: Exam) -> None:
    """Odd queries are answered below 500, and a scope that there is none of filters everything out."""
    every = [(name, text) for text in _TEXTS for name in ("search", "limit", "offset", "scope", "provider")]
    for query in [{name: text} for name, text in every] if exam.profile == "thorough" else _TELLING:
        with exam.story():
            exam.send_odd(LIST, query=query)
    with exam.story():
        exam.target.send(Call("GET", f"{exam.operation(LIST).path}?{_REPEATED}"))


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
