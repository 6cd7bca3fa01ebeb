"""Who is let in: every operation against every way to present a wrong key, or the right one wrongly."""

from __future__ import annotations

import itertools
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from contract_tests.errors import NotApplicable
from contract_tests.exam import CREATE, DELETE, GET, LIST, NO_BODY, PAGE, UPDATE, Exam
from contract_tests.exchange import Call
from contract_tests.layers.registry import PROBES

OPERATIONS = (LIST, CREATE, GET, UPDATE, DELETE)
NO_EFFECT = "AUTH-06"
NO_HEADER = ""


@dataclass(frozen=True)
class Credentials:
    """A way to present credentials that must not open the door."""

    label: str
    authorization: str
    headers: Mapping[str, str] = field(default_factory=dict)


def wrong_ways(rule: str, key: str, virtual_keys: Sequence[str]) -> list[list[Credentials]]:
    """Return the wrong ways to present credentials that `rule` speaks of, each with its variants."""
    ways = {
        "AUTH-01": [[Credentials("no Authorization header", NO_HEADER)]],
        "AUTH-02": [
            _bearers({"an unknown key": "ct-no-such-key"}),
            _bearers({"the key shortened": key[:-1]}),
            _bearers({"the key lengthened": f"{key}x"}),
        ],
        "AUTH-03": [
            [
                Credentials("Basic with the key as password", _basic(f"admin:{key}")),
                Credentials("Basic with the key as user", _basic(f"{key}:")),
                Credentials("Basic with nothing but the key", _basic(key)),
                Credentials("Basic with the key as password of nobody", _basic(f":{key}")),
            ],
            [Credentials("the bare key", key)],
        ],
        "AUTH-04": [[Credentials("x-api-key with the key", NO_HEADER, {"x-api-key": key})]],
        "AUTH-05": [_bearers({f"the virtual key {each} as bearer": each for each in virtual_keys})],
    }
    return [variants for variants in (_wrong(variants, key) for variants in ways[rule]) if variants]


def rare_ways(rule: str, key: str) -> list[Credentials]:
    """Return more of them, which a gate tries on one operation each."""
    ways = {
        "AUTH-02": [
            Credentials("no key behind Bearer", "Bearer"),
            *_bearers(
                {
                    "the key with another last letter": f"{key[:-1]}{'x' if key[-1:] != 'x' else 'y'}",
                    "the key in the other case": key.swapcase(),
                    "the key with a letter beyond ASCII": f"{key}\u00e9",
                    "the key without its first letter": key[1:],
                    "half of the key": key[: len(key) // 2],
                    "the key and another word": f"{key} x",
                    "the key behind another word": f"x {key}",
                    "a list of keys with the key": f"x,{key}",
                }
            ),
        ],
        "AUTH-03": [Credentials(f"the scheme {scheme}", f"{scheme} {key}") for scheme in ("Token", "ApiKey")],
        "AUTH-04": [
            Credentials("x-api-key beside a wrong key", "Bearer ct-no-such-key", {"x-api-key": key}),
        ],
    }
    return _wrong(ways.get(rule, ()), key)


def _wrong(ways: Sequence[Credentials], key: str) -> list[Credentials]:
    """Return those that are wrong: a key without letters is its own twin in the other case."""
    return [each for each in ways if each.authorization != f"Bearer {key}"]


def _bearers(keys: Mapping[str, str]) -> list[Credentials]:
    return [Credentials(label, f"Bearer {key}") for label, key in keys.items()]


def _basic(text: str) -> str:
    return f"Basic {b64encode(text.encode()).decode()}"


def _register(rule: str) -> None:
    @PROBES.probe(rule, NO_EFFECT, layer="authentication", name=f"{rule} on all")
    def probe(exam: Exam) -> None:
        """Every operation answers 401 to these credentials, with the error body."""
        ways = wrong_ways(rule, exam.target.api_key, exam.scopes.virtual_keys)
        if not ways:
            raise NotApplicable("no virtual key was found on the target; pass --virtual-key-id")
        with exam.story():
            exam.subject()
            for operation_id, credentials in _tries(exam, ways, rare_ways(rule, exam.target.api_key)):
                _try(exam, operation_id, credentials)


def _tries(
    exam: Exam, ways: Sequence[Sequence[Credentials]], rare: Sequence[Credentials]
) -> Iterator[tuple[str, Credentials]]:
    """Yield what to try on which operation: all on each in a thorough run, in a gate each way, its variants in turn."""
    if exam.profile == "thorough":
        yield from itertools.product(OPERATIONS, [*itertools.chain(*ways), *rare])
        return
    for variants in ways:
        for number, operation_id in enumerate(OPERATIONS, exam.seed):
            yield operation_id, variants[number % len(variants)]
    for number, credentials in enumerate(rare, exam.seed):
        yield OPERATIONS[number % len(OPERATIONS)], credentials


for _rule in ("AUTH-01", "AUTH-02", "AUTH-03", "AUTH-04", "AUTH-05"):
    _register(_rule)


@PROBES.probe("AUTH-01", layer="authentication")
def key_elsewhere(exam: Exam) -> None:
    """The right key at any place but the header Authorization opens no door."""
    key = exam.target.api_key
    headers = dict.fromkeys(("api-key", "x-auth-token", "x-bf-api-key", "x-management-key"), key)
    headers |= {"Cookie": f"api_key={key}; token={key}; session={key}", "Proxy-Authorization": f"Bearer {key}"}
    headers |= {"X-Forwarded-For": "127.0.0.1", "X-Forwarded-Authorization": f"Bearer {key}"}
    names = (
        ("api_key", "key", "token", "access_token", "apiKey") if exam.target.is_loopback else ()
    )  # queries are logged
    query = dict.fromkeys(names, key)
    for operation_id in (LIST, GET):
        with exam.story():
            config_id = exam.subject_id if operation_id == GET else None
            options: dict[str, Any] = {"query": query, "headers": headers, "authorization": NO_HEADER}
            exam.send(operation_id, config_id, **options)


@PROBES.probe("AUTH-01", layer="authentication")
def key_before_all_else(exam: Exam) -> None:
    """Without a key an id that nobody has, a wrong body and a wrong query answer 401 like all others.

    A slash behind the path opens the list to nobody either.
    """
    missing = exam.unknown_key("00000000-0000-4000-8000-000000000000")
    tries: tuple[tuple[str, str | None, dict[str, Any]], ...] = (
        (GET, missing, {}),
        (DELETE, missing, {}),
        (UPDATE, missing, {"body": {"model_name": exam.fresh_name("unauthorised")}}),
        (CREATE, None, {"body": {"model_name": 7}}),
        (LIST, None, {"query": {"limit": "-1"}}),
        (LIST, None, {"query": {"search": exam.prefix, "limit": "1", "offset": "1"}}),
    )
    for operation_id, config_id, options in tries:
        with exam.story():
            exam.send(operation_id, config_id, authorization=NO_HEADER, **options)
    with exam.story():
        exam.target.send(Call("GET", f"{exam.operation(LIST).path}/", authorization=NO_HEADER))


def _try(exam: Exam, operation_id: str, credentials: Credentials) -> None:
    """Send one operation with wrong credentials; where it was let in, make sure that there is a shared config still."""
    body: Any = NO_BODY
    if operation_id in (CREATE, UPDATE):
        body = {"model_name": exam.fresh_name("unauthorised"), "provider": f"{exam.provider}-unauthorised"}
    config_id = exam.subject_id if operation_id not in (LIST, CREATE) else None
    options = {"authorization": credentials.authorization, "headers": credentials.headers}
    answer = exam.send(operation_id, config_id, body=body, **options)
    if answer.status < 400:
        exam.subject()


@PROBES.probe(NO_EFFECT, "AUTH-01", "LIST-01", layer="authentication")
def unauthorised_left_nothing(exam: Exam) -> None:
    """Requests that were answered 401 neither changed nor deleted a config, nor left another.

    The list is asked for once more, without the key: what was just answered to one with it is not remembered.
    """
    with exam.story():
        exam.subject()
        for wrong in wrong_ways("AUTH-02", exam.target.api_key, ())[0][:1]:
            _try(exam, UPDATE, wrong)
        exam.all_configs()
        exam.send(LIST, query={"limit": str(PAGE), "offset": "0"}, authorization=NO_HEADER)
