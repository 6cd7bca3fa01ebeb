"""Who hears of everything that is sent to a target."""

from __future__ import annotations

from contract_tests.exchange import Call, Exchange


class Observer:
    """Hears when a call is sent and what became of it; this one does nothing with it."""

    def begin(self, call: Call) -> int:  # noqa: ARG002
        """Hear that a call is sent, and return the number under which its end is told."""
        return 0

    def end(self, number: int, exchange: Exchange | None) -> None:
        """Hear what became of a call: its exchange, None where it was not sent after all."""
