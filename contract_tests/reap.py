"""Deletes what earlier runs left on a target, by the prefix of their names or by the journal of one of them."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from contract_tests.bench import delete_config, is_named, list_configs, require_judgeable
from contract_tests.client.journal import Journal
from contract_tests.client.target import Target
from contract_tests.errors import SuiteError, UsageError
from contract_tests.options import RunOptions
from governance_contract import Contract, load_contract

_AGE = re.compile(r"(\d{1,6})([smhdw])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


@dataclass(frozen=True)
class Reaped:
    """One config of an earlier run and what became of it; `is_left` where it should be gone and is not."""

    config_id: str
    name: str
    fate: str
    is_left: bool = False


def read_age(text: str) -> timedelta:
    """Return the time that a text such as `90s`, `30m`, `2h` or `1d` stands for.

    Raises:
        UsageError: it stands for none.
    """
    match = _AGE.fullmatch(text)
    if not match:
        raise UsageError(f"--older-than {text!r}: expected a whole number and one of s m h d w, such as 2h")
    return timedelta(**{_UNITS[match[2]]: int(match[1])})


@contextmanager
def reaping(url: str, options: RunOptions, journal_path: Path | None) -> Iterator[tuple[Contract, Target]]:
    """Yield contract and target for a reaping; a journal from which everything is gone is removed at its end.

    Raises:
        SuiteError: the target cannot be reached, is no such API, or does not accept the key.
        UsageError: there is no key, or no such journal.
    """
    contract = load_contract()
    key = options.key_for(own_mock=False)
    with TemporaryDirectory(prefix="contract-tests-reap-") as directory:
        run_id = f"reap-{secrets.token_hex(4)}"
        own = Path(directory) / f"{run_id}.jsonl"
        journal = Journal.reopened(journal_path) if journal_path else Journal(own)
        target = Target(url, key, journal, run_id, options.limits)
        try:
            require_judgeable(contract, target)
            yield contract, target
        except SuiteError as error:
            raise SuiteError(target.secrets.hidden(str(error))) from None
        finally:
            target.close()


def reap_prefix(
    contract: Contract, target: Target, prefix: str, created_before: datetime, *, dry_run: bool
) -> Iterator[Reaped]:
    """Yield what became of each config whose name begins with the prefix of a run.

    Names for all models begin with no prefix, so the provider counts as well. What is younger, or has a `created_at`
    that cannot be read, stays.

    Raises:
        SuiteError: the target cannot be listed, or no longer be reached.
    """
    for config in list_configs(contract, target):
        if not is_named(config, f"{prefix}-"):
            continue
        created_at = _moment(config.get("created_at"))
        name = str(config.get("model_name"))
        if created_at is None:
            yield Reaped(config["id"], name, f"kept: its created_at cannot be read: {config.get('created_at')!r}")
        elif created_at >= created_before:
            yield Reaped(config["id"], name, f"kept: younger, created {created_at.isoformat(timespec='seconds')}")
        else:
            yield _reap(contract, target, config["id"], name, dry_run=dry_run)


def reap_journal(contract: Contract, target: Target, *, dry_run: bool) -> Iterator[Reaped]:
    """Yield what became of each config that the journal of the target says is still there.

    Raises:
        SuiteError: the target can no longer be reached.
    """
    for config_id in target.journal.leftovers():
        yield _reap(contract, target, config_id, "", dry_run=dry_run)


def write_report(results: Iterator[Reaped], write: Callable[[str], None]) -> int:
    """Write a line for each result as it comes, and the sum; return how many configs are left that should be gone.

    Raises:
        SuiteError: the target cannot be listed, or no longer be reached.
    """
    seen = []
    for each in results:
        seen.append(each)
        write(f"{each.fate:14} {each.config_id}  {each.name}".rstrip())
    left = sum(each.is_left for each in seen)
    write(f"{len(seen)} configs of the suite found, {left} could not be deleted")
    return left


def _reap(contract: Contract, target: Target, config_id: str, name: str, *, dry_run: bool) -> Reaped:
    if dry_run:
        return Reaped(config_id, name, "would delete")
    if not target.journal.owns(config_id):
        target.journal.created(config_id)
    try:
        with target.cleaning():
            answer = delete_config(contract, target, config_id)
    except SuiteError as error:
        return Reaped(config_id, name, f"not deleted: {error}", is_left=True)
    if target.journal.owns(config_id):
        return Reaped(config_id, name, f"not deleted: answered {answer.shown(120)}", is_left=True)
    return Reaped(config_id, name, "was gone" if answer.status == 404 else "deleted")


def _moment(text: Any) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        return None
    return moment if moment.tzinfo else None
