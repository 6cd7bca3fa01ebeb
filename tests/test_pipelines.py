"""The ready-made steps fit together: names, options and files that they take for granted exist."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from contract_tests.cli import cli

ROOT = Path(__file__).parents[1]
EXAMPLES = sorted((ROOT / "docs/examples/pipelines").iterdir())


def read(path: str) -> Any:
    return yaml.safe_load((ROOT / path).read_text(encoding="utf-8"))


def commands_in(text: str) -> list[tuple[str, list[str]]]:
    """Return each call of `contract-tests` in a text as its subcommand and long options."""
    calls = re.findall(r"contract-tests((?: [^\n|`&;]+)+)", text.replace("\\\n", " "))
    return [(call.split()[0], re.findall(r"(--[a-z-]+)", call)) for call in calls]


def options_of(subcommand: str) -> set[str]:
    command = cli.commands.get(subcommand, cli.commands["run"])
    return {option for parameter in command.params for option in parameter.opts}


@pytest.mark.parametrize(
    "path", ["docs/pipeline.md", "docs/drift.md", "templates/contract-tests.yml", "action/judge", "compose.yaml"]
)
def test_every_option_that_is_named_exists(path: str) -> None:
    text = (ROOT / path).read_text(encoding="utf-8")
    unknown = [
        (subcommand, option)
        for subcommand, options in commands_in(text)
        for option in options
        if option not in options_of(subcommand)
    ]
    assert unknown == []


def test_the_variables_of_the_action_are_those_of_its_script() -> None:
    (judge,) = [step for step in read("action.yml")["runs"]["steps"] if step.get("id") == "judge"]
    script = (ROOT / "action/judge").read_text(encoding="utf-8")
    given = {name for name in judge["env"] if name.startswith("CONTRACT_")}
    assert given == set(re.findall(r"CONTRACT_[A-Z_]+", script))


def test_every_input_of_the_action_is_used() -> None:
    action = read("action.yml")
    used = set(re.findall(r"inputs\.([a-z-]+)", (ROOT / "action.yml").read_text(encoding="utf-8")))
    assert used == set(action["inputs"])


@pytest.mark.parametrize("path", ["action.yml", *(f"docs/examples/pipelines/{each.name}" for each in EXAMPLES)])
def test_every_foreign_step_is_pinned_to_a_commit(path: str) -> None:
    used = re.findall(r"uses: (\S+)", (ROOT / path).read_text(encoding="utf-8"))
    assert [each for each in used if not re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", each)] == []


def test_the_examples_use_inputs_that_the_action_has() -> None:
    known = set(read("action.yml")["inputs"])
    for path in EXAMPLES:
        workflow = yaml.safe_load(path.read_text(encoding="utf-8"))
        steps = [step for job in workflow.get("jobs", {}).values() for step in job["steps"]]
        ours = [step for step in steps if "governance-contract-kit@" in step.get("uses", "")]
        assert {name for step in ours for name in step["with"]} <= known


def test_the_component_takes_what_the_example_gives() -> None:
    head, job = yaml.safe_load_all((ROOT / "templates/contract-tests.yml").read_text(encoding="utf-8"))
    (included,) = read("docs/examples/pipelines/gitlab.yml")["include"]
    assert set(included["inputs"]) <= set(head["spec"]["inputs"])
    assert set(re.findall(r"inputs\.([a-z-]+)", str(job))) == set(head["spec"]["inputs"])


def test_the_example_of_hooks_names_hooks_that_exist() -> None:
    known = {hook["id"] for hook in read(".pre-commit-hooks.yaml")}
    (repository,) = read("docs/examples/pipelines/pre-commit.yaml")["repos"]
    assert {hook["id"] for hook in repository["hooks"]} == known


def test_the_image_has_all_that_the_wheel_is_made_of() -> None:
    kept = {line[1:] for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines() if line[0] == "!"}
    assert {name for name in kept if not (ROOT / name).exists()} == set()
    assert {"pyproject.toml", "requirements.lock", "README.md", "openapi", "fixtures"} <= kept
