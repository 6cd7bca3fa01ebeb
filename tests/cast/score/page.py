"""The score as a page of the docs, with its charts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from html import escape
from typing import Any

from tests.cast.score.contestants import SUITE
from tests.cast.score.tally import Tally

CHART = "detection.svg"
"""The name of the chart, beside the page."""

_SHOWN = 40
"""How many missed servers are listed for a peer."""


def as_markdown(about: Mapping[str, Any], tallies: Mapping[str, Tally], unseen: str) -> str:
    """Return the page; `about` says when, with which versions, and how the contest was run.

    `unseen` is what was found among servers that are not of the cast.
    """
    parts = [*_head(about), *_summary(tallies), unseen, *_families(tallies), *_layers(tallies), *_missed(tallies), ""]
    return "\n".join(parts)


def _head(about: Mapping[str, Any]) -> Iterator[str]:
    versions = ", ".join(f"{name} {version}" for name, version in about["versions"].items())
    yield "# Detection"
    yield ""
    yield "<!-- Written by `make score`; run that instead of editing. -->"
    yield ""
    yield (
        "A suite is worth what it detects. `tests/cast/` has servers that are each wrong in one named way, and correct "
        "ones that look different. `make score` lets this suite and Schemathesis look at them."
    )
    yield ""
    yield f"Run on {about['date']} with {versions}; {about['machine']}."
    yield ""
    yield about["how"]
    yield ""


def _summary(tallies: Mapping[str, Tally]) -> Iterator[str]:
    yield f"![Share of faulty servers found]({CHART})"
    yield ""
    yield (
        "| | faulty servers found | correct servers accused | median to the first alarm | median of a run |\n"
        "| --- | --- | --- | --- | --- |"
    )
    for name, tally in tallies.items():
        first = f"{tally.first_requests:g} requests, {tally.first_seconds:.2f} s"
        yield (
            f"| {name} | {len(tally.found)} of {len(tally.faulty)} ({tally.share:.0%}) "
            f"| {len(tally.false_alarms)} of {len(tally.correct)} | {first} "
            f"| {tally.requests:g} requests, {tally.seconds:.1f} s |"
        )
    yield ""
    yield (
        "The suite has found a fault when it names a rule that the server breaks. Schemathesis knows no rules, so for "
        "it any complaint counts that it does not make about the correct server of which the faulty one is made."
    )
    yield ""


def _families(tallies: Mapping[str, Tally]) -> Iterator[str]:
    yield "## By kind of fault"
    yield ""
    yield (
        "`ledger` and `relay` are made by hand: a small server that is wrong inside, and the mock behind something "
        "that spoils it. `derived-...` follow from the document by an operator, so that a new rule brings its own."
    )
    yield ""
    yield f"| kind | {' | '.join(tallies)} |"
    yield f"| --- |{' --- |' * len(tallies)}"
    families = {name: tally.by_family() for name, tally in tallies.items()}
    for family in sorted({each for found in families.values() for each in found}):
        cells = [families[name].get(family) for name in tallies]
        shown = ["-" if cell is None else f"{cell[0]} of {cell[1]}" for cell in cells]
        yield f"| {family} | {' | '.join(shown)} |"
    yield ""


def _layers(tallies: Mapping[str, Tally]) -> Iterator[str]:
    if SUITE in tallies:
        yield "## By layer of the suite"
        yield ""
        yield "| layer | servers that it found first |\n| --- | --- |"
        yield from (f"| {layer} | {count} |" for layer, count in tallies[SUITE].by_layer().items())
        yield ""


def _missed(tallies: Mapping[str, Tally]) -> Iterator[str]:
    yield "## Not found, and false alarms"
    for name, tally in tallies.items():
        yield ""
        yield f"### {name}"
        yield ""
        missed = sorted(tally.missed, key=lambda each: each.member)
        yield from (f"- `{s.member}`: {tally.members[s.member].description}" for s in missed[:_SHOWN])
        if len(missed) > _SHOWN:
            yield f"- and {len(missed) - _SHOWN} more"
        if not missed:
            yield "Every faulty server was found."
        accused = ", ".join(f"`{each.member}`" for each in tally.false_alarms)
        yield ""
        yield f"False alarms: {accused or 'none'}."


_WIDTH, _ROW, _LEFT, _BAR = 720, 34, 190, 420


def as_chart(tallies: Mapping[str, Tally]) -> str:
    """Return a bar for each contestant: the share of faulty servers that it found."""
    height = _ROW * len(tallies) + 46
    label = "; ".join(f"{name}: {tally.share:.0%}" for name, tally in tallies.items())
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" width="{_WIDTH}" role="img" '
        f'aria-label="Share of faulty servers found. {escape(label)}">'
    )
    return "\n".join([head, _STYLE, *_bars(tallies.items()), "</svg>", ""])


_STYLE = """\
<style>
  text { font: 14px system-ui, sans-serif; fill: #1f2933 }
  .bar { fill: #1f7a5c } .rest { fill: #d9e2ec } .peer { fill: #7b8794 }
  @media (prefers-color-scheme: dark) {
    text { fill: #e4e7eb } .rest { fill: #323f4b } .bar { fill: #3ebd93 } .peer { fill: #9aa5b1 }
  }
</style>
<text x="0" y="18">Faulty servers found</text>"""


def _bars(tallies: Iterable[tuple[str, Tally]]) -> Iterator[str]:
    for row, (name, tally) in enumerate(tallies):
        y = 34 + row * _ROW
        kind = "bar" if name == SUITE else "peer"
        yield f'<text x="0" y="{y + 16}">{escape(name)}</text>'
        yield f'<rect class="rest" x="{_LEFT}" y="{y}" width="{_BAR}" height="22" rx="3"/>'
        yield f'<rect class="{kind}" x="{_LEFT}" y="{y}" width="{_BAR * tally.share:.1f}" height="22" rx="3"/>'
        shown = f"{tally.share:.0%} of {len(tally.faulty)}"
        yield f'<text x="{_LEFT + _BAR + 12}" y="{y + 16}">{shown}</text>'
