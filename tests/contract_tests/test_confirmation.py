from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from contract_tests.confirmation import Confirmation
from contract_tests.errors import Enough, SuiteError
from contract_tests.finding import Finding
from contract_tests.record import Doubt, Record


def _finding(label: str, rule: str = "BUD-01", level: str = "MUST") -> Finding:
    return Finding(rule, "createModelConfig", level, "read", "400", "200", label)


def _record(*findings: Finding, doubt: Doubt | None = None) -> Record:
    """Return the record of a try that finds these one after the other; it ends where there is no doubt any more."""
    record = Record()
    try:
        for each in findings:
            record.find(each, ())
            if doubt:
                doubt.see(each)
    except Enough:
        pass
    return record


class Tries:
    """Further tries, each with the findings that it makes; those behind the last find nothing."""

    def __init__(self, *tries: Sequence[Finding]) -> None:
        self.made = 0
        self._tries = tries

    def __call__(self, doubt: Doubt) -> Record:
        self.made += 1
        return _record(*(self._tries[self.made - 1] if self.made <= len(self._tries) else ()), doubt=doubt)


def _of_each(_: Finding) -> bool:
    return True


def _pointers(found: Sequence[Finding]) -> list[str]:
    return [each.pointer for each in found]


def test_a_right_server_is_tried_once() -> None:
    tries = Tries()

    assert Confirmation().confirm(Record(), tries, _of_each) == ((), ())
    assert tries.made == 0


@pytest.mark.parametrize("silent", [0, 1, 2, 3])
def test_what_shows_again_in_a_later_try_stands(silent: int) -> None:
    tries = Tries(*[()] * silent, [_finding("x")])

    standing, flaky = Confirmation().confirm(_record(_finding("x")), tries, _of_each)

    assert [(each.pointer, each.is_repeated) for each in standing] == [("x", True)]
    assert flaky == ()
    assert tries.made == silent + 1


def test_what_never_shows_again_is_flaky() -> None:
    tries = Tries()

    standing, flaky = Confirmation().confirm(_record(_finding("x")), tries, _of_each)

    assert standing == ()
    assert _pointers(flaky) == ["x"]
    assert tries.made == 4


def test_a_rule_that_is_broken_in_another_way_each_time_stands() -> None:
    tries = Tries([_finding("y")])

    standing, _ = Confirmation().confirm(_record(_finding("x")), tries, _of_each)

    assert [(each.pointer, each.is_repeated) for each in standing] == [("x", False), ("y", False)]
    assert tries.made == 1


def test_a_rule_that_two_probes_saw_broken_once_each_stands() -> None:
    confirmation = Confirmation()
    confirmation.confirm(_record(_finding("x")), Tries(), _of_each)
    tries = Tries()

    standing, flaky = confirmation.confirm(_record(_finding("y")), tries, _of_each)

    assert (_pointers(standing), flaky) == (["y"], ())
    assert tries.made == 1


@pytest.mark.parametrize("other", [_finding("x", "BUD-02"), _finding("y", level="SHOULD")])
def test_what_is_said_of_another_rule_or_level_confirms_nothing(other: Finding) -> None:
    standing, flaky = Confirmation().confirm(_record(_finding("x")), Tries([other]), _of_each)

    assert standing == ()
    assert {each.verdict for each in flaky} >= {other.verdict}


def test_what_only_a_further_try_shows_is_not_hidden() -> None:
    first = _record(_finding("x"))

    _, flaky = Confirmation().confirm(first, Tries([_finding("y", "BUD-02")]), _of_each)

    assert _pointers(flaky) == ["x", "y"]
    assert _finding("y", "BUD-02").key in first.exchanges


def test_what_does_not_count_is_neither_tried_again_nor_told() -> None:
    tries = Tries()

    assert Confirmation().confirm(_record(_finding("x")), tries, lambda each: each.rule != "BUD-01") == ((), ())
    assert tries.made == 0


def test_a_further_try_that_cannot_be_made_does_not_hide_what_was_found() -> None:
    def fail(_: Doubt) -> Record:
        raise SuiteError("gone")

    failing: Callable[[Doubt], Record] = fail

    assert _pointers(Confirmation().confirm(_record(_finding("x")), failing, _of_each)[1]) == ["x"]
