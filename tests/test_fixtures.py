"""The fixtures of the kit keep the schemas of their kinds, and scenarios keep the document."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime

import jsonschema_rs
import pytest

from governance_contract import Contract, yaml_source
from governance_contract.fixtures import FixtureError, fixture_names, read_fixture
from governance_contract.locations import data_path
from mockserver.actions import Api, World
from mockserver.state import seeding
from mockserver.state.store import MemoryStore

KINDS = tuple(sorted(path.stem for path in data_path("fixtures", "schemas").glob("*.yaml")))
VERSIONS = ("2026-09",)
"""Later versions of the API, with fixtures that only their documents allow."""
FIXTURES = [(kind, name) for kind in KINDS for name in fixture_names(kind)]
NOW = datetime(2026, 3, 15, 12, 30, tzinfo=UTC)


@pytest.fixture(scope="module")
def api(contract: Contract) -> Api:
    return Api(contract)


@pytest.fixture
def world() -> World:
    numbers = itertools.count(1)
    return World(MemoryStore(), lambda: NOW, lambda: f"id-{next(numbers)}")


def test_every_folder_of_fixtures_has_a_schema() -> None:
    folders = {path.name for path in data_path("fixtures").iterdir() if path.is_dir()}
    assert folders - {"schemas", *VERSIONS} == set(KINDS)
    of_versions = {path.name for each in VERSIONS for path in data_path("fixtures", each).iterdir()}
    assert of_versions <= {"scenarios", "lookups"}


@pytest.mark.parametrize("kind", KINDS)
def test_the_schema_of_a_kind_is_a_schema_and_refuses_what_is_no_mapping(kind: str) -> None:
    schema = yaml_source.read(data_path("fixtures", "schemas", f"{kind}.yaml"))
    jsonschema_rs.meta.validate(schema)
    assert not jsonschema_rs.is_valid(schema, 7)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_a_fixture(kind: str) -> None:
    assert fixture_names(kind)


@pytest.mark.parametrize(("kind", "name"), FIXTURES)
def test_every_fixture_keeps_the_schema_of_its_kind(kind: str, name: str) -> None:
    assert read_fixture(kind, name).name == name


@pytest.mark.parametrize(("kind", "name"), FIXTURES)
def test_no_fixture_has_a_key_twice(kind: str, name: str) -> None:
    assert list(yaml_source.repeated_keys(read_fixture(kind, name).path.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize("scenario", fixture_names("scenarios"))
def test_the_resources_of_every_scenario_keep_the_document(
    contract: Contract, api: Api, world: World, scenario: str
) -> None:
    state = seeding.seeded_state(api, world, seeding.read_recipe(scenario))
    for name, shape in api.shapes.items():
        validator = contract.validator(contract.resources[name].node)
        for record in state[shape.collection].all():
            assert validator.violations(record.resource) == ()


@pytest.mark.parametrize("scenario", fixture_names("scenarios"))
def test_every_entry_of_a_scenario_is_loaded(api: Api, world: World, scenario: str) -> None:
    state = seeding.seeded_state(api, world, seeding.read_recipe(scenario))
    for collection, entries in read_fixture("scenarios", scenario).value["collections"].items():
        assert len(state[collection]) == sum(entry.get("repeat", 1) for entry in entries)


def test_a_scenario_that_does_not_exist_is_refused() -> None:
    with pytest.raises(FixtureError, match="there is no fixture 'none' among the scenarios; expected one of"):
        seeding.read_recipe("none")
