"""Who is let in: every operation against every way to present a wrong key, or the right one wrongly."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from contract_tests import samples
from contract_tests.errors import NotApplicable
from contract_tests.exam import CREATE, DELETE, LIST, NO_BODY, UPDATE, Exam
from contract_tests.exchange import Answer
from contract_tests.layers.registry import PROBES
from contract_tests.layers.refusals import difference
from contract_tests.readback import differences

OPERATIONS = (LIST, CREATE, "getModelConfig", UPDATE, DELETE)
NO_EFFECT = "AUTH-06"
NO_HEADER = ""


@dataclass(frozen=True)
class Credentials:
    """A way to present credentials that must not open the door."""

    label: str
    authorization: str
    headers: Mapping[str, str] = field(default_factory=dict)


def wrong_ways(rule: str, key: str, virtual_key: str | None) -> list[Credentials]:
    """Return the wrong ways to present credentials that `rule` speaks of."""
    basic = b64encode(f"admin:{key}".encode()).decode()
    bare = b64encode(key.encode()).decode()
    ways = {
        "AUTH-01": [Credentials("no Authorization header", NO_HEADER)],
        "AUTH-02": [
            Credentials("an unknown key", "Bearer ct-no-such-key"),
            Credentials("the key shortened", f"Bearer {key[:-1]}"),
            Credentials("the key without its first letter", f"Bearer {key[1:]}"),
            Credentials("the key lengthened", f"Bearer {key}x"),
            Credentials("the key in the other case", f"Bearer {key.swapcase()}"),
            Credentials("no key behind Bearer", "Bearer "),
        ],
        "AUTH-03": [
            Credentials("Basic with the key", f"Basic {basic}"),
            Credentials("Basic with nothing but the key", f"Basic {bare}"),
            Credentials("the bare key", key),
            Credentials("the scheme Token", f"Token {key}"),
        ],
        "AUTH-04": [Credentials("x-api-key with the key", NO_HEADER, {"x-api-key": key})],
        "AUTH-05": [Credentials("a virtual key as bearer", f"Bearer {virtual_key}")] if virtual_key else [],
    }
    same_key = key.swapcase() == key
    return [way for way in ways[rule] if not (same_key and way.label == "the key in the other case")]


def _register(rule: str) -> None:
    @PROBES.probe(rule, NO_EFFECT, layer="authentication", profile="smoke" if rule != "AUTH-05" else "gate", name=f"{rule} on all")
    def probe(exam: Exam) -> None:
        """Every operation answers 401 to these credentials, with the error body and without effect."""
        ways = wrong_ways(rule, exam.target.api_key, exam.scopes.virtual_key)
        if not ways:
            raise NotApplicable("no virtual key was found on the target; pass --virtual-key-id")
        for index, credentials in enumerate(ways):
            spread = OPERATIONS if exam.profile != "smoke" else OPERATIONS[index % 5 :][:1]
            for operation_id in spread:
                with exam.story():
                    _try(exam, rule, operation_id, credentials)


for _rule in ("AUTH-01", "AUTH-02", "AUTH-03", "AUTH-04", "AUTH-05"):
    _register(_rule)


def _try(exam: Exam, rule: str, operation_id: str, credentials: Credentials) -> None:
    config = exam.create(exam.filled(samples.smallest())) if operation_id not in (LIST, CREATE) else None
    body = _body(exam, operation_id)
    answer = exam.send(
        operation_id,
        config["id"] if config else None,
        body=body,
        authorization=credentials.authorization,
        headers=credentials.headers,
    )
    if exam.check_refused(rule, operation_id, answer, credentials.label, steps=exam.trail):
        _check_no_effect(exam, operation_id, config, body, answer)
    if config is not None:
        exam.remove(config["id"])


def _body(exam: Exam, operation_id: str) -> Any:
    if operation_id == CREATE:
        return exam.filled(samples.smallest())
    return {"model_name": exam.fresh_name("unauthorised")} if operation_id == UPDATE else NO_BODY


def _check_no_effect(exam: Exam, operation_id: str, config: dict[str, Any] | None, body: Any, answer: Answer) -> None:
    if config is not None and operation_id in (UPDATE, DELETE):
        after = exam.read(config["id"])
        exam.check(
            NO_EFFECT,
            operation_id,
            after is not None and not differences(config, after),
            "a request that was answered 401 had an effect",
            expected="the config as it was before",
            received=difference(config, after),
        )
    elif operation_id == CREATE and answer.status == 401:
        stored = [each for each in exam.all_configs() if each.get("model_name") == body["model_name"]]
        exam.check(
            NO_EFFECT,
            operation_id,
            not stored,
            "a create that was answered 401 was stored",
            expected="no such config in the list",
            received=repr(stored)[:300],
        )
        for each in stored:
            exam.target.journal.created(str(each.get("id")))
