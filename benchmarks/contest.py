"""The contest: in each round every server is started, does every case, and is stopped; medians over the rounds."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any

from benchmarks.contenders import Contender
from benchmarks.load import CASES, Target, send
from benchmarks.process import Running, running

CONNECTIONS = (1, 32)

_SEEDED = 100
_WARM_UP_SECONDS = 1.0
_BODY = {
    "provider": "openai",
    "budgets": [{"max_limit": 25, "reset_duration": "1d"}, {"max_limit": 400, "reset_duration": "1M"}],
    "rate_limit": {"token_max_limit": 100000, "token_reset_duration": "1h"},
}
_EQUAL = [{"max_limit": 1, "reset_duration": "1d"}, {"max_limit": 2, "reset_duration": "1d"}]

Say = Callable[[str], None]


@dataclass(frozen=True)
class Conduct:
    """What a server does, seen before it is timed."""

    validates: bool
    stores: bool
    refuses_equal_durations: bool


def compete(
    contenders: Iterable[Contender], *, rounds: int, seconds: float, connections: Iterable[int], say: Say
) -> dict[str, Any]:
    """Return for each server what it is, what it does, and the medians of its figures."""
    entries = list(contenders)
    for each in entries:
        say(f"a start that does not count: {each.name}")
        with running(each.command, each.path):
            pass
    found: dict[str, list[dict[str, Any]]] = {each.name: [] for each in entries}
    for number in range(rounds):
        for each in entries:
            say(f"round {number + 1} of {rounds}: {each.name}")
            found[each.name].append(_round(each, number, seconds, tuple(connections)))
    return {each.name: _summed_up(each, found[each.name]) for each in entries}


def _round(contender: Contender, number: int, seconds: float, connections: tuple[int, ...]) -> dict[str, Any]:
    with running(contender.command, contender.path) as server:
        at_start = server.memory
        conduct, target = _conduct(server, contender), _seeded(server, contender)
        cases = {}
        for case in sorted(CASES, key=("create",).count):  # what makes the store grow comes last
            if case == "create and delete" and not conduct.stores:
                continue
            send(target, case, connections=8, seconds=min(_WARM_UP_SECONDS, seconds), tag=f"warm-{number}-{case}")
            for many in connections:
                before = server.processor_seconds
                told = send(target, case, connections=many, seconds=seconds, tag=f"{number}-{case}-{many}")
                spent = (server.processor_seconds - before) / max(told.requests, 1)
                cases[f"{case}/{many}"] = {**asdict(told), "processor_microseconds": spent * 1e6}
        figures = {"start_milliseconds": server.start_seconds * 1000, "start_megabytes": at_start / 2**20}
        return {"conduct": asdict(conduct), "cases": cases, **figures, "end_megabytes": server.memory / 2**20}


def _conduct(server: Running, contender: Contender) -> Conduct:
    status, answer = _post(server, contender, {"model_name": "conduct", **_BODY})
    if status not in (200, 201):
        raise RuntimeError(f"{contender.name} refuses a valid config: {status} {answer!r}")
    _, held = server.ask("GET", f"{contender.path}/{_id_in(answer)}")
    invalid, _ = _post(server, contender, {"budgets": [{"max_limit": -1, "reset_duration": "1x"}]})
    equal, _ = _post(server, contender, {"model_name": "equal", "budgets": _EQUAL})
    return Conduct(400 <= invalid < 500, b'"conduct"' in held, 400 <= equal < 500)


def _seeded(server: Running, contender: Contender) -> Target:
    answers = [_post(server, contender, {"model_name": f"seed-{n}", **_BODY})[1] for n in range(_SEEDED)]
    ids = tuple(dict.fromkeys(map(_id_in, answers)))
    return Target(server.url, contender.path, contender.list_query, ids)


def _post(server: Running, contender: Contender, body: Mapping[str, Any]) -> tuple[int, bytes]:
    return server.ask("POST", contender.path, json.dumps(body).encode())


def _id_in(answer: bytes) -> str:
    told = json.loads(answer)
    return str(told.get("model_config", told)["id"])


def _summed_up(contender: Contender, rounds: list[dict[str, Any]]) -> dict[str, Any]:
    names = {name for each in rounds for name in each["cases"]}
    cases = {name: _medians([each["cases"][name] for each in rounds if name in each["cases"]]) for name in names}
    figures = [{name: value for name, value in each.items() if isinstance(value, float)} for each in rounds]
    return {
        "version": contender.version,
        "note": contender.note,
        "conduct": rounds[0]["conduct"],
        **_medians(figures),
        "cases": {name: cases[name] for name in sorted(cases)},
    }


def _medians(samples: list[dict[str, float]]) -> dict[str, float]:
    return {name: round(median(sample[name] for sample in samples), 3) for name in samples[0]}
