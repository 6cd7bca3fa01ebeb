"""The rules that probes name often."""

from __future__ import annotations

NEVER_FAILS = "REQ-09"
ECHO = "RESP-02"
ECHOES = (ECHO, "BUD-02", "BUD-04", "RATE-01", "RATE-06")
"""The rules that say what comes back as it was sent."""
UPDATE_ECHOES = (*ECHOES, "PUT-02", "PUT-04")
"""The same for updates, with those that let an empty value remove a field."""
