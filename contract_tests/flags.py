"""The options of a run as those of a command."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import click

from contract_tests.options import OPTIONS, Option


def flags_of(attributes: Collection[str] | None = None) -> list[click.Parameter]:
    """Return the options with these attributes, all where none are named, in the order of the table."""
    return [_flag(option) for option in OPTIONS if attributes is None or option.attribute in attributes]


def _flag(option: Option) -> click.Option:
    settings: dict[str, Any] = {"default": None, "help": option.help}
    if option.read is bool:
        settings["is_flag"] = True
    elif option.default == ():
        settings |= {"multiple": True, "metavar": option.metavar}
    elif option.choices:
        settings["type"] = click.Choice(option.choices)
    else:
        settings["metavar"] = option.metavar
    return click.Option([f"--{option.name}"], show_default=False, **settings)
