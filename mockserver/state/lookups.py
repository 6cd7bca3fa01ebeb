"""Lookups of a collection: which records have certain values, or a text that contains another, without reading all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from rpds import HashTrieMap

from mockserver.state.ordering import Ordering
from mockserver.state.records import Key, Record

Values = tuple[Any, ...]

MOST = 8
"""How many combinations of members are looked up at a time, as each has its share in every change."""


@dataclass(frozen=True)
class Groups:
    """The keys of records by their values in some members, in the order of the collection; null is no value."""

    members: tuple[str, ...]
    by_values: HashTrieMap[Values, Ordering[Key]] = field(default_factory=HashTrieMap)

    @classmethod
    def over(cls, members: tuple[str, ...], records: Iterable[Record]) -> Groups:
        """Return the groups of `records`, which come in the order of their collection."""
        entries: dict[Values, list[tuple[int, Key]]] = {}
        for record in records:
            if values := _values(record, members):
                entries.setdefault(values, []).append((record.number, record.key))
        return cls(members, HashTrieMap({values: Ordering.of(group) for values, group in entries.items()}))

    def of(self, values: Values) -> Ordering[Key]:
        """Return the keys of the records with these values."""
        return self.by_values.get(values, _NOBODY)

    def changed(self, old: Record | None, new: Record | None) -> Groups:
        """Return these groups with the record `new` in the place of `old`."""
        before, after = _values(old, self.members), _values(new, self.members)
        if old is not None and new is not None and before == after:
            return self
        by_values = self.by_values
        if old is not None and before:
            rest = self.of(before).removed(old.number)
            by_values = by_values.insert(before, rest) if rest else by_values.remove(before)
        if new is not None and after:
            by_values = by_values.insert(after, self.of(after).inserted(new.number, new.key))
        return Groups(self.members, by_values)


@dataclass(frozen=True)
class Texts:
    """The texts that records have in one member, without regard to case, and their keys in the collection's order."""

    member: str
    ordering: Ordering[tuple[str, Key]] = field(default_factory=Ordering)

    @classmethod
    def over(cls, member: str, records: Iterable[Record]) -> Texts:
        """Return the texts of `records`, which come in the order of their collection."""
        held = ((record, _text(record, member)) for record in records)
        return cls(member, Ordering.of([(each.number, (text, each.key)) for each, text in held if text is not None]))

    def containing(self, part: str) -> Ordering[Key]:
        """Return the keys of the records whose text contains `part`; each text is looked at."""
        folded = part.casefold()
        return Ordering.of([(place, key) for place, (text, key) in self.ordering.entries() if folded in text])

    def changed(self, old: Record | None, new: Record | None) -> Texts:
        """Return these texts with that of the record `new` in the place of that of `old`."""
        before, after = _text(old, self.member), _text(new, self.member)
        if old is not None and new is not None and before == after:
            return self
        ordering = self.ordering
        if old is not None and before is not None:
            ordering = ordering.removed(old.number)
        if new is not None and after is not None:
            ordering = ordering.inserted(new.number, (after, new.key))
        return Texts(self.member, ordering)


class Lookups:
    """The lookups of one collection: each is made when it is first asked for, and carried on with every change."""

    def __init__(self, groups: Iterable[Groups] = (), texts: Iterable[Texts] = ()) -> None:
        self._groups = {each.members: each for each in groups}
        self._texts = {each.member: each for each in texts}

    def groups(self, members: tuple[str, ...], records: Iterator[Record]) -> Groups:
        """Return the groups by `members`; `records` are those of the collection."""
        if members not in self._groups:
            while len(self._groups) >= MOST:
                del self._groups[next(iter(self._groups))]
            self._groups[members] = Groups.over(members, list(records))  # in one go is faster
        return self._groups[members]

    def texts(self, member: str, records: Iterator[Record]) -> Texts:
        """Return the texts in `member`; `records` are those of the collection."""
        if member not in self._texts:
            self._texts[member] = Texts.over(member, list(records))
        return self._texts[member]

    def changed(self, old: Record | None, new: Record | None) -> Lookups:
        """Return the lookups of a collection with the record `new` in the place of `old`."""
        if not self._groups and not self._texts:
            return Lookups()
        groups = [each.changed(old, new) for each in self._groups.values()]
        return Lookups(groups, [each.changed(old, new) for each in self._texts.values()])


_NOBODY: Ordering[Key] = Ordering()
_NEVER_NAMED = (dict, list)


def _values(record: Record | None, members: tuple[str, ...]) -> Values:
    """Return what a record has in `members`; nothing where it has nothing in one of them, or what no filter names."""
    if record is None:
        return ()
    values = tuple([record.resource.get(member) for member in members])
    if None in values or any(isinstance(value, _NEVER_NAMED) for value in values):
        return ()
    return values


def _text(record: Record | None, member: str) -> str | None:
    text = None if record is None else record.resource.get(member)
    return text.casefold() if isinstance(text, str) else None
