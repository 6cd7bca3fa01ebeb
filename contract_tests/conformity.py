"""What every answer must keep, whatever was asked: documented status, content type, body, error body."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from contract_tests.configs import configs_in
from contract_tests.exchange import NOT_JSON, Response
from contract_tests.rules import NEVER_FAILS, UNDOCUMENTED
from governance_contract import Contract, pointers
from governance_contract.document import Node
from governance_contract.kinds import derived, generated
from governance_contract.operations import Operation
from governance_contract.validation import Violation

ERROR_BODY = "RESP-05"
TIMESTAMPS = "RESP-04"
LIST_FORM = "LIST-01"
MIRROR = "BUD-09"
NEW_BUDGETS = "BUD-08"

_INACCURACY = timedelta(minutes=1)


_ROLES = (
    generated.Generated("created_at", "created"),
    generated.Generated("updated_at", "updated", since="created_at"),
    *(generated.Generated(name, "reset") for name in ("last_reset", "token_last_reset", "request_last_reset")),
)


@dataclass(frozen=True)
class Deviation:
    """One way in which an answer breaks a rule that holds for all answers."""

    rule: str
    label: str
    expected: str
    received: str


def deviations(contract: Contract, operation: Operation, answer: Response) -> Iterator[Deviation]:
    """Yield every deviation of `answer`, an answer to a request for `operation`."""
    if answer.status >= 500:
        expected = "a status below 500"
        yield Deviation(NEVER_FAILS, f"{operation.id} answered {answer.status}", expected, answer.shown())
    elif answer.status not in _allowed(contract, operation):
        listed = ", ".join(map(str, operation.statuses))
        yield Deviation(UNDOCUMENTED, f"status {answer.status}", f"one of {listed}", answer.shown())
    media_type = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "application/json":
        yield Deviation(UNDOCUMENTED, "content type", "application/json", media_type or "no Content-Type")
    if answer.status >= 400:
        yield from error_body(answer)
    elif answer.status == operation.success_status:
        yield from _success_body(contract, operation, answer)


def _allowed(contract: Contract, operation: Operation) -> set[int]:
    """Return the statuses that the document gives an operation, and those that its rules tolerate for a refusal."""
    refusals = (rule.refusal for rule in contract.rules if operation.id in rule.operations)
    return {*operation.statuses, *(status for refusal in refusals if refusal for status in refusal.tolerated)}


def error_body(answer: Response) -> Iterator[Deviation]:
    """Yield that an answer, which refuses, has no error body (RESP-05)."""
    value = answer.json
    error = value.get("error") if isinstance(value, dict) else None
    message = error.get("message") if isinstance(error, dict) else None
    if not isinstance(message, str) or not message.strip():
        expected = 'a JSON object with a non-empty "error.message"'
        yield Deviation(ERROR_BODY, f"the body of a {answer.status}", expected, answer.shown())


def _success_body(contract: Contract, operation: Operation, answer: Response) -> Iterator[Deviation]:
    value = answer.json
    if value is NOT_JSON:
        yield Deviation(UNDOCUMENTED, "the body is no JSON", "the documented JSON object", "no JSON")
        return
    for violation in contract.validator(operation.schema_of(answer.status)).violations(value):
        rule = _rule_of(contract, violation)
        place = _general(violation.pointer) or "the body"
        yield Deviation(rule, f"{place}: {violation.message}", violation.expected, f"{violation.received!r}")
    if operation.resource == "ModelConfig":
        now = _date_of(answer)
        for config in configs_in(answer):
            yield from _config(config)
            yield from _future(config, now)


def _date_of(answer: Response) -> datetime | None:
    """Return when an answer was given by the clock of the server, None where it does not say."""
    try:
        date = parsedate_to_datetime(answer.headers.get("date", ""))
    except ValueError:
        return None
    return date if date.tzinfo else date.replace(tzinfo=UTC)


def _future(config: dict[str, Any], now: datetime | None) -> Iterator[Deviation]:
    """Yield the budgets that were reset later than now, of which a minute is the inaccuracy of clocks."""
    for entry in config.get("budgets") or ():
        reset = generated.instant_of(entry.get("last_reset"))
        if now and reset and reset - now > _INACCURACY:
            expected = f"no instant behind the Date of the answer, {now.isoformat()}"
            yield Deviation(NEW_BUDGETS, "last_reset is in the future", expected, repr(entry.get("last_reset")))


def _config(config: dict[str, Any]) -> Iterator[Deviation]:
    entries = [config, *(config.get("budgets") or ()), config.get("rate_limit")]
    for entry in (entry for entry in entries if isinstance(entry, dict)):
        for role in (role for role in _ROLES if role.member in entry):
            for fault in generated.explain(entry, role):
                yield Deviation(TIMESTAMPS, fault.message, fault.expected, f"{fault.received!r}")
    for fault in derived.explain(config, derived.FirstOf("budget", "budgets")):
        yield Deviation(MIRROR, fault.message, fault.expected, f"{fault.received!r}")


def _rule_of(contract: Contract, violation: Violation) -> str:
    """Return the rule that a response breaks: that of the member, else that of the list, else that of all answers."""
    tokens = pointers.split(violation.pointer)
    for node in _member_nodes(contract, violation):
        if carried := contract.rules.carried_by(node.value, "x-generated"):
            return carried[0].rule
    is_list = len(tokens) <= 1 and tokens[:1] in (("model_configs",), ("total_count",))
    return LIST_FORM if is_list else UNDOCUMENTED


def _member_nodes(contract: Contract, violation: Violation) -> Iterator[Node]:
    owner = contract.document.at(violation.keyword.rpartition("/")[0])
    yield owner
    last = (pointers.split(violation.pointer) or ("",))[-1]
    if last in owner.value.get("properties", {}):
        yield owner.child("properties", last)


def _general(pointer: str) -> str:
    return "/".join("*" if token.isdigit() else token for token in pointer.split("/"))
