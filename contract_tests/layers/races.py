"""Races: simultaneous requests, after which the state must be one that some serial order could have left."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any

from contract_tests import samples
from contract_tests.comparison import differences
from contract_tests.configs import configs_in
from contract_tests.errors import Blocked, SuiteError
from contract_tests.exam import CREATE, DELETE, GET, LIST, UPDATE, Exam
from contract_tests.exchange import Call, Exchange, config_id_of
from contract_tests.layers.acceptance import LARGE, budget
from contract_tests.layers.lists import FILTERS, matches
from contract_tests.layers.registry import PROBES
from contract_tests.residents import settled
from contract_tests.rules import NEVER_FAILS
from governance_contract.kinds.kind import same

_WIDTH = 4
"""Simultaneous requests of one race."""

_FEW = 3
"""Those of a race that is run twice, or on two configs at once."""

_MANY = 25
"""How often a thorough run repeats a race."""


def race(exam: Exam, calls: Sequence[Call]) -> list[Exchange]:
    """Send all calls so that they meet at the target, and return the exchanges in the order of the calls.

    Raises:
        SuiteError, Blocked: one of the calls could not be judged.
    """
    results: list[Any] = [None] * len(calls)
    barrier = threading.Barrier(len(calls))

    def run(index: int, call: Call) -> None:
        try:
            results[index] = exam.target.send_once(call, is_fresh=True, barrier=barrier)
        except (SuiteError, Blocked) as error:
            results[index] = error

    threads = [threading.Thread(target=run, args=pair, daemon=True) for pair in enumerate(calls)]
    with exam.witness.gathering():
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    for result in results:
        if isinstance(result, Exception):
            raise result
        _check_answered(exam, result)
    return results


def _check_answered(exam: Exam, exchange: Exchange) -> None:
    """Check that a racing request did not fail."""
    call, answer = exchange.call, exchange.response
    label, received = f"{call.method} at the moment of other requests fails", answer.shown()
    operation = exam.contract.operations.at(call.method, call.path)
    if operation:
        holds, steps = not answer.is_failure, (exchange,)
        exam.check(NEVER_FAILS, operation.id, holds, label, expected="below 500", received=received, steps=steps)


def _rounds(exam: Exam, play: Callable[[], bool], *, in_gate: int) -> None:
    """Repeat a race until it shows something or has been run often enough."""
    for _ in range(_MANY if exam.profile == "thorough" else in_gate):
        with exam.story():
            if not play():
                return


def _statuses(exchanges: Sequence[Exchange]) -> list[int]:
    return sorted(exchange.response.status for exchange in exchanges)


@PROBES.probe("RACE-01", "LIST-01", NEVER_FAILS, layer="races")
def creates_of_one_identity(exam: Exam) -> None:
    """Of simultaneous creates of one identity one succeeds and one config is left, for a bare and a full identity."""

    def play() -> bool:
        exam.need_intact("id", "model_name")
        scope = next(({"scope": scope, "scope_id": key} for scope, key in exam.scopes.by_scope().items()), {})
        identities = [
            {"model_name": exam.fresh_name("race")},
            {"model_name": exam.fresh_name("race"), "provider": exam.provider, **scope},
        ]
        bodies = [{**each, "budgets": [budget(LARGE + i, "1d")]} for i in range(_FEW) for each in identities]
        exchanges = race(exam, [exam.call(CREATE, body=body) for body in bodies])
        listed = [config.get("model_name") for config in exam.all_configs()]
        held = [
            _check_single(exam, exchanges[index::2], listed.count(each["model_name"]), "with" if index else "without")
            for index, each in enumerate(identities)
        ]
        return all(held)

    _rounds(exam, play, in_gate=1)


def _check_single(exam: Exam, exchanges: Sequence[Exchange], left: int, having: str) -> bool:
    won = [exchange for exchange in exchanges if exchange.response.status == 200]
    return exam.check(
        "RACE-01",
        CREATE,
        len(won) == 1 and left == 1,
        f"simultaneous creates of one identity {having} provider and scope",
        expected="one status 200 and one config",
        received=f"statuses {_statuses(exchanges)}, {left} configs",
        steps=tuple(exchanges),
    )


@PROBES.probe("RACE-02", "LIST-01", "LIST-03", "RESP-02", NEVER_FAILS, layer="races")
def creates_of_distinct_identities(exam: Exam) -> None:
    """Simultaneous creates of distinct identities all persist, with distinct ids and each with its own values.

    Gets and lists at that moment answer what each of them was asked for.
    """

    def play() -> bool:
        exam.need_intact("id", "model_name")
        bodies = [exam.filled({**samples.smallest(), "budgets": [budget(LARGE + i, "1d")]}) for i in range(_FEW)]
        exchanges, reads = _beside_reads(exam, [exam.call(CREATE, body=body) for body in bodies])
        for exchange in reads:
            _check_read(exam, exchange)
        made = [config for exchange in exchanges for config in configs_in(exchange.response)]
        listed = {config.get("model_name"): config for config in exam.all_configs()}
        kept = [body for body in bodies if _holds(listed.get(body["model_name"]), body, exam.mangled)]
        return exam.check(
            "RACE-02",
            CREATE,
            len(kept) == len(bodies) and len({config.get("id") for config in made}) == len(bodies),
            "simultaneous creates of distinct identities",
            expected=f"{len(bodies)} configs with ids and values of their own",
            received=f"statuses {_statuses(exchanges)}, {len(kept)} configs kept, "
            f"{len({config.get('id') for config in made})} ids",
            steps=tuple(exchanges),
        )

    _rounds(exam, play, in_gate=1)


def _beside_reads(exam: Exam, calls: Sequence[Call]) -> tuple[list[Exchange], list[Exchange]]:
    """Send calls together with reads of residents, one by one and filtered; return the exchanges of both."""
    ids = [config["id"] for config in settled(exam).values()][:3]
    filters = ({"provider": exam.provider}, {"provider": f"{exam.provider}-2"})
    reads = [exam.call(GET, config_id) for config_id in ids] + [exam.call(LIST, query=query) for query in filters]
    exchanges = race(exam, [*calls, *reads])
    return exchanges[: len(calls)], exchanges[len(calls) :]


def _check_read(exam: Exam, exchange: Exchange) -> None:
    """Check that a read which others raced answers the config, or configs of the provider, that it was asked for."""
    call, answer, found = exchange.call, exchange.response, configs_in(exchange.response)
    steps, received = (exchange,), answer.shown()
    if call.query:
        label, expected = "a filter at the moment of others", f"configs of {call.query}"
        holds = all(matches(config, call.query) for config in found)
        exam.check(FILTERS, LIST, holds, label, expected=expected, received=received, steps=steps)
        return
    known = exam.shared.memory.config(str(config_id_of(call)))
    if known and found and answer.status == 200:
        label, wrong = "get answers another config at the moment of other gets", differences(known, found[0])
        holds = found[0].get("id") == known["id"] and not wrong - exam.mangled
        exam.check("RESP-02", GET, holds, label, expected=repr(known)[:300], received=received, steps=steps)


def _holds(config: dict[str, Any] | None, body: dict[str, Any], mangled: set[str]) -> bool:
    held = [(entry.get("reset_duration"), entry.get("max_limit")) for entry in (config or {}).get("budgets") or ()]
    wanted = [(entry["reset_duration"], entry["max_limit"]) for entry in body["budgets"]]
    return config is not None and ("budgets" in mangled or held == wanted)


@PROBES.probe("RACE-03", NEVER_FAILS, layer="races")
def updates_of_one_config(exam: Exam) -> None:
    """Simultaneous updates of one config leave one of the written states whole."""

    def play() -> bool:
        config = exam.subject()
        bodies = [_whole_state(exam, index) for index in range(_FEW)]
        exchanges = race(exam, [exam.call(UPDATE, config["id"], body=body) for body in bodies])
        exam.shared.state = None
        after = exam.read(config["id"]) or {}
        written = [body for body, exchange in zip(bodies, exchanges, strict=True) if exchange.response.status == 200]
        judged = [{name: item for name, item in body.items() if name not in exam.mangled} for body in written]
        whole = any(_is_state(after, body) for body in judged)
        return exam.check(
            "RACE-03",
            UPDATE,
            whole or not written,
            "simultaneous updates leave a mixture",
            expected="one of the written states whole",
            received=f"statuses {_statuses(exchanges)}, then {after!r}"[:500],
            steps=tuple(exchanges),
        )

    _rounds(exam, play, in_gate=2)


def _whole_state(exam: Exam, index: int) -> dict[str, Any]:
    """Return an update whose every value tells which of the racers wrote it."""
    durations = ("1d", "1w", "1M", "2d", "2w", "2M")
    return {
        "model_name": exam.fresh_name(f"racer{index}"),
        "budgets": [budget(LARGE + index, "1h"), budget(LARGE * 2 + index, durations[index % len(durations)])],
        "rate_limit": {"token_max_limit": LARGE + index, "token_reset_duration": "1h"},
    }


def _is_state(config: dict[str, Any], body: dict[str, Any]) -> bool:
    held = {entry.get("reset_duration"): entry.get("max_limit") for entry in config.get("budgets") or ()}
    wanted = {entry["reset_duration"]: entry["max_limit"] for entry in body.get("budgets", ())}
    rate, wanted_rate = config.get("rate_limit") or {}, body.get("rate_limit", {})
    return (
        config.get("model_name") == body.get("model_name", config.get("model_name"))
        and ("budgets" not in body or held.keys() == wanted.keys())
        and all(same(held[key], wanted[key]) for key in wanted)
        and ("rate_limit" not in body or same(rate.get("token_max_limit"), wanted_rate["token_max_limit"]))
    )


@PROBES.probe("RACE-05", NEVER_FAILS, layer="races")
def updates_of_different_members(exam: Exam) -> None:
    """Of simultaneous updates that change different members of one config none is lost."""

    def play() -> bool:
        config = exam.subject()
        whole = _whole_state(exam, 0)
        race(exam, [exam.call(UPDATE, config["id"], body={name: item}) for name, item in whole.items()])
        exam.shared.state = None
        exam.read(config["id"])
        exam.testify(is_last=True)
        return not exam.record.findings

    _rounds(exam, play, in_gate=1)


@PROBES.probe("RACE-04", NEVER_FAILS, layer="races")
def deletes_of_one_config(exam: Exam) -> None:
    """Of simultaneous deletes of one config exactly one answers 200."""

    def play() -> bool:
        config_id = exam.target.stranger(exam.spare()["id"])
        exchanges = race(exam, [exam.call(DELETE, config_id) for _ in range(_WIDTH)])
        return exam.check(
            "RACE-04",
            DELETE,
            _statuses(exchanges).count(200) == 1,
            "simultaneous deletes of one config",
            expected="one status 200, then 404",
            received=f"statuses {_statuses(exchanges)}",
            steps=tuple(exchanges),
        )

    _rounds(exam, play, in_gate=1)


@PROBES.probe("RACE-03", "LIST-01", NEVER_FAILS, layer="races", name="update_against_delete")
def update_against_delete(exam: Exam) -> None:
    """After an update races a delete that answered 200, the config is gone for good."""

    def play() -> bool:
        config_id = exam.target.stranger(exam.spare()["id"])
        calls = [exam.call(UPDATE, config_id, body=_whole_state(exam, index)) for index in range(_FEW - 1)]
        exchanges = race(exam, [*calls, exam.call(DELETE, config_id)])
        deleted = exchanges[-1].response.status == 200
        after = exam.read(config_id)
        listed = exam.profile == "thorough" and any(each.get("id") == config_id for each in exam.all_configs())
        return exam.check(
            "RACE-03",
            UPDATE,
            not deleted or (after is None and not listed),
            "an update brings a deleted config back",
            expected="status 404 and no entry in the list",
            received=f"statuses {_statuses(exchanges)}, then {after!r}"[:400],
            steps=tuple(exchanges),
        )

    _rounds(exam, play, in_gate=1)


@PROBES.probe("PUT-07", NEVER_FAILS, layer="races")
def renames_onto_one_identity(exam: Exam) -> None:
    """Of simultaneous renames of two configs onto one identity one succeeds at most."""

    def play() -> bool:
        configs = [exam.subject(), exam.spare(scope="global")]
        body = {"model_name": exam.fresh_name("both"), "provider": exam.provider}
        exchanges = race(exam, [exam.call(UPDATE, config["id"], body=body) for config in configs])
        exam.shared.state = None
        return exam.check(
            "PUT-07",
            UPDATE,
            _statuses(exchanges).count(200) < 2,
            "simultaneous renames onto one identity",
            expected="one status 200 at most",
            received=f"statuses {_statuses(exchanges)}",
            steps=tuple(exchanges),
        )

    _rounds(exam, play, in_gate=1)
