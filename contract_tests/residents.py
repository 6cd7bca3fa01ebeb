"""Configs that live through a whole run: of many identities, sizes and values, and neighbours of all that is done."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from contract_tests.configs import configs_in
from contract_tests.exam import CREATE, UPDATE, Exam
from contract_tests.exchange import Exchange
from contract_tests.samples import WILDCARD

SEPARATORS = (":", "/", "|", "")
"""What a server may join the members of an identity with."""


@dataclass(frozen=True)
class Wanted:
    """A config to be created: what it is an example of, and its body.

    One that `may_be_refused` is so unusual that ROB-01 lets a server refuse it.
    """

    label: str
    body: dict[str, Any]
    may_be_refused: bool = False


@dataclass(frozen=True)
class Resident:
    """A config that was wanted, with the exchange that created it or did not."""

    wanted: Wanted
    exchange: Exchange

    @property
    def config(self) -> dict[str, Any] | None:
        """The config as create answered it, None where it was refused."""
        found = configs_in(self.exchange.response) if 200 <= self.exchange.response.status < 300 else []
        return found[0] if found and isinstance(found[0].get("id"), str) else None


def residents(exam: Exam) -> list[Resident]:
    """Return the residents of this run, created where they are not yet."""
    held = exam.shared.residents
    for number, wanted in enumerate(wanted_configs(exam)):
        if str(number) not in held:
            with exam.story():
                exam.send(CREATE, body=wanted.body)
                held[str(number)] = exam.trail[-1]
    return [Resident(wanted, held[str(number)]) for number, wanted in enumerate(wanted_configs(exam))]


def made_residents(exam: Exam) -> list[Resident]:
    """Return the residents that were created: a server may refuse the unusual ones, and a faulty one any."""
    return [each for each in residents(exam) if each.config is not None]


def list_residents(exam: Exam) -> list[dict[str, Any]]:
    """Return the whole list, read to see whether the residents, created where they are not yet, are as they were."""
    residents(exam)
    return exam.all_configs()


def settled(exam: Exam) -> dict[str, dict[str, Any]]:
    """Return the residents that were created, by their labels."""
    made = {each.wanted.label: each.config for each in residents(exam) if each.config is not None}
    return {label: config for label, config in made.items() if config["id"] not in exam.shared.spoilt}


def restore(exam: Exam, resident: Resident) -> None:
    """Give a resident that an update changed which should have been refused its values back; it is judged no more."""
    if resident.config is not None:
        body = {"budgets": [], "rate_limit": {}, **resident.wanted.body}
        exam.shared.spoilt.add(resident.config["id"])
        body = {name: item for name, item in body.items() if name not in ("scope", "scope_id")}
        answer = exam.send(UPDATE, resident.config["id"], body=body)
        held = exam.shared.residents
        for number in [
            each for each, exchange in held.items() if exchange is resident.exchange and answer.status < 300
        ]:
            held[number] = replace(resident.exchange, response=answer)


def stem_of(exam: Exam) -> str:
    """Return what the names of most residents begin with."""
    return f"{_beginning(exam)}-Resident-of-many-letters-all-of-which-count"


def _beginning(exam: Exam) -> str:
    return f"{exam.prefix}-{exam.target.run_id}-{exam.shared.generation}"


def dismiss(exam: Exam) -> None:
    """Delete the residents, so that the next who asks for them gets new ones of other names."""
    for each in residents(exam):
        if each.config is not None:
            exam.remove(each.config["id"])
    exam.shared.residents.clear()
    exam.shared.generation += 1


def wanted_configs(exam: Exam) -> list[Wanted]:
    """Return what is wanted: identities that differ in one member each, with bodies of all sizes."""
    return [*_of_one_name(exam), *_of_like_names(exam), *_of_joined_names(exam), *_unusual(exam)]


def _budgets(limits: tuple[float, ...], windows: str) -> dict[str, Any]:
    lines = zip(limits, windows.split(), strict=True)
    return {"budgets": [{"max_limit": limit, "reset_duration": window} for limit, window in lines]}


def _rate(tokens: int | None, requests: int | None, windows: str = "1h 1h") -> dict[str, Any]:
    of_tokens, of_requests = windows.split()
    rate: dict[str, Any] = {}
    if tokens is not None:
        rate |= {"token_max_limit": tokens, "token_reset_duration": of_tokens}
    if requests is not None:
        rate |= {"request_max_limit": requests, "request_reset_duration": of_requests}
    return {"rate_limit": rate}


_MILLION = 1_000_000


def _of_one_name(exam: Exam) -> Iterator[Wanted]:
    name, provider = stem_of(exam), exam.provider
    base: dict[str, Any] = {"model_name": name, "provider": provider}
    every_unit = _budgets((11, 12.5, 13.0, 14, 15, 16, 17), "30s 5m 1h 1d 1w 1M 1Y")
    yield Wanted("empty budgets", {"model_name": name, "budgets": []})
    yield Wanted("a budget for every unit", {**base, **every_unit})
    for scope, keys in exam.scopes.all_by_scope().items():
        scoped = {**base, "scope": scope, "scope_id": keys[0]}
        many = _budgets((2 * _MILLION, _MILLION, 7), "1d 1M 1m")
        yield Wanted(f"scope {scope}", {**scoped, **many, **_rate(_MILLION, 500, "1w 1m")})
        if keys[1:]:
            other = {"model_name": name, "scope": scope, "scope_id": keys[1], **_rate(3, None)}
            yield Wanted(f"another target of scope {scope}", other)
    sizes = (0.01, 0.1 + 0.2, 19.99, 1 / 3, 1234567.891)
    yield Wanted("limits of many fractions", {**base, "provider": f"{provider}-2", **_budgets(sizes, _hours(5))})
    yield Wanted("the provider in capitals", {**base, "provider": provider.upper(), **_rate(None, 7, "1h 1M")})


def _hours(count: int) -> str:
    return " ".join(f"{number}h" for number in range(1, count + 1))


def _of_like_names(exam: Exam) -> Iterator[Wanted]:
    name, base = stem_of(exam), {"provider": exam.provider}
    odd = _budgets((1, 2, 3, 4, 5, 6), "100000s 60m 24h 7d 12M 10Y")
    large = (2**31, 2**32 + 0.5, 1e9 + 1, 999999999999.99, 10**12, 123456.789, 1000.5, 0.001)
    yield Wanted("unusual durations", {"provider": "null", "model_name": f"{name}-100%41x", **odd})
    yield Wanted("limits of many sizes", {**base, "model_name": name.upper(), **_budgets(large, _hours(8))})
    many = _budgets(tuple(range(100, 151)), _hours(51))
    low = {"model_name": f"{name}-a_x", "provider": "*", **_rate(1, 1, "60s 1s")}
    yield Wanted("51 budgets", {**low, **many})
    four = _budgets((1, 1, 1, 1), "1d 2d 9d 1000d")
    yield Wanted("four budgets of one limit", {"model_name": f"{name}-a-x", "provider": "*", **four})
    if exam.allow_wildcard:
        wild = {"model_name": WILDCARD, "provider": f"{exam.provider}-wild"}
        yield Wanted("model_name *", {**wild, **_budgets((5, 6), "1d 1M"), **_rate(5, None)})


def _of_joined_names(exam: Exam) -> Iterator[Wanted]:
    """Yield pairs that are one where name and provider are joined, in whichever order, and one that is it already."""
    part = f"{_beginning(exam)}-Part"
    rates = iter(
        [
            ("limits of 63 and of 53 bits", _rate(2**63 - 1, 2**53 + 1, "365d 90m")),
            ("limits of 31 and of 63 bits", _rate(2**31, 2**63 - 1, "1Y 1w")),
            ("tokens alone", _rate(_MILLION, None, "30s 1h")),
            ("requests alone", _rate(None, 2**32, "1h 1d")),
            ("tokens and requests", _rate(_MILLION, _MILLION + 1, "1M 5m")),
            ("tokens and requests over one window", _rate(7, 7, "1d 1d")),
            ("requests over a year", _rate(None, 12, "1h 1Y")),
            ("tokens over a week", _rate(12, None, "7d 1h")),
        ]
    )
    chosen = SEPARATORS if exam.profile == "thorough" else (SEPARATORS[0], SEPARATORS[1 + exam.seed % 3])
    for separator in chosen:
        joined = f"{part}{separator}{part}"
        for name, provider in ((part, joined), (joined, part)):
            label, members = next(rates)
            yield Wanted(label, {"model_name": name, "provider": provider, **members})
    alone = chosen[1].join((part, part, part))
    yield Wanted("a name with the provider in front, and no provider", {"model_name": alone})


def _unusual(exam: Exam) -> Iterator[Wanted]:
    name = stem_of(exam)
    beyond = {
        "model_name": f"{name}-模型 Ä🚀/x",
        "provider": f"{exam.provider}-ß",
        **_budgets((1, 2), "1d 1M"),
        **_rate(8, 9),
    }
    yield Wanted("a name beyond ASCII", beyond, may_be_refused=True)
    for last in "ab":
        long = {"model_name": f"{name}-{'n' * (299 - len(name))}{last}", **_budgets((1,), "1d")}
        yield Wanted(f"a long name that ends with {last}", long, may_be_refused=True)
