"""What must be accepted and come back: the valid side of every rule about bodies."""

from __future__ import annotations

from typing import Any

from contract_tests import samples
from contract_tests.configs import configs_in
from contract_tests.errors import NotApplicable
from contract_tests.exam import CREATE, LIST, Exam
from contract_tests.exchange import Exchange, Response
from contract_tests.layers.registry import PROBES
from contract_tests.readback import check_echo, check_stored, check_unsent
from contract_tests.rules import ECHO, ECHOES
from contract_tests.samples import WILDCARD
from governance_contract.kinds import default, generated
from governance_contract.kinds.kind import same

DAY, MONTH = "1d", "1M"
LARGE = 1_000_000


def accepted(exam: Exam, rule: str, body: Any, label: str, *, stored: bool = False) -> dict[str, Any] | None:
    """Check that a valid create is accepted and comes back as sent; return its config, to be removed by the caller."""
    answer = exam.send(CREATE, body=body)
    config = _config_of(exam, rule, CREATE, answer, label)
    if config is not None:
        check_echo(exam, CREATE, body, config, label)
        check_unsent(exam, body, config, label)
        if stored:
            check_stored(exam, config)
    return config


def _config_of(exam: Exam, rule: str, operation_id: str, answer: Response, label: str) -> dict[str, Any] | None:
    found = configs_in(answer)
    exam.check(
        rule,
        operation_id,
        200 <= answer.status < 300,
        f"{label}: refused",
        expected="status 200",
        received=answer.shown(),
    )
    usable = 200 <= answer.status < 300 and bool(found) and isinstance(found[0].get("id"), str)
    return found[0] if usable else None


def try_each(exam: Exam, rule: str, bodies: dict[str, dict[str, Any]], *, stored: bool = False) -> None:
    """Check for each labelled body that it is accepted on its own and comes back."""
    for label, members in bodies.items():
        with exam.story():
            config = accepted(exam, rule, exam.filled({**samples.smallest(), **members}), label, stored=stored)
            if config is not None:
                exam.remove(config["id"])


def budget(limit: float = LARGE, duration: str = DAY) -> dict[str, Any]:
    """Return a budget line."""
    return {"max_limit": limit, "reset_duration": duration}


@PROBES.probe("LIST-01", "RESP-01")
def plain_list(exam: Exam) -> None:
    """The list without any query is an array with a total, also before this run has created anything."""
    with exam.story():
        value = exam.page()
        configs, total = value.get("model_configs"), value.get("total_count")
        is_form = isinstance(configs, list) and isinstance(total, int)
        received = f"model_configs {type(configs).__name__}, total_count {total!r}"
        exam.check("LIST-01", LIST, is_form, "the plain list", expected="an array and a number", received=received)


@PROBES.probe("RESP-01", "RESP-03", "RESP-04", "LIFE-01", "LIST-01", "BUD-09", "REQ-04", *ECHOES)
def smallest_and_richest_bodies(exam: Exam) -> None:
    """The smallest and the richest body of the document are accepted, read back and listed."""
    with exam.story():
        body = exam.filled(samples.smallest())
        config = accepted(exam, "RESP-01", body, "the smallest body", stored=True)
        if config is not None:
            check_scope(exam, body, config)
            exam.leave(config)
    if exam.shared.created is None:
        with exam.story():
            body = exam.filled(samples.rich(exam.contract, exam.operation(CREATE)))
            if accepted(exam, "RESP-01", body, "every documented member", stored=True) is not None:
                exam.shared.created = exam.trail[0]
    else:
        try_each(
            exam,
            "RESP-01",
            {"every documented member": samples.rich(exam.contract, exam.operation(CREATE))},
            stored=True,
        )


def check_scope(exam: Exam, body: dict[str, Any], config: dict[str, Any]) -> None:
    """Check that a config which was created without `scope` is global, and says so (REQ-04)."""
    params = default.Default("scope", exam.contract.document.at(_SCOPE_DEFAULT).value)
    fault = next(iter(default.explain({"sent": body, "received": config}, params)), None)
    received = f"{fault.received!r}" if fault else ""
    exam.check("REQ-04", CREATE, fault is None, "scope was not sent", expected="scope global", received=received)


_SCOPE_DEFAULT = "/components/schemas/CreateModelConfigRequest/properties/scope/default"


@PROBES.probe("REQ-02", ECHO, profile="thorough")
def wildcard_model(exam: Exam) -> None:
    """The model name `*` is accepted; it is tried for a provider of this run, so that no real traffic matches."""
    if not exam.allow_wildcard:
        raise NotApplicable("a config for all models could bite live traffic; pass --allow-wildcard to try it")
    try_each(exam, "REQ-02", {"model_name *": {"model_name": WILDCARD, "provider": samples.PROVIDER}})


@PROBES.probe("REQ-05", "LIFE-01", "LIST-01", *ECHOES, profile="thorough")
def scoped_configs(exam: Exam) -> None:
    """Each scope is accepted with a target that exists, and comes back with it."""
    targets = exam.scopes.by_scope()
    if not targets:
        raise NotApplicable("no virtual key and no user were found on the target; pass --virtual-key-id or --user-id")
    more = {"budgets": [budget()], "rate_limit": {"token_max_limit": LARGE, "token_reset_duration": "1h"}}
    bodies = {f"scope {scope}": {"scope": scope, "scope_id": key, **more} for scope, key in targets.items()}
    try_each(exam, "REQ-05", bodies, stored=True)


@PROBES.probe("REQ-06")
def unknown_virtual_key(exam: Exam) -> None:
    """A virtual key that does not exist is refused."""
    made_up = [("a made-up id", "ct-no-such-key"), ("a UUID", "00000000-0000-4000-8000-000000000000")]
    real = exam.scopes.virtual_key or ""
    near = [("a key cut short", real[:-1]), ("a key lengthened", f"{real}0")] if real[1:] else []
    near = [(label, key) for label, key in near if key not in exam.scopes.virtual_keys]
    for label, key in [*(made_up if exam.profile == "thorough" else made_up[exam.seed % 2 :][:1]), *near]:
        with exam.story():
            body = exam.filled({**samples.smallest(), "scope": "virtual_key", "scope_id": key})
            answer = exam.send(CREATE, body=body)
            exam.check_refused("REQ-06", CREATE, answer, f"scope_id is {label}")


@PROBES.probe("BUD-08", "LIFE-01", "LIST-01", *ECHOES, profile="thorough")
def distinct_durations(exam: Exam) -> None:
    """Budgets with distinct durations are accepted and each comes back exactly once; `1m` and `1M` are distinct."""
    every = ["1s", "30s", "1m", "5m", "1h", "1d", "1w", "1M", "1Y"]
    bodies = {
        "1m beside 1M": [budget(LARGE, "1m"), budget(LARGE * 2, "1M")],
        "every unit": [budget(LARGE + index, duration) for index, duration in enumerate(every)],
    }
    seen: list[Any] = []
    for label, budgets in bodies.items():
        with exam.story():
            body = exam.filled({**samples.smallest(), "budgets": budgets})
            config = accepted(exam, "BUD-02", body, label, stored=len(budgets) == len(every))
            if config is not None:
                check_new_budgets(exam, config)
                seen += [entry.get("id") for entry in config.get("budgets") or () if isinstance(entry, dict)]
                exam.remove(config["id"])
    own = len(seen) == len(set(map(str, seen)))
    exam.check(
        "BUD-08", CREATE, own, "budgets of two configs have one id", expected="ids of their own", received=repr(seen)
    )


def check_new_budgets(exam: Exam, config: dict[str, Any], steps: tuple[Exchange, ...] | None = None) -> None:
    """Check that the budgets of a new config have spent nothing, have ids of their own, and began at last (BUD-08)."""
    entries = [entry for entry in config.get("budgets") or () if isinstance(entry, dict)]
    ids = [entry.get("id") for entry in entries]
    facts = {
        "a new budget has spent something": all(same(entry.get("current_usage"), 0) for entry in entries),
        "two budgets have one id": len(set(map(str, ids))) == len(ids),
        "last_reset is in the future": not any(_is_future(entry, config) for entry in entries),
    }
    for label, holds in facts.items():
        exam.check(
            "BUD-08",
            CREATE,
            holds,
            label,
            expected="usage 0, ids of their own, no future",
            received=repr(entries)[:300],
            steps=steps,
        )


def check_idle(
    exam: Exam, config: dict[str, Any], operation_id: str = CREATE, steps: tuple[Exchange, ...] | None = None
) -> None:
    """Check that the rate limit of a new config, where it has one, was not used (RATE-05)."""
    made = config.get("rate_limit")
    if made:
        usages = {name: made.get(name) for name in ("token_current_usage", "request_current_usage")}
        idle = all(same(usage, 0) for usage in usages.values())
        label = "a new rate limit was used"
        exam.check("RATE-05", operation_id, idle, label, expected="usage 0", received=repr(usages), steps=steps)


def _is_future(entry: dict[str, Any], config: dict[str, Any]) -> bool:
    reset, updated = generated.instant_of(entry.get("last_reset")), generated.instant_of(config.get("updated_at"))
    return reset is not None and updated is not None and (reset - updated).total_seconds() > 5


@PROBES.probe("LIFE-01", "LIST-01", *ECHOES, profile="thorough")
def limits_are_exact(exam: Exam) -> None:
    """Limits come back as the same number, whatever their size and fraction."""
    limits = (0.01, 0.1 + 0.2, 19.99, 1 / 3, 1234567.891, 999999999999.99, 10**12)
    durations = ("1h", "2h", "3h", "1d", "2d", "1w", "1M")
    lines = [budget(limit, duration) for limit, duration in zip(limits, durations, strict=True)]
    try_each(exam, "BUD-04", {"limits of many sizes and fractions": {"budgets": lines}}, stored=True)
    if exam.profile == "thorough":
        try_each(exam, "BUD-04", {f"max_limit {line['max_limit']!r}": {"budgets": [line]} for line in lines})


@PROBES.probe("BUD-07", *ECHOES, profile="thorough")
def budgets_are_optional(exam: Exam) -> None:
    """Budgets may be absent or empty, with and without a rate limit."""
    rate = {"token_max_limit": LARGE, "token_reset_duration": "1h"}
    bodies: dict[str, dict[str, Any]] = {
        "empty budgets": {"budgets": []},
        "a rate limit and no budgets": {"rate_limit": rate},
    }
    try_each(exam, "BUD-07", bodies)


@PROBES.probe("RATE-05", "LIFE-01", "LIST-01", *ECHOES, profile="thorough")
def rate_limits(exam: Exam) -> None:
    """Each metric alone and both together are accepted, come back as sent, and start with usage 0."""
    token = {"token_max_limit": LARGE, "token_reset_duration": "1h"}
    request = {"request_max_limit": LARGE + 1, "request_reset_duration": "1m"}
    for label, rate in {"tokens alone": token, "requests alone": request, "both": {**token, **request}}.items():
        with exam.story():
            body = exam.filled({**samples.smallest(), "rate_limit": rate})
            config = accepted(exam, "RATE-01", body, label, stored=label == "both")
            if config is None:
                continue
            check_idle(exam, config)
            exam.remove(config["id"])


@PROBES.probe(*ECHOES, profile="thorough")
def integers_are_exact(exam: Exam) -> None:
    """Integers up to 2^63-1 come back exactly."""
    windows = {"token_reset_duration": "1d", "request_reset_duration": "1d"}
    for tokens, requests in ((2**63 - 1, 2**53 + 1), (2**31, 2**63 - 1)):
        with exam.story():
            rate = {"token_max_limit": tokens, "request_max_limit": requests, **windows}
            body = exam.filled({**samples.smallest(), "rate_limit": rate})
            config = accepted(exam, "RATE-06", body, f"limits of {tokens} and {requests}")
            if config is not None:
                check_echo(exam, CREATE, body, exam.read(config["id"]) or {}, "get")
                exam.remove(config["id"])


@PROBES.probe("BUD-06", "RATE-04", *ECHOES, profile="thorough")
def every_unit_is_a_duration(exam: Exam) -> None:
    """Every unit and several sizes are durations, in budgets and in rate limits."""
    durations = ("1s", "59s", "90m", "24h", "365d", "2w", "18M", "10Y")
    try_each(exam, "BUD-06", {"unusual sizes": {"budgets": [budget(LARGE, duration) for duration in durations]}})
    for duration in durations if exam.profile == "thorough" else durations[2:3]:
        rate = {"token_max_limit": LARGE, "token_reset_duration": duration}
        try_each(exam, "RATE-04", {f"a window of {duration}": {"rate_limit": rate}})


@PROBES.probe("RESP-01", *ECHOES, profile="thorough")
def documented_examples(exam: Exam) -> None:
    """Every request example of the document for create is accepted, its scope target replaced by one that exists."""
    examples = exam.contract.document.at(_EXAMPLES).value
    bodies = {}
    for name, example in examples.items():
        body = {**example["value"], "model_name": samples.NAME}
        scope = body.get("scope", "global")
        if scope == "global" or scope in exam.scopes.by_scope():
            body |= {"scope_id": exam.scopes.by_scope()[scope]} if scope != "global" else {}
            bodies[f"the example {name}"] = body
    try_each(exam, "RESP-01", bodies)


_EXAMPLES = "/paths/~1api~1governance~1model-configs/post/requestBody/content/application~1json/examples"
