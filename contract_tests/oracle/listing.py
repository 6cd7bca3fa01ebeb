"""Whether a list holds what it should: all that match, counted, and nothing that no request made."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from contract_tests.exchange import Exchange
from contract_tests.oracle.model import Entry, Model, Owns
from contract_tests.oracle.notes import Defect, Notes, effect_of
from contract_tests.oracle.page import Page, passes
from contract_tests.oracle.positions import judge_places
from contract_tests.oracle.prediction import View
from contract_tests.oracle.statuses import CONFLICT
from contract_tests.oracle.values import shown
from governance_contract.resources import Resource


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

    Of filters that are known to be wrong nothing else is said again; `kinds` are the sorts of defects that are known.
    """
    is_open = page.request.unclear_because or page.request.open_because
    if is_open or page.has_mangled_filter:
        return
    keys = {str(entry.get(page.request.resource.key)) for entry in page.entries}
    missing = [entry for entry in expected.sure if entry.key not in keys]
    if page.is_whole and missing and page.filters and not _is_lost_everywhere(notes, missing):
        _judge_filtered(notes, page, missing)
        return
    if page.has_bad_filters(kinds):
        return
    if page.is_private:
        _judge_private_total(notes, page, expected)
        if page.offset is not None and page.limit is not None and not page.is_whole:
            _judge_window(notes, page, expected, kinds)
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
    told = ", ".join(f"{each.parameter.name}={text!r}" for each, text in page.filters)
    view = missing[0].view
    values = {each.field: view.get(each.field) for each in page.request.action.filters}
    detail = f"a list filtered by {told} lacks a resource that matches"
    pointer = "&".join(f"query/{each.parameter.name}" for each, _ in page.filters)
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


_BAD_PAGES = frozenset({"moved", "count"})
"""Kinds of defects of pages from which it follows that resources stand at other places."""


def _judge_window(notes: Notes, page: Page, expected: Expected, kinds: frozenset[str]) -> None:
    """Judge that a page of a private list holds as many entries as its place in the list leaves."""
    if page.offset is None or page.limit is None or page.room is None:
        return
    least = max(0, min(page.room, len(expected.sure) - page.offset))
    most = max(0, min(page.limit, len(expected.sure) + expected.possible - page.offset))
    if not least <= len(page.entries) <= most:
        told = str(least) if least == most else f"{least} to {most}"
        detail = f"a page from {page.offset} on has another number of entries"
        notes.broken("pages", Defect("count", detail, told, str(len(page.entries))))
        return
    notes.hold("pages")
    if expected.possible == 0 and not _BAD_PAGES & kinds:
        judge_places(notes, page, expected.sure)


def explain_stranger(notes: Notes, model: Model, resource: Resource, view: View, owns: Owns) -> tuple[str, Defect]:
    """Return the aspect and the defect of a resource of the suite's own that should not be there.

    A refused create is known again by the names that it asked for, whatever else was stored of it. One that was refused
    since the identity is taken made nothing.
    """
    expected, key = "no such resource", str(view[resource.key])
    named = {name: item for name, item in view.items() if isinstance(item, str) and owns(resource, {name: item})}
    for refused in model.refused:
        exchange = refused.exchange
        if refused.resource != resource.name or exchange.response.status == CONFLICT:
            continue
        if named.items() <= _texts(refused.view).items():
            detail, operation = "a refused request made a resource", notes.operation_of(exchange)
            return effect_of(exchange), Defect("stranger", detail, expected, key, "", (exchange,), operation)
    return "stored", Defect("stranger", "a resource is there that no request made", expected, key)


def _texts(view: View) -> dict[str, str]:
    return {name: item for name, item in view.items() if isinstance(item, str)}
