from __future__ import annotations

from typing import Any

import pytest

from mockserver.state.identity import identity_of


@pytest.mark.parametrize("resource", [{"model": "m"}, {"model": "m", "scope": None}, {"model": "m", "id": 7}])
def test_an_absent_member_identifies_like_null(resource: dict[str, Any]) -> None:
    assert identity_of(resource, ["model", "scope"]) == ("m", None)
