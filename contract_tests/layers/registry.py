"""Where the probes of all layers are registered."""

from __future__ import annotations

from contract_tests.probe import Registry

PROBES = Registry()
