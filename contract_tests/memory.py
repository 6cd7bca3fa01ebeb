"""What a run knows of its configs: whatever shows one must show it as it was answered last, whoever asked for what."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from contract_tests.comparison import differences, unsent_changes
from contract_tests.configs import configs_in
from contract_tests.exchange import Exchange, config_id_of, created_id, object_in

_STATED = 2
"""How often a disagreement is told, in a probe and in its confirmation, before the new state is the known one."""


@dataclass(frozen=True)
class Disagreement:
    """A config that is not as it was: the rule that this breaks, what was known and what is shown, and how it came.

    Nothing is known of one that was deleted.
    """

    rule: str
    label: str
    known: dict[str, Any]
    shown: dict[str, Any]
    members: tuple[str, ...]
    steps: tuple[Exchange, ...]

    @property
    def expected(self) -> str:
        """The members as they are known, or that there is no such config any more."""
        if not self.known:
            return "no config with this id"
        return repr({name: self.known.get(name) for name in self.members})[:400]

    @property
    def received(self) -> str:
        """The members as they are shown."""
        return repr({name: self.shown.get(name) for name in self.members})[:400]

    def of_the_answer(self) -> Disagreement:
        """Return this as a fault of the answer that shows it, where get shows what is known (RESP-02)."""
        return replace(self, rule="RESP-02", label=f"{', '.join(self.members)} not as get answers")


@dataclass
class _Known:
    """A config as its last write answered it, and what has happened since."""

    config: dict[str, Any]
    written: tuple[Exchange, ...]
    refused: Exchange | None = None
    agreed_at: int | None = None
    """The number of writes there had been when a read last agreed."""


class Memory:
    """The configs of a run by id; those that several requests changed at once are forgotten."""

    def __init__(self) -> None:
        self._known: dict[str, _Known] = {}
        self._deleted: dict[str, Exchange] = {}
        self._writes = 0
        self._told: Counter[tuple[str, str]] = Counter()

    def config(self, config_id: str) -> dict[str, Any] | None:
        """Return a config as it is known, if it is."""
        known = self._known.get(config_id)
        return known.config if known else None

    def forget(self, config_id: str) -> None:
        """Know nothing of a config any more."""
        self._known.pop(config_id, None)

    def clear(self) -> None:
        """Know nothing of any config any more."""
        self._known.clear()

    def take_in(self, exchange: Exchange) -> Iterator[Disagreement]:
        """Remember what an exchange says of configs, and yield where it disagrees with what is known."""
        call, answer = exchange.call, exchange.response
        found = configs_in(answer) if 200 <= answer.status < 300 else []
        if call.method == "GET":
            yield from self._read(exchange, found)
            return
        self._writes += 1
        config_id = created_id(exchange) if call.method == "POST" else config_id_of(call)
        if config_id is None:
            return
        if call.method == "PUT" and config_id in self._known and 400 <= answer.status < 500:
            self._known[config_id].refused = exchange
        elif call.method in ("POST", "PUT") and found:
            yield from self._written(config_id, exchange, {**found[0], "id": config_id})
        elif answer.status not in (401, 404):
            self.forget(config_id)
            if call.method == "DELETE" and 200 <= answer.status < 300:
                self._deleted[config_id] = exchange

    def _written(self, config_id: str, exchange: Exchange, config: dict[str, Any]) -> Iterator[Disagreement]:
        before = self._known.get(config_id)
        self._deleted.pop(config_id, None)
        self._known[config_id] = _Known(config, (*before.written[:1], exchange) if before else (exchange,))
        if before and exchange.call.method == "PUT":
            yield from _changed_unasked(before, exchange, config)

    def _read(self, exchange: Exchange, found: list[dict[str, Any]]) -> Iterator[Disagreement]:
        is_one = config_id_of(exchange.call) in self._known
        for shown in found:
            config_id = config_id_of(exchange.call) if is_one else str(shown.get("id"))
            known = self._known.get(config_id)
            if known is None:
                yield from self._risen(config_id, exchange, shown)
                continue
            members = tuple(sorted(differences(known.config, {**shown, "id": config_id})))
            if not members:
                known.agreed_at, known.refused = self._writes, None
                continue
            yield self._disagreement(known, exchange, shown, members, view="get" if is_one else "list")
            self._told[config_id, ", ".join(members)] += 1
            if self._told[config_id, ", ".join(members)] >= _STATED:
                self._known[config_id] = _Known(shown, known.written)

    def _risen(self, config_id: str, exchange: Exchange, shown: dict[str, Any]) -> Iterator[Disagreement]:
        """Yield that a config is shown whose delete was answered before (LIFE-04)."""
        delete, told = self._deleted.get(config_id), (config_id, "deleted")
        if delete and self._told[told] < _STATED:
            self._told[told] += 1
            label = "a config is shown that was deleted before"
            yield Disagreement("LIFE-04", label, {}, shown, ("id",), (delete, exchange))

    def _disagreement(
        self, known: _Known, exchange: Exchange, shown: dict[str, Any], members: tuple[str, ...], *, view: str
    ) -> Disagreement:
        said, steps = f"{view}: {', '.join(members)}", (*known.written, exchange)
        if known.refused:
            rule = "AUTH-06" if known.refused.response.status == 401 else "LIFE-02"
            steps = (*known.written, known.refused, exchange)
            return Disagreement(rule, f"{said} changed by a refused update", known.config, shown, members, steps)
        if known.agreed_at not in (None, self._writes):
            label = f"{said} changed by what was done to other configs"
            return Disagreement("LIFE-05", label, known.config, shown, members, steps)
        return Disagreement("RESP-02", f"{said} not as answered last", known.config, shown, members, steps)


def _changed_unasked(before: _Known, exchange: Exchange, after: dict[str, Any]) -> Iterator[Disagreement]:
    """Yield that an update changed what it did not send (PUT-01), or a refused one did (LIFE-02); null is grey."""
    sent = object_in(exchange.call)
    if sent is None:
        return
    members = tuple(sorted(unsent_changes(before.config, after, sent)))
    if members:
        label = f"an update with {' and '.join(sorted(sent)) or 'nothing'} changed {', '.join(members)}"
        rule, steps = "PUT-01", (*before.written, exchange)
        tried = object_in(before.refused.call) if before.refused else None
        if before.refused and tried and {*members} - {"budget"} <= tried.keys():
            rule, label = "LIFE-02", f"{label}, as an update that was refused before it asked"
            steps = (*before.written, before.refused, exchange)
        yield Disagreement(rule, label, before.config, after, members, steps)
