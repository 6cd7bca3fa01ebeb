from __future__ import annotations

import pytest

from governance_contract.excerpts import excerpts


@pytest.mark.parametrize("value", [7, "text", None, [], {}, [1] * 128, {"a": [[2] * 128]}])
def test_a_value_without_a_long_list_is_its_only_excerpt(value: object) -> None:
    (only,) = excerpts(value)
    assert only is value


def test_the_excerpts_of_a_long_list_grow_until_they_are_the_value() -> None:
    value = {"a": list(range(2000)), "b": 1, "c": [{"d": list(range(200))}]}
    *parts, whole = excerpts(value)
    assert whole is value
    assert [len(part["a"]) for part in parts] == [128, 512]
    assert [len(part["c"][0]["d"]) for part in parts] == [128, 200]
    assert all(part["b"] == 1 for part in parts)
