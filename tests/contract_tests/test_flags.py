from __future__ import annotations

import click
import pytest

from contract_tests.flags import flags_of
from contract_tests.options import OPTIONS


def test_every_option_of_a_run_is_one_of_the_command() -> None:
    assert [flag.name for flag in flags_of()] == [option.attribute for option in OPTIONS]


def test_a_command_may_have_some_of_them_in_the_order_of_the_table() -> None:
    assert [flag.name for flag in flags_of(("header", "api_key"))] == ["api_key", "header"]


@pytest.mark.parametrize(
    ("attribute", "arguments", "value"),
    [
        ("read_only", ["--read-only"], True),
        ("read_only", [], None),
        ("header", ["--header", "A: b", "--header", "C: d"], ("A: b", "C: d")),
        ("profile", ["--profile", "smoke"], "smoke"),
        ("max_rps", ["--max-rps", "5"], "5"),
    ],
)
def test_what_is_given_is_passed_on_as_text(attribute: str, arguments: list[str], value: object) -> None:
    command = click.Command("any", params=flags_of((attribute,)))

    assert command.make_context("any", arguments).params == {attribute: value}


def test_a_choice_that_there_is_not_is_refused() -> None:
    command = click.Command("any", params=flags_of(("profile",)))

    with pytest.raises(click.BadParameter, match="huge"):
        command.make_context("any", ["--profile", "huge"])
