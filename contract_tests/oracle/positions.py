"""Where resources stand in a list: in the documented order, and on each page where earlier ones left them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from rpds import HashTrieMap

from contract_tests.oracle.instants import read_instant
from contract_tests.oracle.model import Entry, Model, Positions
from contract_tests.oracle.notes import Defect, Notes
from contract_tests.oracle.page import Page
from governance_contract.resources import Resource


def judge_places(notes: Notes, page: Page, sure: Sequence[Entry]) -> None:
    """Judge that each entry of a page can stand at its place, given what surely stands before and behind it."""
    if page.request.action.order is None or page.offset is None:
        return
    known = {entry.key: entry for entry in sure}
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
    if page.has_bad_filters(model.kinds):
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
        _judge_fill(trial, page, page.offset, held.whole)
    pending = (*held.pending, *trial.observations)
    whole = tuple(str(each.get(request.resource.key)) for each in page.entries) if page.shows_end else None
    if page.is_private or (whole is not None and whole == held.whole):
        notes.observations += pending
    if page.is_private or whole is not None:
        pending = ()
    after = Positions(model.writes, keys, whole or held.whole, pending)
    return replace(model, positions=model.positions.insert(mark, after))


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


def _judge_fill(notes: Notes, page: Page, offset: int, whole: tuple[str, ...] | None) -> None:
    """Judge that a page holds as many entries as its place in the list leaves, by the total that it shows itself.

    Where it ends as the whole list did before, not the page is wrong but the total.
    """
    if page.room is None or page.total is None:
        return
    expected, left = (max(0, min(page.room, count - offset)) for count in (page.total, len(whole or ())))
    if len(page.entries) < expected and whole is not None and len(page.entries) == left:
        detail, pointer = "the total is more than the whole list holds", f"/{page.request.action.envelope.total}"
        notes.broken("list-total", Defect("total", detail, str(len(whole)), str(page.total), pointer))
    elif len(page.entries) < expected:
        detail = f"a page from {offset} on has another number of entries"
        notes.broken("pages", Defect("count", detail, str(expected), str(len(page.entries))))
    else:
        notes.hold("pages")


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
