"""The rule catalogues of two documents compared: a rule that refuses more, or promises less, breaks clients."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from contract_tests.drift import keywords
from contract_tests.drift.change import Change, Direction, Effect, severity
from contract_tests.drift.keywords import ABSENT
from governance_contract import pointers
from governance_contract.document import Document
from governance_contract.rules import LEVELS

_WORDS = ("statement", "source", "aspect", "keywords", "tolerates")

Entry = Mapping[str, Any]


def changes(old: Document, new: Document) -> Iterator[Change]:
    """Yield what is different between the catalogues (`x-rules`), with the operations that a rule holds for."""
    before, after = (document.root.get("x-rules", {}) for document in (old, new))
    for rule_id in dict.fromkeys((*before, *after)):
        entry = after.get(rule_id) or before[rule_id]
        pointer = pointers.join("x-rules", rule_id)
        for effect, message in _compared(rule_id, before.get(rule_id), after.get(rule_id)):
            yield Change(
                severity(effect, Direction.REQUEST),
                pointer,
                message,
                old.line(pointer) if rule_id in before else None,
                new.line(pointer) if rule_id in after else None,
                tuple(entry.get("operations", ())),
                (rule_id,),
            )


def _compared(rule_id: str, old: Entry | None, new: Entry | None) -> keywords.Effects:
    if old is None and new is not None:
        yield _asking_more(new), f"the rule {rule_id} ({new['level']}) is new: {new['statement']}"
    elif new is None and old is not None:
        yield _asking_less(old), f"the rule {rule_id} ({old['level']}) is gone: {old['statement']}"
    elif old is not None and new is not None:
        yield from _levels(rule_id, old, new)
        yield from _operations(rule_id, old, new)
        yield from _refusals(rule_id, old, new)
        for name in _WORDS:
            if old.get(name) != new.get(name):
                yield Effect.WORDS, keywords.described(name, old.get(name, ABSENT), new.get(name, ABSENT))


def _refuses(rule: Entry) -> bool:
    """Return whether a rule says which requests are refused; any other one promises something to clients."""
    return "refusal" in rule


def _asking_more(rule: Entry) -> Effect:
    return Effect.NARROWER if _refuses(rule) else Effect.PROMISED


def _asking_less(rule: Entry) -> Effect:
    return Effect.WIDER if _refuses(rule) else Effect.WITHDRAWN


def _levels(rule_id: str, old: Entry, new: Entry) -> keywords.Effects:
    was, now = old["level"], new["level"]
    if was != now:
        is_stricter = LEVELS.index(now) < LEVELS.index(was)
        yield (
            (_asking_more(new) if is_stricter else _asking_less(new)),
            f"the rule {rule_id} is a {now}, it was a {was}",
        )


def _operations(rule_id: str, old: Entry, new: Entry) -> keywords.Effects:
    for name in new["operations"]:
        if name not in old["operations"]:
            yield _asking_more(new), f"the rule {rule_id} holds for {name} now"
    for name in old["operations"]:
        if name not in new["operations"]:
            yield _asking_less(new), f"the rule {rule_id} does not hold for {name} any more"


def _refusals(rule_id: str, old: Entry, new: Entry) -> keywords.Effects:
    was, now = old.get("refusal"), new.get("refusal")
    if was == now:
        return
    if was is None or now is None:
        yield (
            (Effect.NARROWER if was is None else Effect.WIDER),
            (f"a request that breaks {rule_id} is {'refused now' if was is None else 'not refused any more'}"),
        )
        return
    if was["status"] != now["status"]:
        yield Effect.OTHER, f"a request that breaks {rule_id} is answered {now['status']}, it was {was['status']}"
    before, after = (set(each.get("tolerated", ())) for each in (was, now))
    for status in sorted(after - before):
        yield Effect.OTHER, f"a request that breaks {rule_id} may be answered {status} now"
    for status in sorted(before - after):
        yield Effect.PROMISED, f"a request that breaks {rule_id} is not answered {status} any more"
