"""Files of cases outside the kit: those that a run is told to send, and the one that keeps what it found."""

from __future__ import annotations

import json
import secrets
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml

from contract_tests.errors import UsageError
from contract_tests.options import RunOptions
from governance_contract import load_contract, yaml_source
from governance_contract.fixtures import FixtureError, read_cases

_DESCRIPTION = "Kept by contract-tests from what it found; nothing in it belongs to the target."


def given_files(options: RunOptions) -> dict[Path, Any]:
    """Return the content of each file of cases that `--cases` names, by its path.

    Raises:
        UsageError: a file cannot be read, is no file of cases, or speaks of a rule that does not exist.
    """
    found: dict[Path, Any] = {}
    for text in options.cases:
        path = Path(text)
        paths = sorted(path.glob("*.yaml")) if path.is_dir() else [path]
        if not paths:
            raise UsageError(f"--cases {path}: there is no file *.yaml in this folder")
        found |= {each: _read(each) for each in paths}
    return found


def keep(cases: Iterable[Mapping[str, Any]], options: RunOptions) -> tuple[str, ...]:
    """Add cases to the file of a run, each once, and return what there is to say of it."""
    new = [case for case in cases if _is_writable(case)]
    if not new:
        return ()
    default = f"contract-tests-cases-{secrets.token_hex(4)}.yaml"
    path = Path(options.keep_cases or Path(options.journal_dir or tempfile.gettempdir()) / default)
    try:
        old = _read(path)["cases"] if path.exists() and path.stat().st_size else []
        new = list({json.dumps(case): case for case in new if case not in old}.values())
        content = {"description": _DESCRIPTION, "cases": [*old, *new]}
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(_as_yaml(content), encoding="utf-8")
    except (OSError, UsageError) as error:
        return (f"{len(new)} cases could not be kept in {path}: {error}; name a file with --keep-cases",)
    return (f"{len(new)} new cases kept in {path}; send them again with --cases {path}",)


def require_keepable(options: RunOptions) -> None:
    """Make sure that a file which is to be added to is one of cases.

    Raises:
        UsageError: it is something else.
    """
    path = Path(options.keep_cases)
    if path.exists() and path.stat().st_size:
        _read(path)


def _read(path: Path) -> Any:
    try:
        content = read_cases(path)
    except FixtureError as error:
        raise UsageError(f"{error}; expected a file of cases, as fixtures/schemas/cases.yaml says") from error
    known = {rule.id for rule in load_contract().rules}
    for case in content["cases"]:
        if case["rule"] not in known:
            raise UsageError(f"{path}: there is no rule {case['rule']}; `contract-tests rules` lists them")
    return content


def _is_writable(case: Mapping[str, Any]) -> bool:
    """Return whether a case reads from YAML as it was written; texts that are no Unicode do not."""
    try:
        return bool(yaml_source.parse(_as_yaml(case), Path("case")) == case)
    except (yaml_source.YamlError, UnicodeError):
        return False


def _as_yaml(value: Any) -> str:
    return yaml.safe_dump(json.loads(json.dumps(value)), sort_keys=False, width=120)
