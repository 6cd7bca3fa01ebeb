"""A page of a list: what was asked for, what it shows, and whether that fits: filters, size, each resource once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from contract_tests.oracle.model import Owns
from contract_tests.oracle.notes import Defect, Notes
from contract_tests.oracle.request import Request
from contract_tests.oracle.values import UNKNOWN, shown
from governance_contract.resources import Filter

FILLED = 10
"""Entries of a page that every server fills; it may have a largest size of its own, which larger pages show."""

_BAD_FILTERS = frozenset({"passes", "lacks"})
"""Kinds of defects of a filter from which others follow."""


@dataclass(frozen=True)
class Page:
    """A page as it was asked for and shown.

    `is_private` says that nobody else has resources that match the filters; `filled` is the size up to which the server
    is known to fill pages.
    """

    request: Request
    entries: tuple[Mapping[str, Any], ...]
    total: int | None
    limit: int | None
    offset: int | None
    is_private: bool
    mangled: frozenset[str]
    filled: int = FILLED

    @property
    def filters(self) -> tuple[tuple[Filter, str], ...]:
        """The filters that were asked for, with their texts."""
        return used_filters(self.request)

    @property
    def has_mangled_filter(self) -> bool:
        """Whether a filter is on a field that responses are known to show wrongly, so that nothing can be expected."""
        return any(each.field in self.mangled for each, _ in self.filters)

    def has_bad_filters(self, kinds: frozenset[str]) -> bool:
        """Return whether something was filtered, and filters are known to be wrong, by the sorts of defects so far."""
        return bool(self.filters) and bool(_BAD_FILTERS & kinds)

    @property
    def room(self) -> int | None:
        """How many entries the server surely puts on this page if there are as many, None where nothing says so."""
        return None if self.limit is None else min(self.limit, self.filled)

    @property
    def shows_end(self) -> bool:
        """Whether the page begins with the first entry and has room for more than it holds, whatever the total is."""
        return self.offset == 0 and self.limit is not None and len(self.entries) < self.limit

    @property
    def is_whole(self) -> bool:
        """Whether the page holds every match, as far as the response says."""
        is_full = self.limit is not None and len(self.entries) >= self.limit
        return self.offset == 0 and self.total is not None and self.total <= len(self.entries) and not is_full


def read_page(
    request: Request,
    body: Any,
    entries: Sequence[Mapping[str, Any]],
    owns: Owns,
    mangled: Iterable[str],
    filled: Mapping[bool, int],
) -> Page:
    """Return the page that a response shows."""
    paging, envelope = request.action.paging, request.action.envelope
    total = body.get(envelope.total) if isinstance(body, dict) and envelope.total else None
    limit = _number(request, paging.limit.name if paging.limit else None)
    if limit is not None and paging.maximum is not None:
        limit = min(limit, paging.maximum)
    number = _number(request, paging.number.name if paging.number else None)
    offset = _number(request, paging.offset.name if paging.offset else None)
    if paging.number is not None and number not in (None, 1):
        offset = None if limit is None else (number - 1) * limit
    elif offset is None and (paging.offset is None or paging.offset.name not in request.query):
        offset = 0
    count = total if isinstance(total, int) and not isinstance(total, bool) else None
    is_private, size = _is_private(request, owns), filled.get(bool(used_filters(request)), FILLED)
    return Page(request, tuple(entries), count, limit, offset, is_private, frozenset(mangled), size)


def _number(request: Request, name: str | None) -> int | None:
    text = request.query.get(name) if name else None
    return int(text) if text is not None and text.isascii() and text.isdigit() and len(text) < 10 else None


def _is_private(request: Request, owns: Owns) -> bool:
    """Return whether a filter leaves only what the suite made."""
    return any(owns(request.resource, {each.field: text}) for each, text in used_filters(request))


def used_filters(request: Request) -> tuple[tuple[Filter, str], ...]:
    """Return the filters that a list is asked for, with their texts."""
    named = ((each, request.query.get(each.parameter.name)) for each in request.action.filters)
    return tuple((each, text) for each, text in named if text)


def matches(each: Filter, value: Any, text: str) -> bool | None:
    """Return whether a value passes a filter, None where the contract leaves it open."""
    if value is UNKNOWN:
        return None
    if each.is_exact:
        return bool(value == text)
    if not isinstance(value, str):
        return False
    folded, lowered = text.casefold() in value.casefold(), text.lower() in value.lower()
    return folded if folded == lowered else None


def passes(request: Request, view: Mapping[str, Any]) -> bool | None:
    """Return whether a resource passes all filters of a list, None where that is not known."""
    answers = [matches(each, view.get(each.field), text) for each, text in used_filters(request)]
    if False in answers:
        return False
    return None if None in answers else True


def judge_filters(notes: Notes, page: Page) -> bool:
    """Judge that every entry of a page passes the filters that were asked for, and return whether that is so."""
    if not page.filters or page.has_mangled_filter:
        return True
    for entry in page.entries:
        for each, text in page.filters:
            value, name = entry.get(each.field), each.parameter.name
            if matches(each, value, text) is False:
                detail = f"the filter {name}={text!r} lets {each.field} {shown(value, 80)} pass"
                notes.broken("filters", Defect("passes", detail, "only what matches", shown(value), f"query/{name}"))
                return False
    notes.hold("filters")
    return True


def judge_size(notes: Notes, page: Page) -> None:
    """Judge that a page is not larger than asked for, and empty where nothing was asked for."""
    if page.limit is None or "query" in {each.pointer.partition("/")[0] for each in page.request.violations}:
        return
    if page.limit == 0 and page.entries:
        detail = "a page of no entries has some"
        notes.broken("order", Defect("limit-0", detail, "no entries, and the total", f"{len(page.entries)} entries"))
    elif page.limit == 0:
        notes.hold("order")
    elif len(page.entries) > page.limit:
        asked = f"at most {page.limit} entries"
        notes.broken("pages", Defect("size", "a page is larger than asked for", asked, f"{len(page.entries)}"))
    if (
        page.total is not None
        and page.offset is not None
        and page.total < page.offset + len(page.entries) > page.offset
    ):
        expected, received = f"at least {page.offset + len(page.entries)}", str(page.total)
        detail = "the total is less than what the page shows"
        notes.broken(
            "list-total", Defect("total", detail, expected, received, f"/{page.request.action.envelope.total}")
        )


def judge_repeats(notes: Notes, page: Page) -> None:
    """Judge that no resource stands on a page twice."""
    keys = [key for entry in page.entries if isinstance(key := entry.get(page.request.resource.key), str)]
    twice = next((key for key, count in Counter(keys).items() if count > 1), None)
    if twice is not None:
        detail = "a resource stands in the list more than once"
        notes.broken("stored", Defect("twice", detail, "each once", shown(twice), "/*"))
