from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from contract_tests.baseline.entries import Baseline, read_baseline
from contract_tests.errors import UsageError
from governance_contract import Contract
from tests.contract_tests.baseline.conftest import TODAY, VALUE, entry
from tests.contract_tests.runs import CREATE

Write = Callable[..., Path]


def test_an_entry_is_read_with_its_line(write_baseline: Write, contract: Contract) -> None:
    path = write_baseline({**VALUE, "label": "equal*"})

    baseline = read_baseline(path, contract)

    assert baseline == Baseline((entry(label="equal*", place=f"{path}:2"),))


@pytest.mark.parametrize(
    ("changes", "line", "told"),
    [
        ({"reason": None}, 2, '"reason" is a required property'),
        ({"owner": None}, 2, '"owner" is a required property'),
        ({"expires": None}, 2, '"expires" is a required property'),
        ({"reason": " "}, 4, "does not match"),
        ({"expires": "2026-13-01"}, 6, 'is not a "date"'),
        ({"expires": "soon"}, 6, 'is not a "date"'),
        ({"rule": "BUD-99"}, 2, "there is no rule BUD-99"),
        ({"operation": "create"}, 3, "there is no operation 'create'"),
        ({"until": "2027-01-01"}, 2, "'until' was unexpected"),
    ],
)
def test_a_malformed_entry_is_refused_with_its_line(
    changes: dict[str, Any], line: int, told: str, write_baseline: Write, contract: Contract
) -> None:
    path = write_baseline({name: item for name, item in {**VALUE, **changes}.items() if item is not None})

    with pytest.raises(UsageError) as caught:
        read_baseline(path, contract)

    assert f"{path}:{line}: " in str(caught.value)
    assert told in str(caught.value)


def test_two_entries_for_the_same_findings_are_refused(write_baseline: Write, contract: Contract) -> None:
    with pytest.raises(UsageError, match=r"known\.yaml:7: the entry of line 2 speaks of the same findings"):
        read_baseline(write_baseline(VALUE, {**VALUE}), contract)


@pytest.mark.parametrize("text", ["", "[]", "accepted: {}", "{", "accepted: []\nprofile: huge\n"])
def test_what_is_no_baseline_is_refused(text: str, tmp_path: Path, contract: Contract) -> None:
    (tmp_path / "known.yaml").write_text(text, encoding="utf-8")

    with pytest.raises(UsageError, match="the baseline cannot be used"):
        read_baseline(tmp_path / "known.yaml", contract)


def test_a_baseline_that_is_not_there_is_refused(tmp_path: Path, contract: Contract) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        read_baseline(tmp_path / "none.yaml", contract)


@pytest.mark.parametrize(
    ("label", "finding", "matches"),
    [
        ("*", ("BUD-01", CREATE, "x"), True),
        ("eq?al*", ("BUD-01", CREATE, "equal durations"), True),
        ("equal", ("BUD-01", CREATE, "equal durations"), False),
        ("*", ("BUD-02", CREATE, "x"), False),
        ("*", ("BUD-01", "updateModelConfig", "x"), False),
    ],
)
def test_an_entry_speaks_of_its_rule_operation_and_label(
    label: str, finding: tuple[str, str, str], *, matches: bool
) -> None:
    assert entry(label=label).matches(*finding) is matches


def test_an_entry_holds_through_its_last_day() -> None:
    baseline = Baseline((entry(),))

    assert baseline.entry_for("BUD-01", CREATE, "x", TODAY) == entry()
    assert baseline.entry_for("BUD-01", CREATE, "x", TODAY + timedelta(days=1)) is None
