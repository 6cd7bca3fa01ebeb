"""The mock in the process of a test, over real HTTP."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import requests

from mockserver import MockServer, MockSession
from mockserver.settings import SettingsError

PATH = "/api/governance/model-configs"


def names(mock: MockServer | MockSession) -> list[str]:
    answer = requests.get(f"{mock.url}{PATH}", headers=mock.headers, timeout=10)
    assert answer.status_code == 200, answer.text
    return [config["model_name"] for config in answer.json()["model_configs"]]


def test_the_mock_answers_over_http_with_the_key_and_the_data_it_was_given(server: MockServer) -> None:
    assert server.api_key == "a-key"
    assert len(names(server)) == 1
    assert requests.get(f"{server.url}{PATH}", timeout=10).status_code == 401


def test_sessions_of_a_mock_do_not_see_each_other(server: MockServer) -> None:
    with server.session() as one, server.session() as other:
        one.state.import_({"model_configs": [{"model_name": "here"}]})
        other.state.import_({"model_configs": []})
        assert one.name != other.name
        assert (names(one), names(other)) == (["here"], [])


def test_a_session_can_be_shared_by_its_name(server: MockServer) -> None:
    with server.session("shared") as one:
        one.state.import_({"model_configs": [{"model_name": "here"}]})
        assert names(server.session("shared")) == ["here"]


def test_a_closed_mock_is_gone_and_can_be_started_anew() -> None:
    server = MockServer(scenario="empty")
    with server:
        url = server.url
        server.session("base").state.import_({"model_configs": [{"model_name": "here"}]})
        assert server.start().url == url
    server.close()
    with pytest.raises(requests.ConnectionError):
        requests.get(url, timeout=10)
    with server:
        assert names(server) == []


def test_a_mock_that_does_not_run_has_no_url() -> None:
    with pytest.raises(RuntimeError, match="with MockServer"):
        MockServer().session()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"scenaro": "one"}, "scenaro: there is no such setting; expected one of host, port, api_key"),
        ({"port": 70000}, "port: 70000 is not allowed; expected a whole number from 0 to 65535"),
        ({"api_key": "a b"}, r"api_key: the value \(a secret, not shown\) is not allowed"),
        ({"host": "0.0.0.0"}, "the control API is open"),  # noqa: S104 - that is what is refused
        ({"cors_credentials": True}, "cors_credentials would let every page send cookies"),
        ({"ready_file": "url"}, "ready_file is for the command alone"),
        ({"watch": True}, "watch is for the command alone"),
    ],
)
def test_a_wrong_setting_is_refused(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        MockServer(**settings)


def test_settings_may_be_python_values_and_the_environment_has_no_say(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOCKSERVER_SCENARIO", "no-such-scenario")
    document = Path(__file__).parents[3] / "openapi" / "governance.yaml"
    with MockServer(document=document, admin_token=None, seed=1, admin=True) as server:
        assert names(server)


def test_the_package_is_light_until_a_name_is_taken_from_it() -> None:
    code = (
        "import sys, mockserver, mockserver.testing.plugin\n"
        "heavy = {'flask', 'granian', 'requests', 'jsonschema_rs', 'yaml'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)\n"
        "from mockserver import MockSession\n"
        "heavy -= {'requests'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_package_has_no_other_names() -> None:
    with pytest.raises(ImportError, match="NoSuchName"):
        from mockserver import NoSuchName  # noqa: F401, PLC0415


def test_data_that_are_kept_are_there_for_the_next_mock(tmp_path: Path) -> None:
    for expected in ([], ["here"]):
        with MockServer(scenario="empty", data=tmp_path / "data") as server:
            assert names(server) == expected
            server.session("base").state.import_({"model_configs": [{"model_name": "here"}]})
        assert [path.name for path in tmp_path.iterdir()] == ["data"]
