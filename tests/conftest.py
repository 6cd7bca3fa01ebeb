"""What all tests of the kit share: the contract, and deterministic property tests."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings

from governance_contract import Contract, load_contract
from governance_contract.locations import data_path

settings.register_profile(
    "kit",
    derandomize=True,
    database=None,
    deadline=None,
    max_examples=30,
    suppress_health_check=[HealthCheck.too_slow],  # how fast the machine is says nothing of the code
)
settings.register_profile(
    "mutation",
    parent=settings.get_profile("kit"),
    phases=[Phase.explicit, Phase.generate],  # that a mutant fails is enough; how small the example is helps nobody
)
settings.load_profile("kit")


@pytest.fixture(scope="session")
def contract() -> Contract:
    return load_contract()


@pytest.fixture
def edited(tmp_path: Path) -> Callable[..., Path]:
    """Return the maker of a copy of the document in which each text is replaced where it first stands."""

    def edit(*changes: tuple[str, str]) -> Path:
        text = data_path("openapi", "governance.yaml").read_text(encoding="utf-8")
        for old, new in changes:
            assert old in text, f"the document no longer contains {old!r}"
            text = text.replace(old, new, 1)
        path = tmp_path / "edited.yaml"
        path.write_text(text, encoding="utf-8")
        return path

    return edit
