"""What the sightings of a contest come to: who found what, who raised a false alarm, how fast."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from statistics import median

from tests.cast.member import Member
from tests.cast.sampling import family_of, twin_of
from tests.cast.score.contestants import SUITE
from tests.cast.score.sighting import Sighting


@dataclass(frozen=True)
class Tally:
    """The sightings of one contestant."""

    contestant: str
    members: Mapping[str, Member]
    sightings: tuple[Sighting, ...]

    @cached_property
    def _by_member(self) -> dict[str, list[Sighting]]:
        found: dict[str, list[Sighting]] = {}
        for sighting in self.sightings:
            found.setdefault(sighting.member, []).append(sighting)
        return found

    @cached_property
    def faulty(self) -> tuple[Sighting, ...]:
        """The sightings of faulty servers."""
        return tuple(each for each in self.sightings if not self.members[each.member].is_correct)

    @cached_property
    def correct(self) -> tuple[Sighting, ...]:
        """The sightings of correct servers."""
        return tuple(each for each in self.sightings if self.members[each.member].is_correct)

    def has_found(self, sighting: Sighting) -> bool:
        """Return whether the fault was found.

        The suite must name a rule that the server breaks. Schemathesis knows no rules; of it, it is enough to
        complain about something that it did not complain about on the correct twin.
        """
        member = self.members[sighting.member]
        if self.contestant == SUITE:
            return bool(set(sighting.alarms) & set(member.breaks))
        known = {alarm for twin in self._by_member.get(twin_of(member), ()) for alarm in twin.alarms}
        return bool(set(sighting.alarms) - known)

    @cached_property
    def found(self) -> tuple[Sighting, ...]:
        """The faulty servers whose fault was found."""
        return tuple(each for each in self.faulty if self.has_found(each))

    @cached_property
    def missed(self) -> tuple[Sighting, ...]:
        """The faulty servers whose fault was not found."""
        return tuple(each for each in self.faulty if not self.has_found(each))

    @cached_property
    def false_alarms(self) -> tuple[Sighting, ...]:
        """The correct servers of which something was said."""
        return tuple(each for each in self.correct if each.alarms)

    @cached_property
    def imprecise(self) -> tuple[Sighting, ...]:
        """The faulty servers whose first alarm is not about a rule that they break."""
        return tuple(s for s in self.found if s.alarms[0] not in self.members[s.member].breaks)

    @property
    def share(self) -> float:
        """The share of faulty servers that were found."""
        return len(self.found) / len(self.faulty) if self.faulty else 0.0

    @property
    def first_seconds(self) -> float:
        """The median time to the first alarm on a server that was found."""
        return median([each.first_seconds for each in self.found] or [0.0])

    @property
    def first_requests(self) -> float:
        """The median number of requests to the first alarm on a server that was found."""
        return median([each.first_requests for each in self.found] or [0])

    @property
    def seconds(self) -> float:
        """The median time of a whole run."""
        return median([each.seconds for each in self.sightings] or [0.0])

    @property
    def requests(self) -> float:
        """The median number of requests of a whole run."""
        return median([each.requests for each in self.sightings] or [0])

    def by_family(self) -> dict[str, tuple[int, int]]:
        """Return for each family how many of its faulty servers were found, and how many there are."""
        found = Counter(family_of(self.members[each.member]) for each in self.found)
        return {family: (found[family], count) for family, count in sorted(self._families().items())}

    def by_layer(self) -> dict[str, int]:
        """Return how many servers each layer found first."""
        return dict(Counter(each.layer for each in self.found).most_common())

    def _families(self) -> Counter[str]:
        return Counter(family_of(self.members[each.member]) for each in self.faulty)


def tallies(members: Iterable[Member], sightings: Iterable[Sighting]) -> dict[str, Tally]:
    """Return the tally of each contestant; sightings of members that are not there any more do not count."""
    known = {member.id: member for member in members}
    grouped: dict[str, list[Sighting]] = {}
    for sighting in sightings:
        if sighting.member in known:
            grouped.setdefault(sighting.contestant, []).append(sighting)
    return {name: Tally(name, known, tuple(found)) for name, found in grouped.items()}
