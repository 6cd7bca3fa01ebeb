"""What a client may send in a body and what not, rule by rule (contract, section 3: REQ, BUD, RATE, PUT-08)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

PATH = "/api/governance/model-configs"
KEY_SCOPE = {"scope": "virtual_key", "scope_id": "vk-frontend"}
USER_SCOPE = {"scope": "user", "scope_id": "user-ada"}
Create = Callable[..., dict[str, Any]]
Refused = tuple[str, dict[str, Any], str]


def budget(duration: str, limit: float = 10) -> dict[str, Any]:
    return {"max_limit": limit, "reset_duration": duration}


def read(client: FlaskClient, config: dict[str, Any]) -> dict[str, Any]:
    answer: dict[str, Any] = client.get(f"{PATH}/{config['id']}").get_json()["model_config"]
    return answer


def put(client: FlaskClient, config: dict[str, Any], **body: Any) -> dict[str, Any]:
    answer = client.put(f"{PATH}/{config['id']}", json=body)
    assert answer.status_code == 200, answer.text
    changed: dict[str, Any] = answer.get_json()["model_config"]
    return changed


WRONG_SCOPES = ("team", "Global", "GLOBAL", "", " global", "global ", "virtual-key", "virtualkey")
NO_DURATIONS = (
    *("", "1", "d", "1x", "0d", "00d", "01d", "-1d", "+1d", " 1d", "1d ", "1d\n", "P1D", "PT1H", "daily", "1D"),
    *("1 d", "1dd", "\u0661d", "\uff11d", "one day"),
)


def each(rule: str, pointer: str, body: Callable[[Any], dict[str, Any]], *values: Any) -> list[Refused]:
    """Return a row for each value: the broken rule, the body with the value in it, and where it stands."""
    return [(rule, body(value), pointer) for value in values]


def in_budget(member: str) -> Callable[[Any], dict[str, Any]]:
    return lambda value: {"budgets": [{**budget("1d"), member: value}]}


def of_metric(metric: str) -> list[Refused]:
    """Return what is refused of the tokens or requests of a rate limit."""
    most, window = f"{metric}_max_limit", f"{metric}_reset_duration"

    def limit(value: Any) -> dict[str, Any]:
        return {"rate_limit": {most: value, window: "1h"}}

    def duration(value: Any) -> dict[str, Any]:
        return {"rate_limit": {most: 5, window: value}}

    return [
        ("RATE-02", {"rate_limit": {most: 5}}, f"/rate_limit/{window}"),
        *each("RATE-03", f"/rate_limit/{most}", limit, 1.5, "5", True, None, [], 0, -1),
        *each("RATE-04", f"/rate_limit/{window}", duration, *NO_DURATIONS),
        *each("ROB-01", f"/rate_limit/{most}", limit, 2**63, 1e300),
    ]


REFUSED_BY_BOTH: list[Refused] = [
    *each("REQ-01", "/model_name", lambda name: {"model_name": name}, "", " ", "\t\n", "\u2028"),
    *each("REQ-07", "/model_name", lambda name: {"model_name": name}, 7, True, [], {}),
    *each("REQ-07", "/provider", lambda name: {"provider": name}, 7, True, [], {}),
    *each("REQ-07", "/budgets", lambda budgets: {"budgets": budgets}, 7, "1d", {}, budget("1d")),
    *each("REQ-07", "/budgets/0", lambda entry: {"budgets": [entry]}, 7, "1d", None, []),
    *each("REQ-07", "/budgets/0/max_limit", in_budget("max_limit"), "10", True, [], {}),
    *each("REQ-07", "/budgets/0/reset_duration", in_budget("reset_duration"), 1, True, []),
    *each("REQ-07", "/rate_limit", lambda limit: {"rate_limit": limit}, 7, "1d", [], True),
    ("REQ-10", {"provider": ""}, "/provider"),
    ("BUD-01", {"budgets": [budget("1d"), budget("1d")]}, "/budgets/1/reset_duration"),
    ("BUD-01", {"budgets": [budget("1d"), budget("1d", 20)]}, "/budgets/1/reset_duration"),
    ("BUD-01", {"budgets": [budget(d) for d in ("1h", "1d", "1w", "1h")]}, "/budgets/3/reset_duration"),
    ("BUD-01", {"budgets": [budget(d) for d in ("1h", "1d", "1w", "1w")]}, "/budgets/3/reset_duration"),
    ("BUD-01", {"budgets": [budget("1M"), budget("1M")], "rate_limit": {}}, "/budgets/1/reset_duration"),
    ("BUD-03", {"budgets": [{"reset_duration": "1d"}]}, "/budgets/0/max_limit"),
    ("BUD-03", {"budgets": [{"max_limit": 1}]}, "/budgets/0/reset_duration"),
    ("BUD-03", {"budgets": [budget("1d"), {**budget("1w"), "max_limit": None}]}, "/budgets/1/max_limit"),
    *each("BUD-05", "/budgets/0/max_limit", in_budget("max_limit"), 0, -0.0, -1, -0.01, -1e300),
    *each("BUD-06", "/budgets/0/reset_duration", in_budget("reset_duration"), *NO_DURATIONS),
    *of_metric("token"),
    *of_metric("request"),
]
REFUSED_BY_CREATE: list[Refused] = [
    ("REQ-01", {"model_name": None}, "/model_name"),
    *each("REQ-03", "/scope", lambda scope: {"scope": scope, "scope_id": "x"}, *WRONG_SCOPES),
    *each("REQ-05", "/scope_id", lambda scope: {"scope": scope}, "virtual_key", "user"),
    *each("REQ-05", "/scope_id", lambda key: {"scope": "virtual_key", "scope_id": key}, None, ""),
    *each("REQ-05", "/scope_id", lambda key: {"scope": "user", "scope_id": key}, None, ""),
    *each("REQ-06", "/scope_id", lambda key: {"scope": "virtual_key", "scope_id": key}, "vk-nobody", "user-ada"),
    *each("REQ-07", "/scope_id", lambda key: {"scope": "user", "scope_id": key}, 7, True, [], {}),
]


def assert_refused(answer: Any, rule: str, pointer: str) -> None:
    assert answer.status_code == 400
    violations = answer.get_json()["extra_fields"]["violations"]
    assert {(each["rule"], each["pointer"]) for each in violations} == {(rule, pointer)}


@pytest.mark.parametrize(("rule", "members", "pointer"), [*REFUSED_BY_BOTH, *REFUSED_BY_CREATE])
def test_create_refuses_what_breaks_a_rule_and_changes_nothing(
    client: FlaskClient, rule: str, members: dict[str, Any], pointer: str
) -> None:
    assert_refused(client.post(PATH, json={"model_name": "gpt-4o", **members}), rule, pointer)
    assert client.get(PATH).get_json()["total_count"] == 0


@pytest.mark.parametrize(("rule", "members", "pointer"), REFUSED_BY_BOTH)
def test_put_08_update_refuses_it_too_and_changes_nothing(
    client: FlaskClient, created: Create, rule: str, members: dict[str, Any], pointer: str
) -> None:
    config = created()
    assert_refused(client.put(f"{PATH}/{config['id']}", json={"provider": "p", **members}), rule, pointer)
    assert read(client, config) == config


def test_req_01_a_model_name_that_is_missing_is_refused(client: FlaskClient) -> None:
    assert_refused(client.post(PATH, json={"provider": "openai"}), "REQ-01", "/model_name")


ACCEPTED: list[tuple[str, dict[str, Any]]] = [
    ("REQ-02", {"model_name": "*"}),
    ("REQ-04", {}),
    ("REQ-05", KEY_SCOPE),
    ("REQ-05", USER_SCOPE),
    ("REQ-06", {"scope": "user", "scope_id": "user-nobody"}),
    ("BUD-02", {"budgets": [budget("1m"), budget("1M")]}),
    ("BUD-02", {"budgets": [budget(d) for d in ("30s", "5m", "1h", "1d", "1w", "1M", "1Y")]}),
    ("BUD-02", {"budgets": [budget("1d"), budget("24h")]}),
    *(("BUD-04", {"budgets": [budget("1d", n)]}) for n in (0.01, 0.1 + 0.2, 5e-324, 1.7976931348623157e308)),
    *(("BUD-04", {"budgets": [budget("1d", n)]}) for n in (2**53 + 1, 2**63 - 1, 2**64 - 1)),
    ("BUD-07", {"budgets": []}),
    ("RATE-01", {"rate_limit": {"token_max_limit": 5, "token_reset_duration": "1h"}}),
    ("RATE-01", {"rate_limit": {"request_max_limit": 5, "request_reset_duration": "1m"}}),
    (
        "RATE-01",
        {
            "rate_limit": {
                "token_max_limit": 5,
                "token_reset_duration": "1h",
                "request_max_limit": 6,
                "request_reset_duration": "1m",
            }
        },
    ),
    *(
        ("RATE-06", {"rate_limit": {"token_max_limit": n, "token_reset_duration": "1h"}})
        for n in (1, 2**53 + 1, 2**63 - 1)
    ),
    *(
        ("ROB-01", {"model_name": name})
        for name in ("a\0b", "/", "%2F", "x" * 10_000, "\u202eabc", "e\u0301", "\u00e9")
    ),
    *(
        ("ROB-01", {"provider": name})
        for name in ("\U00010000", "\U0001f600", "\U000e0001", "\U0010ffff", "\ufeff", "\ufffe")
    ),
]


def comes_back(sent: Any, received: Any) -> bool:
    """Return whether everything that was sent stands in what was received, with its type and exact value."""
    if isinstance(sent, dict):
        return all(comes_back(item, received[name]) for name, item in sent.items())
    if isinstance(sent, list):
        return len(sent) == len(received) and all(map(comes_back, sent, received))
    return type(sent) is type(received) and bool(sent == received)


@pytest.mark.parametrize(("rule", "members"), ACCEPTED)
def test_resp_02_what_is_accepted_comes_back_from_create_get_list_and_update(
    client: FlaskClient, created: Create, rule: str, members: dict[str, Any]
) -> None:
    config = created(**members)
    assert comes_back(members, config), rule
    assert read(client, config) == config
    assert client.get(PATH).get_json()["model_configs"] == [config]
    changeable = {name: value for name, value in members.items() if not name.startswith("scope")}
    other = created(model_name="another")
    if changeable:
        client.delete(f"{PATH}/{config['id']}")
        assert comes_back(changeable, put(client, other, **changeable))
