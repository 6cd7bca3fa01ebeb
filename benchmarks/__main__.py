"""The command `python -m benchmarks`: measure, keep the figures as JSON, and write the page from them."""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import click

from benchmarks import anatomy, charts, contenders, growth, judging, kept, load, machine, page, strain
from benchmarks.contest import CONNECTIONS, Say, compete

_ROOT = Path(__file__).parents[1]
_RESULTS = Path(__file__).with_name("results")
_PAGE = _ROOT / "docs" / "performance.md"


@click.group()
def cli() -> None:
    """Measure the kit; the figures go to `benchmarks/results/`, and the page to `docs/performance.md`."""


@cli.command()
@click.option("--rounds", default=5, show_default=True, help="rounds of which medians are taken")
@click.option("--largest", default=growth.SIZES[-1], show_default=True, help="most configs in the measure of growth")
def ours(rounds: int, largest: int) -> None:
    """Measure the mock and the suite alone."""
    _require_wrk()
    found = _begun()
    found["contest"] = compete([contenders.ours()], rounds=rounds, seconds=1, connections=CONNECTIONS, say=_say)
    _say("growth")
    found["growth"] = growth.grown(size for size in growth.SIZES if size <= largest)
    found["strain"] = strain.strained(seconds=5, say=_say)
    found["judge"] = judging.judged(
        profiles=judging.PROFILES, layers=judging.LAYERS, starts=5, with_peer=True, say=_say
    )
    _keep("ours", found)


@cli.command()
@click.option("--rounds", default=5, show_default=True, help="rounds of which medians are taken")
def peers(rounds: int) -> None:
    """Measure the mock beside the servers that people use in its place, which are installed first."""
    _require_wrk()
    for missing in contenders.install():
        click.echo(f"*** NOT MEASURED: {missing}", err=True)
    found = _begun()
    with tempfile.TemporaryDirectory() as folder:
        entries = [contenders.ours(), *contenders.peers(Path(folder))]
        found["contest"] = compete(entries, rounds=rounds, seconds=1, connections=CONNECTIONS, say=_say)
    _keep("peers", found)


@cli.command("strain")
@click.option("--seconds", default=60.0, show_default=True, help="how long each kind of strain lasts")
def long_strain(seconds: float) -> None:
    """Put the mock under strain for long: some hundred thousand requests, a thousand connections for a minute."""
    _require_wrk()
    found = _begun()
    found |= {"strain": strain.strained(seconds=seconds, say=_say), "seconds_each": seconds}
    _keep("strain", found)


@cli.command("kept")
@click.option("--configs", default=100_000, show_default=True, help="how many configs the data file has")
def kept_data(configs: int) -> None:
    """Print how long an import, a start with a data file, and the longest wait during the import take, in seconds."""
    for name, figure in kept.kept(configs).items():
        click.echo(f"{name}: {figure:g}")


@cli.command("anatomy")
@click.option("--chunks", default=200, show_default=True, help="how often a hundred requests are measured")
def post_anatomy(chunks: int) -> None:
    """Measure where the time of a POST goes, from the server to the log."""
    _require_wrk()
    found = _begun()
    found["anatomy"] = anatomy.measure(chunks, seconds=12)
    _keep("anatomy", found)


@cli.command()
def smoke() -> None:
    """Try the measurements once, in a short time, and judge no figure."""
    if not load.is_installed():
        click.echo(f"*** SKIPPED: the measurements were NOT tried: {load.MISSING}", err=True)
        return
    found = _begun()
    found["contest"] = compete([contenders.ours()], rounds=1, seconds=1, connections=(2,), say=_say)
    found["growth"] = growth.grown((100,))
    click.echo(f"{len(found['contest'])} server and {len(found['growth'])} operations were measured")


@cli.command()
def report() -> None:
    """Write the page from the figures that are kept."""
    _write()


def _begun() -> dict[str, Any]:
    return {"machine": machine.described(), "began": time.time()}


def _keep(name: str, found: dict[str, Any]) -> None:
    found["machine"] = {
        **found["machine"],
        "load_after": machine.load(),
        "seconds": round(time.time() - found.pop("began")),
    }
    _RESULTS.mkdir(exist_ok=True)
    text = json.dumps(found, indent=2, ensure_ascii=False)
    (_RESULTS / f"{name}.json").write_text(f"{text}\n", encoding="utf-8")
    _write()


def _write() -> None:
    results = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(_RESULTS.glob("*.json"))}
    speedups = Path(__file__).with_name("speedups.md").read_text(encoding="utf-8")
    _PAGE.write_text(page.as_markdown(results, speedups), encoding="utf-8")
    for name, chart in charts.drawn(results).items():
        _PAGE.with_name(name).write_text(chart, encoding="utf-8")
    _say(f"wrote {os.path.relpath(_PAGE)}")


def _require_wrk() -> None:
    if not load.is_installed():
        click.echo(f"nothing was measured: {load.MISSING}", err=True)
        sys.exit(2)


_say: Say = click.echo

if __name__ == "__main__":
    cli()
