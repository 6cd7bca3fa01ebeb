"""The pytest plugin: options and fixtures of the suite. It does nothing in runs that do not collect the suite."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from contract_tests.options import OPTIONS

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
        plain = ("--api-key",) if option.name == "api-key" else ()
        group.addoption(f"--ct-{option.name}", *plain, default=None, **settings)


@pytest.fixture(scope="session")
def judging(request: pytest.FixtureRequest) -> Iterator[Judging]:
    """Yield the session of the judge: target, bench and ledger; at its end everything created is deleted."""
    from contract_tests.session import judging_of  # noqa: PLC0415 - the suite is loaded only where it runs

    with judging_of(request.config) as judging:
        yield judging
