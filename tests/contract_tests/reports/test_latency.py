from __future__ import annotations

import pytest

from contract_tests.reports.latency import Latency, latencies, percentile
from tests.contract_tests.runs import CREATE, exchanged


@pytest.mark.parametrize(("percent", "value"), [(1, 1), (50, 5), (90, 9), (91, 10), (99, 10), (100, 10)])
def test_a_percentile_is_one_of_the_values(percent: int, value: int) -> None:
    assert percentile(range(1, 11), percent) == value


def test_one_value_is_every_percentile() -> None:
    assert {percentile([7.0], percent) for percent in (0, 50, 99)} == {7.0}


def test_latencies_are_those_of_answers_operation_by_operation() -> None:
    exchanges = [exchanged(0.004), exchanged(0.010), exchanged(9, status=None), exchanged(1, operation="")]

    assert latencies(exchanges, ("listModelConfigs", CREATE)) == (Latency(CREATE, 2, 4.0, 10.0, 10.0, 10.0),)
