"""The list: its form, its pages, its filters."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from contract_tests.exam import LIST, Exam
from contract_tests.layers.registry import PROBES
from contract_tests.residents import made_residents, settled, stem_of

FILTERS = "LIST-03"


@PROBES.probe("LIST-01")
def form_of_the_list(exam: Exam) -> None:
    """The list is an array, also when nothing matches."""
    with exam.story():
        exam.page(search=exam.fresh_name("nothing"))


@PROBES.probe("LIST-02", "LIST-01", "LIST-05")
def pages(exam: Exam) -> None:
    """Each page holds what stands between its offset and its limit in the whole list, and every page counts all."""
    with exam.story():
        settled(exam)  # so that there are several pages
        query = exam.own if exam.is_shared else {}
        whole = exam.all_configs(**query)
        for limit, offset in _pages_to_try(len(whole)):
            exam.page(limit=str(limit), offset=str(offset), **query)
        exam.all_configs(**query)  # shows whether somebody else changed the list meanwhile


def _pages_to_try(total: int) -> list[tuple[int, int]]:
    """Return limits and offsets: the first, the second, across, the last entry, and behind the end."""
    return [(1, 0), (2, 1), (7, 5), (4, max(0, total - 1)), (3, total + 1)]


@PROBES.probe(FILTERS, "LIST-01", "LIST-02", "LIST-05", "RESP-02")
def filters(exam: Exam) -> None:
    """Scope and provider filter exactly, search is a case-insensitive substring without wildcards, all combine."""
    configs = settled(exam).values()
    for query in _queries(exam):
        with exam.story():
            _list_all(exam, query)
    with exam.story():
        query = {"search": stem_of(exam), "scope": "global", "provider": exam.provider}
        half = max(1, (sum(_matches(config, query) for config in configs) + 1) // 2)
        for offset in (0, half):
            exam.page(**query, limit=str(half), offset=str(offset))


def _list_all(exam: Exam, query: dict[str, str]) -> None:
    """List what passes a filter on one page, or on several where the first says that there is more."""
    value = exam.page(limit="100", **query)
    configs, total = value.get("model_configs"), value.get("total_count")
    if isinstance(configs, list) and isinstance(total, int) and total > len(configs) > 0:
        exam.all_configs(**query)


def _queries(exam: Exam) -> Iterator[dict[str, str]]:
    """Yield filters, each alone and several together, such as a query built otherwise would answer differently."""
    yield from _searches(exam)
    stem, provider = stem_of(exam), exam.provider
    yield {"provider": provider.upper()}
    yield {"provider": provider}
    yield {"scope": "global", "provider": provider, "search": f"{stem}-"}
    yield {"provider": f"{provider},{provider}-2"}  # two providers
    yield {"provider": provider[:-1], "search": stem}  # a part of a provider
    key = exam.scopes.virtual_key
    if key and key.lower() not in stem.lower():
        yield {"search": key}  # a scope target is not searched
    for config in [each.config for each in made_residents(exam) if each.config][:1]:
        yield {"search": config["id"]}  # nor is an id
    yield {"scope": "global", "search": stem}
    for scope in exam.scopes.by_scope():
        yield {"scope": scope, "search": stem}
    for scope in (*exam.scopes.by_scope(), "global")[:1]:
        yield {"scope": scope, "provider": provider, "search": stem}
        yield {"scope": scope, "provider": f"{provider}-2"}
    if any(not each.wanted.body["model_name"].isascii() for each in made_residents(exam)):
        yield {"search": "模型", "provider": f"{provider}-ß"}


def _searches(exam: Exam) -> Iterator[dict[str, str]]:
    """Yield searches, also for characters that a database or a regular expression takes for others."""
    stem, provider = stem_of(exam), exam.provider
    within = stem.removeprefix(exam.prefix)
    yield {"search": stem}
    yield {"search": f"{stem}-A-X".upper()}
    yield {"search": within[:-3], "provider": f"{provider}-2"}
    yield {"search": f"{'n' * 30}b"}  # the end of a long name
    yield {"search": f"{stem[-9:]}-100%41"}
    yield {"search": "%"}
    yield {"search": f"{within}-a_x"}
    yield {"search": f"{stem[:-1]}."}
    yield {"search": f"{stem[:-1]}\\{stem[-1]}"}
    yield {"search": f"{exam.prefix}*{stem[-9:]}"}
    yield {"search": provider}  # a provider is not searched


def _matches(config: dict[str, Any], query: Mapping[str, str]) -> bool:
    """Return whether a config passes the filters of a query."""
    is_found = query.get("search", "").lower() in str(config.get("model_name")).lower()
    return is_found and all(query[name] == config.get(name) for name in ("scope", "provider") if name in query)


@PROBES.probe("LIST-04")
def refused_pages(exam: Exam) -> None:
    """A limit or offset that is no number or negative is refused."""
    for name, telling in _NO_COUNTS.items():
        for text in ("abc", "-1", "1x", "²") if exam.profile == "thorough" else telling:
            with exam.story():
                filtered = {"search": exam.prefix} if (text == "-1") == (name == "limit") else {}
                exam.send(LIST, query={name: text, **filtered})


_NO_COUNTS = {"limit": ("1x", "-1"), "offset": ("abc", "-1")}
"""What a gate sends for a number: digits with more behind, a word, and negative ones."""
