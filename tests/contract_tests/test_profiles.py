"""The profiles keep their numbers of requests, counted where they arrive, and smoke leaves no MUST rule out."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from contract_tests.options import DEVELOPMENT_KEY
from governance_contract import Contract
from tests.cast.servers import MEMBERS
from tests.contract_tests.conftest import Done, Served
from tests.contract_tests.test_broken_servers import Ask, Response, middleware


@pytest.mark.parametrize(("profile", "most"), [("smoke", 60), ("gate", 600)])
def test_a_profile_sends_no_more_than_it_promises(
    profile: str,
    most: int,
    serve: Callable[..., Served],
    run_command: Callable[..., Done],
    contract: Contract,
    tmp_path: Path,
) -> None:
    arrived: list[str] = []

    def count(environ: dict[str, Any], ask: Ask) -> Response:
        arrived.append(environ["PATH_INFO"])
        return ask(environ)

    served = serve(middleware(count))

    done = run_command(served.url, "--profile", profile, "--json", "report.json")

    outcomes = {each["id"]: each["outcome"] for each in json.loads((tmp_path / "report.json").read_text())["rules"]}
    musts = [rule.id for rule in contract.rules if rule.level == "MUST" and rule.keywords != ("*",)]
    assert done.code == 0, done.text
    assert len(arrived) <= most
    assert [rule for rule in musts if outcomes[rule] != "pass"] == []


@pytest.mark.parametrize("seed", [0, 11])
def test_a_gate_keeps_its_number_of_requests_where_ids_of_strange_budgets_are_refused(
    seed: int, run_command: Callable[..., Done]
) -> None:
    member = next(each for each in MEMBERS if each.id == "correct-known-ids")
    app, arrived = member.make(), []

    def counting(environ: Any, start: Any) -> Any:
        arrived.append(environ["PATH_INFO"])
        return app(environ, start)

    with member.serve(counting) as url:
        done = run_command(url, "--seed", str(seed), key=DEVELOPMENT_KEY)

    assert done.code == 0, done.text
    assert len(arrived) <= 620
