from __future__ import annotations

import pytest

from contract_tests.outcomes import Outcome
from contract_tests.reports.html.pictures import WIDTH, Scale, shares, timeline
from contract_tests.reports.run import Run
from governance_contract import Contract
from tests.contract_tests.runs import exchanged, probe, run_of


def test_the_parts_of_the_bar_fill_it(all_sorts: Run) -> None:
    parts = shares(all_sorts)

    assert sum(part.width for part in parts) == pytest.approx(1000, abs=1)
    assert [part.outcome for part in parts][:2] == [Outcome.FAIL, Outcome.WARN]


def test_a_probe_lies_in_the_lane_of_its_layer_where_it_ran(all_sorts: Run) -> None:
    drawing = timeline(all_sorts)

    assert drawing is not None
    assert [lane.name for lane in drawing.lanes] == ["probes"]
    assert [(bar.outcome, bar.title.partition(":")[0]) for bar in drawing.bars] == [("fail", "p"), ("none", "q")]
    assert drawing.bars[0].x < drawing.bars[1].x
    assert all(bar.x + bar.width <= WIDTH for bar in drawing.bars)


def test_the_slowest_answer_of_a_moment_is_the_highest(contract: Contract) -> None:
    run = run_of(contract, exchanged(0.001), exchanged(0.1, at=0.2), exchanged(0.01, at=0.4), probe())

    drawing = timeline(run)

    assert drawing is not None
    heights = [height for _, height in drawing.strip]
    assert heights[0] < heights[2] < heights[1]
    assert [tick.label for tick in drawing.strip_ticks] == ["1 ms", "10 ms", "100 ms"]


def test_however_many_requests_the_drawing_stays_small(contract: Contract) -> None:
    exchanges = [exchanged(0.002, at=number / 10_000) for number in range(5000)]

    drawing = timeline(run_of(contract, *exchanges, probe()))

    assert drawing is not None
    assert len(drawing.strip) < 250


def test_a_run_without_a_probe_has_no_timeline(contract: Contract) -> None:
    assert timeline(run_of(contract)) is None
    assert timeline(run_of(contract, probe(reason="x", untried=True))) is None


def test_a_scale_is_logarithmic_and_keeps_within_its_width() -> None:
    scale = Scale([1, 100], 200)

    assert [scale.at(value) for value in (0.001, 1, 10, 100, 1000)] == [0, 0, 100, 200, 200]


def test_a_scale_of_equal_values_divides_by_nothing() -> None:
    assert Scale([5, 5], 100).at(5) == 0
    assert Scale([], 100).at(1) == 0


def test_of_several_answers_in_one_moment_the_slowest_is_drawn(contract: Contract) -> None:
    quick, slow = exchanged(0.001), exchanged(0.1)

    for exchanges in ((quick, slow), (slow, quick)):
        drawing = timeline(run_of(contract, *exchanges, exchanged(0.01, at=0.4), probe()))
        assert drawing is not None
        assert drawing.strip[0][1] > drawing.strip[1][1]


def test_an_answer_after_the_last_probe_stays_in_the_drawing(contract: Contract) -> None:
    drawing = timeline(run_of(contract, exchanged(0.001, at=7.0), probe()))

    assert drawing is not None
    assert max(x for x, _ in drawing.strip) < WIDTH
