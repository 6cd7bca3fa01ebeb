"""The verbs of the API's document, each with what makes its action."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from governance_contract import resources
from governance_contract.operations import Operation
from mockserver import actions, effects
from mockserver.actions import Action, Api, World
from mockserver.execution import Behaviours

VERBS: Mapping[str, Callable[[Api, Operation], Action]] = {
    resources.LIST: actions.listing,
    resources.GET: actions.getting,
    resources.CREATE: actions.creating,
    resources.UPDATE: actions.updating,
    resources.DELETE: actions.deleting,
    resources.SET: effects.setting,
    resources.CLEAR: effects.clearing,
    resources.RESET: effects.resetting,
}
"""For each verb of `x-action` the maker of its action."""


def behaviours(api: Api) -> Behaviours[World]:
    """Return for each verb of the API what makes the action of an operation."""

    def maker(make: Callable[[Api, Operation], Action]) -> Callable[[Operation], Action]:
        return lambda operation: api.dialect.acting(operation, make(api, operation))

    return {verb: maker(make) for verb, make in VERBS.items()}
