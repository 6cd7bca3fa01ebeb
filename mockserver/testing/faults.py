"""The faults of a session as tests let them happen."""

from __future__ import annotations

from typing import Any

from mockserver.testing.control import Control

Faults = list[dict[str, Any]]
"""Faults in the form of `Fault` of the control API's document."""

Holds = list[dict[str, Any]]
"""Requests that are held, the oldest first, in the form of `Hold` of the control API's document."""


class SessionFaults:
    """What goes wrong in one session."""

    def __init__(self, control: Control) -> None:
        self._control = control

    def add(self, kind: str, **members: Any) -> dict[str, Any]:
        """Let something go wrong with the requests to come, by the members of `NewFault`; return the fault."""
        added: dict[str, Any] = self._control.post("/faults", {"kind": kind, **members})
        return added

    def list(self) -> Faults:
        """Return all faults, the oldest first, with how often each has struck."""
        faults: Faults = self._control.get("/faults")["faults"]
        return faults

    def delete(self, fault_id: str) -> None:
        """Forget a fault and release the requests that it holds."""
        self._control.delete(f"/faults/{fault_id}")

    def clear(self) -> None:
        """Forget all faults and release all requests that are held."""
        self._control.delete("/faults")

    def held(self) -> Holds:
        """Return the requests that are held."""
        holds: Holds = self._control.get("/holds")["holds"]
        return holds

    def release(self, hold_id: str | None = None) -> Holds:
        """Let one held request go on, or all of them; return what is released."""
        if hold_id is not None:
            return [self._control.post(f"/holds/{hold_id}/release")]
        released: Holds = self._control.post("/holds/release")["holds"]
        return released
