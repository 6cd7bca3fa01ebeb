"""The verbs of the control API's document, each with what makes its action."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from governance_contract import Contract
from governance_contract.operations import Operation
from mockserver.admin import clients, data, faults, holds, requests, service, snapshots, spending, timing
from mockserver.admin.action import Act
from mockserver.admin.service import Service
from mockserver.admin.strictness import strict
from mockserver.execution import Behaviours
from mockserver.sessions import Session

VERBS: Mapping[str, Callable[[Service, Contract, Operation], Act]] = {
    "tell-health": service.telling_health,
    "tell-version": service.telling_version,
    "tell-settings": service.telling_settings,
    "reset": service.resetting,
    "export": data.exporting,
    "import": data.importing,
    "list-scenarios": data.listing_scenarios,
    "load-scenario": data.loading_scenario,
    "read-clock": timing.reading,
    "move-clock": timing.moving,
    "list-upcoming": timing.listing_upcoming,
    "spend": spending.spending,
    "simulate-traffic": spending.simulating,
    "list-snapshots": snapshots.listing,
    "save-snapshot": snapshots.saving,
    "delete-snapshot": snapshots.deleting,
    "restore-snapshot": snapshots.restoring,
    "diff-snapshot": snapshots.comparing,
    "list-sessions": clients.listing,
    "delete-session": clients.dropping,
    "list-faults": faults.listing,
    "add-fault": faults.adding,
    "clear-faults": faults.clearing,
    "read-fault": faults.reading,
    "delete-fault": faults.deleting,
    "list-holds": holds.listing,
    "release-hold": holds.releasing,
    "release-holds": holds.releasing_all,
    "list-requests": requests.listing,
    "clear-requests": requests.clearing,
    "list-unmatched": requests.listing_unmatched,
    "export-requests": requests.exporting,
    "find-requests": requests.finding,
    "count-requests": requests.counting,
    "stream-requests": requests.streaming,
    "read-request": requests.reading,
}
"""For each verb of `x-action` in the control API's document the maker of its action."""


def behaviours(mock: Service, control: Contract) -> Behaviours[Session]:
    """Return for each verb what makes the action of an operation of the control API."""

    def maker(make: Callable[[Service, Contract, Operation], Act]) -> Callable[[Operation], Act]:
        return lambda operation: strict(control, operation, make(mock, control, operation))

    return {verb: maker(make) for verb, make in VERBS.items()}
