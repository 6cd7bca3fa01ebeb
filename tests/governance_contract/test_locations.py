from __future__ import annotations

from pathlib import Path

import pytest

from governance_contract import locations


def test_in_a_checkout_data_lies_beside_the_packages() -> None:
    assert locations.data_path("openapi", "governance.yaml").is_file()
    assert locations.data_path().joinpath("governance_contract").is_dir()


def test_in_a_wheel_data_lies_inside_the_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "governance_contract"
    (package / "_data").mkdir(parents=True)
    (tmp_path / "openapi").mkdir()  # another project's, as the name is free to all
    monkeypatch.setattr(locations, "_PACKAGE", package)
    assert locations.data_path("fixtures", "scenarios") == package / "_data" / "fixtures" / "scenarios"


def test_a_path_need_not_exist() -> None:
    assert not locations.data_path("openapi", "nothing.yaml").exists()
