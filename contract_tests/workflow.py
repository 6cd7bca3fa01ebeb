"""A Hypothesis state machine over the five operations, with a small model of what the target was told and answered."""

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

from contract_tests.comparison import differences
from contract_tests.configs import configs_in
from contract_tests.errors import Blocked
from contract_tests.exam import CREATE, DELETE, GET, LIST, UPDATE, Exam
from contract_tests.exchange import Response
from contract_tests.readback import check_echo
from contract_tests.updating import check_stayed

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


class _Deviation(Exception):
    """The target and the model part ways; the exam holds the finding."""


class Workflow(RuleBasedStateMachine):
    """What a client does over time. Configs are known by local numbers; the model keeps the last answer of each."""

    exam: Exam

    def __init__(self) -> None:
        super().__init__()
        self.configs: dict[int, dict[str, Any]] = {}
        self.gone: list[str] = []
        self.acted: int | None = None
        self.operation_id = CREATE
        self.stem = self.exam.fresh_name("flow")

    def teardown(self) -> None:
        """Remove what this run created."""
        for config in self.configs.values():
            self.exam.remove(config["id"])

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

    @precondition(lambda self: self.configs)
    @rule(number=st.integers(0, 99), name=st.none() | _names, budgets=st.none() | _budgets, rate=st.none() | _rates)
    def update(self, number: int, name: int | None, budgets: list[Any] | None, rate: dict[str, Any] | None) -> None:
        """Change some members of a config, perhaps onto an identity that is taken."""
        handle = self._pick(number)
        before = self.configs[handle]
        body: dict[str, Any] = {} if name is None else {"model_name": f"{self.stem}-{name}"}
        body |= {} if budgets is None else {"budgets": budgets}
        body |= {} if rate is None else {"rate_limit": rate}
        self.acted, self.operation_id = handle, UPDATE
        answer = self.exam.send(UPDATE, before["id"], body=body)
        others = [other for key, other in self.configs.items() if key != handle]
        if any(_identity(other) == _identity({**before, **body}) for other in others):
            self._must(
                self.exam.check_refused("PUT-07", UPDATE, answer, "a rename onto another config", steps=self.exam.trail)
            )
            if answer.status >= 400:
                return
        after = self._config(answer, UPDATE)
        self._must(check_echo(self.exam, UPDATE, body, after, "an update"))
        self._must(check_stayed(self.exam, "PUT-01", before, after, body, "an update"))
        self.configs[handle] = after

    @precondition(lambda self: self.configs)
    @rule(number=st.integers(0, 99))
    def delete(self, number: int) -> None:
        """Delete a config; it must be gone for good."""
        handle = self._pick(number)
        config_id = self.exam.target.stranger(self.configs.pop(handle)["id"])
        self.acted, self.operation_id = None, DELETE
        answer = self.exam.send(DELETE, config_id)
        held = 200 <= answer.status < 300
        self._must(self.exam.check("LIFE-04", DELETE, held, "delete", expected="status 200", received=answer.shown()))
        self.gone.append(config_id)

    @invariant()
    def agrees(self) -> None:
        """Get and list answer every config as the model knows it, and none that is gone.

        A gate asks get for the config alone that was acted upon: the list shows what became of the others.
        """
        listed: dict[Any, list[dict[str, Any]]] = {}
        for config in self.exam.all_configs():
            listed.setdefault(config.get("id"), []).append(config)
        for handle, config in self.configs.items():
            if handle == self.acted or self.exam.profile == "thorough":
                self._compare(handle, config, self.exam.read(config["id"]), GET)
            entries = listed.get(config["id"], [])
            self._must(
                self.exam.check(
                    "LIFE-01",
                    LIST,
                    len(entries) == 1,
                    "the config does not stand in the list exactly once",
                    expected="one entry",
                    received=f"{len(entries)} entries",
                )
            )
            self._compare(handle, config, entries[0], LIST)
        for config_id in self.gone[-1:]:
            back = config_id in listed or self.exam.read(config_id) is not None
            self._must(
                self.exam.check(
                    "LIFE-04",
                    GET,
                    not back,
                    "a deleted config is still there",
                    expected="status 404",
                    received="the config",
                )
            )

    def _create(self, body: dict[str, Any]) -> None:
        self.acted, self.operation_id = None, CREATE
        answer = self.exam.send(CREATE, body=body)
        if any(_identity(other) == _identity(body) for other in self.configs.values()):
            held = self.exam.check_refused(
                "IDN-01", CREATE, answer, "the identity of another config", steps=self.exam.trail
            )
            self._must(held)
            return
        config = self._config(answer, CREATE)
        self._must(check_echo(self.exam, CREATE, body, config, "a create"))
        self.acted = max(self.configs, default=0) + 1
        self.configs[self.acted] = config

    def _config(self, answer: Response, operation_id: str) -> dict[str, Any]:
        found = configs_in(answer)
        ok = 200 <= answer.status < 300 and bool(found) and isinstance(found[0].get("id"), str)
        self._must(
            self.exam.check(
                "RESP-01",
                operation_id,
                ok,
                "a valid request",
                expected="status 200 with the config",
                received=answer.shown(),
            )
        )
        return found[0]

    def _compare(self, handle: int, config: dict[str, Any], seen: dict[str, Any] | None, where: str) -> None:
        mine = handle == self.acted
        if seen is None:
            self._must(
                self.exam.check(
                    "LIFE-01" if mine else "LIFE-05",
                    GET if mine else self.operation_id,
                    False,
                    "a config is gone",
                    expected="status 200",
                    received="404",
                )
            )
            return
        changed = sorted(differences(config, seen))
        self._must(
            self.exam.check(
                "RESP-02" if mine else "LIFE-05",
                where if mine else self.operation_id,
                not changed,
                f"{'its' if mine else 'another config changed:'} {', '.join(changed)}",
                expected=repr({name: config.get(name) for name in changed})[:300],
                received=repr({name: seen.get(name) for name in changed})[:300],
            )
        )

    def _pick(self, number: int) -> int:
        return sorted(self.configs)[number % len(self.configs)]

    def _must(self, held: bool) -> None:
        if not held:
            raise _Deviation


def run_workflows(exam: Exam) -> None:
    """Run the state machine as often as the profile says; the first deviation ends it, its finding is in the exam."""
    examples, steps = _SIZES[exam.profile]
    phases = [Phase.generate, Phase.shrink] if exam.profile == "thorough" else [Phase.generate]

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
                phases=phases,
                suppress_health_check=list(HealthCheck),
                print_blob=False,
            ),
        )
    except (_Deviation, Blocked, Flaky, FlakyStrategyDefinition) as error:
        if not exam.record.findings:
            raise Blocked(f"a workflow ended early: {error}") from error


def _identity(config: dict[str, Any]) -> tuple[Any, ...]:
    scope = config.get("scope") or "global"
    return (
        scope,
        config.get("scope_id") if scope != "global" else None,
        config.get("model_name"),
        config.get("provider"),
    )
