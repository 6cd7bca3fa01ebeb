"""Deviations of real servers, each switched on and off by name (contract, section 4)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from governance_contract import Contract
from governance_contract.fixtures import fixture_names, read_fixture
from governance_contract.locations import data_path
from governance_contract.yaml_source import read
from mockserver.actions import Api, World
from mockserver.dialects import dialect as dialects
from mockserver.dialects.dialect import CONTRACT
from mockserver.engine import Engine
from mockserver.envelopes import Outcome
from mockserver.exchange import Request
from mockserver.faults.delivery import Delivery
from mockserver.log import Log
from mockserver.sessions import Session, Sessions
from mockserver.settings import SettingsError
from mockserver.state.chance import new_ids
from mockserver.state.store import State
from tests.mockserver.conftest import KEY, Clock

PATH = "/api/governance/model-configs"
Clients = Callable[..., FlaskClient]
Ask = Callable[[FlaskClient], Any]
"""Asks a mock, and returns what shows whether a deviation is on."""


def budget(duration: str, limit: float = 10) -> dict[str, Any]:
    return {"max_limit": limit, "reset_duration": duration}


def created(client: FlaskClient, **members: Any) -> dict[str, Any]:
    answer = client.post(PATH, json={"model_name": "m", **members})
    assert answer.status_code == 200, answer.text
    config: dict[str, Any] = answer.get_json()["model_config"]
    return config


def posting(**members: Any) -> Ask:
    return lambda client: client.post(PATH, json={"model_name": "m", **members}).status_code


def putting(**members: Any) -> Ask:
    return lambda client: client.put(f"{PATH}/{created(client)['id']}", json=members).status_code


def listed(client: FlaskClient, query: str = "") -> list[str]:
    return [each["model_name"] for each in client.get(PATH + query).get_json()["model_configs"]]


def renamed(client: FlaskClient) -> tuple[int, int]:
    created(client, model_name="other")
    own = created(client)["id"]
    return client.put(f"{PATH}/{own}", json={"model_name": "other"}).status_code, listed(client).count("other")


def usage_of_new_lines(client: FlaskClient) -> list[float]:
    """Return what the lines have used after an update that adds a day and a year to an hour and a month.

    The hour is over since the month was charged.
    """
    own = created(client, budgets=[budget("1h"), budget("1M")])["id"]
    client.post("/__admin/spend", json={"model_config_id": own, "cost": 4})
    client.put("/__admin/clock", json={"action": "advance", "duration": "2h"})
    client.post("/__admin/spend", json={"model_config_id": own, "cost": 3})
    lines = [budget(duration) for duration in ("1m", "1h", "1d", "1M", "1Y")]
    changed = client.put(f"{PATH}/{own}", json={"budgets": lines}).get_json()["model_config"]
    return [line["current_usage"] for line in changed["budgets"]]


def orders(client: FlaskClient) -> tuple[bool, list[str]]:
    """Return whether the plain list is sorted by id, and the paged list."""
    for number in range(6):
        created(client, model_name=f"m{number}")
    ids = [each["id"] for each in client.get(PATH).get_json()["model_configs"]]
    return ids == sorted(ids), listed(client, "?limit=2&offset=1")


def hashes(client: FlaskClient) -> tuple[bool, ...]:
    limit = {"token_max_limit": 5, "token_reset_duration": "1h"}
    made = created(client, budgets=[budget("1d")], rate_limit=limit)
    found = client.get(f"{PATH}/{made['id']}").get_json()["model_config"]
    assert found == made == client.get(PATH).get_json()["model_configs"][0]
    assert found["budget"] == found["budgets"][0]
    owners = (made, made["budgets"][0], made["rate_limit"])
    return (*("config_hash" in each for each in owners), made.get("rate_limit_id") == made["rate_limit"]["id"])


def other_case(client: FlaskClient) -> tuple[int, int]:
    body = {"MODEL_NAME": "m", "Budgets": [{"Max_Limit": 5, "Reset_Duration": "1d"}]}
    answer = client.post(PATH, json=body)
    return answer.status_code, len(answer.get_json().get("model_config", {}).get("budgets", ()))


def without_key(client: FlaskClient) -> tuple[int, bool]:
    del client.environ_base["HTTP_AUTHORIZATION"]
    answer = client.get(PATH)
    return answer.status_code, "WWW-Authenticate" in answer.headers


def warned(client: FlaskClient) -> tuple[int, bool]:
    answer = client.post(PATH, json={"model_name": "m", "budget": budget("1d"), "calendar_aligned": True})
    assert answer.get_json()["model_config"]["budgets"] == []
    return answer.status_code, "X-Mock-Warnings" in answer.headers


def twice(client: FlaskClient) -> tuple[int, int]:
    """Return how two creates are answered of which the second begins when the first is done."""
    statuses = [client.post(PATH, json={"model_name": "m"}).status_code for _ in range(2)]
    return statuses[0], statuses[1]


LIMITED = {"token_max_limit": 0, "token_reset_duration": "1h"}
CASES: list[tuple[str, Ask, Any, Any]] = [
    ("zero-max-limit-500", posting(budgets=[budget("1d", 0)]), 500, 400),
    ("zero-max-limit-500", posting(budgets=[budget("1d", -1)]), 400, 400),
    ("zero-max-limit-500", posting(scope="team", budgets=[budget("1d", 0)]), 400, 400),
    ("invalid-rate-limit-500", posting(rate_limit=LIMITED), 500, 400),
    ("invalid-rate-limit-500", posting(rate_limit={"request_max_limit": 5}), 500, 400),
    ("blank-model-name-500", posting(model_name="  "), 500, 400),
    ("blank-model-name-500", posting(model_name=None), 400, 400),
    ("empty-provider-500", posting(provider=""), 500, 400),
    ("empty-provider-500", posting(provider=7), 400, 400),
    ("zero-duration-500", posting(budgets=[budget("0d")]), 500, 400),
    ("zero-duration-500", posting(budgets=[budget("P1D")]), 400, 400),
    ("invalid-update-500", putting(budgets=[budget("1d"), budget("1d")]), 500, 400),
    ("invalid-update-500", posting(budgets=[budget("1d"), budget("1d")]), 400, 400),
    ("user-scope-400", posting(scope="user", scope_id="user-ada"), 400, 200),
    ("user-scope-400", posting(scope="virtual_key", scope_id="vk-frontend"), 200, 200),
    ("empty-list-null", lambda client: client.get(PATH).get_json()["model_configs"], None, []),
    ("empty-list-null", lambda client: client.get(f"{PATH}?scope=user").get_json()["model_configs"], [], []),
    ("empty-list-null", lambda client: client.get(PATH).get_json()["count"], 0, 0),
    ("rename-onto-existing", renamed, (200, 2), (409, 1)),
    ("inherited-usage", usage_of_new_lines, [0, 3, 3, 7, 7], [0, 3, 0, 7, 0]),
    ("list-order", orders, (True, ["m4", "m3"]), (False, ["m1", "m2"])),
    ("config-hash", hashes, (True,) * 4, (False,) * 4),
    ("any-case-members", other_case, (200, 1), (400, 0)),
    ("no-warnings", warned, (200, False), (200, True)),
    ("no-www-authenticate", without_key, (401, False), (401, True)),
    ("no-authentication", without_key, (200, False), (401, True)),
    ("simultaneous-creates", twice, (200, 409), (200, 409)),
]


@pytest.mark.parametrize(("name", "ask", "on", "off"), CASES, ids=[f"{n}-{case[0]}" for n, case in enumerate(CASES)])
def test_a_deviation_is_there_when_it_is_switched_on_and_only_then(
    clients: Clients, name: str, ask: Ask, on: Any, off: Any
) -> None:
    assert ask(clients(deviation=(name,))) == on
    assert ask(clients()) == off


def test_every_deviation_has_a_case() -> None:
    assert {name for name, *_ in CASES} == set(dialects.all_deviations())


def test_every_kind_of_deviation_is_one_of_somebody() -> None:
    schema = read(data_path("fixtures", "schemas", "dialects.yaml"))
    kinds = schema["$defs"]["deviation"]["properties"]["kind"]["enum"]
    assert {each.kind for each in dialects.all_deviations().values()} == set(kinds)


def test_every_operation_of_a_deviation_is_one_of_the_document(contract: Contract) -> None:
    named = {name for each in dialects.all_deviations().values() for name in each.told.get("operations", ())}
    assert named <= {operation.id for operation in contract.operations}


def test_a_name_means_the_same_in_every_dialect() -> None:
    own = [name for each in fixture_names("dialects") for name in read_fixture("dialects", each).value["deviations"]]
    assert len(own) == len(set(own))


class Served:
    """An API whose requests can be stopped between arriving and acting."""

    def __init__(self, contract: Contract, clock: Clock, *switched: str) -> None:
        api = Api(contract, dialects.chosen("contract", switched))
        ids = new_ids(1)
        self.session = Session("base", State(), clock, ids, Log(limit=9, limit_bytes=10**6))
        sessions = Sessions(self.session, lambda _: ids, limit=1, idle=timedelta(hours=1))
        self.engine = Engine(api, sessions, KEY, lambda: 1)

    def answer(self, delivery: Delivery, name: str = "m") -> int:
        body = b'{"model_name": "%s"}' % name.encode()
        response, _ = self.engine.answer("POST", PATH, "", {"authorization": f"Bearer {KEY}"}, body, delivery)
        return response.status

    def arrive(self) -> Delivery:
        delivery = Delivery()
        self.answer(delivery)
        return delivery

    def act(self, delivery: Delivery) -> int:
        delivery.is_delayed = True
        return self.answer(delivery)


def test_creates_that_overlap_all_succeed_and_later_ones_do_not(contract: Contract, clock: Clock) -> None:
    served = Served(contract, clock, "simultaneous-creates")
    first, second = served.arrive(), served.arrive()
    assert first.delay.seconds == second.delay.seconds == 0.1
    assert [served.act(first), served.act(second), served.act(served.arrive())] == [200, 200, 409]
    assert len(served.session.world.store.state["model_configs"]) == 2


def test_a_create_is_not_delayed_by_the_contract(contract: Contract, clock: Clock) -> None:
    delivery = Served(contract, clock).arrive()
    assert not delivery.delay
    assert delivery.seen is None


def test_configs_of_one_identity_can_be_changed_deleted_exported_and_imported(clients: Clients) -> None:
    client = clients(deviation=("rename-onto-existing",))
    first = created(client, model_name="other")["id"]
    second = created(client)["id"]
    assert client.put(f"{PATH}/{second}", json={"model_name": "other"}).status_code == 200
    for own in (first, second):
        assert client.put(f"{PATH}/{own}", json={"budgets": [budget("1d")]}).status_code == 200
    exported = client.get("/__admin/state").get_json()
    assert client.put("/__admin/state", json=exported).status_code == 200
    assert client.get("/__admin/state").get_json() == exported
    assert [client.delete(f"{PATH}/{own}").status_code for own in (first, second)] == [200, 200]
    assert listed(client) == []


def test_a_config_that_came_to_be_at_once_with_its_twin_can_be_changed(clients: Clients) -> None:
    client = clients(deviation=("simultaneous-creates",))
    twins = {"collections": {"model_configs": [{"model_name": "m"}, {"model_name": "m"}]}}
    assert client.put("/__admin/state", json=twins).status_code == 200
    for config in client.get(PATH).get_json()["model_configs"]:
        assert client.put(f"{PATH}/{config['id']}", json={"budgets": [budget("1d")]}).status_code == 200
    other = created(client, model_name="other")["id"]
    assert client.put(f"{PATH}/{other}", json={"model_name": "m"}).status_code == 409


def test_an_import_of_one_identity_twice_is_refused_by_the_contract(clients: Clients) -> None:
    configs = [{"model_name": "m"}, {"model_name": "m"}]
    answer = clients().put("/__admin/state", json={"collections": {"model_configs": configs}})
    assert (answer.status_code, "an earlier entry has the same" in answer.text) == (400, True)


def test_without_deviations_every_hook_is_none(contract: Contract) -> None:
    create = contract.operations["createModelConfig"]

    def act(_world: World, _request: Request) -> Outcome:
        return Outcome()

    assert CONTRACT.acting(create, act) is act
    assert (CONTRACT.reading(contract, create), CONTRACT.arranging(create), CONTRACT.inheriting(create)) == (None,) * 3
    assert (CONTRACT.overlap(create), CONTRACT.is_open, CONTRACT.may_repeat_identities) == (0, False, False)


def test_a_profile_has_its_deviations_and_those_that_it_extends() -> None:
    plain, unlocked = dialects.deviations_of("open-source"), dialects.deviations_of("open-source-unlocked")
    assert set(unlocked) - set(plain) == {"no-authentication"}
    assert set(plain) <= set(unlocked)
    assert dialects.chosen("contract", ()) == CONTRACT


def test_deviations_are_switched_on_and_off_in_their_order() -> None:
    names = {each.name for each in dialects.chosen("open-source", ("-list-order", "no-authentication")).deviations}
    assert names == {*dialects.deviations_of("open-source"), "no-authentication"} - {"list-order"}
    assert dialects.chosen("contract", ("list-order", "-list-order")) == CONTRACT


@pytest.mark.parametrize(
    ("profile", "switched", "message"),
    [
        (
            "open-sauce",
            (),
            "profile: there is no 'open-sauce' .did you mean open-source.*expected one of contract, open",
        ),
        (
            "contract",
            ("-list-ordr",),
            "deviation: there is no 'list-ordr' .did you mean list-order.*expected one of zero",
        ),
        ("contract", ("zzz",), "deviation: there is no 'zzz'; expected one of"),
    ],
)
def test_an_unknown_name_is_refused_with_those_that_there_are(
    profile: str, switched: tuple[str, ...], message: str
) -> None:
    with pytest.raises(SettingsError, match=message):
        dialects.chosen(profile, switched)


def test_the_control_api_says_which_deviations_there_are(clients: Clients) -> None:
    told = clients(profile="open-source", deviation=("-list-order",)).get("/__admin/settings").get_json()
    assert (told["settings"]["profile"], told["settings"]["deviation"]) == ("open-source", ["-list-order"])
    assert {each["name"] for each in told["deviations"]} == set(dialects.deviations_of("open-source")) - {"list-order"}
    assert clients().get("/__admin/settings").get_json()["deviations"] == []
