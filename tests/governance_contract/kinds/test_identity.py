from __future__ import annotations

from typing import Any

import pytest

from governance_contract.kinds.identity import KIND, identity_of
from governance_contract.kinds.kind import Fault

MEMBERS = ["model", "scope"]
ONE, OTHER = {"id": 1, "model": "m", "scope": "user"}, {"id": 2, "model": "m"}


@pytest.mark.parametrize("resource", [{"model": "m"}, {"model": "m", "scope": None}, {"model": "m", "id": 7}])
def test_an_absent_member_identifies_like_null(resource: dict[str, Any]) -> None:
    assert identity_of(resource, MEMBERS) == ("m", None)


def test_a_fault_names_the_later_resource_and_its_identity() -> None:
    assert KIND.explain([ONE, OTHER, {**ONE, "id": 3}], MEMBERS) == (
        Fault((2,), ["m", "user"], "an identity of its own", "another config has the same model, scope"),
    )


def test_repair_keeps_the_first_of_each_identity() -> None:
    assert KIND.repair([ONE, OTHER, {**ONE, "id": 3}, {**OTHER, "scope": None}], MEMBERS) == [ONE, OTHER]


def test_each_end_of_the_collection_comes_again_in_three_forms() -> None:
    assert {variant.label: variant.value for variant in KIND.violate([ONE, OTHER], MEMBERS)} == {
        "the first resource again": [ONE, OTHER, ONE],
        "only the identity of the first resource again": [ONE, OTHER, {"model": "m", "scope": "user"}],
        "the identity of the first resource, null for absent": [ONE, OTHER, {"model": "m", "scope": "user"}],
        "the last resource again": [ONE, OTHER, OTHER],
        "only the identity of the last resource again": [ONE, OTHER, {"model": "m"}],
        "the identity of the last resource, null for absent": [ONE, OTHER, {"model": "m", "scope": None}],
    }


def test_an_empty_collection_has_nothing_to_repeat() -> None:
    assert list(KIND.violate([], MEMBERS)) == []
