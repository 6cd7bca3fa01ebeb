"""Runs the contest and writes docs/detection.md, its chart and its data: `make score`."""

from __future__ import annotations

import argparse
import json
import os
import platform
import random
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from tests.cast.sampling import sample
from tests.cast.score.contestants import CONTESTANTS, SUITE
from tests.cast.score.page import CHART, as_chart, as_markdown
from tests.cast.score.sighting import Sighting, sighting_of
from tests.cast.score.tally import tallies
from tests.cast.servers import MEMBERS

_DOCS = Path(__file__).parents[3] / "docs"
_VERSIONS = ("governance-contract-kit", "schemathesis", "hypothesis", "jsonschema-rs")

_IN_GATE = [member for member in MEMBERS if member.needs == "gate"]

Task = tuple[str, str, int]
"""Contestant, member, seed."""


def main() -> int:
    """Run the contest as the command line says, or only write its page anew from the sightings of the last one."""
    options = _options()
    kept = options.folder / "detection.json"
    if not options.again:
        sightings = [*_kept(kept, options.contestant), *_contest(_tasks(options), options.jobs)]
        kept.write_text(_as_json(_about(options), sightings), encoding="utf-8")
    data = json.loads(kept.read_text(encoding="utf-8"))
    found = tallies(MEMBERS, map(sighting_of, data["sightings"]))
    ordered = {name: found[name] for name in CONTESTANTS if name in found}
    unseen = Path(__file__).with_name("unseen.md").read_text(encoding="utf-8")
    (options.folder / "detection.md").write_text(as_markdown(data["about"], ordered, unseen), encoding="utf-8")
    (options.folder / CHART).write_text(as_chart(ordered), encoding="utf-8")
    suite = found.get(SUITE)
    for name, tally in ordered.items():
        print(f"{name}: {len(tally.found)} of {len(tally.faulty)}, {len(tally.false_alarms)} false alarms")  # noqa: T201 - its output
    return int(bool(suite and (suite.missed or suite.false_alarms)))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make score", description=__doc__)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--every", type=int, default=1, help="let the suite look at one in so many of each kind")
    parser.add_argument("--peers-every", type=int, default=8, help="let the others look at one in so many")
    parser.add_argument("--contestant", action="append", choices=list(CONTESTANTS), help="only this one; repeatable")
    parser.add_argument("--folder", type=Path, default=_DOCS, help="where the page goes")
    parser.add_argument("--again", action="store_true", help="only write the page anew from the data beside it")
    options = parser.parse_args()
    options.contestant = options.contestant or list(CONTESTANTS)
    return options


def _kept(path: Path, contestants: Sequence[str]) -> list[Sighting]:
    """Return what others than these contestants saw in the last contest."""
    if not path.exists():
        return []
    sightings = map(sighting_of, json.loads(path.read_text(encoding="utf-8"))["sightings"])
    return [each for each in sightings if each.contestant not in contestants]


def _tasks(options: argparse.Namespace) -> list[Task]:
    tasks = [
        (name, member.id, options.seed)
        for name in options.contestant
        for member in sample(_IN_GATE, options.every if name == SUITE else options.peers_every)
    ]
    random.Random(options.seed).shuffle(tasks)  # noqa: S311 - so that slow ones do not come all at once
    return tasks


def _contest(tasks: Sequence[Task], jobs: int) -> list[Sighting]:
    sightings = []
    with ProcessPoolExecutor(jobs) as pool:
        futures = [pool.submit(look, *task) for task in tasks]
        for number, future in enumerate(as_completed(futures), start=1):
            sightings.append(future.result())
            told = sightings[-1]
            line = f"{number}/{len(tasks)} {told.contestant}: {told.member}: {', '.join(told.alarms[:4]) or '-'}"
            print(f"{line} {told.error[-200:]}".rstrip(), flush=True)  # noqa: T201 - its output
    return sightings


def look(contestant: str, member_id: str, seed: int) -> Sighting:
    """Return what a contestant sees of a member."""
    member = next(each for each in MEMBERS if each.id == member_id)
    return CONTESTANTS[contestant](member, seed)


def _about(options: argparse.Namespace) -> dict[str, Any]:
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "versions": {name: version(name) for name in _VERSIONS},
        "machine": f"Python {platform.python_version()}, {os.cpu_count()} cores, {options.jobs} servers at a time",
        "how": _HOW.format(
            servers=len(MEMBERS),
            rare=len(MEMBERS) - len(_IN_GATE),
            ours=_share(options.every),
            peers=_share(options.peers_every),
            seed=options.seed,
        ),
    }


_HOW = """\
The cast has {servers} servers. {rare} of them are so rarely wrong that only the profile `thorough` looks for it, and
take no part here. The suite, in its profile `gate`, looked at {ours} of the others; Schemathesis, whose runs take
longer, at {peers}. It runs with the same document, on the same operations, with strict expected statuses, without
learning from the target, and goes on after a failure; the hook gives its valid requests distinct durations and a scope
target that exists. Seed {seed}."""


def _share(every: int) -> str:
    return "all" if every == 1 else f"one in {every} of each kind"


def _as_json(about: dict[str, Any], sightings: Sequence[Sighting]) -> str:
    ordered = sorted(sightings, key=lambda each: (each.contestant, each.member))
    rows = ",\n".join(json.dumps(each.as_json()) for each in ordered)
    return f'{{"about": {json.dumps(about, indent=1)},\n"sightings": [\n{rows}\n]}}\n'


if __name__ == "__main__":
    raise SystemExit(main())
