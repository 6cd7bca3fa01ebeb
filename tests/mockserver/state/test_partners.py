from __future__ import annotations

from typing import Any

import pytest

from mockserver.state.partners import partners

KEYS = ("id", "duration")
HOUR, DAY = {"id": "a", "duration": "1h", "usage": 3}, {"id": "b", "duration": "1d", "usage": 5}


@pytest.mark.parametrize(
    ("entries", "continued"),
    [
        ([{"duration": "1h"}], [HOUR]),
        ([{"id": "b", "duration": "1w"}], [DAY]),
        ([{"id": None, "duration": "1d"}], [DAY]),
        ([{"id": "unknown", "duration": "1d"}], [DAY]),
        ([{"duration": "1w"}], [None]),
        ([{"duration": "1d"}, {"duration": "1h"}], [DAY, HOUR]),
        ([{"id": "b", "duration": "1h"}, {"duration": "1d"}], [DAY, None]),
        ([{"duration": "1d"}, {"id": "b", "duration": "1h"}], [None, DAY]),
    ],
)
def test_an_entry_continues_the_one_of_its_id_else_of_its_duration(entries: list[Any], continued: list[Any]) -> None:
    assert partners(entries, [HOUR, DAY], KEYS) == continued


def test_an_entry_without_an_id_continues_none_that_has_no_id_either() -> None:
    assert partners([{"duration": "1d"}], [{"duration": "1h"}], KEYS) == [None]
