"""Breadth: what Schemathesis draws from the document, without what the contract leaves open."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from contract_tests.exam import CREATE, DELETE, GET, LIST, UPDATE, Exam
from contract_tests.layers.refusals import refused_rules
from contract_tests.layers.registry import PROBES
from contract_tests.rules import ECHOES, NEVER_FAILS, UPDATE_ECHOES
from contract_tests.samples import GIVEN_BY_SERVER
from governance_contract.repairs import repaired
from governance_contract.values import without

if TYPE_CHECKING:
    from contract_tests.generation import Generated, Generator

_COUNTS = {"gate": 1, "thorough": 150}
"""How many requests are drawn for each operation and mode."""

_ORDINARY = re.compile(r"[\w .:@/*+-]{1,60}")


@PROBES.probe(
    "RESP-01", "RESP-05", NEVER_FAILS, *ECHOES, *refused_rules(CREATE), layer="breadth", name="generated creates"
)
def generated_creates(exam: Exam) -> None:
    """Generated create bodies are accepted and come back, or are refused, as the rules say."""
    for generated in _bodies(exam, CREATE):
        with exam.story():
            _send_body(exam, CREATE, generated, None)


@PROBES.probe(
    "RESP-01", "RESP-05", NEVER_FAILS, *UPDATE_ECHOES, *refused_rules(UPDATE), layer="breadth", name="generated updates"
)
def generated_updates(exam: Exam) -> None:
    """Generated update bodies are accepted and come back, or are refused, as the rules say."""
    for generated in _bodies(exam, UPDATE):
        with exam.story():
            _send_body(exam, UPDATE, generated, exam.subject_id)


@PROBES.probe("RESP-01", "LIST-01", "LIST-04", "REQ-09", layer="breadth", profile="thorough", name="generated lists")
def generated_lists(exam: Exam) -> None:
    """Generated queries are answered as documented; a page size or offset that is no number is refused."""
    for generated in _drawn(exam, _generator(exam), LIST):
        query = {name: _text(value) for name, value in generated.query.items() if not isinstance(value, list | dict)}
        if all(_is_sendable(text) for text in query.values()):
            with exam.story():
                exam.send(LIST, query=query)


@PROBES.probe("RESP-01", "LIFE-03", "REQ-09", layer="breadth", profile="thorough", name="generated ids")
def generated_ids(exam: Exam) -> None:
    """Ids that were drawn and that nobody has answer 404 on get and delete."""
    generator = _generator(exam)
    for operation_id in (GET, DELETE):
        for generated in _drawn(exam, generator, operation_id)[:: 1 if exam.profile == "thorough" else 4]:
            drawn = (generated.case.path_parameters or {}).get("mc_id", "0")
            config_id = exam.unknown_key(f"{exam.prefix}-no-{drawn}")
            if _ORDINARY.fullmatch(config_id) and "/" not in config_id:
                with exam.story():
                    exam.send(operation_id, config_id)


def _generator(exam: Exam) -> Generator:
    from contract_tests.generation import Generator  # noqa: PLC0415 - Schemathesis takes half a second to load: only where it is used

    return Generator(exam.contract)


def _drawn(exam: Exam, generator: Generator, operation_id: str) -> list[Generated]:
    operation = exam.operation(operation_id)
    drawn = generator.fuzzing(operation, _COUNTS[exam.profile], exam.seed)
    enumerated = list(generator.coverage(operation)) if exam.profile == "thorough" else []
    return list({_fingerprint(each): each for each in [*enumerated, *drawn]}.values())


def _bodies(exam: Exam, operation_id: str) -> Iterator[Generated]:
    from contract_tests.generation import has_body  # noqa: PLC0415 - see above

    yield from (each for each in _drawn(exam, _generator(exam), operation_id) if has_body(each))


def _send_body(exam: Exam, operation_id: str, generated: Generated, config_id: str | None) -> None:
    """Send a drawn body, and remove what it creates; one that is no JSON object is sent as it was drawn."""
    if not isinstance(generated.body, dict):
        raw = generated.body if isinstance(generated.body, bytes) else json.dumps(generated.body).encode()
        if not _is_json_object(raw):
            exam.send(operation_id, config_id, raw=raw)
        return
    body = _judgeable(exam, operation_id, generated.body)
    if _is_sendable(body):
        answer = exam.send(operation_id, config_id, body=body)
        if operation_id == CREATE:
            exam.remove_created(answer)


def _judgeable(exam: Exam, operation_id: str, body: dict[str, Any]) -> dict[str, Any]:
    """Return a drawn body as the contract can judge it: without what is grey (section 2), repaired where it meant well.

    Unknown members, null for absent, whole numbers written as fractions, ids of budgets that nobody has, a target
    beside `global`, a rate-limit duration without its max, and an empty rate limit in a create are grey.
    """
    schema = exam.contract.document.resolve(exam.contract.request_schema(exam.operation(operation_id)))
    known = _without_grey(exam, body, schema)
    was_valid = exam.contract.request_validator(exam.operation(operation_id)).is_valid(body)
    if isinstance(known.get("model_name"), str) and known["model_name"].strip():
        known["model_name"] = f"{exam.fresh_name()}{known['model_name']}"
    if operation_id == CREATE and known.get("scope") in ("virtual_key", "user") and known.get("scope_id"):
        target = exam.scopes.by_scope().get(known["scope"])
        known = {**known, "scope_id": target} if target and isinstance(known["scope_id"], str) else known
        if not target:
            known.pop("scope")
    if known.get("scope", "global") == "global":
        known.pop("scope_id", None)
    known = _without_open_windows(operation_id, known)
    return repaired(exam.contract.document, schema, known) if was_valid else known


def _without_open_windows(operation_id: str, body: dict[str, Any]) -> dict[str, Any]:
    """Return a body without durations of a rate limit whose max is not sent, and a create without an empty one."""
    rate = body.get("rate_limit")
    if not isinstance(rate, dict):
        return body
    kept = {name: item for name, item in rate.items() if name.replace("_reset_duration", "_max_limit") in rate}
    if not kept and (rate or operation_id == CREATE):
        return without(body, "rate_limit")
    return {**body, "rate_limit": kept}


def _without_grey(exam: Exam, value: Any, schema: Any) -> Any:
    document = exam.contract.document
    target = document.resolve(schema)
    if isinstance(value, dict) and target.has("properties"):
        members = target.value["properties"]
        required = target.value.get("required", ())
        return {
            name: _without_grey(exam, item, target.child("properties", name))
            for name, item in value.items()
            if name in members
            and (item is not None or name in required)
            and not (name == GIVEN_BY_SERVER and isinstance(item, str))
        }
    if isinstance(value, list) and target.has("items"):
        return [_without_grey(exam, item, target.child("items")) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() and abs(value) < 2**63 else value


def _is_sendable(value: Any) -> bool:
    """Return whether a value can be written as UTF-8, which lone surrogates cannot."""
    try:
        json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
    except ValueError:
        return False
    return True


def _is_json_object(raw: bytes) -> bool:
    try:
        return isinstance(json.loads(raw), dict)
    except ValueError:
        return False


def _fingerprint(generated: Generated) -> str:
    return repr((generated.body, sorted(generated.query.items(), key=repr), generated.case.path_parameters))


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
