"""Probes: small experiments on the target, each for some rules and one layer, in a fixed order."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from contract_tests.exam import Exam

PROFILES = ("smoke", "gate", "thorough")
LAYERS = ("smoke", "probes", "cases", "workflows", "breadth", "authentication", "races", "robustness", "time")
OF_EVERY_ANSWER = ("RESP-01", "RESP-03", "RESP-04", "RESP-05", "REQ-09", "BUD-08", "BUD-09")
"""The rules that every probe exercises, whatever else it is about."""


@dataclass(frozen=True)
class Probe:
    """One experiment: its id, the rules that it exercises, its layer, the least profile that runs it, and its code.

    `followed_by` are the probes that look at what it leaves behind; they are carried out whenever it is. One that
    `is_crash_prone` sends what is known to end servers.
    """

    id: str
    rules: tuple[str, ...]
    layer: str
    profile: str
    run: Callable[[Exam], None]
    followed_by: tuple[str, ...] = ()
    is_crash_prone: bool = False

    def in_profile(self, profile: str) -> bool:
        """Return whether a run of `profile` carries this probe out; those of the smoke layer are for smoke alone."""
        if "smoke" in (profile, self.layer):
            return profile == self.layer
        return PROFILES.index(self.profile) <= PROFILES.index(profile)

    def matches(self, patterns: tuple[str, ...]) -> bool:
        """Return whether one of its rules is selected; no patterns select all."""
        return any(is_selected(rule, patterns) for rule in self.rules)


def is_selected(rule: str, patterns: tuple[str, ...]) -> bool:
    """Return whether patterns select a rule by its id; no patterns select all."""
    return not patterns or any(fnmatchcase(rule, pattern) for pattern in patterns)


def order_of(probe: Probe) -> tuple[bool, int]:
    """Return where a probe stands in a run: layer by layer, what is known to end servers at the very end."""
    return probe.is_crash_prone, LAYERS.index(probe.layer)


class Registry:
    """The probes of the suite, layer by layer, each layer in the order in which it was written down or arranged."""

    def __init__(self) -> None:
        self._probes: list[Probe] = []

    def __iter__(self) -> Iterator[Probe]:
        return iter(sorted(self._probes, key=order_of))

    def add(self, probe: Probe) -> None:
        """Add a probe; its id must be new."""
        if any(other.id == probe.id for other in self._probes):
            raise ValueError(f"there are two probes with the id {probe.id}")
        self._probes.append(probe)

    def arrange(self, modules: Sequence[str]) -> None:
        """Put the probes into the order of the modules that they stand in."""
        self._probes.sort(key=lambda probe: modules.index(probe.run.__module__))

    def probe(
        self,
        *rules: str,
        layer: str = "probes",
        profile: str = "gate",
        name: str | None = None,
        is_crash_prone: bool = False,
    ) -> Callable[[Callable[[Exam], None]], Callable[[Exam], None]]:
        """Return a decorator that adds a function as a probe for `rules`."""

        def add(function: Callable[[Exam], None]) -> Callable[[Exam], None]:
            self.add(Probe(name or function.__name__, rules, layer, profile, function, is_crash_prone=is_crash_prone))
            return function

        return add
