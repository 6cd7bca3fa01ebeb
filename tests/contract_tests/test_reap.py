from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from contract_tests.bench import is_named
from contract_tests.client.journal import Journal
from contract_tests.client.target import Target
from contract_tests.errors import UsageError
from contract_tests.reap import read_age, reap_journal, reap_prefix
from governance_contract import Contract
from tests.contract_tests.conftest import Done, Served
from tests.contract_tests.test_broken_servers import Ask, Response, middleware

SOON = datetime.now(UTC) + timedelta(hours=1)


@pytest.mark.parametrize(
    ("text", "age"),
    [
        ("90s", timedelta(seconds=90)),
        ("30m", timedelta(minutes=30)),
        ("2h", timedelta(hours=2)),
        ("1d", timedelta(days=1)),
        ("1w", timedelta(weeks=1)),
    ],
)
def test_an_age_is_a_number_and_a_unit(text: str, age: timedelta) -> None:
    assert read_age(text) == age


@pytest.mark.parametrize("text", ["", "2", "h", "-1h", "2 h", "1h30m", "2y"])
def test_what_is_no_age_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="such as 2h"):
        read_age(text)


def test_the_provider_counts_as_well_because_a_config_for_all_models_has_no_name_of_its_own() -> None:
    assert is_named({"model_name": "*", "provider": "ct-1-Provider"}, "ct-")
    assert not is_named({"model_name": "ctx", "provider": None}, "ct-")


def test_only_what_has_the_prefix_and_is_old_enough_is_deleted(
    serve: Callable[..., Served], target_of: Callable[..., Target], contract: Contract
) -> None:
    served = serve(scenario="empty")
    for name in ("ct-1-a", "ctb", "other", "CT-c"):
        served.ask("POST", json={"model_name": name})
    target = target_of(served.url)

    kept = list(reap_prefix(contract, target, "ct", SOON - timedelta(days=1), dry_run=False))
    assert [each.fate.partition(",")[0] for each in kept] == ["kept: younger"]
    assert len(served.names()) == 4

    gone = list(reap_prefix(contract, target, "ct", SOON, dry_run=False))
    assert [(each.name, each.fate) for each in gone] == [("ct-1-a", "deleted")]
    assert sorted(served.names()) == ["CT-c", "ctb", "other"]


def test_a_dry_run_deletes_nothing(
    serve: Callable[..., Served], target_of: Callable[..., Target], contract: Contract
) -> None:
    served = serve(scenario="empty")
    served.ask("POST", json={"model_name": "ct-1-a"})

    (only,) = reap_prefix(contract, target_of(served.url), "ct", SOON, dry_run=True)

    assert only.fate == "would delete"
    assert served.names() == ["ct-1-a"]


def test_more_than_one_page_is_reaped(
    serve: Callable[..., Served], target_of: Callable[..., Target], contract: Contract
) -> None:
    served = serve(scenario="empty")
    for number in range(103):
        served.ask("POST", json={"model_name": f"ct-1-{number}"})

    assert len(list(reap_prefix(contract, target_of(served.url), "ct", SOON, dry_run=False))) == 103
    assert served.names() == []


def test_a_journal_is_emptied_whatever_the_age(
    serve: Callable[..., Served], target_of: Callable[..., Target], contract: Contract
) -> None:
    served = serve(scenario="empty")
    target = target_of(served.url)
    target.journal.created(served.ask("POST", json={"model_name": "m"}).json()["model_config"]["id"])
    target.journal.created("long-gone")

    fates = [each.fate for each in reap_journal(contract, target, dry_run=False)]

    assert fates == ["was gone", "deleted"]
    assert target.journal.leftovers() == ()
    assert served.names() == []


def test_what_a_delete_without_an_answer_deleted_is_not_left(
    serve: Callable[..., Served], target_of: Callable[..., Target], contract: Contract
) -> None:
    interrupted = iter([True])

    def failing_once(environ: dict[str, Any], ask: Ask) -> Response:
        answer = ask(environ)
        is_lost = environ["REQUEST_METHOD"] == "DELETE" and next(interrupted, False)
        return ("503 Service Unavailable", [("Retry-After", "0")], b"") if is_lost else answer

    served = serve(middleware(failing_once), scenario="empty")
    served.ask("POST", json={"model_name": "ct-1-a"})

    (only,) = reap_prefix(contract, target_of(served.url, retries=1), "ct", SOON, dry_run=False)

    assert (only.fate, only.is_left) == ("was gone", False)


def test_the_command_deletes_says_what_and_removes_the_journal(
    serve: Callable[..., Served], call_main: Callable[..., Done], tmp_path: Path
) -> None:
    served = serve(scenario="empty")
    journal = Journal(tmp_path / "run.jsonl")
    journal.created(served.ask("POST", json={"model_name": "m"}).json()["model_config"]["id"])
    journal.close()

    done = call_main("reap", served.url, "--journal", str(journal.path))

    assert done.code == 0, done.text
    assert done.text.splitlines()[-1] == "1 configs of the suite found, 0 could not be deleted"
    assert served.names() == []
    assert not journal.path.exists()


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (("http://127.0.0.1:9",), 2, "is the server running?"),
        (("http://127.0.0.1:9", "--older-than", "soon"), 3, "such as 2h"),
        (("http://127.0.0.1:9", "--prefix", ""), 3, "--prefix ''"),
        (("http://127.0.0.1:9", "--journal", "none.jsonl"), 3, "cannot be read"),
        ((), 3, "Missing argument"),
    ],
)
def test_the_command_tells_wrong_usage_from_a_target_that_cannot_be_reached(
    arguments: tuple[str, ...], code: int, told: str, call_main: Callable[..., Done]
) -> None:
    done = call_main("reap", *arguments)

    assert (done.code, told in done.text) == (code, True), done.text
