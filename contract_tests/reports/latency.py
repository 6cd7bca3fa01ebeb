"""How long the target took to answer, operation by operation."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from contract_tests.reports.events import Exchanged

PERCENTILES = (50, 90, 99)


@dataclass(frozen=True)
class Latency:
    """The answers of one operation: how many, and how many milliseconds the quickest so many percent of them took."""

    operation: str
    count: int
    p50: float
    p90: float
    p99: float
    slowest: float


def latencies(exchanges: Iterable[Exchanged], operations: Sequence[str]) -> tuple[Latency, ...]:
    """Return the latencies of those of `operations` that were answered, in that order."""
    taken: dict[str, list[float]] = {operation: [] for operation in operations}
    for exchange in exchanges:
        if exchange.status is not None and exchange.operation in taken:
            taken[exchange.operation].append(exchange.seconds * 1000)
    return tuple(_latency(operation, sorted(values)) for operation, values in taken.items() if values)


def percentile(ordered: Sequence[float], percent: int) -> float:
    """Return the least of the ordered values that is at least as great as `percent` percent of them."""
    rank = -(-len(ordered) * percent // 100)
    return ordered[max(0, rank - 1)]


def _latency(operation: str, ordered: Sequence[float]) -> Latency:
    p50, p90, p99 = (round(percentile(ordered, percent), 1) for percent in PERCENTILES)
    return Latency(operation, len(ordered), p50, p90, p99, round(ordered[-1], 1))
