"""The commands of a finding show the fault to whoever pastes them into a shell, on the server that has it.

What they send is recorded at the server; an oracle that knows nothing else must see the same rule broken.
"""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest

from contract_tests.bench import Bench
from contract_tests.exchange import Call, Exchange, Response, config_id_of, object_in
from contract_tests.finding import Finding
from contract_tests.labels import REFUSED
from contract_tests.layers import PROBES
from contract_tests.options import DEVELOPMENT_KEY
from contract_tests.oracle.credentials import Credentials
from contract_tests.oracle.observation import Observation
from contract_tests.oracle.oracle import Oracle
from governance_contract import Contract
from tests.cast.member import Member
from tests.cast.servers import MEMBERS

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

BASH = shutil.which("bash") or "bash"

_AT_ONCE = ("RACE-", "REQ-09", "RESP-06")
"""Rules whose findings need requests at one moment or another clock, or may end with the connection."""

_OF_HISTORY = ("AUTH-06", "BUD-09", "IDN-01", "LIFE-02", "LIFE-05", "LIST-02")
"""Rules whose first server is wrong only after more requests than the commands of a finding have."""

_RULES = sorted({member.breaks[0] for member in MEMBERS if member.needs == "gate" and member.breaks})
_EVERY = int(os.environ.get("PRINTED_EVERY", "5"))

ONE_OF_EACH = {
    rule: next(member for member in MEMBERS if member.needs == "gate" and member.breaks[:1] == (rule,))
    for rule in [each for each in _RULES if not each.startswith(_AT_ONCE) and each not in _OF_HISTORY][::_EVERY]
}
"""For each rule, or one in so many, the first server of the cast that breaks it."""


class Tape:
    """Stands before an application and keeps what goes through."""

    def __init__(self, app: WSGIApplication) -> None:
        self._app = app
        self.exchanges: list[Exchange] = []

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer as the application does."""
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = io.BytesIO(body)
        started: list[Any] = []

        def start(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
            started.append((int(status[:3]), {name.lower(): value for name, value in headers}))
            return start_response(status, headers, *more)

        began = time.time()
        answer = b"".join(self._app(environ, start))
        status, headers = started[-1]
        response = Response(status, headers, answer)
        self.exchanges.append(Exchange(_call(environ, body), response, began, time.time()))
        return [answer]


def _call(environ: WSGIEnvironment, body: bytes) -> Call:
    headers = {name[5:].replace("_", "-"): value for name, value in environ.items() if name.startswith("HTTP_")}
    authorization = headers.pop("AUTHORIZATION", "")
    query = f"?{environ['QUERY_STRING']}" if environ.get("QUERY_STRING") else ""
    path = quote(environ["PATH_INFO"].encode("latin-1"), safe="/") + query
    more = {"Content-Type": environ["CONTENT_TYPE"]} if environ.get("CONTENT_TYPE") else {}
    return Call(environ["REQUEST_METHOD"], path, {}, body or None, {**headers, **more}, authorization)


def _judged(contract: Contract, exchanges: list[Exchange]) -> set[tuple[str, str]]:
    """Return the rules and kinds that an oracle sees broken which knows these exchanges alone."""

    def owns(_resource: Any, view: Any) -> bool:
        return any(isinstance(item, str) and "ct-" in item for item in view.values())

    oracle = Oracle(contract, Credentials(DEVELOPMENT_KEY, frozenset({"vk-one", "vk-two"})), owns)
    observed: list[Observation] = []
    for exchange in exchanges:
        if not any(config_id_of(exchange.call).encode() in each.response.body for each in exchanges):
            oracle.know_absent(exchange.call)
        target = (object_in(exchange.call) or {}).get("scope_id")
        if isinstance(target, str) and target not in ("vk-one", "vk-two", "ada", "grace"):
            oracle.know_no_target("VirtualKey", target)
        observed += oracle.judge(exchange, oracle.begin(exchange.call))
    return {(each.rule, each.kind) for each in (*observed, *oracle.conclude()) if not each.holds}


def _found(bench: Bench, member: Member) -> Finding:
    for probe in PROBES:
        if probe.in_profile("gate") and probe.layer != "races":
            for finding in bench.run(probe).confirmed:
                if finding.rule in member.breaks:
                    return finding
    pytest.fail("nothing was found")


def _run(script: str) -> None:
    """Run the commands of a finding in a shell that knows the key alone."""
    environment = {"PATH": os.environ["PATH"], "GOVERNANCE_API_KEY": DEVELOPMENT_KEY}
    subprocess.run([BASH, "-c", script], env=environment, capture_output=True, timeout=30, check=False)


@pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl")
@pytest.mark.parametrize("rule", ONE_OF_EACH)
def test_the_printed_commands_show_the_fault(
    rule: str, contract: Contract, target_of: Callable[..., Any], bench_of: Callable[..., Bench]
) -> None:
    member = ONE_OF_EACH[rule]
    tape = Tape(member.make())
    with member.serve(tape) as url:
        bench = bench_of(target_of(url + member.path, key=DEVELOPMENT_KEY))
        finding = _found(bench, member)
        bench.finish("ct-")
        tape.exchanges.clear()

        _run(finding.script)

    seen = _judged(contract, tape.exchanges)
    if finding.kind.startswith(REFUSED):  # whose rule only further requests tell
        assert REFUSED in {kind for _, kind in seen}, finding.script
    else:
        assert finding.rule in {broken for broken, _ in seen}, finding.script
