"""The drawings of the page, as numbers that its template makes SVG of; no drawing holds more than it can show."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from contract_tests.outcomes import Outcome, is_fatal
from contract_tests.reports.events import Failed, Found, ProbeFinished
from contract_tests.reports.run import Run

WIDTH = 960
"""Of the timeline, in units of the drawing."""

ORDER = (
    Outcome.FAIL,
    Outcome.WARN,
    Outcome.FLAKY,
    Outcome.ACCEPTED,
    Outcome.PASS,
    Outcome.NOT_EXERCISED,
    Outcome.SKIPPED,
)
"""The outcomes as they are shown: what needs a look, what holds, what is open."""

_LEFT = 104
_LANE = 26
_STRIP = 72
_BUCKETS = 214
_TICKS = 6


@dataclass(frozen=True)
class Bar:
    """A probe on the timeline."""

    x: float
    width: float
    y: int
    outcome: str
    title: str


@dataclass(frozen=True)
class Lane:
    """A layer on the timeline."""

    name: str
    y: int


@dataclass(frozen=True)
class Tick:
    """A mark on a scale."""

    at: float
    label: str


@dataclass(frozen=True)
class Timeline:
    """When which probe ran, and below how long the slowest answer of each moment took."""

    lanes: tuple[Lane, ...]
    bars: tuple[Bar, ...]
    ticks: tuple[Tick, ...]
    strip: tuple[tuple[float, float], ...]
    strip_top: int
    strip_ticks: tuple[Tick, ...]
    height: int
    slowest: tuple[ProbeFinished, ...]


@dataclass(frozen=True)
class Share:
    """How many rules have an outcome, as a part of a bar of 1000 units."""

    outcome: Outcome
    count: int
    x: float
    width: float


class Scale:
    """A logarithmic scale from the least to the greatest of some durations, over `width` units."""

    def __init__(self, values: Sequence[float], width: float) -> None:
        self._low = math.log10(max(0.1, min(values, default=1)))
        self._high = max(self._low + 0.5, math.log10(max(0.1, max(values, default=1))))
        self._width = width

    def at(self, value: float) -> float:
        """Return where a duration stands."""
        share = (math.log10(max(0.1, value)) - self._low) / (self._high - self._low)
        return round(self._width * min(1.0, max(0.0, share)), 1)


def timeline(run: Run) -> Timeline | None:
    """Return the timeline of a run, None for one without probes that were tried."""
    tried = [probe for probe in run.probes if not probe.untried]
    if not tried:
        return None
    layers = list(dict.fromkeys(probe.layer for probe in tried))
    total = max(*(probe.at + probe.seconds for probe in tried), 0.001)
    scale = (WIDTH - _LEFT - 8) / total
    lanes = tuple(Lane(layer or "others", 8 + place * _LANE) for place, layer in enumerate(layers))
    outcomes = _outcomes(run)
    bars = tuple(
        Bar(
            round(_LEFT + probe.at * scale, 1),
            round(max(1.5, probe.seconds * scale), 1),
            lanes[layers.index(probe.layer)].y,
            outcomes.get(probe.probe, "none" if probe.reason else "pass"),
            f"{probe.probe}: {probe.seconds:.2f} s, {probe.requests} requests",
        )
        for probe in tried
    )
    top = 8 + len(layers) * _LANE + 14
    ticks = tuple(Tick(round(_LEFT + second * scale, 1), f"{second:g} s") for second in _steps(total))
    strip, strip_ticks = _strip(run, scale, top)
    slowest = tuple(sorted(tried, key=lambda probe: -probe.seconds)[:8])
    return Timeline(lanes, bars, ticks, strip, top, strip_ticks, top + _STRIP + 26, slowest)


def shares(run: Run) -> tuple[Share, ...]:
    """Return the outcomes of the rules as parts of a bar."""
    at, found = 0.0, []
    for outcome in (each for each in ORDER if each in run.counts):
        count = run.counts[outcome]
        width = 1000 * count / len(run.rules)
        found.append(Share(outcome, count, round(at, 1), round(width, 1)))
        at += width
    return tuple(found)


def _outcomes(run: Run) -> dict[str, str]:
    """Return the worst outcome of each probe that found something or broke down."""
    order = ("flaky", "accepted", "warn", "fail")
    found: dict[str, str] = {}
    for event in run.of(Found):
        outcome = _outcome(run, event)
        found[event.probe] = max(found.get(event.probe, "flaky"), outcome, key=order.index)
    return {**found, **{event.probe: "fail" for event in run.of(Failed)}}


def _outcome(run: Run, event: Found) -> str:
    if event.is_flaky:
        return "flaky"
    if event.finding.key in run.ledger.accepted:
        return "accepted"
    return "fail" if is_fatal(event.finding.level, run.started.gate) else "warn"


def _strip(run: Run, scale: float, top: int) -> tuple[tuple[tuple[float, float], ...], tuple[Tick, ...]]:
    """Return for each moment place and height of its slowest answer, and the marks of the scale of heights."""
    slowest: dict[int, float] = {}
    for exchange in run.exchanges:
        bucket = min(_BUCKETS - 1, int(exchange.at * scale / (WIDTH - _LEFT - 8) * _BUCKETS))
        slowest[bucket] = max(slowest.get(bucket, 0.0), exchange.seconds * 1000)
    if not slowest:
        return (), ()
    heights = Scale([min(slowest.values()) / 2, *slowest.values()], _STRIP)
    width = (WIDTH - _LEFT - 8) / _BUCKETS
    points = tuple((round(_LEFT + bucket * width, 1), heights.at(value)) for bucket, value in sorted(slowest.items()))
    marks = tuple(_decades(min(slowest.values()), max(slowest.values())))
    return points, tuple(Tick(round(top + _STRIP - heights.at(value), 1), f"{value:g} ms") for value in marks)


def _decades(low: float, high: float) -> Iterator[float]:
    """Yield the powers of ten between two durations."""
    for power in range(math.ceil(math.log10(max(0.1, low))), math.floor(math.log10(max(0.1, high))) + 1):
        yield 10.0**power


def _steps(total: float) -> Iterator[float]:
    """Yield a few round numbers from 0 to `total`."""
    rough = total / _TICKS
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough)
    for number in range(int(total / step) + 1):
        yield round(number * step, 6)
