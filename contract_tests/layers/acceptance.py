"""What must be accepted and come back: the valid side of every rule about bodies."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from contract_tests import samples
from contract_tests.configs import made_config
from contract_tests.errors import NotApplicable
from contract_tests.exam import CREATE, Exam
from contract_tests.layers.registry import PROBES
from contract_tests.rules import ECHO, ECHOES
from contract_tests.samples import WILDCARD

DAY = "1d"
LARGE = 1_000_000


def accepted(exam: Exam, body: dict[str, Any]) -> dict[str, Any] | None:
    """Send a create; return the config that it made, None where it made none or the answer does not give its id."""
    return made_config(exam.send(CREATE, body=body))


def read_back(exam: Exam, config_id: str) -> None:
    """Ask get and list for a config."""
    exam.read(config_id)
    exam.all_configs()


def try_each(exam: Exam, bodies: Iterable[dict[str, Any]], *, read: bool = False) -> None:
    """Create a config of each body on its own, read it back by get and list where `read` says so, and remove it."""
    for members in bodies:
        with exam.story():
            config = accepted(exam, exam.filled({**samples.smallest(), **members}))
            if config is not None:
                if read:
                    read_back(exam, config["id"])
                exam.remove(config["id"])


def budget(limit: float = LARGE, duration: str = DAY) -> dict[str, Any]:
    """Return a budget line."""
    return {"max_limit": limit, "reset_duration": duration}


@PROBES.probe("LIST-01", "RESP-01")
def plain_list(exam: Exam) -> None:
    """The list without any query is an array with a total, also before this run has created anything."""
    with exam.story():
        exam.page()


@PROBES.probe("RESP-01", "RESP-03", "RESP-04", "RESP-06", "LIFE-01", "LIST-01", "BUD-09", "REQ-04", *ECHOES)
def smallest_and_richest_bodies(exam: Exam) -> None:
    """The smallest and the richest body of the document are accepted, read back and listed.

    What they create is left to other probes, where these need one.
    """
    with exam.story():
        config = accepted(exam, exam.filled(samples.smallest()))
        if config is not None:
            read_back(exam, config["id"])
            exam.leave(config)
    richest = samples.rich(exam.contract, exam.operation(CREATE))
    if exam.shared.created is not None:
        try_each(exam, [richest], read=True)
        return
    with exam.story():
        config = accepted(exam, exam.filled(richest))
        if config is not None:
            read_back(exam, config["id"])
            exam.shared.created = exam.trail[0]


@PROBES.probe("REQ-02", ECHO, profile="thorough")
def wildcard_model(exam: Exam) -> None:
    """The model name `*` is accepted; it is tried for a provider of this run, so that no real traffic matches."""
    if not exam.allow_wildcard:
        raise NotApplicable("a config for all models could bite live traffic; pass --allow-wildcard to try it")
    try_each(exam, [{"model_name": WILDCARD, "provider": samples.PROVIDER}])


@PROBES.probe("REQ-05", "LIFE-01", "LIST-01", *ECHOES, profile="thorough")
def scoped_configs(exam: Exam) -> None:
    """Each scope is accepted with a target that exists, and comes back with it."""
    targets = exam.scopes.by_scope()
    if not targets:
        raise NotApplicable("no virtual key and no user were found on the target; pass --virtual-key-id or --user-id")
    more = {"budgets": [budget()], "rate_limit": {"token_max_limit": LARGE, "token_reset_duration": "1h"}}
    try_each(exam, ({"scope": scope, "scope_id": key, **more} for scope, key in targets.items()), read=True)


@PROBES.probe("REQ-06")
def unknown_virtual_key(exam: Exam) -> None:
    """A virtual key that does not exist is refused."""
    made_up = ["ct-no-such-key", "00000000-0000-4000-8000-000000000000"]
    real = exam.scopes.virtual_key or ""
    near = [key for key in (real[:-1], f"{real}0") if key not in exam.scopes.virtual_keys] if real[1:] else []
    for key in [*(made_up if exam.profile == "thorough" else made_up[exam.seed % 2 :][:1]), *near]:
        with exam.story():
            scoped = {"scope": "virtual_key", "scope_id": exam.unknown_target("virtual_key", key)}
            exam.send(CREATE, body=exam.filled({**samples.smallest(), **scoped}))


@PROBES.probe("BUD-08", "LIFE-01", "LIST-01", *ECHOES, profile="thorough")
def distinct_durations(exam: Exam) -> None:
    """Budgets with distinct durations are accepted and each comes back exactly once; `1m` and `1M` are distinct."""
    every = ("1s", "30s", "1m", "5m", "1h", "1d", "1w", "1M", "1Y")
    try_each(exam, [{"budgets": [budget(LARGE, "1m"), budget(LARGE * 2, "1M")]}])
    lines = [budget(LARGE + index, duration) for index, duration in enumerate(every)]
    try_each(exam, [{"budgets": lines}], read=True)


@PROBES.probe("LIFE-01", "LIST-01", *ECHOES, profile="thorough")
def limits_are_exact(exam: Exam) -> None:
    """Limits come back as the same number, whatever their size and fraction."""
    limits = (0.01, 0.1 + 0.2, 19.99, 1 / 3, 1234567.891, 999999999999.99, 10**12)
    durations = ("1h", "2h", "3h", "1d", "2d", "1w", "1M")
    lines = [budget(limit, duration) for limit, duration in zip(limits, durations, strict=True)]
    try_each(exam, [{"budgets": lines}], read=True)
    if exam.profile == "thorough":
        try_each(exam, ({"budgets": [line]} for line in lines))


@PROBES.probe("BUD-07", *ECHOES, profile="thorough")
def budgets_are_optional(exam: Exam) -> None:
    """Budgets may be absent or empty, with and without a rate limit."""
    rate = {"token_max_limit": LARGE, "token_reset_duration": "1h"}
    try_each(exam, [{"budgets": []}, {"rate_limit": rate}])


@PROBES.probe("RATE-05", "LIFE-01", "LIST-01", *ECHOES, profile="thorough")
def rate_limits(exam: Exam) -> None:
    """Each metric alone and both together are accepted, come back as sent, and start with usage 0."""
    token = {"token_max_limit": LARGE, "token_reset_duration": "1h"}
    request = {"request_max_limit": LARGE + 1, "request_reset_duration": "1m"}
    try_each(exam, [{"rate_limit": token}, {"rate_limit": request}])
    try_each(exam, [{"rate_limit": {**token, **request}}], read=True)


@PROBES.probe(*ECHOES, profile="thorough")
def integers_are_exact(exam: Exam) -> None:
    """Integers up to 2^63-1 come back exactly."""
    windows = {"token_reset_duration": "1d", "request_reset_duration": "1d"}
    for tokens, requests in ((2**63 - 1, 2**53 + 1), (2**31, 2**63 - 1)):
        with exam.story():
            rate = {"token_max_limit": tokens, "request_max_limit": requests, **windows}
            config = accepted(exam, exam.filled({**samples.smallest(), "rate_limit": rate}))
            if config is not None:
                exam.read(config["id"])
                exam.remove(config["id"])


@PROBES.probe("BUD-06", "RATE-04", *ECHOES, profile="thorough")
def every_unit_is_a_duration(exam: Exam) -> None:
    """Every unit and several sizes are durations, in budgets and in rate limits."""
    durations = ("1s", "59s", "90m", "24h", "365d", "2w", "18M", "10Y")
    try_each(exam, [{"budgets": [budget(LARGE, duration) for duration in durations]}])
    alone = durations if exam.profile == "thorough" else durations[2:3]
    rates = ({"token_max_limit": LARGE, "token_reset_duration": duration} for duration in alone)
    try_each(exam, ({"rate_limit": rate} for rate in rates))


@PROBES.probe("RESP-01", *ECHOES, profile="thorough")
def documented_examples(exam: Exam) -> None:
    """Every request example of the document for create is accepted, its scope target replaced by one that exists."""
    examples = exam.contract.document.at(_EXAMPLES).value
    bodies = []
    for example in examples.values():
        body = {**example["value"], "model_name": samples.NAME}
        scope = body.get("scope", "global")
        if scope == "global" or scope in exam.scopes.by_scope():
            body |= {"scope_id": exam.scopes.by_scope()[scope]} if scope != "global" else {}
            bodies.append(body)
    try_each(exam, bodies)


_EXAMPLES = "/paths/~1api~1governance~1model-configs/post/requestBody/content/application~1json/examples"
