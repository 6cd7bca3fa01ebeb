"""A Hypothesis state machine over the five operations: stories of requests that build on each other."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, Phase, assume, seed, settings
from hypothesis import strategies as st
from hypothesis.errors import Flaky, FlakyStrategyDefinition
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from contract_tests.errors import Blocked
from contract_tests.exam import DELETE, UPDATE, Exam
from contract_tests.layers.acceptance import accepted

_DURATIONS = ("30s", "5m", "1h", "1d", "1w", "1m", "1M", "1Y")
_SIZES = {"gate": (1, 3), "thorough": (40, 25)}
"""How many runs of how many steps each profile makes."""

_limits = st.one_of(st.integers(1, 10**9), st.floats(0.01, 10**6, allow_nan=False).map(lambda x: round(x, 2)))
_budgets = st.lists(
    st.fixed_dictionaries({"max_limit": _limits, "reset_duration": st.sampled_from(_DURATIONS)}),
    max_size=4,
    unique_by=lambda entry: entry["reset_duration"],
)
_tokens = st.fixed_dictionaries(
    {"token_max_limit": st.integers(1, 2**63 - 1), "token_reset_duration": st.sampled_from(_DURATIONS)}
)
_requests = st.fixed_dictionaries(
    {"request_max_limit": st.integers(1, 2**63 - 1), "request_reset_duration": st.sampled_from(_DURATIONS)}
)
_rates = st.one_of(st.just({}), _tokens, _requests, st.builds(lambda a, b: {**a, **b}, _tokens, _requests))
_names = st.integers(0, 2)


class Workflow(RuleBasedStateMachine):
    """What a client does over time. It knows the ids of its configs, and which of them it acted on last."""

    exam: Exam

    def __init__(self) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.acted: str | None = None
        self.gone: str | None = None
        self.stem = self.exam.fresh_name("flow")

    def teardown(self) -> None:
        """Remove what this run created."""
        for config_id in self.ids:
            self.exam.remove(config_id)

    @initialize(budgets=_budgets, rate=_rates)
    def first(self, budgets: list[Any], rate: dict[str, Any]) -> None:
        """Begin with one config that has limits, so that every step has something to act on.

        Without the assumption the only story of a gate would be the simplest of all, which Hypothesis tries first.
        """
        assume(budgets and rate)
        self._create({"model_name": f"{self.stem}-0", "budgets": budgets, "rate_limit": rate})

    @rule(name=_names, with_provider=st.booleans(), scope=st.integers(0, 2), budgets=_budgets, rate=_rates)
    def create(self, name: int, with_provider: bool, scope: int, budgets: list[Any], rate: dict[str, Any]) -> None:
        """Create a config, perhaps of an identity that is taken."""
        body: dict[str, Any] = {"model_name": f"{self.stem}-{name}", "budgets": budgets}
        body |= {"provider": self.exam.provider} if with_provider else {}
        body |= {"rate_limit": rate} if rate else {}
        scopes = list(self.exam.scopes.by_scope().items())
        if 0 < scope <= len(scopes):
            body |= {"scope": scopes[scope - 1][0], "scope_id": scopes[scope - 1][1]}
        self._create(body)

    @precondition(lambda self: self.ids)
    @rule(number=st.integers(0, 99), name=st.none() | _names, budgets=st.none() | _budgets, rate=st.none() | _rates)
    def update(self, number: int, name: int | None, budgets: list[Any] | None, rate: dict[str, Any] | None) -> None:
        """Change some members of a config, perhaps onto an identity that is taken."""
        body: dict[str, Any] = {} if name is None else {"model_name": f"{self.stem}-{name}"}
        body |= {} if budgets is None else {"budgets": budgets}
        body |= {} if rate is None else {"rate_limit": rate}
        self.acted = self.ids[number % len(self.ids)]
        self.exam.send(UPDATE, self.acted, body=body)

    @precondition(lambda self: self.ids)
    @rule(number=st.integers(0, 99))
    def delete(self, number: int) -> None:
        """Delete a config."""
        self.acted, self.gone = None, self.exam.target.stranger(self.ids.pop(number % len(self.ids)))
        self.exam.send(DELETE, self.gone)

    @invariant()
    def read(self) -> None:
        """Ask list and get for the configs, and get for the one that was deleted last, unless the list has it.

        A gate asks get for the config alone that was acted upon: the list shows what became of the others.
        """
        listed = [config.get("id") for config in self.exam.all_configs()]
        for config_id in self.ids:
            if config_id == self.acted or self.exam.profile == "thorough":
                self.exam.read(config_id)
        if self.gone is not None and self.gone not in listed:
            self.exam.read(self.gone)

    def _create(self, body: dict[str, Any]) -> None:
        """Send a create, and note the id of what it made."""
        config = accepted(self.exam, body)
        self.acted = config["id"] if config else None
        if config:
            self.ids.append(config["id"])


def run_workflows(exam: Exam) -> None:
    """Run the state machine as often as the profile says.

    Raises:
        Blocked: the answers were too far from the document to go on, and nothing was found so far.
    """
    examples, steps = _SIZES[exam.profile]

    @seed(exam.seed)
    def machine() -> Workflow:
        exam.restart()
        return Workflow()

    Workflow.exam = exam
    try:
        run_state_machine_as_test(
            machine,  # type: ignore[arg-type]  # a factory will do
            settings=settings(
                max_examples=examples,
                stateful_step_count=steps,
                database=None,
                deadline=None,
                phases=[Phase.generate],
                suppress_health_check=list(HealthCheck),
                print_blob=False,
            ),
        )
    except (Blocked, Flaky, FlakyStrategyDefinition) as error:
        if not exam.record.findings:
            raise Blocked(f"a workflow ended early: {error}") from error
