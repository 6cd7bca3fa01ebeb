"""What the operations do, rule by rule (contract, section 3: IDN, LIFE, PUT, LIST, TIME)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

PATH = "/api/governance/model-configs"
KEY_SCOPE = {"scope": "virtual_key", "scope_id": "vk-frontend"}
USER_SCOPE = {"scope": "user", "scope_id": "user-ada"}
Create = Callable[..., dict[str, Any]]
Advance = Callable[..., None]


def budget(duration: str, limit: float = 10) -> dict[str, Any]:
    return {"max_limit": limit, "reset_duration": duration}


def listed(client: FlaskClient, query: str = "") -> list[str]:
    configs = client.get(f"{PATH}?{query}").get_json()["model_configs"]
    return [config["model_name"] for config in configs]


def read(client: FlaskClient, config: dict[str, Any]) -> dict[str, Any]:
    answer: dict[str, Any] = client.get(f"{PATH}/{config['id']}").get_json()["model_config"]
    return answer


def put(client: FlaskClient, config: dict[str, Any], **body: Any) -> dict[str, Any]:
    answer = client.put(f"{PATH}/{config['id']}", json=body)
    assert answer.status_code == 200, answer.text
    changed: dict[str, Any] = answer.get_json()["model_config"]
    return changed


def test_req_04_an_absent_scope_is_global(created: Create) -> None:
    assert created()["scope"] == "global"


def test_a_scope_id_that_is_sent_with_global_does_not_come_back(created: Create) -> None:
    config = created(scope="global", scope_id="vk-frontend")
    assert "scope_id" not in config
    assert "scope_name" not in config


@pytest.mark.parametrize(("members", "name"), [(KEY_SCOPE, "Frontend team"), (USER_SCOPE, "Ada Lovelace"), ({}, None)])
def test_the_name_of_the_scope_target_is_resolved(created: Create, members: dict[str, str], name: str | None) -> None:
    assert created(**members).get("scope_name") == name


def test_a_provider_of_null_is_no_provider(client: FlaskClient, created: Create) -> None:
    config = created(provider=None)
    assert "provider" not in config
    assert client.post(PATH, json={"model_name": "gpt-4o"}).status_code == 409


def test_bud_08_and_rate_05_new_counters_stand_at_zero_and_reset_not_in_the_future(created: Create) -> None:
    config = created(
        budgets=[budget("1d"), budget("1M")], rate_limit={"token_max_limit": 5, "token_reset_duration": "1h"}
    )
    assert [entry["current_usage"] for entry in config["budgets"]] == [0, 0]
    assert {entry["last_reset"] for entry in config["budgets"]} == {"2026-03-01T09:00:00.000000Z"}
    assert len({config["id"], config["rate_limit"]["id"], *(entry["id"] for entry in config["budgets"])}) == 4
    limit = config["rate_limit"]
    assert (limit["token_current_usage"], limit["request_current_usage"]) == (0, 0)


def test_bud_09_budget_is_the_first_of_budgets(client: FlaskClient, created: Create) -> None:
    config = created(budgets=[budget("1d"), budget("1M")])
    assert config["budget"] == config["budgets"][0]
    assert put(client, config, budgets=[budget("1M")])["budget"]["id"] == config["budgets"][1]["id"]


@pytest.mark.parametrize(
    "members", [{}, {"provider": "openai"}, KEY_SCOPE, {**USER_SCOPE, "provider": "openai"}], ids=str
)
def test_idn_01_a_second_create_of_one_identity_answers_409_and_changes_nothing(
    client: FlaskClient, created: Create, members: dict[str, str]
) -> None:
    config = created(**members)
    again = {"model_name": "gpt-4o", **members, "budgets": [budget("1d")]}
    assert client.post(PATH, json=again).status_code == 409
    assert client.get(PATH).get_json()["model_configs"] == [config]


def test_idn_02_configs_that_differ_in_one_member_live_side_by_side(client: FlaskClient, created: Create) -> None:
    made = [
        created(**members)
        for members in (
            {},
            {"model_name": "GPT-4o"},
            {"model_name": "gpt-4o "},
            {"provider": "openai"},
            {"provider": "OpenAI"},
            KEY_SCOPE,
            {**KEY_SCOPE, "scope_id": "vk-research"},
            {**KEY_SCOPE, "provider": "openai"},
            {"scope": "user", "scope_id": "vk-frontend"},
        )
    ]
    assert client.get(PATH).get_json()["model_configs"] == made


def test_life_01_a_created_config_stands_in_the_list_exactly_once(client: FlaskClient, created: Create) -> None:
    config = created()
    assert read(client, config) == config
    assert client.get(PATH).get_json() == {
        "model_configs": [config],
        "total_count": 1,
        "count": 1,
        "limit": 100,
        "offset": 0,
    }


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
@pytest.mark.parametrize("key", ["00000000-0000-4000-8000-000000000000", "0", "null", "*", "%20", "..."])
def test_life_03_an_unknown_id_answers_404(client: FlaskClient, created: Create, method: str, key: str) -> None:
    created()
    answer = client.open(f"{PATH}/{key}", method=method, json={"model_name": "m"})
    assert answer.status_code == 404
    assert answer.get_json()["error"]["message"].startswith("there is no model config with id ")


def test_life_04_after_a_delete_everything_is_gone_and_the_identity_free(client: FlaskClient, created: Create) -> None:
    config = created(provider="openai")
    path = f"{PATH}/{config['id']}"
    assert client.delete(path).get_json() == {"message": "Model config deleted successfully"}
    assert [client.open(path, method=m, json={}).status_code for m in ("GET", "PUT", "DELETE")] == [404] * 3
    assert listed(client) == []
    assert created(provider="openai")["id"] != config["id"]


def test_life_05_no_operation_changes_another_config(client: FlaskClient, created: Create) -> None:
    others = [created(model_name=name, budgets=[budget("1d")]) for name in ("a", "b")]
    config = created(budgets=[budget("1d")])
    foreign = {**budget("1d", 99), "id": others[0]["budgets"][0]["id"]}
    put(client, config, provider="p", budgets=[foreign])
    client.delete(f"{PATH}/{config['id']}")
    assert client.get(PATH).get_json()["model_configs"] == others


def test_put_01_members_that_are_left_out_stay(client: FlaskClient, created: Create) -> None:
    config = created(
        provider="openai",
        **KEY_SCOPE,
        budgets=[budget("1d")],
        rate_limit={"token_max_limit": 5, "token_reset_duration": "1h"},
    )
    changed = put(client, config, model_name="other")
    assert changed == {**config, "model_name": "other", "updated_at": changed["updated_at"]}
    assert put(client, config)["model_name"] == "other"


def test_put_02_to_04_limits_are_replaced_and_removed(client: FlaskClient, created: Create) -> None:
    config = created(
        budgets=[budget("1d"), budget("1w")], rate_limit={"token_max_limit": 5, "token_reset_duration": "1h"}
    )
    week = config["budgets"][1]
    changed = put(
        client,
        config,
        budgets=[{**budget("1M", 3), "id": week["id"]}, budget("1Y")],
        rate_limit={"request_max_limit": 7, "request_reset_duration": "1m"},
    )
    assert [entry["reset_duration"] for entry in changed["budgets"]] == ["1M", "1Y"]
    assert (changed["budgets"][0]["id"], changed["budgets"][0]["created_at"]) == (week["id"], week["created_at"])
    assert "token_max_limit" not in changed["rate_limit"]
    bare = put(client, config, budgets=[], rate_limit={})
    assert bare["budgets"] == []
    assert "budget" not in bare
    assert "rate_limit" not in bare


@pytest.mark.parametrize(
    "sent", [KEY_SCOPE, {"scope": "global"}, {"scope": None, "scope_id": None}, {"scope": "nonsense"}, {"scope_id": 7}]
)
def test_put_05_a_scope_in_an_update_is_ignored(client: FlaskClient, created: Create, sent: dict[str, Any]) -> None:
    config = created(**USER_SCOPE)
    changed = put(client, config, provider="p", **sent)
    assert {name: changed[name] for name in ("scope", "scope_id", "scope_name")} == {
        **USER_SCOPE,
        "scope_name": "Ada Lovelace",
    }


def test_put_06_updated_at_moves_although_the_clock_stands_still(
    client: FlaskClient, created: Create, advance: Advance
) -> None:
    config = created()
    first = put(client, config, provider="p")
    second = put(client, config, provider="p")
    advance(hours=1)
    third = put(client, config, provider="q")
    assert config["updated_at"] < first["updated_at"] < second["updated_at"] < third["updated_at"]
    assert third["updated_at"] == "2026-03-01T10:00:00.000000Z"
    assert third["created_at"] == config["created_at"]


def test_put_07_renaming_onto_another_config_answers_409_and_changes_nothing(
    client: FlaskClient, created: Create
) -> None:
    config, other = created(), created(model_name="other", provider="p")
    answer = client.put(f"{PATH}/{config['id']}", json={"model_name": "other", "provider": "p"})
    assert (answer.status_code, answer.get_json()["extra_fields"]["violations"][0]["rule"]) == (409, "PUT-07")
    assert client.get(PATH).get_json()["model_configs"] == [config, other]


def test_a_renamed_config_frees_its_old_identity_and_takes_the_new_one(client: FlaskClient, created: Create) -> None:
    config = created(model_name="old")
    put(client, config, model_name="new")
    assert created(model_name="old")["id"] != config["id"]
    assert client.post(PATH, json={"model_name": "new"}).status_code == 409
    assert client.put(f"{PATH}/{config['id']}", json={"model_name": "new"}).status_code == 200


def test_list_01_an_empty_list_is_an_array(client: FlaskClient) -> None:
    assert client.get(PATH).get_json()["model_configs"] == []


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 100])
@pytest.mark.parametrize("query", ["", "&search=m-", "&scope=global"])
def test_list_02_pages_neither_overlap_nor_miss(client: FlaskClient, created: Create, limit: int, query: str) -> None:
    names = [created(model_name=f"m-{number}")["model_name"] for number in range(7)]
    pages = [client.get(f"{PATH}?limit={limit}&offset={at}{query}").get_json() for at in range(0, 7, limit)]
    assert [config["model_name"] for page in pages for config in page["model_configs"]] == names
    assert {page["total_count"] for page in pages} == {7}
    assert [page["count"] for page in pages] == [len(page["model_configs"]) for page in pages]


@pytest.mark.parametrize(
    ("query", "length", "limit"),
    [
        ("", 100, 100),
        ("limit=101", 100, 100),
        ("limit=0", 0, 0),
        ("offset=0", 25, 25),
        ("scope=&provider=&search=", 100, 100),
        ("scope=global", 25, 25),
        ("search=m&limit=60", 60, 60),
        ("offset=99&limit=50", 2, 50),
        ("offset=101", 0, 25),
        ("offset=9223372036854775807", 0, 25),
        ("offset=" + "9" * 5000, 0, 25),
    ],
)
def test_list_02_a_page_is_as_long_as_asked_and_at_most_100(
    client: FlaskClient, created: Create, query: str, length: int, limit: int
) -> None:
    for number in range(101):
        created(model_name=f"m{number}")
    page = client.get(f"{PATH}?{query}").get_json()
    assert (len(page["model_configs"]), page["count"], page["limit"], page["total_count"]) == (
        length,
        length,
        limit,
        101,
    )


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("search=GPT", ["gpt-4o", "gpt_4%"]),
        ("search=%25", ["gpt_4%"]),
        ("search=_", ["gpt_4%"]),
        ("search=4o", ["gpt-4o"]),
        ("search=*", ["*"]),
        ("search=%C3%89", ["café"]),
        ("search=nothing", []),
        ("scope=global", ["gpt-4o", "gpt_4%", "*"]),
        ("scope=user", ["café"]),
        ("provider=openai", ["gpt-4o", "café"]),
        ("provider=OpenAI", []),
        ("provider=open", []),
        ("provider=openai&scope=global&search=o", ["gpt-4o"]),
        ("scope=&provider=", ["gpt-4o", "gpt_4%", "*", "café"]),
        ("scope=user&scope=global", ["café"]),
        ("model_name=gpt-4o", ["gpt-4o", "gpt_4%", "*", "café"]),
    ],
)
def test_list_03_filters_keep_what_matches(client: FlaskClient, created: Create, query: str, names: list[str]) -> None:
    created(provider="openai")
    created(model_name="gpt_4%")
    created(model_name="*")
    created(model_name="café", provider="openai", **USER_SCOPE)
    assert listed(client, query) == names


def test_list_03_a_search_need_not_be_percent_encoded(client: FlaskClient, created: Create) -> None:
    created(model_name="café")
    raw = "search=É".encode().decode("latin-1")  # bytes as they stand in a WSGI environment
    answer = client.get(PATH, environ_overrides={"QUERY_STRING": raw})
    assert [config["model_name"] for config in answer.get_json()["model_configs"]] == ["café"]


@pytest.mark.parametrize("parameter", ["limit", "offset"])
@pytest.mark.parametrize("value", ["x", "-1", "", "1.5", "1e3", "0x10", "NaN", "%00", "1%20", "%2B1"])
def test_list_04_a_page_that_is_no_number_or_negative_is_refused(
    client: FlaskClient, parameter: str, value: str
) -> None:
    answer = client.get(f"{PATH}?{parameter}={value}")
    (violation,) = answer.get_json()["extra_fields"]["violations"]
    assert (answer.status_code, violation["rule"], violation["pointer"]) == (400, "LIST-04", f"query/{parameter}")


def test_time_01_usage_returns_to_0_with_the_window_in_every_answer(
    clients: Callable[..., FlaskClient], advance: Advance
) -> None:
    client = clients(scenario="sample")
    (config,) = client.get(f"{PATH}?provider=openai").get_json()["model_configs"]
    day, month = config["budgets"]
    assert (day["current_usage"], month["current_usage"]) == (23.9, 131.4)
    advance(hours=15)
    after = read(client, config)
    assert (after["budgets"][0]["current_usage"], after["budgets"][1]) == (0, month)
    assert after["budgets"][0]["last_reset"] == "2026-03-02T00:00:00.000000Z"
    assert after["budget"] == after["budgets"][0]
    assert after["updated_at"] == config["updated_at"]
    assert after in client.get(f"{PATH}?scope=virtual_key").get_json()["model_configs"]


def test_time_01_an_update_after_the_window_has_passed_keeps_the_new_window(
    clients: Callable[..., FlaskClient], advance: Advance
) -> None:
    client = clients(scenario="sample")
    (config,) = client.get(f"{PATH}?provider=openai").get_json()["model_configs"]
    advance(hours=20)
    changed = put(client, config, budgets=[budget("1d", 40)])
    (day,) = changed["budgets"]
    assert (day["id"], day["current_usage"]) == (config["budgets"][0]["id"], 0)
    assert day["last_reset"] == "2026-03-02T00:00:00.000000Z"
    advance(days=1)
    assert read(client, config)["budgets"][0]["last_reset"] == "2026-03-03T00:00:00.000000Z"


def test_time_01_an_update_in_between_moves_no_window(clients: Callable[..., FlaskClient], advance: Advance) -> None:
    looked_at, left_alone = clients(), clients()
    advance(days=30)  # to 31 March
    configs = [
        client.post(PATH, json={"model_name": "m", "budgets": [budget("1M")]}).get_json()["model_config"]
        for client in (looked_at, left_alone)
    ]
    advance(days=31)
    put(looked_at, configs[0], provider="p")
    advance(days=35)
    resets = [
        read(client, config)["budgets"][0]["last_reset"]
        for client, config in zip((looked_at, left_alone), configs, strict=True)
    ]
    assert resets == ["2026-05-30T09:00:00.000000Z"] * 2


def test_time_03_tokens_and_requests_reset_independently(clients: Callable[..., FlaskClient], advance: Advance) -> None:
    client = clients(scenario="sample")
    config = next(
        c for c in client.get(PATH).get_json()["model_configs"] if "request_max_limit" in c.get("rate_limit", {})
    )

    def counters() -> tuple[int, int]:
        limit = read(client, config)["rate_limit"]
        return limit["token_current_usage"], limit["request_current_usage"]

    assert counters() == (1274311, 41)
    advance(seconds=30)
    assert counters() == (1274311, 0)
    advance(minutes=35)
    assert counters() == (0, 0)


def test_a_refusal_lists_a_dangling_reference_beside_broken_rules(client: FlaskClient) -> None:
    body = {"model_name": "", "scope": "virtual_key", "scope_id": "vk-none", "budgets": [{}]}
    answer = client.post("/api/governance/model-configs", json=body)
    assert answer.status_code == 400
    assert {(each["rule"], each["pointer"]) for each in answer.get_json()["extra_fields"]["violations"]} == {
        ("REQ-01", "/model_name"),
        ("BUD-03", "/budgets/0/max_limit"),
        ("BUD-03", "/budgets/0/reset_duration"),
        ("REQ-06", "/scope_id"),
    }


def test_a_taken_identity_is_told_once_the_rest_of_the_request_is_valid(client: FlaskClient) -> None:
    path, body = "/api/governance/model-configs", {"model_name": "m"}
    assert client.post(path, json=body).status_code == 200
    answer = client.post(path, json={**body, "budgets": [{"max_limit": 1}]})
    assert (answer.status_code, len(answer.get_json()["extra_fields"]["violations"])) == (400, 1)
    assert client.post(path, json=body).status_code == 409


def test_a_fix_names_a_target_that_exists_in_this_mock(clients: Callable[..., FlaskClient]) -> None:
    client = clients(scenario="sample")
    keys = [{"id": "vk-other", "name": "Other"}]
    assert client.put("/__admin/state", json={"collections": {"virtual_keys": keys}}).status_code == 200
    answer = client.post("/api/governance/model-configs", json={"model_name": "m", "scope": "virtual_key"})
    (violation,) = answer.get_json()["extra_fields"]["violations"]
    assert violation["fix"]["patch"] == [{"op": "add", "path": "/scope_id", "value": "vk-other"}]
