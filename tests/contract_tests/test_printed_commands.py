"""The commands of a finding show the fault to whoever pastes them into a shell, on the server that has it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Callable
from typing import Any

import pytest

from contract_tests.bench import Bench
from contract_tests.finding import Finding
from contract_tests.layers import PROBES
from contract_tests.options import DEVELOPMENT_KEY
from tests.cast.servers import MEMBERS

BASH = shutil.which("bash") or "bash"

_LEFT_OUT = ("RACE-", "LIST-05", "RESP-06")
"""Rules whose findings need requests at one moment, what others do to the list, or another clock."""

ONE_OF_EACH = {
    rule: next(member for member in MEMBERS if member.needs == "gate" and member.breaks[:1] == (rule,))
    for rule in sorted({member.breaks[0] for member in MEMBERS if member.needs == "gate" and member.breaks})
    if not rule.startswith(_LEFT_OUT)
}
"""For each rule the first server of the cast that breaks it."""

_OWN = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:\d\d)"
)
"""What is different in every response: ids and instants."""


def _run(script: str) -> str:
    """Return what the commands of a finding print, in a shell that knows the key alone."""
    environment = {"PATH": os.environ["PATH"], "GOVERNANCE_API_KEY": DEVELOPMENT_KEY}
    done = subprocess.run(
        [BASH, "-c", script], env=environment, capture_output=True, text=True, timeout=30, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl")
@pytest.mark.parametrize("rule", ONE_OF_EACH)
def test_the_printed_commands_show_the_fault(
    rule: str, target_of: Callable[..., Any], bench_of: Callable[..., Bench]
) -> None:
    member = ONE_OF_EACH[rule]
    with member.serve(member.make()) as url:
        bench = bench_of(target_of(url + member.path, key=DEVELOPMENT_KEY))
        found: dict[str, Finding] = {}
        for probe in PROBES:
            if probe.in_profile("gate") and probe.matches(member.breaks):
                for finding in bench.run(probe).confirmed:
                    found.setdefault(finding.rule, finding)
            if found.keys() & set(member.breaks):
                break
        bench.finish("ct-")
        finding = next(each for rule, each in found.items() if rule in member.breaks)

        printed = _run(finding.script)

    assert _OWN.sub("*", finding.steps[-1].answer).strip() in _OWN.sub("*", printed), finding.script
