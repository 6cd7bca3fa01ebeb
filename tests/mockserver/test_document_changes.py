"""A change of the document alone changes the mock: new members, new enum values, stricter bounds."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from governance_contract.locations import data_path

PATH = "/api/governance/model-configs"
TAGS = """        words:
          description: Words to find the config by.
          type: [array, 'null']
          items: {type: string}
          uniqueItems: true
"""
Clients = Callable[..., FlaskClient]


@pytest.fixture
def with_tags(clients: Clients, tmp_path: Path) -> FlaskClient:
    """Return a client of a mock whose document has `tags` in both requests and in the resource."""
    text = data_path("openapi", "governance.yaml").read_text(encoding="utf-8")
    for schema in ("CreateModelConfigRequest", "UpdateModelConfigRequest", "ModelConfig"):
        start = text.index("      properties:\n", text.index(f"\n    {schema}:\n")) + len("      properties:\n")
        text = text[:start] + TAGS + text[start:]
    path = tmp_path / "tags.yaml"
    path.write_text(text, encoding="utf-8")
    return clients(document=path)


def broken(answer: Any) -> tuple[int, list[tuple[str, str]]]:
    violations = answer.get_json()["extra_fields"].get("violations", ())
    return answer.status_code, [(violation["rule"], violation["pointer"]) for violation in violations]


def test_a_new_member_is_stored_returned_and_changed(with_tags: FlaskClient) -> None:
    config = with_tags.post(PATH, json={"model_name": "m", "words": ["b", "a"]}).get_json()["model_config"]
    path = f"{PATH}/{config['id']}"
    assert config["words"] == ["b", "a"]
    assert with_tags.get(path).get_json()["model_config"] == config
    assert with_tags.get(PATH).get_json()["model_configs"] == [config]
    assert with_tags.put(path, json={"provider": "p"}).get_json()["model_config"]["words"] == ["b", "a"]
    assert with_tags.put(path, json={"words": None}).get_json()["model_config"]["words"] == ["b", "a"]
    assert with_tags.put(path, json={"words": ["c"]}).get_json()["model_config"]["words"] == ["c"]
    assert with_tags.put(path, json={"words": []}).get_json()["model_config"]["words"] == []
    assert "words" not in with_tags.post(PATH, json={"model_name": "n"}).get_json()["model_config"]


@pytest.mark.parametrize("method", ["POST", "PUT"])
@pytest.mark.parametrize(
    ("tags", "violation"),
    [
        ("a", ("REQ-07", "/words")),
        ({}, ("REQ-07", "/words")),
        ([1], ("REQ-07", "/words/0")),
        (["a", None], ("REQ-07", "/words/1")),
        (["a", "b", "a"], ("REQ-11", "/words")),
    ],
    ids=str,
)
def test_a_new_member_is_validated(with_tags: FlaskClient, method: str, tags: Any, violation: tuple[str, str]) -> None:
    config = with_tags.post(PATH, json={"model_name": "m"}).get_json()["model_config"]
    path = PATH if method == "POST" else f"{PATH}/{config['id']}"
    assert broken(with_tags.open(path, method=method, json={"model_name": "n", "words": tags})) == (400, [violation])


def test_without_the_change_the_member_is_unknown(client: FlaskClient) -> None:
    assert "words" not in client.post(PATH, json={"model_name": "m", "words": ["a"]}).get_json()["model_config"]


def test_a_new_scope_needs_its_target(clients: Clients, edited: Callable[..., Path]) -> None:
    client = clients(document=edited(("enum: [global, virtual_key, user]", "enum: [global, virtual_key, user, team]")))
    answer = client.post(PATH, json={"model_name": "m", "scope": "team"})
    assert broken(answer) == (400, [("REQ-05", "/scope_id")])
    assert answer.get_json()["error"]["message"] == ("scope_id is required when scope is virtual_key or user or team")
    body = {"model_name": "m", "scope": "team", "scope_id": "t-1"}
    config = client.post(PATH, json=body).get_json()["model_config"]
    assert (config["scope"], config["scope_id"]) == ("team", "t-1")
    assert client.post(PATH, json=body).status_code == 409
    assert client.get(f"{PATH}?scope=team").get_json()["model_configs"] == [config]


def test_a_stricter_bound_holds_on_create(clients: Clients, edited: Callable[..., Path]) -> None:
    client = clients(document=edited(("exclusiveMinimum: 0\n", "exclusiveMinimum: 0\n          maximum: 5000\n")))

    def create(limit: float) -> tuple[int, list[tuple[str, str]]]:
        budgets = [{"max_limit": limit, "reset_duration": "1d"}]
        answer = client.post(PATH, json={"model_name": f"m-{limit}", "budgets": budgets})
        return (200, []) if answer.status_code == 200 else broken(answer)

    assert create(5000) == (200, [])
    assert create(5000.01) == (400, [("REQ-11", "/budgets/0/max_limit")])


def test_a_new_whole_number_without_bounds_takes_any_number(clients: Clients, edited: Callable[..., Path]) -> None:
    member = "        priority: {description: Order., type: integer}\n        provider:\n"
    text = (
        "          description: Provider name (optional",
        "          description: Provider name; absent or null means all providers.",
    )
    old = [f"        provider:\n{line}" for line in text]
    document = edited(*((each, each.replace("        provider:\n", member)) for each in old))
    client = clients(document=document)
    for sent in (3, 3.0, -(2**63), 2**64 - 1, 1e19, 1e300):
        answer = client.post(PATH, json={"model_name": f"m-{sent}", "priority": sent})
        assert (answer.status_code, answer.get_json()["model_config"]["priority"]) == (200, sent)
    assert client.get(PATH).get_json()["total_count"] == 6
