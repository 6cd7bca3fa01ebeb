"""The fixtures in a project of somebody else, which has none of our settings."""

from __future__ import annotations

import pytest

pytest_plugins = ["pytester"]

STRICT = "-p no:randomly --strict-markers --strict-config -W error"


def run(pytester: pytest.Pytester, tests: str, *arguments: str, ini: str = "") -> pytest.RunResult:
    pytester.makeini(f"[pytest]\naddopts = {STRICT}\n{ini}")
    pytester.makepyfile(tests)
    return pytester.runpytest_subprocess(*arguments)


def test_each_test_has_a_session_of_its_own_with_the_data_of_its_marker(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
        import pytest
        pytestmark = pytest.mark.mock_scenario("page-full")
        seen = []

        def configs(session):
            return session.state.export()["model_configs"]

        @pytest.mark.parametrize("turn", ["a/b", "é" * 60])
        def test_marked(mock_session, turn):
            assert len(configs(mock_session)) == 25
            mock_session.state.import_({"model_configs": []})
            seen.append(mock_session.name)

        @pytest.mark.mock_scenario("empty")
        def test_closest_marker(mock_session):
            assert configs(mock_session) == []

        def test_dropped(mock_server, mock_session):
            assert len(set(seen)) == 2
            for name in seen:
                assert len(configs(mock_server.session(name))) == 1
        """,
        ini="mock_server_settings =\n    scenario = one\n    seed=1",
    )
    result.assert_outcomes(passed=4)


def test_settings_can_be_overridden_by_a_fixture(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
        import pytest

        @pytest.fixture(scope="session")
        def mock_server_settings(mock_server_settings):
            return {**mock_server_settings, "api_key": "another-key"}

        def test_settings(mock_server, mock_session):
            assert mock_session.headers["Authorization"] == mock_server.headers["Authorization"] == "Bearer another-key"
            assert mock_session.state.export()["model_configs"] == []
        """,
        ini="mock_server_settings = scenario=empty",
    )
    result.assert_outcomes(passed=1)


def test_workers_do_not_see_each_other(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
        import pytest

        @pytest.mark.parametrize("turn", range(6))
        def test_alone(mock_session, turn):
            name = f"m{turn}"
            mock_session.state.import_({"model_configs": [{"model_name": name}]})
            assert [each["model_name"] for each in mock_session.state.export()["model_configs"]] == [name]
        """,
        "-n2",
    )
    result.assert_outcomes(passed=6)


def test_the_fixtures_do_not_need_the_suite(pytester: pytest.Pytester) -> None:
    test = "def test_fixtures(mock_session): mock_session.clock.freeze()"
    result = run(pytester, test, "-p", "no:governance_contract", "-p", "no:base_url")
    result.assert_outcomes(passed=1)


def test_a_run_without_the_fixtures_loads_nothing_of_the_mock(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
        import sys

        def test_light():
            assert "mockserver.testing.plugin" in sys.modules
            assert not {"flask", "granian", "mockserver.testing.session"} & set(sys.modules)
        """,
    )
    result.assert_outcomes(passed=1)


def test_wrong_use_is_told(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
        import pytest

        @pytest.mark.mock_scenario
        def test_without_name(mock_session): ...

        @pytest.mark.mock_scenario("no-such-scenario")
        def test_unknown(mock_session): ...
        """,
    )
    result.assert_outcomes(errors=2)
    result.stdout.fnmatch_lines_random(
        [
            "*mock_scenario: expected the name of one scenario, as in mock_scenario('near-limit')",
            "*there is no scenario 'no-such-scenario'; there is: *",
        ]
    )


def test_a_setting_without_value_is_told(pytester: pytest.Pytester) -> None:
    result = run(pytester, "def test_it(mock_session): ...", ini="mock_server_settings = near-limit")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*'near-limit' is no setting; expected NAME=VALUE, such as scenario=near-limit"])
