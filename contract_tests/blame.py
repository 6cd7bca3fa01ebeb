"""Which rule a server breaks that refuses a valid create: the smallest body that it still refuses tells."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from contract_tests.exam import CREATE, Exam
from contract_tests.samples import WILDCARD

_PLAIN_LIMIT = 1_000_000
_PLAIN_WINDOWS = {"reset_duration": "1d", "token_reset_duration": "1h", "request_reset_duration": "1h"}


def smallest_refused(exam: Exam, body: dict[str, Any]) -> dict[str, Any]:
    """Return the body without all that it can lose, and as plain as it can become, and still be refused."""
    simpler = next((each for each in _simpler(body) if not is_accepted(exam, each)), None)
    return body if simpler is None else smallest_refused(exam, simpler)


def is_accepted(exam: Exam, body: dict[str, Any]) -> bool:
    """Return whether a body is accepted under a name of its own; what it creates is removed again."""
    name = WILDCARD if body["model_name"] == WILDCARD else exam.fresh_name()
    answer = exam.send(CREATE, body={**body, "model_name": name})
    exam.remove_created(answer)
    return 200 <= answer.status < 300


def broken_by_refusing(exam: Exam, smallest: dict[str, Any]) -> str:
    """Return the rule that says the smallest refused body must be accepted."""
    if "scope" in smallest:
        return "REQ-05"
    if "budgets" in smallest:
        return _of_budgets(smallest["budgets"])
    if "rate_limit" in smallest:
        with_budget = {**smallest, "budgets": [{"max_limit": _PLAIN_LIMIT, "reset_duration": "1d"}]}
        return "BUD-07" if is_accepted(exam, with_budget) else _of_rate_limit(smallest["rate_limit"])
    return "REQ-02" if smallest.get("model_name") == WILDCARD else "RESP-01"


def _of_budgets(budgets: list[dict[str, Any]]) -> str:
    if len(budgets) != 1:
        return "BUD-02" if budgets else "BUD-07"
    if budgets[0].get("max_limit") != _PLAIN_LIMIT:
        return "BUD-04"
    return "BUD-06" if budgets[0].get("reset_duration") != "1d" else "BUD-02"


def _of_rate_limit(rate: dict[str, Any]) -> str:
    if any(item != _PLAIN_LIMIT for name, item in rate.items() if name.endswith("max_limit")):
        return "RATE-06"
    is_plain = all(item == _PLAIN_WINDOWS[name] for name, item in rate.items() if name in _PLAIN_WINDOWS)
    return "RATE-01" if is_plain else "RATE-04"


def _simpler(body: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield bodies that are simpler in one way, the greatest step first."""
    for names in (("scope", "scope_id"), ("rate_limit",), ("budgets",), ("provider",)):
        if names[0] in body:
            yield {name: item for name, item in body.items() if name not in names}
    budgets = body.get("budgets") or []
    if len(budgets) > 1:
        yield from ({**body, "budgets": [entry]} for entry in budgets)
    elif budgets:
        yield from ({**body, "budgets": [entry]} for entry in _plainer(budgets[0]))
    rate = body.get("rate_limit") or {}
    for metric in ("token", "request"):
        kept = {name: item for name, item in rate.items() if name.startswith(metric)}
        if kept and kept != rate:
            yield {**body, "rate_limit": kept}
    yield from ({**body, "rate_limit": entry} for entry in _plainer(rate))


def _plainer(entry: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield an entry with plain windows, and with plain limits."""
    windows = {name: _PLAIN_WINDOWS[name] for name in entry if name in _PLAIN_WINDOWS}
    limits = {name: _PLAIN_LIMIT for name in entry if name.endswith("max_limit")}
    yield from ({**entry, **plain} for plain in (windows, limits) if {**entry, **plain} != entry)
