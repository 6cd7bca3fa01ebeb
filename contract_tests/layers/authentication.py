"""Who is let in: every operation against every way to present a wrong key, or the right one wrongly."""

from __future__ import annotations

import itertools
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from contract_tests.comparison import differences
from contract_tests.configs import configs_in
from contract_tests.errors import NotApplicable
from contract_tests.exam import CREATE, DELETE, GET, LIST, NO_BODY, PAGE, UPDATE, Exam
from contract_tests.exchange import Call
from contract_tests.layers.registry import PROBES
from contract_tests.readback import check_unchanged

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
    @PROBES.probe(rule, layer="authentication", name=f"{rule} on all")
    def probe(exam: Exam) -> None:
        """Every operation answers 401 to these credentials, with the error body."""
        ways = wrong_ways(rule, exam.target.api_key, exam.scopes.virtual_keys)
        if not ways:
            raise NotApplicable("no virtual key was found on the target; pass --virtual-key-id")
        with exam.story():
            before = exam.subject()
            for operation_id, credentials in _tries(exam, ways, rare_ways(rule, exam.target.api_key)):
                before = _try(exam, rule, operation_id, credentials, before)


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
            answer = exam.send(operation_id, config_id, **options)
            label = "the key in the query, a cookie and other headers"
            exam.check_refused("AUTH-01", operation_id, answer, label, steps=exam.trail[-1:])


@PROBES.probe("AUTH-01", layer="authentication")
def key_before_all_else(exam: Exam) -> None:
    """Without a key an id that nobody has, a wrong body and a wrong query answer 401 like all others."""
    missing = exam.unknown_key("00000000-0000-4000-8000-000000000000")
    tries: tuple[tuple[str, str, str | None, dict[str, Any]], ...] = (
        ("an id that nobody has", GET, missing, {}),
        ("an id that nobody has", DELETE, missing, {}),
        ("an id that nobody has", UPDATE, missing, {"body": {"model_name": exam.fresh_name("unauthorised")}}),
        ("a body that is refused", CREATE, None, {"body": {"model_name": 7}}),
        ("a query that is refused", LIST, None, {"query": {"limit": "-1"}}),
        ("a page of a filtered list", LIST, None, {"query": {"search": exam.prefix, "limit": "1", "offset": "1"}}),
    )
    for label, operation_id, config_id, options in tries:
        with exam.story():
            answer = exam.send(operation_id, config_id, authorization=NO_HEADER, **options)
            exam.check_refused("AUTH-01", operation_id, answer, f"no Authorization header, with {label}")
    with exam.story():
        slashed = exam.target.send(Call("GET", f"{exam.operation(LIST).path}/", authorization=NO_HEADER))
        label, received = "no Authorization header, with a slash behind the path", slashed.response.shown()
        is_shut = not configs_in(slashed.response)
        exam.check("AUTH-01", LIST, is_shut, label, expected="no configs", received=received, steps=(slashed,))


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


@PROBES.probe(NO_EFFECT, "AUTH-01", "LIST-01", layer="authentication")
def unauthorised_left_nothing(exam: Exam) -> None:
    """Requests that were answered 401 neither changed nor deleted a config, nor left another."""
    with exam.story():
        before = exam.subject()
        listed = exam.all_configs()
        _check_not_remembered(exam)
        after = next((each for each in listed if each.get("id") == before["id"]), None)
        if after is None or differences(before, after):
            after = exam.read(before["id"])
        label = "requests that were answered 401 had an effect"
        if not check_unchanged(exam, NO_EFFECT, UPDATE, before, after, label):
            exam.shared.state = before  # what it was is known, whatever get shows now
            return
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


def _check_not_remembered(exam: Exam) -> None:
    """Check that the list which was just answered to one with the key is not answered to one without it."""
    query = {"limit": str(PAGE), "offset": "0"}
    answer = exam.send(LIST, query=query, authorization=NO_HEADER)
    label = "no Authorization header, right after the same list with it"
    exam.check_refused("AUTH-01", LIST, answer, label, steps=exam.trail[-2:])
