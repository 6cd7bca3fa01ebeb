"""The list: its form, its pages, its filters."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from contract_tests.configs import configs_in
from contract_tests.exam import LIST, Exam
from contract_tests.exchange import Exchange
from contract_tests.layers.registry import PROBES
from contract_tests.readback import check_equal
from contract_tests.residents import made_residents, settled, stem_of

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
    """The list is an array, also when nothing matches."""
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


@PROBES.probe("LIST-02", "LIST-01")
def pages(exam: Exam) -> None:
    """Each page holds what stands between its offset and its limit in the whole list, and every page counts all."""
    exam.need_intact("id")
    with exam.story():
        settled(exam)
        exam.restart()
        facts = list(_page_facts(exam, _undisturbed(exam)))
        if not all(fact.holds for fact in facts) and not _is_quiet(exam):
            exam.restart()
            facts = list(_page_facts(exam, exam.own))
    for fact in facts:
        exam.check(
            fact.rule, LIST, fact.holds, fact.label, expected=fact.expected, received=fact.received, steps=fact.steps
        )


@dataclass(frozen=True)
class _Fact:
    """What was looked at, and whether it is as it should be."""

    rule: str
    label: str
    holds: bool
    expected: str
    received: str
    steps: tuple[Exchange, ...]


def _page_facts(exam: Exam, query: Mapping[str, str]) -> Iterator[_Fact]:
    whole = [config.get("id") for config in exam.all_configs(**query)]
    own = {config["id"] for config in settled(exam).values() if matches(config, query)}
    missing, twice = own - set(whole), {str(key) for key in whole if whole.count(key) > 1}
    yield _Fact(PAGES, "a config is on no page", not missing, "all of them", repr(missing)[:300], exam.trail)
    yield _Fact(PAGES, "pages overlap", not twice, "each config once", repr(twice)[:300], exam.trail)
    for limit, offset in _pages_to_try(len(whole)):
        yield from _facts_of(exam, whole, limit, offset, query)


def _pages_to_try(total: int) -> list[tuple[int, int]]:
    """Return limits and offsets: the first, the second, across, the last entry, and behind the end."""
    return [(1, 0), (2, 1), (7, 5), (4, max(0, total - 1)), (3, total + 1)]


def _facts_of(exam: Exam, whole: list[Any], limit: int, offset: int, query: Mapping[str, str]) -> Iterator[_Fact]:
    value = exam.page(limit=str(limit), offset=str(offset), **query)
    steps = exam.trail[-1:]
    shown, wanted, total = _ids(value), whole[offset : offset + limit], _total(value)
    where = "a page behind the end" if offset >= len(whole) else "a page"
    is_size = len(shown) == len(wanted)
    yield _Fact(PAGES, f"{where} has another size", is_size, f"{len(wanted)} configs", f"{len(shown)}", steps)
    holds = not is_size or {*map(str, shown)} == {*map(str, wanted)}
    yield _Fact(PAGES, f"{where} holds other configs", holds, str(wanted)[:300], str(shown)[:300], steps)
    expected = f"{len(whole)}, as all pages hold"
    yield _Fact("LIST-01", "total_count of a page", total == len(whole), expected, repr(total), steps)


def _undisturbed(exam: Exam) -> Mapping[str, str]:
    """Return the query of a list that only this process changes: of everything, where nobody else is at work."""
    return exam.own if exam.is_shared else {}


def _is_quiet(exam: Exam) -> bool:
    """Return whether nobody else creates or deletes configs at this moment, which moves what stands on which page."""
    with exam.story():
        views = [{str(config.get("id")) for config in exam.all_configs()} for _ in range(3)]
    return not exam.is_shared and all(view == views[0] for view in views)


@PROBES.probe("LIST-03", "LIST-01", "LIST-02", "RESP-02")
def filters(exam: Exam) -> None:
    """Scope and provider filter exactly, search is a case-insensitive substring without wildcards, all combine."""
    exam.need_intact("id", "model_name", "provider", "scope")
    made = settled(exam)
    found = {label: _check_filter(exam, label, query, list(made.values())) for label, query in _queries(exam)}
    if any(found[label] is None for label in ("search", "scope global", "provider")):
        return
    with exam.story():
        query = {"search": stem_of(exam), "scope": "global", "provider": exam.provider}
        wanted = {config["id"] for config in made.values() if matches(config, query)}
        half = max(1, (len(wanted) + 1) // 2)
        parts = [exam.page(**query, limit=str(half), offset=str(offset)) for offset in (0, half)]
        totals = [_total(part) for part in parts]
        exam.check(
            "LIST-01",
            LIST,
            all(total == len(wanted) for total in totals),
            "total_count of a page of a filtered list",
            expected=f"{len(wanted)}, as many as match",
            received=repr(totals),
        )
        rest = {*_ids(exam.page(**query, offset=str(half)))}
        label, received = "an offset without limit in a filtered list", repr(sorted(rest))[:300]
        holds = bool(rest) == (len(wanted) > half) and rest <= wanted - {*_ids(parts[0])}
        exam.check(PAGES, LIST, holds, label, expected=f"those behind the first {half}", received=received)
        shown = [_ids(part) for part in parts]
        exam.check(
            PAGES,
            LIST,
            len(shown[0]) + len(shown[1]) == len(wanted) and {*shown[0], *shown[1]} == wanted,
            "pages of a filtered list",
            expected=f"on two pages of {half} each matching config once",
            received=repr(shown),
        )


def _queries(exam: Exam) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield filters, each alone and several together, such as a query built otherwise would answer differently."""
    stem, provider = stem_of(exam), exam.provider
    within = stem.removeprefix(exam.prefix)
    yield "search", {"search": stem}
    yield "search in capitals", {"search": f"{stem}-A-X".upper()}
    yield "search in the middle and provider", {"search": within[:-3], "provider": f"{provider}-2"}
    yield "search at the end of a long name", {"search": f"{'n' * 30}b"}
    yield "search with a percent sign", {"search": f"{stem[-9:]}-100%41"}
    yield "search with nothing but a percent sign", {"search": "%"}
    yield "search with an underscore", {"search": f"{within}-a_x"}
    yield "search with a dot for any letter", {"search": f"{stem[:-1]}."}
    yield "search with a backslash before a letter", {"search": f"{stem[:-1]}\\{stem[-1]}"}
    yield "search with an asterisk for any text", {"search": f"{exam.prefix}*{stem[-9:]}"}
    yield "search for a provider", {"search": provider}
    yield "the provider in capitals", {"provider": provider.upper()}
    yield "provider", {"provider": provider}
    yield "scope, provider and search", {"scope": "global", "provider": provider, "search": f"{stem}-"}
    yield "two providers", {"provider": f"{provider},{provider}-2"}
    yield "a part of a provider", {"provider": provider[:-1], "search": stem}
    yield "a word of a search", {"search": f"{stem}-of-something-else"}
    key = exam.scopes.virtual_key
    if key and key.lower() not in stem.lower():
        yield "search for a scope target", {"search": key}
    for config in [each.config for each in made_residents(exam) if each.config][:1]:
        yield "search for an id", {"search": config["id"]}
    yield "scope global", {"scope": "global", "search": stem}
    for scope in exam.scopes.by_scope():
        yield f"scope {scope}", {"scope": scope, "search": stem}
    for scope in (*exam.scopes.by_scope(), "global")[:1]:
        yield f"scope {scope}, provider and search", {"scope": scope, "provider": provider, "search": stem}
        yield f"scope {scope} and another provider", {"scope": scope, "provider": f"{provider}-2"}
    if any(not each.wanted.body["model_name"].isascii() for each in made_residents(exam)):
        yield "search and provider beyond ASCII", {"search": "模型", "provider": f"{provider}-ß"}


def matches(config: dict[str, Any], query: Mapping[str, str]) -> bool:
    """Return whether a config passes the filters of a query."""
    is_found = query.get("search", "").lower() in str(config.get("model_name")).lower()
    return is_found and all(query[name] == config.get(name) for name in ("scope", "provider") if name in query)


def _check_filter(exam: Exam, label: str, query: dict[str, str], made: list[dict[str, Any]]) -> set[str] | None:
    """Check that a filtered list holds those of our configs that match, and nothing that does not; return their ids."""
    with exam.story():
        first = exam.page(limit="100", **query)
        configs = configs_in(exam.trail[-1].response)
        total = _total(first)
        if isinstance(total, int) and total > len(configs) > 0:
            configs = exam.all_configs(**query)
        found = {str(config.get("id")) for config in configs}
        wanted = {config["id"] for config in made if matches(config, query)}
        wrong = [config.get("model_name") for config in configs if not matches(config, query)]
        held = exam.check(
            FILTERS,
            LIST,
            wanted <= found and not wrong,
            f"the filter by {label}",
            expected=f"{len(wanted)} configs of those made for it",
            received=f"{len(found & wanted)} of them and {len(wrong)} that do not match, {wrong[:3]}",
        )
        entries = {config.get("id"): config for config in configs}
        for config in made if label == "search" else ():
            if config["id"] in entries:
                check_equal(exam, LIST, config, entries[config["id"]], "a filtered list")
        exam.check(
            "LIST-01",
            LIST,
            not held or total == len(found),
            "total_count of a filtered list",
            expected=str(len(found)),
            received=repr(first.get("total_count")),
        )
        return found if held else None


@PROBES.probe("LIST-04")
def refused_pages(exam: Exam) -> None:
    """A limit or offset that is no number or negative is refused."""
    for name, telling in _NO_COUNTS.items():
        for text in ("abc", "-1", "1x", "²") if exam.profile == "thorough" else telling:
            with exam.story():
                filtered = {"search": exam.prefix} if (text == "-1") == (name == "limit") else {}
                answer = exam.send(LIST, query={name: text, **filtered})
                exam.check_refused("LIST-04", LIST, answer, f"{name} {text!r}{' with a search' if filtered else ''}")


_NO_COUNTS = {"limit": ("1x", "-1"), "offset": ("abc", "-1")}
"""What a gate sends for a number: digits with more behind, a word, and negative ones."""
