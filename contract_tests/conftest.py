"""How the suite presents itself in pytest: one test per probe, in the order of the registry, with its report."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import pytest

from contract_tests.agenda import require_agenda
from contract_tests.errors import SuiteError, UsageError
from contract_tests.probe import Probe
from contract_tests.session import failed_data, options_of

_REPORT = pytest.StashKey[dict[str, Any]]()
_AGENDA = pytest.StashKey[tuple[Probe, ...]]()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Make one test of each probe of the layer that a test module names."""
    if "probe" in metafunc.fixturenames:
        chosen = [probe for probe in _agenda(metafunc.config) if probe.layer == metafunc.module.LAYER]
        metafunc.parametrize("probe", chosen, ids=[probe.id for probe in chosen])


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> Generator[None]:
    """Put the tests of the suite into the order in which the probes are registered, after all other plugins.

    A layer without a probe in this run is a test without parameters; it is left out.
    """
    yield
    items[:] = [item for item in items if not _is_empty(item)]
    order = {probe.id: index for index, probe in enumerate(_agenda(config))}
    items.sort(key=lambda item: order.get(probe.id, -1) if (probe := _probe(item)) else -1)


@pytest.fixture
def judge(judging: Any, request: pytest.FixtureRequest) -> Any:
    """Return the function that carries a probe out and keeps its report."""

    def judge_probe(probe: Any) -> None:
        data = judging.judge(probe)
        request.node.stash[_REPORT] = data
        judging.conclude(data)

    return judge_probe


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[None, Any, Any]:
    """Hand the report of a probe to whoever gathers the reports, in this process or another.

    A probe that broke down has no report of its own: that is an error of the suite, never a verdict.
    """
    report = yield
    probe = _probe(item)
    if probe is not None and report.when == "call" and _REPORT in item.stash:
        report.judged = item.stash[_REPORT]
    elif probe is not None and report.failed and call.excinfo is not None:
        error = call.excinfo.value
        told = (
            str(error)
            if isinstance(error, SuiteError | UsageError)
            else f"{probe.id} broke down: {call.excinfo.exconly()}"
        )
        report.judged = failed_data(probe, told)
    return report


def _agenda(config: pytest.Config) -> tuple[Probe, ...]:
    if _AGENDA not in config.stash:
        try:
            config.stash[_AGENDA] = require_agenda(options_of(config))
        except (SuiteError, UsageError) as error:
            raise pytest.UsageError(str(error)) from error
    return config.stash[_AGENDA]


def _probe(item: pytest.Item) -> Probe | None:
    callspec = getattr(item, "callspec", None)
    probe = callspec.params.get("probe") if callspec else None
    return probe if isinstance(probe, Probe) else None


def _is_empty(item: pytest.Item) -> bool:
    callspec = getattr(item, "callspec", None)
    return callspec is not None and "probe" in callspec.params and _probe(item) is None
