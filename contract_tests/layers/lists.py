"""The list: its form, its pages, its filters."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from contract_tests import samples
from contract_tests.exam import DELETE, LIST, UPDATE, Exam
from contract_tests.layers.registry import PROBES

PAGES = "LIST-02"
FILTERS = "LIST-03"


def _total(value: dict[str, Any]) -> Any:
    total = value.get("total_count")
    return total if isinstance(total, int) and not isinstance(total, bool) else None


def _ids(value: dict[str, Any]) -> list[Any]:
    configs = value.get("model_configs")
    return [config.get("id") for config in configs if isinstance(config, dict)] if isinstance(configs, list) else []


@PROBES.probe("LIST-01")
def form_of_the_list(exam: Exam) -> None:
    """The list is an array, also when nothing matches, and counts all matches, whatever the page."""
    with exam.story():
        nothing = exam.page(search=exam.fresh_name("nothing"))
        exam.check(
            "LIST-01",
            LIST,
            nothing.get("model_configs") == [],
            "an empty list is no empty array",
            expected="[]",
            received=repr(nothing.get("model_configs"))[:200],
        )
        exam.check(
            "LIST-01",
            LIST,
            _total(nothing) == 0,
            "the total of nothing",
            expected="0",
            received=repr(nothing.get("total_count")),
        )
    with exam.story():
        subject = exam.subject()
        config = exam.create(exam.filled(samples.smallest()))
        exam.send(UPDATE, subject["id"], body={"model_name": exam.fresh_name("renamed")})
        before = _check_total(exam, UPDATE, None)
        exam.remove(config["id"])
        _check_total(exam, DELETE, before - 1)


def _check_total(exam: Exam, operation_id: str, expected: int | None) -> int:
    """Check the total on a small page against what all pages hold: others may write to the target too."""
    query = _undisturbed(exam)
    held = len(exam.all_configs(**query))
    total = _total(exam.page(limit="1", **query))
    exam.check(
        "LIST-01",
        LIST,
        total in (held, expected),
        f"total_count after {operation_id}",
        expected=f"{held}, as many as all pages hold",
        received=repr(total),
    )
    return held


@PROBES.probe("LIST-02")
def pages(exam: Exam) -> None:
    """Pages by limit and offset hold what they should, neither overlap nor miss, and end."""
    made = [exam.create(exam.filled(samples.smallest()))["id"] for _ in range(3)]
    for size in (2, 3) if exam.profile == "thorough" else (3,):
        with exam.story():
            facts = list(_page_facts(exam, size, _undisturbed(exam)))
            if not all(fact.holds for fact in facts) and not _is_quiet(exam):
                exam.restart()
                facts = list(_page_facts(exam, size, exam.own))
            for fact in facts:
                exam.check(PAGES, LIST, fact.holds, fact.label, expected=fact.expected, received=fact.received)
    held = {config.get("id") for config in exam.all_configs()}
    exam.check(
        PAGES,
        LIST,
        set(made) <= held,
        "a new config is on no page",
        expected="all of them",
        received=repr(set(made) - held),
    )


@dataclass(frozen=True)
class _Fact:
    """What was looked at, and whether it is as it should be."""

    label: str
    holds: bool
    expected: str
    received: str


def _page_facts(exam: Exam, size: int, query: Mapping[str, str]) -> Iterator[_Fact]:
    first = exam.page(limit=str(size), offset="0", **query)
    total = _total(first) or 0
    seen = _ids(first)
    wanted = min(size, total)
    label = f"a page of {size} has another size"
    yield _Fact(label, len(seen) == wanted, f"{wanted} configs", f"{len(seen)} configs")
    start = max(0, total - 7)
    shown = [str(each) for each in _walk(exam, start, size, total, query)]
    whole = [str(each) for each in _ids(exam.page(limit="100", offset=str(start), **query))[: total - start]]
    received = f"{len(shown)} entries, {len(set(shown))} configs"
    yield _Fact("pages overlap", len(shown) == len(set(shown)), "each config once", received)
    received = f"{len(set(whole) - set(shown))} of them are on no page"
    expected = f"the {len(whole)} configs after offset {start}"
    yield _Fact("pages miss configs", set(shown) == set(whole), expected, received)
    beyond = _ids(exam.page(limit=str(size), offset=str(total + 5), **query))
    yield _Fact("a page behind the end", not beyond, "no configs", repr(beyond)[:200])


def _walk(exam: Exam, start: int, size: int, total: int, query: Mapping[str, str]) -> list[Any]:
    shown: list[Any] = []
    for offset in range(start, total, size):
        shown += _ids(exam.page(limit=str(size), offset=str(offset), **query))
    return shown


def _undisturbed(exam: Exam) -> Mapping[str, str]:
    """Return the query of a list that only this process changes: of everything, where nobody else is at work."""
    return exam.own if exam.is_shared else {}


def _is_quiet(exam: Exam) -> bool:
    """Return whether nobody else creates or deletes configs at this moment, which moves what stands on which page."""
    with exam.story():
        views = [{str(config.get("id")) for config in exam.all_configs()} for _ in range(3)]
    return not exam.is_shared and all(view == views[0] for view in views)


@PROBES.probe("LIST-03")
def filters(exam: Exam) -> None:
    """Scope and provider filter exactly, search is a case-insensitive substring without wildcards, all combine."""
    with exam.story():
        stem = exam.fresh_name("filter")
        bodies: dict[str, dict[str, Any]] = {
            "plain": {"model_name": f"{stem}-Alpha", "provider": exam.provider},
            "other": {"model_name": f"{stem}-beta", "provider": f"{exam.provider}-2"},
            "percent": {"model_name": f"{stem}-100%x"},
            "underscore": {"model_name": f"{stem}-a_x"},
            "letter": {"model_name": f"{stem}-abx"},
        }
        for scope, key in exam.scopes.by_scope().items():
            bodies[scope] = {"model_name": f"{stem}-scoped", "provider": exam.provider, "scope": scope, "scope_id": key}
        made = {name: exam.create(body)["id"] for name, body in bodies.items()}
        scoped = tuple(exam.scopes.by_scope())
        wanted: list[tuple[str, dict[str, str], tuple[str, ...]]] = [
            ("search", {"search": stem}, tuple(made)),
            ("search in capitals", {"search": f"{stem}-ALPHA".upper()}, ("plain",)),
            ("search in the middle and provider", {"search": stem[3:], "provider": f"{exam.provider}-2"}, ("other",)),
            ("search with a percent sign", {"search": f"{stem}-100%"}, ("percent",)),
            ("search with a dot for any letter", {"search": f"{stem[:-1]}."}, ()),
            ("search for a provider", {"search": exam.provider}, ()),
            ("the provider in capitals", {"provider": exam.provider.upper(), "search": stem}, ()),
            ("search with an underscore", {"search": f"{stem}-a_x"}, ("underscore",)),
            ("provider", {"provider": exam.provider, "search": stem}, ("plain", *scoped)),
            ("a part of a provider", {"provider": exam.provider[:-1], "search": stem}, ()),
            (
                "scope global",
                {"scope": "global", "search": stem},
                ("plain", "other", "percent", "underscore", "letter"),
            ),
            *((f"scope {scope}", {"scope": scope, "search": stem}, (scope,)) for scope in scoped),
        ]
        held = [_check_filter(exam, label, query, {made[name] for name in names}) for label, query, names in wanted]
        if not held[0]:
            return
        parts = [exam.page(search=stem, limit="2", offset=str(offset)) for offset in (0, 2)]
        totals = [_total(part) for part in parts]
        exam.check(
            "LIST-01",
            LIST,
            all(total == len(made) for total in totals),
            "total_count of a page of a filtered list",
            expected=f"{len(made)}, as many as match",
            received=repr(totals),
        )
        pages = [_ids(part) for part in parts]
        exam.check(
            PAGES,
            LIST,
            len({*pages[0], *pages[1]} & set(made.values())) == 4,
            "pages of a filtered list",
            expected="two matching configs on each, no one twice",
            received=repr(pages),
        )


def _check_filter(exam: Exam, label: str, query: dict[str, str], expected: set[str]) -> bool:
    """Check that a filtered list holds the expected configs and counts them; return whether it holds them."""
    value = exam.page(limit="100", **query)
    found = set(_ids(value))
    exam.check(
        FILTERS,
        LIST,
        found == expected,
        f"the filter by {label}",
        expected=f"{len(expected)} configs of those made for it",
        received=f"{len(found & expected)} of them and {len(found - expected)} others",
    )
    exam.check(
        "LIST-01",
        LIST,
        found != expected or _total(value) == len(expected),
        "total_count of a filtered list",
        expected=str(len(expected)),
        received=repr(value.get("total_count")),
    )
    return found == expected


@PROBES.probe("LIST-04")
def refused_pages(exam: Exam) -> None:
    """A limit or offset that is no number or negative is refused."""
    for name in ("limit", "offset"):
        for text in ("abc", "-1", "1x") if exam.profile == "thorough" else ("abc", "-1"):
            with exam.story():
                answer = exam.send(LIST, query={name: text})
                exam.check_refused("LIST-04", LIST, answer, f"{name} {text!r}")
