"""Judges every server of the cast and says what was found, missed, or wrongly found."""

from __future__ import annotations

import argparse
import tempfile
import time
import traceback
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from pathlib import Path

from contract_tests.bench import Bench, find_scopes, require_judgeable
from contract_tests.client.journal import Journal
from contract_tests.client.target import Limits, Target
from contract_tests.errors import SuiteError
from contract_tests.exam import Exam
from contract_tests.layers import PROBES
from contract_tests.options import DEVELOPMENT_KEY
from contract_tests.plan import Plan, Shared
from contract_tests.probe import PROFILES
from contract_tests.witness import watch
from governance_contract import load_contract
from tests.cast.member import Member
from tests.cast.sampling import sample
from tests.cast.servers import MEMBERS


@dataclass(frozen=True)
class Verdict:
    """What the judge made of one server: broken rules in the order in which they were found, with the first label."""

    member: str
    broken: tuple[tuple[str, str], ...] = ()
    flaky: tuple[tuple[str, str], ...] = ()
    blocked: tuple[str, ...] = ()
    requests: int = 0
    first_requests: int = 0
    first_seconds: float = 0.0
    seconds: float = 0.0
    error: str = ""

    @property
    def rules(self) -> tuple[str, ...]:
        """The broken rules."""
        return tuple(rule for rule, _ in self.broken)


def judge(member: Member, profile: str = "gate", seed: int = 0) -> Verdict:
    """Return what the judge finds wrong with a member."""
    try:
        with member.serve(member.make()) as url, _bench(url + member.path, profile, seed) as bench:
            return _judged(member, bench, profile)
    except Exception:  # noqa: BLE001 - one crash must not end the run over all others; it is in the table
        return Verdict(member.id, error=traceback.format_exc(limit=-3))


def _judged(member: Member, bench: Bench, profile: str) -> Verdict:
    started = time.monotonic()
    verdict = Verdict(member.id)
    try:
        require_judgeable(bench.contract, bench.target)
        for probe in PROBES:
            if probe.in_profile(profile):
                report = bench.run(probe)
                verdict = _with(verdict, report.confirmed, bench, started, probe.id)
                verdict = replace(verdict, flaky=(*verdict.flaky, *((f.rule, f.label) for f in report.flaky)))
                if report.reason:
                    verdict = replace(verdict, blocked=(*verdict.blocked, f"{probe.id}: {report.reason[:150]}"))
    except SuiteError as error:
        verdict = replace(verdict, error=str(error))
    return replace(verdict, requests=bench.target.requests_sent, seconds=time.monotonic() - started)


def _with(verdict: Verdict, findings: Sequence[object], bench: Bench, started: float, probe: str) -> Verdict:
    for finding in findings:
        rule, label = str(getattr(finding, "rule", "")), f"{probe}: {getattr(finding, 'label', '')}"
        if not verdict.broken:
            seconds = time.monotonic() - started
            verdict = replace(verdict, first_requests=bench.target.requests_sent, first_seconds=seconds)
        if rule not in verdict.rules:
            verdict = replace(verdict, broken=(*verdict.broken, (rule, label)))
    return verdict


@contextmanager
def _bench(url: str, profile: str, seed: int) -> Iterator[Bench]:
    contract = load_contract()
    plan = Plan(profile, seed)
    with tempfile.TemporaryDirectory() as directory:
        journal = Journal(Path(directory) / "journal.jsonl")
        target = Target(url, DEVELOPMENT_KEY, journal, "cast", Limits(timeout=5.0, retries=1))
        witness = watch(contract, target, plan.prefix)
        scopes = find_scopes(contract, target, {})

        def make_exam(shared: Shared) -> Exam:
            return Exam(contract, target, witness, scopes, plan, shared)

        try:
            yield Bench(contract, target, make_exam)
        finally:
            target.close()


_OF_BODIES = ("REQ-", "BUD-", "RATE-")
"""Rules of bodies: a server that breaks one of them in updates alone breaks PUT-08 as well."""


def opinion(member: Member, verdict: Verdict) -> str:
    """Return what a verdict is worth: ok, false alarm, missed, imprecise, or no verdict."""
    if verdict.error and not verdict.broken:
        return "NO VERDICT"
    if member.is_correct:
        return "FALSE ALARM" if verdict.broken else "flaky" if verdict.flaky else "ok"
    if not set(verdict.rules) & set(member.breaks):
        return "ONLY FLAKY" if {rule for rule, _ in verdict.flaky} & set(member.breaks) else "MISSED"
    declared = {*member.breaks, *(("PUT-08",) if any(rule.startswith(_OF_BODIES) for rule in member.breaks) else ())}
    wrong = [rule for rule in verdict.rules if rule not in declared]
    return "late" if wrong and verdict.rules[0] in wrong else "imprecise" if wrong else "found"


def as_lines(member: Member, verdict: Verdict) -> Iterator[str]:
    """Yield what there is to say of one verdict."""
    said = opinion(member, verdict)
    found = " ".join(verdict.rules)
    yield (
        f"{said:<11} {member.id:<44} declares {','.join(member.breaks) or '-'}  found {found or '-'}  "
        f"[{verdict.first_requests}/{verdict.requests} requests, {verdict.first_seconds:.1f}/{verdict.seconds:.1f} s]"
    )
    if said not in ("ok", "found"):
        yield from (f"      {rule}: {label}" for rule, label in verdict.broken[:6])
        yield from (f"      flaky {rule}: {label}" for rule, label in verdict.flaky[:3])
        yield from (f"      blocked {reason}" for reason in verdict.blocked[:3])
    if verdict.error:
        yield f"      error: {verdict.error[-600:]}"


def _judge_by_id(member_id: str, profile: str, seed: int) -> Verdict:
    return judge(next(member for member in MEMBERS if member.id == member_id), profile, seed)


def chosen(patterns: Sequence[str], profile: str, every: int = 1) -> list[Member]:
    """Return the members that a run judges: one in so many that match a pattern and that this profile can find."""
    wanted = [m for m in sample(MEMBERS, every) if any(fnmatchcase(m.id, pattern) for pattern in patterns)]
    return [member for member in wanted if PROFILES.index(member.needs) <= PROFILES.index(profile)]


def main() -> int:
    """Judge the cast as the command line says; return 1 where a server was missed or wrongly accused."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", action="append", help="pattern of ids; may be repeated")
    parser.add_argument("--profile", default="gate", choices=PROFILES)
    parser.add_argument("--seeds", type=int, default=1, help="judge with so many seeds")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--every", type=int, default=1, help="judge one in so many servers of each family")
    options = parser.parse_args()
    members = {member.id: member for member in chosen(options.only or ["*"], options.profile, options.every)}
    tasks = [(member_id, options.profile, seed) for seed in range(options.seeds) for member_id in members]
    counts: dict[str, int] = {}
    with ProcessPoolExecutor(options.jobs) as pool:
        for future in as_completed([pool.submit(_judge_by_id, *task) for task in tasks]):
            verdict = future.result()
            said = opinion(members[verdict.member], verdict)
            counts[said] = counts.get(said, 0) + 1
            print("\n".join(as_lines(members[verdict.member], verdict)), flush=True)  # noqa: T201 - its output
    print(", ".join(f"{count} {said}" for said, count in sorted(counts.items())))  # noqa: T201 - its output
    return int(bool({"MISSED", "ONLY FLAKY", "FALSE ALARM", "NO VERDICT"} & set(counts)))


if __name__ == "__main__":
    raise SystemExit(main())
