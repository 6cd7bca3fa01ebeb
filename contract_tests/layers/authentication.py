"""Who is let in: every operation against every way to present a wrong key, or the right one wrongly."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from contract_tests.errors import NotApplicable
from contract_tests.exam import CREATE, DELETE, LIST, NO_BODY, UPDATE, Exam
from contract_tests.layers.registry import PROBES
from contract_tests.readback import check_unchanged, differences

OPERATIONS = (LIST, CREATE, "getModelConfig", UPDATE, DELETE)
NO_EFFECT = "AUTH-06"
NO_HEADER = ""


@dataclass(frozen=True)
class Credentials:
    """A way to present credentials that must not open the door."""

    label: str
    authorization: str
    headers: Mapping[str, str] = field(default_factory=dict)
    is_rare: bool = False


def wrong_ways(rule: str, key: str, virtual_key: str | None) -> list[Credentials]:
    """Return the wrong ways to present credentials that `rule` speaks of."""
    basic = b64encode(f"admin:{key}".encode()).decode()
    bare = b64encode(key.encode()).decode()
    ways = {
        "AUTH-01": [Credentials("no Authorization header", NO_HEADER)],
        "AUTH-02": [
            Credentials("an unknown key", "Bearer ct-no-such-key"),
            Credentials("the key shortened", f"Bearer {key[:-1]}"),
            Credentials("the key without its first letter", is_rare=True, authorization=f"Bearer {key[1:]}"),
            Credentials("the key lengthened", f"Bearer {key}x", is_rare=True),
            Credentials("the key in the other case", is_rare=True, authorization=f"Bearer {key.swapcase()}"),
            Credentials("no key behind Bearer", is_rare=True, authorization="Bearer "),
        ],
        "AUTH-03": [
            Credentials("Basic with the key", f"Basic {basic}"),
            Credentials("Basic with nothing but the key", is_rare=True, authorization=f"Basic {bare}"),
            Credentials("the bare key", key),
            Credentials("the scheme Token", is_rare=True, authorization=f"Token {key}"),
        ],
        "AUTH-04": [
            Credentials("x-api-key with the key", NO_HEADER, {"x-api-key": key}),
        ],
        "AUTH-05": [Credentials("a virtual key as bearer", f"Bearer {virtual_key}")] if virtual_key else [],
    }
    same_key = key.swapcase() == key
    return [way for way in ways[rule] if not (same_key and way.label == "the key in the other case")]


def _register(rule: str) -> None:
    @PROBES.probe(rule, NO_EFFECT, layer="authentication", name=f"{rule} on all")
    def probe(exam: Exam) -> None:
        """Every operation answers 401 to these credentials, with the error body and without effect."""
        ways = wrong_ways(rule, exam.target.api_key, exam.scopes.virtual_key)
        if not ways:
            raise NotApplicable("no virtual key was found on the target; pass --virtual-key-id")
        with exam.story():
            before = exam.subject()
            for index, credentials in enumerate(ways):
                for operation_id in _spread(exam, index, credentials):
                    before = _try(exam, rule, operation_id, credentials, before)
            _check_no_effect(exam, before)


def _spread(exam: Exam, index: int, credentials: Credentials) -> tuple[str, ...]:
    """Return the operations to try: all of them, but for a rare way one in turn."""
    if credentials.is_rare and exam.profile == "gate":
        return OPERATIONS[(index + exam.seed) % 5 :][:1]
    return OPERATIONS


for _rule in ("AUTH-01", "AUTH-02", "AUTH-03", "AUTH-04", "AUTH-05"):
    _register(_rule)


def _try(exam: Exam, rule: str, operation_id: str, credentials: Credentials, before: dict[str, Any]) -> dict[str, Any]:
    """Send one operation with wrong credentials; return the shared config as it is then, where it was let in."""
    body: Any = NO_BODY
    if operation_id in (CREATE, UPDATE):
        body = {"model_name": exam.fresh_name("unauthorised"), "provider": f"{exam.provider}-unauthorised"}
    config_id = exam.subject_id if operation_id not in (LIST, CREATE) else None
    options = {"authorization": credentials.authorization, "headers": credentials.headers}
    answer = exam.send(operation_id, config_id, body=body, **options)
    steps = (exam.trail[0], exam.trail[-1]) if config_id else exam.trail[-1:]
    held = exam.check_refused(rule, operation_id, answer, credentials.label, steps=steps)
    return before if held else exam.subject()


def _check_no_effect(exam: Exam, before: dict[str, Any]) -> None:
    """Check that requests which were answered 401 neither changed nor deleted the config, nor left another."""
    listed = exam.all_configs()
    after = next((each for each in listed if each.get("id") == before["id"]), None)
    if after is None or differences(before, after):
        after = exam.read(before["id"])
    check_unchanged(exam, NO_EFFECT, UPDATE, before, after, "requests that were answered 401 had an effect")
    stored = [each for each in listed if each.get("provider") == f"{exam.provider}-unauthorised"]
    stored = [each for each in stored if not exam.target.journal.owns(str(each.get("id")))]
    exam.check(
        NO_EFFECT,
        CREATE,
        not stored,
        "a create that was answered 401 was stored",
        expected="no such config in the list",
        received=repr(stored)[:300],
    )
    for each in stored:
        exam.target.journal.created(str(each.get("id")))
