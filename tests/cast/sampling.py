"""Parts of the cast, so that a run takes minutes: one in so many servers of each family."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tests.cast.member import Member

_MOCK, _LEDGER = "correct-mock", "correct-independent"
TWINS = frozenset({_MOCK, _LEDGER})
"""The correct servers of which the faulty ones are made."""


def family_of(member: Member) -> str:
    """Return what kind of server a member is: by its maker and, where it is derived, by its operator."""
    words = member.id.split("-")
    return "-".join(words[:2]) if words[0] == "derived" else words[0]


def twin_of(member: Member) -> str:
    """Return the correct server that a faulty one is made of; what is said of both is no sign of the fault."""
    return _LEDGER if member.id.startswith("ledger-") else _MOCK


def sample(members: Sequence[Member], every: int) -> Iterator[Member]:
    """Yield one in so many servers of each family, and always the correct ones of which the faulty ones are made."""
    seen: dict[str, int] = {}
    for member in members:
        family = family_of(member)
        seen[family] = seen.get(family, -1) + 1
        if seen[family] % every == 0 or member.id in TWINS:
            yield member
