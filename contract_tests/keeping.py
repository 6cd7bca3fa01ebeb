"""Findings as cases: what must be sent to see them again, with nothing in it that belongs to the target."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from contract_tests.configs import configs_in
from contract_tests.exam import CREATE, LIST, UPDATE
from contract_tests.exchange import NOT_JSON, Exchange, config_id_of, created_id, identity_of
from contract_tests.finding import Finding
from contract_tests.plan import ScopeTargets
from contract_tests.samples import RUN
from governance_contract import Contract
from governance_contract.operations import Operation

_MOST = 12
"""Requests of a case; a longer story is not kept."""

_IDENTITY = ("IDN-01", "PUT-07")
"""Rules that a valid body breaks, since another config has its identity."""

_DOCUMENTED = ("RESP-01", "RESP-03", "RESP-04", "RESP-05", "REQ-09", "LIST-01", "BUD-09")
"""Rules that the answer itself breaks, whatever was asked."""


class Unkeepable(Exception):
    """A finding cannot be told as a case; the message says why."""


@dataclass(frozen=True)
class Keeper:
    """Makes cases of the findings of one run; `names` is how its names begin."""

    contract: Contract
    names: str
    scopes: ScopeTargets

    def case_of(self, finding: Finding, steps: Sequence[Exchange]) -> dict[str, Any]:
        """Return the case that shows a finding, of the requests that showed it.

        Raises:
            Unkeepable: it was no matter of plain requests, or needs what belongs to the target.
        """
        last = _last(finding, steps)
        requests = [step for step in steps[:last] if step.call.method != "GET"] + [steps[last]]
        if len(requests) > _MOST:
            raise Unkeepable(f"it takes more than {_MOST} requests")
        told = list(self._told(requests))
        expect = self._expect(finding, requests[-1])
        self._require_plain(finding, expect, requests)
        case = {
            "rule": finding.rule,
            "description": _description(finding),
            **({"before": told[:-1]} if told[:-1] else {}),
            **told[-1],
            "expect": expect,
        }
        if finding.level in ("SHOULD", "MAY") and finding.level != self.contract.rules[finding.rule].level:
            case["level"] = finding.level
        self._require_clean(case, requests)
        return case

    def _told(self, requests: Sequence[Exchange]) -> Iterator[dict[str, Any]]:
        """Yield each request as a case tells it; ids of the target become references to the creates that gave them."""
        references: dict[str, str] = {}
        numbers: dict[str, int] = {}
        creates = 0
        for exchange in requests:
            yield self._request(exchange, numbers, references)
            if exchange.call.method == "POST":
                creates += 1
                if config_id := created_id(exchange):
                    numbers[config_id] = creates
                    references.update(_ids_in(configs_in(exchange.response)[0], f"@{creates}"))

    def _request(self, exchange: Exchange, numbers: Mapping[str, int], references: Mapping[str, str]) -> dict[str, Any]:
        call = exchange.call
        operation = self.contract.operations.at(call.method, call.path)
        if operation is None or operation.resource != "ModelConfig" or call.authorization is not None:
            raise Unkeepable("it is about another path or key")
        if set(call.headers) - {"Content-Type"}:
            raise Unkeepable("it is about headers")
        told: dict[str, Any] = {"operation": operation.id, **self._config(operation, call.path, numbers)}
        if operation.id == LIST:
            told["query"] = {name: self._text(text, references) for name, text in call.query.items()}
        if operation.id in (CREATE, UPDATE):
            told |= self._body(call.body or b"", references)
        return told

    def _config(self, operation: Operation, path: str, numbers: Mapping[str, int]) -> dict[str, Any]:
        if not operation.parameters_in("path"):
            return {}
        config_id = unquote(path.rsplit("/", 1)[-1])
        return {"config": numbers[config_id]} if config_id in numbers else {"id": self._text(config_id, {})}

    def _body(self, body: bytes, references: Mapping[str, str]) -> dict[str, Any]:
        try:
            text = body.decode()
        except UnicodeDecodeError as error:
            raise Unkeepable("its body is no text") from error
        value = _parsed(body)
        if value is NOT_JSON or json.dumps(value, ensure_ascii=False) != text:
            return {"raw": self._text(text, {})}
        return {"body": self._value(value, references)}

    def _value(self, value: Any, references: Mapping[str, str]) -> Any:
        if isinstance(value, dict):
            return {name: self._value(item, references) for name, item in value.items()}
        if isinstance(value, list):
            return [self._value(item, references) for item in value]
        return self._text(value, references) if isinstance(value, str) else value

    def _text(self, text: str, references: Mapping[str, str]) -> str:
        known = {
            **references,
            **dict.fromkeys(self.scopes.virtual_keys[:1], "@virtual_key"),
            **dict.fromkeys(self.scopes.users[:1], "@user"),
        }
        return known.get(text) or text.replace(self.names, RUN)

    def _expect(self, finding: Finding, last: Exchange) -> str:
        """Return what is right for the last request: the finding itself may say that it was answered wrongly."""
        if finding.rule in _DOCUMENTED:
            return "documented"
        operation = self.contract.operations.at(last.call.method, last.call.path)
        if operation and operation.id in (CREATE, UPDATE):
            value = _parsed(last.call.body or b"")
            if value is NOT_JSON or not self.contract.request_validator(operation).is_valid(value):
                return "refused"
        is_refusal = self.contract.rules[finding.rule].refusal is not None
        if is_refusal and last.response.status < 400:
            return "refused"
        return "refused" if last.response.status >= 400 and not is_refusal else "accepted"

    def _require_plain(self, finding: Finding, expect: str, requests: Sequence[Exchange]) -> None:
        """Refuse what is right or wrong for a reason that the case does not show: an identity that is taken."""
        wanted = identity_of(requests[-1], requests)
        own = config_id_of(requests[-1].call)
        others = [each for each in requests[:-1] if created_id(each) not in (None, own)]
        is_taken = any(identity_of(each) == wanted for each in others)
        is_conflict = finding.rule in _IDENTITY
        if wanted and expect != "documented" and is_taken != (expect == "refused" and is_conflict):
            raise Unkeepable("whether its identity is taken does not follow from its requests")

    def _require_clean(self, case: Mapping[str, Any], requests: Sequence[Exchange]) -> None:
        text = json.dumps(case, ensure_ascii=False).casefold()
        own = [config_id for config_id in map(created_id, requests) if config_id]
        secret = [self.names, *self.scopes.virtual_keys, *self.scopes.users, *own]
        if any(each.casefold() in text for each in secret):
            raise Unkeepable("it needs what belongs to the target")


def _last(finding: Finding, steps: Sequence[Exchange]) -> int:
    """Return the index of the request that a case judges: the last write, else the last of all."""
    if not steps:
        raise Unkeepable("it has no requests")
    if finding.rule not in _DOCUMENTED:
        writes = [index for index, step in enumerate(steps) if step.call.method != "GET"]
        if writes:
            return writes[-1]
    return len(steps) - 1


def _description(finding: Finding) -> str:
    text = " ".join(finding.label.split())
    return (text if len(text) >= 8 else f"{finding.rule}: {text}")[:100]


def _ids_in(value: Any, pointer: str) -> Iterator[tuple[str, str]]:
    """Yield every id of an answer with the pointer that a case names it by."""
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, item in members:
        if name == "id" and isinstance(item, str) and item:
            yield item, f"{pointer}/id"
        yield from _ids_in(item, f"{pointer}/{name}")


def _parsed(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return NOT_JSON
