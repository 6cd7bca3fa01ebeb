"""The pytest plugin: options and fixtures of the suite. It does nothing in runs that do not collect the suite."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from contract_tests.options import FILES, OPTIONS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from contract_tests.session import Judging


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of the suite, prefixed so that they collide with no other plugin's.

    `--base-url` is that of pytest-base-url.
    """
    group = parser.getgroup("contract tests", "judging a server of the governance API")
    for option in OPTIONS:
        settings: dict[str, Any] = {"dest": f"ct_{option.attribute}", "help": option.help}
        if option.read is bool:
            settings["action"] = "store_true"
        else:
            settings |= {"action": "append" if option.default == () else "store", "metavar": option.metavar}
        group.addoption(f"--ct-{option.name}", default=None, **settings)


def pytest_configure(config: pytest.Config) -> None:
    """Gather the reports of probes where they arrive: with workers, in their controller."""
    if not hasattr(config, "workerinput"):
        if any(config.getoption(f"ct_{name}", None) for name in FILES):
            _require_usable(config)
        config.pluginmanager.register(_Gathering(config), "contract_tests_gathering")


@pytest.hookimpl(tryfirst=True)
def pytest_keyboard_interrupt(excinfo: pytest.ExceptionInfo[BaseException]) -> None:
    """Leave out the frames of an interrupt that have no line, as where it comes between two: pytest fails on them."""
    excinfo.traceback = excinfo.traceback.filter(lambda entry: entry._rawentry.tb_lineno is not None)  # noqa: SLF001


def _require_usable(config: pytest.Config) -> None:
    from contract_tests.errors import UsageError  # noqa: PLC0415 - the suite is loaded only where it runs
    from contract_tests.reports.destinations import require_usable  # noqa: PLC0415
    from contract_tests.session import options_of  # noqa: PLC0415

    try:
        require_usable(options_of(config))
    except UsageError as error:
        raise pytest.UsageError(str(error)) from error


class _Gathering:
    """Waits for the first report of a probe, so that a run without the suite loads nothing of it."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._failed: list[pytest.TestReport] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Hand over to the verdict as soon as there is something to judge."""
        if not hasattr(report, "judged"):
            self._failed += [report] if report.failed else []
            return
        from contract_tests.verdict import Verdict  # noqa: PLC0415 - the suite is loaded only where it runs

        verdict = Verdict(self._config)
        for each in (*self._failed, report):
            verdict.pytest_runtest_logreport(each)
        self._config.pluginmanager.unregister(self)
        self._config.pluginmanager.register(verdict, "contract_tests_verdict")


@pytest.fixture(scope="session")
def judging(request: pytest.FixtureRequest) -> Iterator[Judging]:
    """Yield the session of the judge: target, bench and ledger; at its end everything created is deleted."""
    from contract_tests.session import judging_of  # noqa: PLC0415 - the suite is loaded only where it runs

    with judging_of(request.config) as judging:
        yield judging
