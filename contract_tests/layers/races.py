"""Races: simultaneous requests, after which the state must be one that some serial order could have left."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any

from contract_tests import samples
from contract_tests.errors import Blocked, SuiteError
from contract_tests.exam import CREATE, DELETE, GET, LIST, UPDATE, Exam
from contract_tests.exchange import Call, Exchange
from contract_tests.layers.acceptance import LARGE, budget
from contract_tests.layers.registry import PROBES
from contract_tests.residents import settled
from contract_tests.rules import NEVER_FAILS

_WIDTH = 4
"""Simultaneous requests of one race."""

_FEW = 3
"""Those of a race that is run twice, or on two configs at once."""

_MANY = 25
"""How often a thorough run repeats a race."""


def race(exam: Exam, calls: Sequence[Call]) -> list[Exchange]:
    """Send all calls so that they meet at the target, and return the exchanges in the order of the calls.

    Raises:
        SuiteError, Blocked: one of the calls could not be sent.
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
    return results


def _rounds(exam: Exam, play: Callable[[], None], *, in_gate: int) -> None:
    """Repeat a race until something is found or it has been run often enough."""
    for _ in range(_MANY if exam.profile == "thorough" else in_gate):
        with exam.story():
            play()
            exam.testify(is_last=True)
        if exam.record.findings:
            return


@PROBES.probe("RACE-01", "LIST-01", NEVER_FAILS, layer="races")
def creates_of_one_identity(exam: Exam) -> None:
    """Of simultaneous creates of one identity one succeeds and one config is left, for a bare and a full identity."""

    def play() -> None:
        scope = next(({"scope": scope, "scope_id": key} for scope, key in exam.scopes.by_scope().items()), {})
        identities = [
            {"model_name": exam.fresh_name("race")},
            {"model_name": exam.fresh_name("race"), "provider": exam.provider, **scope},
        ]
        bodies = [{**each, "budgets": [budget(LARGE + i, "1d")]} for i in range(_FEW) for each in identities]
        race(exam, [exam.call(CREATE, body=body) for body in bodies])
        exam.all_configs()

    _rounds(exam, play, in_gate=1)


@PROBES.probe("RACE-02", "LIST-01", "LIST-03", "RESP-02", NEVER_FAILS, layer="races")
def creates_of_distinct_identities(exam: Exam) -> None:
    """Simultaneous creates of distinct identities all persist, with distinct ids and each with its own values.

    Gets and lists at that moment answer what each of them was asked for.
    """

    def play() -> None:
        bodies = [exam.filled({**samples.smallest(), "budgets": [budget(LARGE + i, "1d")]}) for i in range(_FEW)]
        _race_beside_reads(exam, [exam.call(CREATE, body=body) for body in bodies])
        exam.all_configs()

    _rounds(exam, play, in_gate=1)


def _race_beside_reads(exam: Exam, calls: Sequence[Call]) -> None:
    """Let calls race each other, and reads of residents, one by one and filtered."""
    ids = [config["id"] for config in settled(exam).values()][:3]
    filters = ({"provider": exam.provider}, {"provider": f"{exam.provider}-2"})
    reads = [exam.call(GET, config_id) for config_id in ids] + [exam.call(LIST, query=query) for query in filters]
    race(exam, [*calls, *reads])


@PROBES.probe("RACE-03", NEVER_FAILS, layer="races")
def updates_of_one_config(exam: Exam) -> None:
    """Simultaneous updates of one config leave one of the written states whole."""

    def play() -> None:
        config = exam.subject()
        bodies = [_whole_state(exam, index) for index in range(_FEW)]
        race(exam, [exam.call(UPDATE, config["id"], body=body) for body in bodies])
        exam.shared.state = None
        exam.read(config["id"])

    _rounds(exam, play, in_gate=2)


def _whole_state(exam: Exam, index: int) -> dict[str, Any]:
    """Return an update whose every value tells which of the racers wrote it."""
    durations = ("1d", "1w", "1M", "2d", "2w", "2M")
    return {
        "model_name": exam.fresh_name(f"racer{index}"),
        "budgets": [budget(LARGE + index, "1h"), budget(LARGE * 2 + index, durations[index % len(durations)])],
        "rate_limit": {"token_max_limit": LARGE + index, "token_reset_duration": "1h"},
    }


@PROBES.probe("RACE-05", NEVER_FAILS, layer="races")
def updates_of_different_members(exam: Exam) -> None:
    """Of simultaneous updates that change different members of one config none is lost."""

    def play() -> None:
        config = exam.subject()
        whole = _whole_state(exam, 0)
        race(exam, [exam.call(UPDATE, config["id"], body={name: item}) for name, item in whole.items()])
        exam.shared.state = None
        exam.read(config["id"])

    _rounds(exam, play, in_gate=1)


@PROBES.probe("RACE-04", NEVER_FAILS, layer="races")
def deletes_of_one_config(exam: Exam) -> None:
    """Of simultaneous deletes of one config exactly one answers 200."""

    def play() -> None:
        config_id = exam.target.stranger(exam.spare()["id"])
        race(exam, [exam.call(DELETE, config_id) for _ in range(_WIDTH)])

    _rounds(exam, play, in_gate=1)


@PROBES.probe("RACE-03", "LIST-01", NEVER_FAILS, layer="races", name="update_against_delete")
def update_against_delete(exam: Exam) -> None:
    """After an update races a delete that answered 200, the config is gone for good."""

    def play() -> None:
        config_id = exam.target.stranger(exam.spare()["id"])
        calls = [exam.call(UPDATE, config_id, body=_whole_state(exam, index)) for index in range(_FEW - 1)]
        race(exam, [*calls, exam.call(DELETE, config_id)])
        exam.read(config_id)
        if exam.profile == "thorough":
            exam.all_configs()

    _rounds(exam, play, in_gate=1)


@PROBES.probe("PUT-07", NEVER_FAILS, layer="races")
def renames_onto_one_identity(exam: Exam) -> None:
    """Of simultaneous renames of two configs onto one identity one succeeds at most."""

    def play() -> None:
        configs = [exam.subject(), exam.spare(scope="global")]
        body = {"model_name": exam.fresh_name("both"), "provider": exam.provider}
        race(exam, [exam.call(UPDATE, config["id"], body=body) for config in configs])
        exam.shared.state = None

    _rounds(exam, play, in_gate=1)
