import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks import charts, page
from benchmarks.contenders import OURS

ROOT = Path(__file__).parents[2]
RESULTS = ROOT / "benchmarks" / "results"


def server(rate: float, p99: float = 1.0, *, validates: bool = True, stores: bool = True) -> dict[str, Any]:
    told = {"rate": rate, "p50": 1.0, "p99": p99, "processor_microseconds": 9.0}
    conduct = {"validates": validates, "stores": stores, "refuses_equal_durations": False}
    figures = {"start_milliseconds": 400.0, "start_megabytes": 50.0, "end_megabytes": 60.0}
    cases = {f"{case}/{many}": told for case in ("get", "create", "list") for many in (1, 32)}
    return {"version": "1", "note": "", "conduct": conduct, "cases": cases, **figures}


def peers(**servers: dict[str, Any]) -> dict[str, Any]:
    machine = {
        "date": "2026-01-01",
        "seconds": 1,
        "processors": 2,
        "processor": "a processor",
        "system": "Linux",
        "python": "3.11",
        "packages": {"flask": "3"},
        "wrk": "wrk 4",
        "node": "v20",
        "load_before": [0.1, 0.1, 0.1],
        "load_after": [0.2, 0.2, 0.2],
    }
    return {"peers": {"machine": machine, "contest": servers}}


@pytest.mark.parametrize(("rate", "verdict"), [(2000.0, "yes"), (1900.0, "**no**")])
def test_an_aim_says_whether_it_was_reached(rate: float, verdict: str) -> None:
    found = page.as_markdown(peers(**{OURS: server(rate), "other": server(1000.0)}), "")
    line = next(line for line in found.splitlines() if line.startswith("| POST: twice"))
    assert line.endswith(f"| {verdict} |")


@pytest.mark.parametrize("lacking", ["validates", "stores"])
def test_only_peers_that_validate_and_store_count_for_what_is_judged(lacking: str) -> None:
    quick = server(9000.0, validates=lacking != "validates", stores=lacking != "stores")
    found = page.as_markdown(peers(**{OURS: server(3000.0), "slow": server(1000.0), "quick": quick}), "")
    assert "3.0 times slow" in found
    assert "0.3 times quick" in found


def test_a_chart_has_the_longest_bar_for_the_most() -> None:
    chart = charts.drawn(peers(**{OURS: server(1000.0), "other": server(500.0)}))["performance-get.svg"]
    assert 'class="bar" x="190" y="34" width="420.0"' in chart
    assert 'class="peer" x="190" y="62" width="210.0"' in chart


def test_the_page_and_its_charts_are_those_of_the_figures_that_are_kept() -> None:
    results = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(RESULTS.glob("*.json"))}
    speedups = (ROOT / "benchmarks" / "speedups.md").read_text(encoding="utf-8")
    files = {"performance.md": page.as_markdown(results, speedups), **charts.drawn(results)}
    assert {name: (ROOT / "docs" / name).read_text(encoding="utf-8") for name in files} == files
