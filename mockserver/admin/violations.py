"""Violations that the control API's document alone cannot tell, such as the name of no operation."""

from __future__ import annotations

from typing import Any

from governance_contract import Contract, pointers
from governance_contract.edits import Edit, Fix
from governance_contract.operations import Operation
from governance_contract.validation import Violation
from governance_contract.values import ABSENT


class Members:
    """Makes violations of the members of the bodies that one operation takes."""

    def __init__(self, control: Contract, operation: Operation) -> None:
        self._schema = control.document.resolve(control.request_schema(operation))
        self._carried = control.rules.default_for("enum")

    def violation(self, name: str, received: Any, expected: str, near: Any = ABSENT) -> Violation:
        """Return the violation of a member that must be `expected`; `near` is a value that it may have."""
        place = pointers.join(name)
        fix = None if near is ABSENT else Fix(f"send for example {near}", (Edit("replace", place, near),))
        return self.told(place, received, expected, f"{name} must be {expected}", fix)

    def told(self, place: str, received: Any, expected: str, message: str, fix: Fix | None) -> Violation:
        """Return a violation at a place of the body in words of its own."""
        keyword = self._schema.pointer
        return Violation(self._carried.rule, self._carried.level, place, keyword, received, expected, message, fix)
