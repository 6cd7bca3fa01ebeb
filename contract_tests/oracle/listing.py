"""Whether a page of a list holds what it should: entries that match, all of them, once, in order, and counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from rpds import HashTrieMap

from contract_tests.exchange import Exchange
from contract_tests.oracle.instants import read_instant
from contract_tests.oracle.model import Entry, Model, Positions
from contract_tests.oracle.notes import Defect, Notes, effect_of
from contract_tests.oracle.prediction import View
from contract_tests.oracle.request import Request
from contract_tests.oracle.values import UNKNOWN, shown
from governance_contract.resources import Filter, Resource

Owns = Callable[[Resource, Mapping[str, Any]], bool]
"""Says whether nobody but the suite makes or changes resources like this one."""


@dataclass(frozen=True)
class Page:
    """A page as it was asked for and shown.

    `is_private` says that nobody else has resources that match the filters.
    """

    request: Request
    entries: tuple[Mapping[str, Any], ...]
    total: int | None
    limit: int | None
    offset: int | None
    is_private: bool
    mangled: frozenset[str] = frozenset()

    @property
    def has_mangled_filter(self) -> bool:
        """Whether a filter is on a field that responses are known to show wrongly, so that nothing can be expected."""
        used = (each for each in self.request.action.filters if self.request.query.get(each.parameter.name))
        return any(each.field in self.mangled for each in used)

    @property
    def has_filters(self) -> bool:
        """Whether anything was filtered."""
        return any(self.request.query.get(each.parameter.name) for each in self.request.action.filters)

    @property
    def is_whole(self) -> bool:
        """Whether the page holds every match, as far as the response says."""
        is_full = self.limit is not None and len(self.entries) >= self.limit
        return self.offset == 0 and self.total is not None and self.total <= len(self.entries) and not is_full


def read_page(
    request: Request, body: Any, entries: Sequence[Mapping[str, Any]], owns: Owns, mangled: Iterable[str] = ()
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
    is_private = _is_private(request, owns)
    return Page(request, tuple(entries), count, limit, offset, is_private, frozenset(mangled))


def _number(request: Request, name: str | None) -> int | None:
    text = request.query.get(name) if name else None
    return int(text) if text is not None and text.isascii() and text.isdigit() and len(text) < 10 else None


def _is_private(request: Request, owns: Owns) -> bool:
    """Return whether a filter leaves only what the suite made."""
    for each in request.action.filters:
        text = request.query.get(each.parameter.name)
        if text and owns(request.resource, {each.field: text}):
            return True
    return False


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
    answers = [
        matches(each, view.get(each.field), text)
        for each in request.action.filters
        if (text := request.query.get(each.parameter.name))
    ]
    if False in answers:
        return False
    return None if None in answers else True


def judge_filters(notes: Notes, page: Page) -> bool:
    """Judge that every entry of a page passes the filters that were asked for, and return whether that is so."""
    used = [each for each in page.request.action.filters if page.request.query.get(each.parameter.name)]
    if not used or page.has_mangled_filter:
        return True
    for entry in page.entries:
        wrong = next((each for each in used if _fails(page.request, each, entry)), None)
        if wrong is not None:
            text, value = page.request.query[wrong.parameter.name], entry.get(wrong.field)
            detail = f"the filter {wrong.parameter.name}={text!r} lets {wrong.field} {shown(value, 80)} pass"
            pointer = f"query/{wrong.parameter.name}"
            notes.broken("filters", Defect("passes", detail, "only what matches", shown(value), pointer))
            return False
    notes.hold("filters")
    return True


def _fails(request: Request, each: Filter, entry: Mapping[str, Any]) -> bool:
    return matches(each, entry.get(each.field), request.query[each.parameter.name]) is False


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


@dataclass(frozen=True)
class Expected:
    """What a private list must hold: the entries that are surely there, and how many more may be.

    `absent` are those that should be there and were not found before.
    """

    sure: tuple[Entry, ...]
    possible: int
    absent: tuple[Entry, ...]


def expected_entries(model: Model, page: Page, exchange: Exchange) -> Expected:
    """Return what is known to match a list, and how much may match beside; what is being written may."""
    resource, sure, possible, absent = page.request.resource, [], 0, []
    for entry in model.entries_of(resource):
        answers = {passes(page.request, view) for view in entry.views}
        is_moving = is_in_motion(model, resource, entry, exchange)
        if answers == {True} and not (entry.may_be_gone or entry.presence or is_moving):
            sure.append(entry)
        elif answers == {True} and entry.absence:
            absent.append(entry)
            possible += 1
        elif answers != {False} or is_moving:
            possible += 1
    possible += sum(each.resource == resource.name for each in model.lost)
    possible += sum(each.resource == resource.name and each.key is None for each in model.flights)
    return Expected(tuple(sure), possible, tuple(absent))


def is_in_motion(model: Model, resource: Resource, entry: Entry, exchange: Exchange) -> bool:
    """Return whether a resource was written while a read was on its way, so that the read may show either state."""
    is_flying = any(each.resource == resource.name and each.key == entry.key for each in model.flights)
    return is_flying or entry.settled > exchange.began


def judge_completeness(notes: Notes, page: Page, expected: Expected, kinds: frozenset[str]) -> Iterator[Entry]:
    """Judge that a list holds all that must match, and yield the entries that are missing on a page that is whole.

    Of filters that are known to be wrong nothing more is expected; `kinds` are the sorts of defects that are known.
    """
    if page.request.unclear_because or page.request.open_because or page.has_mangled_filter:
        return
    if page.has_filters and _BAD_FILTERS & kinds:
        return
    keys = {str(entry.get(page.request.resource.key)) for entry in page.entries}
    missing = [entry for entry in expected.sure if entry.key not in keys]
    if page.is_whole and missing and page.has_filters and not _is_lost_everywhere(notes, missing):
        _judge_filtered(notes, page, missing)
        return
    if page.is_private:
        _judge_private_total(notes, page, expected)
        if page.offset is not None and page.limit is not None and not page.is_whole:
            _judge_window(notes, page, expected)
    if page.is_whole:
        yield from missing
        if not missing:
            notes.hold("stored")
        yield from (each for each in expected.absent if each.key not in keys)


def hold_refused(notes: Notes, model: Model, page: Page) -> None:
    """Note that no refused create shows in a private list that is whole."""
    if page.is_private and page.is_whole:
        for aspect, operation in model.refusals:
            notes.hold(aspect, operation)


def _is_lost_everywhere(notes: Notes, missing: Sequence[Entry]) -> bool:
    """Return whether no list has shown the missing entries yet, so that the filter is not to blame."""
    return not any(notes.operation_id in entry.agreed for entry in missing)


def _judge_filtered(notes: Notes, page: Page, missing: Sequence[Entry]) -> None:
    used = {p.parameter.name: page.request.query.get(p.parameter.name) for p in page.request.action.filters}
    told = ", ".join(f"{name}={text!r}" for name, text in used.items() if text)
    view = missing[0].view
    values = {each.field: view.get(each.field) for each in page.request.action.filters}
    detail = f"a list filtered by {told} lacks a resource that matches"
    pointer = "&".join(f"query/{name}" for name, text in used.items() if text)
    defect = Defect("lacks", detail, shown(values), f"{len(page.entries)} others", pointer, missing[0].evidence)
    notes.broken("filters", defect)


def _judge_private_total(notes: Notes, page: Page, expected: Expected) -> None:
    if page.total is None:
        return
    least, most = len(expected.sure), len(expected.sure) + expected.possible
    pointer = f"/{page.request.action.envelope.total}"
    if least <= page.total <= most:
        notes.hold("list-total")
        return
    told = str(least) if least == most else f"{least} to {most}"
    detail = "the total is not the number of resources that match"
    notes.broken("list-total", Defect("total", detail, told, str(page.total), pointer))


def _judge_window(notes: Notes, page: Page, expected: Expected) -> None:
    """Judge that a page of a private list holds as many entries as its place in the list leaves."""
    if page.offset is None or page.limit is None or page.limit > _FILLED:
        return
    least = max(0, min(page.limit, len(expected.sure) - page.offset))
    most = max(0, min(page.limit, len(expected.sure) + expected.possible - page.offset))
    if not least <= len(page.entries) <= most:
        told = str(least) if least == most else f"{least} to {most}"
        detail = f"a page from {page.offset} on has another number of entries"
        notes.broken("pages", Defect("count", detail, told, str(len(page.entries))))
        return
    notes.hold("pages")
    if expected.possible == 0:
        _judge_places(notes, page, expected)


def _judge_places(notes: Notes, page: Page, expected: Expected) -> None:
    """Judge that each entry of a page can stand at its place, given what surely stands before and behind it."""
    if page.request.action.order is None or page.offset is None:
        return
    known = {entry.key: entry for entry in expected.sure}
    for index, shown_entry in enumerate(page.entries):
        entry = known.get(str(shown_entry.get(page.request.resource.key)))
        if entry is None:
            continue
        before = sum(is_before(page.request.resource, other, entry) for other in known.values())
        behind = sum(is_before(page.request.resource, entry, other) for other in known.values())
        place = page.offset + index
        if not before <= place < len(known) - behind:
            detail = "a page holds a resource whose place in the order is on another page"
            told = f"a place from {before} to {len(known) - behind - 1}"
            evidence = (entry.made,) if entry.made else ()
            notes.broken("order", Defect("place", detail, told, f"place {place}", "", evidence))
            return


def judge_positions(notes: Notes, model: Model, page: Page) -> Model:
    """Judge that resources stand where earlier pages left them, and return the model that knows where they stand.

    That can be said as long as nothing is written: at once of a list that nobody else changes, of others when the whole
    list is seen to be the same as before.
    """
    request = page.request
    if page.offset is None or request.unclear_because or request.open_because or model.flights:
        return model
    if page.has_filters and _BAD_FILTERS & model.kinds:
        return model
    paging = request.action.paging
    of_page = {each.name for each in (paging.limit, paging.offset, paging.number) if each is not None}
    filters = frozenset((name, text) for name, text in request.query.items() if name not in of_page)
    mark = (request.operation.id, filters)
    held = model.positions.get(mark)
    if held is None or held.writes != model.writes:
        held = Positions(model.writes)
    trial = notes.trial()
    keys = _judge_moves(trial, page, held.keys, page.offset)
    if not page.is_private:
        _judge_fill(trial, page, page.offset)
    pending = (*held.pending, *trial.observations)
    whole = tuple(str(each.get(request.resource.key)) for each in page.entries) if page.is_whole else None
    if page.is_private or (whole is not None and whole == held.whole):
        notes.observations += pending
    if page.is_private or whole is not None:
        pending = ()
    after = Positions(model.writes, keys, whole or held.whole, pending)
    return replace(model, positions=model.positions.insert(mark, after))


_BAD_FILTERS = frozenset({"passes", "lacks"})
"""Kinds of defects of a filter from which others follow."""


def _judge_moves(notes: Notes, page: Page, known: HashTrieMap[int, str], offset: int) -> HashTrieMap[int, str]:
    """Judge that no resource stands at another place than before, and return who stands where."""
    if not all(isinstance(entry.get(page.request.resource.key), str) for entry in page.entries):
        return known
    found = dict(known.items())
    places = {key: place for place, key in found.items()}
    for place, entry in enumerate(page.entries, offset):
        key = str(entry.get(page.request.resource.key))
        if found.get(place, key) != key or places.get(key, place) != place:
            detail = "a resource stands at another place than on an earlier page with the same filters"
            expected, received = f"{found.get(place, key)} at place {place}", f"{key} there"
            notes.broken("pages", Defect("moved", detail, expected, received))
            break
        found[place], places[key] = key, place
    return HashTrieMap(found)


def _judge_fill(notes: Notes, page: Page, offset: int) -> None:
    """Judge that a page holds as many entries as its place in the list leaves, by the total that it shows itself."""
    if page.limit is None or page.limit > _FILLED or page.total is None:
        return
    expected = max(0, min(page.limit, page.total - offset))
    if len(page.entries) < expected:
        detail = f"a page from {offset} on has another number of entries"
        notes.broken("pages", Defect("count", detail, str(expected), str(len(page.entries))))
    else:
        notes.hold("pages")


_FILLED = 10
"""Entries of a page that every server fills; it may have a largest size of its own."""


def is_before(resource: Resource, first: Entry, second: Entry) -> bool:
    """Return whether one resource was surely created before another, also by the instants that they show.

    A server that counts in whole seconds cannot tell the order of two that it made within one.
    """
    if first.made is None or second.made is None or first.made.ended >= second.made.began:
        return False
    names = resource.shape.generated("created")
    stamps = [(read_instant(first.view.get(name)), read_instant(second.view.get(name))) for name in names]
    return all(early is None or late is None or early < late for early, late in stamps)


def judge_order(notes: Notes, model: Model, page: Page) -> None:
    """Judge that resources stand in the documented order, as far as it is known which was created first."""
    if page.request.action.order is None or len(page.entries) < 2:
        return
    known = [model.entry(page.request.resource, str(each.get(page.request.resource.key))) for each in page.entries]
    entries = [each for each in known if each is not None and each.made is not None]
    for index, entry in enumerate(entries):
        late = next((other for other in entries[index + 1 :] if is_before(page.request.resource, other, entry)), None)
        if late is not None and late.made is not None and entry.made is not None:
            detail = (
                f"a resource that was created later stands before an earlier one, against {page.request.action.order}"
            )
            expected, received = f"{late.key} before {entry.key}", f"{entry.key} first"
            notes.broken("order", Defect("order", detail, expected, received, "", (late.made, entry.made)))
            return
    if len(entries) > 1:
        notes.hold("order")


def explain_stranger(
    notes: Notes, model: Model, resource: Resource, view: View, owns: Owns
) -> tuple[str, str, tuple[Exchange, ...], str]:
    """Return aspect, words, evidence and operation for a resource of the suite's own that should not be there.

    A refused create is known again by the names that it asked for, whatever else was stored of it.
    """
    named = {name: item for name, item in view.items() if isinstance(item, str) and owns(resource, {name: item})}
    made = (each for each in model.refused if each.resource == resource.name and not _is_conflict(each.exchange))
    tried = next((each.exchange for each in made if named.items() <= _texts(each.view).items()), None)
    if tried is not None:
        return effect_of(tried), "a refused request made a resource", (tried,), notes.operation_of(tried)
    return "stored", "a resource is there that no request made", (), ""


def _is_conflict(exchange: Exchange) -> bool:
    return exchange.response.status == _CONFLICT


_CONFLICT = 409
"""The status that says that a resource is there already."""


def _texts(view: View) -> dict[str, str]:
    return {name: item for name, item in view.items() if isinstance(item, str)}
