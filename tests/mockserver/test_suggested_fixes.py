"""Every fix that a refusal suggests, applied and sent again: it mends its violation and brings no other one."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from governance_contract import Contract, load_contract
from governance_contract.edits import Edit, patched
from governance_contract.operations import Operation, operation_nodes, request_body
from governance_contract.values import ABSENT
from mockserver.admin import control_contract
from mockserver.app import create_app
from mockserver.settings import Settings

KEY = "management-key"
JUNK: tuple[Any, ...] = (None, "", " ", "x", "1D", " 1h", 0, -1, 7, 1.5, 10**12, 2**70, True, [], {}, [None], {"a": 1})
KNOWN = {"id": "known", "model_name": "m", "budgets": [{"max_limit": 1, "reset_duration": "1d"}]}


@pytest.fixture(scope="module")
def client() -> FlaskClient:
    app = create_app(Settings(api_key=KEY, seed=1), clock=lambda: datetime(2026, 3, 1, 9, tzinfo=UTC))
    client = app.test_client()
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {KEY}"
    return client


def bodies_of(contract: Contract) -> dict[str, list[Any]]:
    """Return the bodies that a document shows, by the operations that take them."""
    found = {}
    for _, node in operation_nodes(contract.document):
        body = request_body(contract.document, node)
        if body is not None:
            found[node.value["operationId"]] = [each["value"] for each in body.value["examples"].values()]
    return found


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    for key, item in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from places(item, (*path, key))


def members_of(contract: Contract) -> list[str]:
    """Return the names of all members that request bodies have, and some that none has."""
    named = {name for schema in contract.document.root["components"]["schemas"].values() for name in _names(schema)}
    return [*sorted(named), "mispelt", "a/b~c"]


def _names(schema: dict[str, Any]) -> Iterator[str]:
    yield from schema.get("properties", ())


@st.composite
def broken(draw: st.DrawFn, contract: Contract, operation_id: str) -> Any:
    """Draw a documented body with up to three mistakes in it."""
    examples = bodies_of(contract)
    value = copy.deepcopy(draw(st.sampled_from([*examples[operation_id], {}])))
    samples = [item for body in examples[operation_id] for path in places(body) for item in [_at(body, path)]]
    items = st.sampled_from([*JUNK, *samples])
    for _ in range(draw(st.integers(1, 3))):
        path = draw(st.sampled_from(list(places(value))))
        held = _at(value, path)
        if isinstance(held, dict) and draw(st.booleans()):
            held[draw(st.sampled_from(members_of(contract)))] = copy.deepcopy(draw(items))
        elif isinstance(held, list) and held and draw(st.booleans()):
            held.append(copy.deepcopy(draw(st.sampled_from([*held, None]))))
        elif not path:
            value = copy.deepcopy(draw(items)) if draw(st.integers(0, 9)) == 0 else value
        elif draw(st.booleans()):
            del _at(value, path[:-1])[path[-1]]
        else:
            _at(value, path[:-1])[path[-1]] = copy.deepcopy(draw(items))
    return value


def _at(value: Any, path: tuple[Any, ...]) -> Any:
    for key in path:
        value = value[key]
    return value


def refusal(client: FlaskClient, method: str, path: str, body: Any) -> tuple[int, list[dict[str, Any]]]:
    """Return the status of a request on fresh data without configs, and its violations."""
    client.post("/__admin/reset")
    client.put("/__admin/state", json={"collections": {"model_configs": [KNOWN]}})
    sent = {} if body is ABSENT else {"json": body}
    answer = client.open(path, method=method, **sent)
    assert answer.status_code < 500
    told = answer.get_json() if answer.is_json else {}
    return answer.status_code, told.get("extra_fields", {}).get("violations", []) if answer.status_code >= 400 else []


def edits_of(violation: dict[str, Any]) -> list[Edit]:
    listed = violation.get("fix", {}).get("patch", [])
    return [Edit(each["op"], each["path"], each.get("value", ABSENT)) for each in listed]


def assert_fixes_mend(client: FlaskClient, method: str, path: str, body: Any) -> None:
    _, violations = refusal(client, method, path, body)
    assert len({(each["rule"], each["pointer"]) for each in violations}) == len(violations)
    for violation in violations:
        edits = edits_of(violation)
        if not edits:
            continue
        if violation["pointer"].startswith("query/"):
            target, mended = in_query(path, edits), body
        else:
            target, mended = path, patched(body, edits)
        status, left = refusal(client, method, target, mended)
        before = sorted((each["rule"], each["keyword"]) for each in violations)
        for each in left:
            assert (each["rule"], each["keyword"]) in before, (violation, left)
        assert len(left) < len(violations), (violation, left)
        if len(violations) == 1:
            assert status in (200, 404, 409), (violation, status, mended)


def in_query(path: str, edits: list[Edit]) -> str:
    bare, _, query = path.partition("?")
    (edit,) = edits
    name = edit.path.removeprefix("query/")
    pairs = [(each, text) for each, text in parse_qsl(query, keep_blank_values=True) if each != name]
    return f"{bare}?{urlencode([*pairs, *([] if edit.op == 'remove' else [(name, edit.value)])])}"


def requests_with_bodies() -> list[Any]:
    found = []
    for contract in (load_contract(), control_contract()):
        for name in bodies_of(contract):
            operation = contract.operations[name]
            found.append(pytest.param(contract, operation, id=name))
    return found


@pytest.mark.parametrize(("contract", "operation"), requests_with_bodies())
@settings(suppress_health_check=list(HealthCheck), deadline=None)
@given(data=st.data())
def test_every_fix_of_a_body_mends_its_violation(
    client: FlaskClient, contract: Contract, operation: Operation, data: st.DataObject
) -> None:
    body = data.draw(broken(contract, operation.id))
    if operation.id == "simulateTraffic" and isinstance(body, dict):
        body = {**body, "calls_per_hour": 1} if "calls_per_hour" not in body else body
    assert_fixes_mend(client, operation.method, operation.path.replace("{mc_id}", "known"), body)


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/api/governance/model-configs", "limit"),
        ("/api/governance/model-configs", "offset"),
        ("/api/governance/model-configs", "scope"),
        ("/api/users", "page"),
        ("/__admin/requests", "limit"),
        ("/__admin/requests", "limt"),
        ("/__admin/requests/export", "format"),
        ("/__admin/clock", "limit"),
    ],
)
@pytest.mark.parametrize("text", ["", "x", "-1", "0", "9" * 30, "1.5", " 7", "har", "Global"])
def test_every_fix_of_a_query_mends_its_violation(client: FlaskClient, path: str, name: str, text: str) -> None:
    assert_fixes_mend(client, "GET", f"{path}?{urlencode({name: text})}", ABSENT)


@pytest.mark.parametrize(
    ("latency", "wanted"), [({"milliseconds": 800}, "fixed"), ({"lower": 1, "upper": 2}, "uniform")]
)
def test_the_type_that_is_suggested_for_a_latency_is_that_of_its_members(
    client: FlaskClient, latency: dict[str, Any], wanted: str
) -> None:
    _, (violation,) = refusal(client, "POST", "/__admin/faults", {"kind": "latency", "latency": latency})
    assert edits_of(violation) == [Edit("add", "/latency/type", wanted)]
