"""Where hand-made ledgers enter the cast."""

from __future__ import annotations

from collections.abc import Callable

from tests.cast.independent import Ledger
from tests.cast.member import Member, ledger, threaded

FAULTY: list[Member] = []


def breaking(*rules: str, needs: str = "gate") -> Callable[[type[Ledger]], type[Ledger]]:
    """Take a ledger into the cast as a server that breaks `rules`; its docstring is the description."""

    def register(kind: type[Ledger]) -> type[Ledger]:
        words = "".join(f"-{letter.lower()}" if letter.isupper() else letter for letter in kind.__name__)
        description = (kind.__doc__ or "").strip().rstrip(".")
        FAULTY.append(Member(f"ledger{words}", description, rules, ledger(kind), needs, threaded()))
        return kind

    return register
