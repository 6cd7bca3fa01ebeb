"""What a test can do with its session; what the control API itself does is tested in `tests/mockserver/admin/`."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
import requests

from mockserver import MockServer, MockSession
from mockserver.testing.control import ControlRefused, NoMock

PATH = "/api/governance/model-configs"
CONFIG = {"model_name": "m", "budgets": [{"max_limit": 10, "reset_duration": "1d"}]}


def test_state_is_exported_and_imported(session: MockSession) -> None:
    session.state.import_({"model_configs": [CONFIG]})
    exported = session.state.export()
    session.state.import_({"model_configs": []})
    assert session.state.export()["model_configs"] == []
    session.state.import_(exported)
    assert session.state.export() == exported


def test_state_is_that_of_a_scenario_until_it_is_reset(session: MockSession) -> None:
    session.state.load("page-full")
    assert len(session.state.export()["model_configs"]) == 25
    session.state.reset()
    assert len(session.state.export()["model_configs"]) == 1


def test_state_is_kept_and_restored(session: MockSession) -> None:
    session.state.snapshot()
    session.state.snapshot("other")
    session.state.import_({"model_configs": []})
    assert len(session.state.diff()["removed"]) == 1
    session.state.restore("other")
    assert session.state.diff() == {"added": [], "removed": [], "changed": []}


def test_clock_moves_and_tells_what_rolled_over(session: MockSession) -> None:
    session.clock.freeze()
    start = datetime(2098, 6, 1, 12, tzinfo=UTC)  # at midnight, windows of a day would end within the hour set below
    session.clock.set(start)
    session.state.import_({"model_configs": [CONFIG]})
    session.spend(cost=4, call={"model": "m"})
    assert session.clock.advance("2h") == []
    assert session.clock.now == start + timedelta(hours=2)
    assert len(session.clock.upcoming()) == len(session.clock.upcoming(limit=1)) == 1
    assert [each["old_usage"] for each in session.clock.next()] == [4]
    assert len(session.clock.set(datetime(2099, 1, 1, tzinfo=UTC))) == 1
    assert session.clock.set("2099-01-01T02:00:00+01:00") == []
    assert session.clock.now == datetime(2099, 1, 1, 1, tzinfo=UTC)
    session.clock.scale(60)
    session.clock.reset()
    assert session.clock.now < datetime(2099, 1, 1, tzinfo=UTC)


def test_spend_names_the_limit_that_would_have_refused(session: MockSession) -> None:
    session.state.import_({"model_configs": [CONFIG]})
    key = session.state.export()["model_configs"][0]["id"]
    assert session.spend(cost=10, tokens=5, requests=2, model_config_id=key)["allowed"]
    assert session.spend(call={"model": "m", "provider": None})["status"] == 402


def test_traffic_is_simulated(session: MockSession) -> None:
    simulated = session.simulate(2, calls_per_hour=5, seed=3, mix=[{"model": "m", "weight": 2}])
    assert len(simulated["days"]) == 2
    assert session.simulate(1)["calls"] > 0


def test_requests_are_those_of_the_session(server: MockServer, session: MockSession) -> None:
    requests.get(f"{session.url}{PATH}", headers=session.headers, timeout=10)
    requests.get(f"{session.url}{PATH}/none", headers=session.headers, timeout=10)
    requests.get(f"{session.url}{PATH}", headers=server.headers, timeout=10)
    assert [each["response"]["status"] for each in session.requests.list()] == [404, 200]
    assert len(session.requests.list(limit=1)) == 1
    assert [each["operation"] for each in session.requests.find(status=404)] == ["getModelConfig"]
    assert session.requests.count(method="GET", path=f"{PATH}*") == 2
    session.requests.clear()
    assert session.requests.count() == 0


def test_faults_strike_in_the_session_until_they_are_deleted(server: MockServer, session: MockSession) -> None:
    error = session.faults.add("status", status=503, operation="listModelConfigs")
    late = session.faults.add("latency", latency={"type": "fixed", "milliseconds": 1}, when="after")
    assert requests.get(f"{session.url}{PATH}", headers=session.headers, timeout=10).status_code == 503
    assert requests.get(f"{session.url}{PATH}", headers=server.headers, timeout=10).status_code == 200
    assert [each["fired"] for each in session.faults.list()] == [1, 1]
    session.faults.delete(error["id"])
    assert [each["id"] for each in session.faults.list()] == [late["id"]]
    session.faults.clear()
    assert session.faults.list() == []


def test_held_requests_are_released_one_by_one_or_all(session: MockSession) -> None:
    def ask() -> int:
        return requests.get(f"{session.url}{PATH}", headers=session.headers, timeout=10).status_code

    session.faults.add("hold", times=3)
    with ThreadPoolExecutor(3) as threads:
        answers = [threads.submit(ask) for _ in range(3)]
        while len(session.faults.held()) < 3:
            assert not any(answer.done() for answer in answers)
        assert [each["id"] for each in session.faults.release("2")] == ["2"]
        assert [each["id"] for each in session.faults.release()] == ["1", "3"]
        assert [answer.result(10) for answer in answers] == [200, 200, 200]
    with pytest.raises(ControlRefused, match="there is no held request with id 2"):
        session.faults.release("2")


def test_a_browser_is_in_the_session_by_cookie(session: MockSession) -> None:
    session.state.import_({"model_configs": []})
    cookies = {session.cookie["name"]: session.cookie["value"]}
    key = {"Authorization": f"Bearer {session.api_key}"}
    assert requests.get(f"{session.url}{PATH}", headers=key, cookies=cookies, timeout=10).json()["total_count"] == 0


def test_a_session_begins_when_it_is_first_used_or_told_to(server: MockServer) -> None:
    base, early, late = server.session("base"), server.session().begin(), server.session()
    base.state.import_({"model_configs": []})
    try:
        assert len(early.state.export()["model_configs"]) == 1
        assert late.state.export()["model_configs"] == []
    finally:
        base.state.reset()
        early.drop()
        late.drop()


def test_a_dropped_session_is_forgotten_and_may_be_dropped_again(server: MockServer) -> None:
    with server.session("passing") as session:
        session.state.import_({"model_configs": []})
    session.drop()
    assert len(server.session("passing").state.export()["model_configs"]) == 1
    server.session("passing").drop()


def test_a_session_needs_only_url_and_token_of_its_mock(server: MockServer) -> None:
    with MockSession(f"{server.url}/", admin_token="a-token", admin_prefix="/control") as session:
        session.state.load("empty")
        assert session.state.export()["model_configs"] == []


def test_a_refused_request_says_what_and_why_and_changes_nothing(session: MockSession) -> None:
    before = session.clock.now
    with pytest.raises(ControlRefused, match=r"PUT http.*/control/clock: 400: .* only `reset` moves the clock back"):
        session.clock.set("2000-01-01T00:00:00Z")
    with pytest.raises(ControlRefused, match=r"there is no scenario 'on\?e'; there is: .*empty") as refused:
        session.state.load("on?e")
    assert refused.value.status == 404
    assert session.clock.now >= before


def test_a_wrong_token_is_told_even_when_a_session_is_dropped(server: MockServer) -> None:
    with pytest.raises(ControlRefused, match="401") as refused:
        MockSession(server.url, admin_token="wrong", admin_prefix="/control").drop()
    assert refused.value.status == 401


@pytest.mark.parametrize("url", ["http://127.0.0.1:1", "127.0.0.1:4010"])
def test_an_address_without_a_mock_is_told(url: str) -> None:
    with pytest.raises(NoMock, match=f"no mock answers at {url}/__admin: .*expected the URL of a running mock"):
        MockSession(url).begin()


def test_a_number_that_json_does_not_have_is_refused(session: MockSession) -> None:
    with pytest.raises(ValueError, match="JSON"):
        session.spend(cost=float("nan"), call={"model": "m"})
