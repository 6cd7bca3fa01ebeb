from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from governance_contract import fixtures
from governance_contract.fixtures import FixtureError, fixture_names, read_fixture
from governance_contract.locations import data_path


@pytest.fixture
def written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder of the scenarios of a copy of the fixtures that a test may change."""
    shutil.copytree(data_path("fixtures"), tmp_path / "fixtures")
    monkeypatch.setattr(fixtures, "data_path", tmp_path.joinpath)
    return tmp_path / "fixtures" / "scenarios"


def test_names_are_sorted(written: Path) -> None:
    for name in ("b", "a"):
        (written / f"{name}.yaml").write_text("description: x\ncollections: {}\n", encoding="utf-8")
    names = fixture_names("scenarios")
    assert names[:2] == ("a", "b")
    assert names == tuple(sorted(names))


def test_a_fixture_has_name_path_and_value() -> None:
    fixture = read_fixture("scenarios", "empty")
    assert fixture.name == "empty"
    assert fixture.path == data_path("fixtures", "scenarios", "empty.yaml")
    assert fixture.value["collections"] == {"model_configs": []}


@pytest.mark.parametrize(
    ("kind", "name"), [("scenarios", "none"), ("scenarios", "../lookups/gateway"), ("nothing", "x")]
)
def test_a_name_that_no_fixture_has_is_refused(kind: str, name: str) -> None:
    with pytest.raises(FixtureError, match=f"there is no fixture '{name}' among the {kind}; expected one of"):
        read_fixture(kind, name)


def test_every_fault_of_a_fixture_is_told_with_file_line_and_pointer(written: Path) -> None:
    path = written / "broken.yaml"
    path.write_text("description: ''\ncollections:\n  users: {}\nextra: 1\n", encoding="utf-8")
    with pytest.raises(FixtureError) as caught:
        read_fixture("scenarios", "broken")
    lines = str(caught.value).splitlines()
    assert len(lines) == 3
    assert any(line.startswith(f"{path}:1: /description: ") for line in lines)
    assert any(line.startswith(f"{path}:3: /collections/users: ") for line in lines)
    assert any(line.startswith(f"{path}:1: /: ") and "extra" in line for line in lines)


def test_a_fixture_that_is_not_yaml_is_refused(written: Path) -> None:
    (written / "broken.yaml").write_text("description: [", encoding="utf-8")
    with pytest.raises(FixtureError, match=r"broken\.yaml: is not YAML"):
        read_fixture("scenarios", "broken")
