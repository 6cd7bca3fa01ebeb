from __future__ import annotations

from governance_contract.closest import closest


def test_the_closest_choice_is_found_regardless_of_case() -> None:
    assert closest("Provder", ("model_name", "provider")) == "provider"
    assert closest("x", ("model_name", "provider")) is None
    assert closest("x", ("model_name",), cutoff=0) == "model_name"
