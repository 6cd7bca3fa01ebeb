"""What a fix of a violation is: a sentence, and where possible the edits of a JSON Patch."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from governance_contract import pointers
from governance_contract.values import ABSENT, without


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


def patched(value: Any, edits: Iterable[Edit]) -> Any:
    """Return a copy of `value` after the edits, one after the other.

    Raises:
        LookupError: an edit leads nowhere.
    """
    for edit in edits:
        value = _edited(value, edit)
    return value


def _edited(value: Any, edit: Edit) -> Any:
    *owner, last = pointers.split(edit.path) or ("",)
    if not edit.path:
        return edit.value
    held = pointers.get(value, owner)
    if edit.op != "remove":
        return pointers.replaced(value, owner, pointers.replaced(held, (last,), edit.value))
    if isinstance(held, list):
        return pointers.replaced(value, owner, [*held[: int(last)], *held[int(last) + 1 :]])
    return pointers.replaced(value, owner, without(held, last))


@dataclass(frozen=True)
class Fix:
    """What to do about one violation; the edits are those of the value as it was sent."""

    message: str
    edits: tuple[Edit, ...] = ()

    def followed_by(self, other: Fix) -> Fix:
        """Return the fix that does what this one does and then the other, at once where both are at one place."""
        is_removal = any(edit.op == "remove" for edit in other.edits)
        if not is_removal and [edit.path for edit in self.edits] == [edit.path for edit in other.edits]:
            edits = zip(self.edits, other.edits, strict=True)
            return Fix(other.message, tuple(replace(first, value=then.value) for first, then in edits))
        return Fix(f"{self.message}; {other.message}", (*self.edits, *other.edits))

    def as_json(self) -> dict[str, Any]:
        """Return this fix as the documented `Fix` object."""
        patch = [edit.as_json() for edit in self.edits]
        return {"message": self.message, **({"patch": patch} if patch else {})}
