"""What a fix of a violation is: a sentence, and where possible the edits of a JSON Patch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from governance_contract.values import ABSENT


@dataclass(frozen=True)
class Edit:
    """One operation of a JSON Patch (RFC 6902): `add` or `replace` with a value, or `remove`."""

    op: str
    path: str
    value: Any = ABSENT

    def as_json(self) -> dict[str, Any]:
        """Return this edit as JSON Patch has it."""
        told = {"op": self.op, "path": self.path, "value": self.value}
        return {name: value for name, value in told.items() if value is not ABSENT}


@dataclass(frozen=True)
class Fix:
    """What to do about one violation; the edits are those of the value as it was sent."""

    message: str
    edits: tuple[Edit, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Return this fix as the documented `Fix` object."""
        patch = [edit.as_json() for edit in self.edits]
        return {"message": self.message, **({"patch": patch} if patch else {})}
