"""What a change of one keyword of a schema does, keyword by keyword."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from contract_tests.drift.change import Effect
from governance_contract.rules import LEVELS

ABSENT: Final = object()
"""The value of a keyword that a schema does not have."""

Effects = Iterator[tuple[Effect, str]]
"""What changed, in words that follow the name of the place."""

Comparison = Callable[[str, Any, Any], Effects]
"""Compares the old and the new value of the keyword of this name; they are not equal."""

_TYPES = frozenset({"string", "number", "integer", "boolean", "array", "object", "null"})

ANNOTATIONS = frozenset(
    {
        "$comment",
        "deprecated",
        "description",
        "discriminator",
        "example",
        "examples",
        "externalDocs",
        "readOnly",
        "summary",
        "title",
        "writeOnly",
        "x-counterexamples",
        "x-expected",
        "xml",
    }
)
"""Keywords that say something to people or tools and restrict nothing."""


def _shown(value: Any) -> str:
    text = "absent" if value is ABSENT else repr(value)
    return text if len(text) <= _WIDTH else f"{text[: _WIDTH - 1]}…"


_WIDTH = 60
"""Characters of a value that a message shows."""


def described(name: str, old: Any, new: Any) -> str:
    """Return in words that a keyword came, went, or is another one."""
    if old is ABSENT:
        return f"`{name}` {_shown(new)} is new"
    if new is ABSENT:
        return f"`{name}` {_shown(old)} is gone"
    return f"`{name}` is {_shown(new)}, it was {_shown(old)}"


def _lower_bound(name: str, old: Any, new: Any) -> Effects:
    is_narrower = old is ABSENT or (new is not ABSENT and new > old)
    yield (Effect.NARROWER if is_narrower else Effect.WIDER), described(name, old, new)


def _upper_bound(name: str, old: Any, new: Any) -> Effects:
    is_narrower = old is ABSENT or (new is not ABSENT and new < old)
    yield (Effect.NARROWER if is_narrower else Effect.WIDER), described(name, old, new)


def _form(name: str, old: Any, new: Any) -> Effects:
    effect = Effect.NARROWER if old is ABSENT else Effect.WIDER if new is ABSENT else Effect.OTHER
    yield effect, described(name, old, new)


def _switch(name: str, old: Any, new: Any) -> Effects:
    yield (Effect.NARROWER if new is True else Effect.WIDER), described(name, old, new)


def _step(name: str, old: Any, new: Any) -> Effects:
    if ABSENT not in (old, new) and new % old == 0:
        yield Effect.NARROWER, described(name, old, new)
    elif ABSENT not in (old, new) and old % new == 0:
        yield Effect.WIDER, described(name, old, new)
    else:
        yield from _form(name, old, new)


def _names(value: Any) -> list[Any]:
    return [] if value is ABSENT else value if isinstance(value, list) else [value]


def _demanded(name: str, old: Any, new: Any) -> Effects:
    """Compare lists of which every further entry asks for more."""
    yield from ((Effect.NARROWER, f"`{name}` has {each!r} now") for each in _names(new) if each not in _names(old))
    yield from ((Effect.WIDER, f"`{name}` has no {each!r} any more") for each in _names(old) if each not in _names(new))


def _allowed(name: str, old: Any, new: Any) -> Effects:
    """Compare lists of which every further entry allows more; without the list all is allowed."""
    if ABSENT in (old, new):
        yield from _form(name, old, new)
        return
    yield from ((Effect.WIDER, f"`{name}` has {each!r} now") for each in _names(new) if each not in _names(old))
    yield from (
        (Effect.NARROWER, f"`{name}` has no {each!r} any more") for each in _names(old) if each not in _names(new)
    )


def _types(name: str, old: Any, new: Any) -> Effects:
    before, after = (set(_TYPES if value is ABSENT else _names(value)) for value in (old, new))
    added, lost = _without_parts(after, before), _without_parts(before, after)
    yield from ((Effect.WIDER, f"`{name}` may be {each} now") for each in added)
    yield from ((Effect.NARROWER, f"`{name}` may not be {each} any more") for each in lost)


def _without_parts(types: set[Any], others: set[Any]) -> list[Any]:
    """Return the types that `others` lacks; an integer is a number, too."""
    covered = others | ({"integer"} if "number" in others else set())
    return sorted(types - covered)


def _pairs(name: str, old: Any, new: Any) -> Effects:
    before, after = ({} if value is ABSENT else value for value in (old, new))
    for member in dict.fromkeys((*before, *after)):
        yield from _demanded(f"{name}/{member}", before.get(member, []), after.get(member, []))


def _identity(name: str, old: Any, new: Any) -> Effects:
    """Compare the members that tell resources apart: the fewer there are, the fewer resources may live together."""
    yield from (
        (Effect.WIDER, f"{each!r} tells resources apart now") for each in _names(new) if each not in _names(old)
    )
    for each in _names(old):
        if each not in _names(new):
            yield Effect.OTHER, f"{each!r} does not tell resources apart any more (`{name}`)"


def _together(name: str, old: Any, new: Any) -> Effects:
    """Compare the members that tell entries apart together: the fewer there are, the fewer entries may differ."""
    before, after = {*_names(old)}, {*_names(new)}
    if ABSENT not in (old, new) and (before < after or after < before):
        yield (Effect.WIDER if before < after else Effect.NARROWER), described(name, old, new)
    elif before != after:
        yield from _form(name, old, new)


def _conditions(name: str, old: Any, new: Any) -> Effects:
    """Compare under which conditions members are allowed: every further sibling must match, too."""
    before, after = ({} if value is ABSENT else value for value in (old, new))
    for member in dict.fromkeys((*before, *after)):
        was, now = before.get(member, {}), after.get(member, {})
        for sibling in dict.fromkeys((*was, *now)):
            patterns = [patterns.get(sibling, ABSENT) for patterns in (was, now)]
            if patterns[0] != patterns[1]:
                yield from _form(f"{name}/{member}/{sibling}", *patterns)


def _promise(name: str, old: Any, new: Any) -> Effects:
    """Compare what the server promises of a member."""
    effect = Effect.PROMISED if old is ABSENT else Effect.WITHDRAWN
    yield effect, described(name, old, new)


def _carried(_: str, old: Any, new: Any) -> Effects:
    """Compare which rules keywords carry, and at which level: from SHOULD to MUST is stricter."""
    before, after = ({} if value is ABSENT else value for value in (old, new))
    for keyword in dict.fromkeys((*before, *after)):
        was, now = (each.get(keyword, {}) for each in (before, after))
        for rule in dict.fromkeys((*was, *now)):
            place = f"`{keyword}` carries {rule}"
            if rule not in now or rule not in was:
                yield Effect.WORDS, f"{place} {'now' if rule in now else 'no more'}"
            elif was[rule] != now[rule]:
                is_stricter = LEVELS.index(now[rule]) < LEVELS.index(was[rule])
                yield (Effect.NARROWER if is_stricter else Effect.WIDER), f"{place} as {now[rule]}, it was {was[rule]}"


def _either(name: str, old: Any, new: Any) -> Effects:
    yield Effect.OTHER, described(name, old, new)


_COMPARISONS: Mapping[str, Comparison] = {
    "type": _types,
    "enum": _allowed,
    "const": _allowed,
    "minimum": _lower_bound,
    "exclusiveMinimum": _lower_bound,
    "minLength": _lower_bound,
    "minItems": _lower_bound,
    "minProperties": _lower_bound,
    "minContains": _lower_bound,
    "maximum": _upper_bound,
    "exclusiveMaximum": _upper_bound,
    "maxLength": _upper_bound,
    "maxItems": _upper_bound,
    "maxProperties": _upper_bound,
    "maxContains": _upper_bound,
    "multipleOf": _step,
    "pattern": _form,
    "format": _form,
    "uniqueItems": _switch,
    "required": _demanded,
    "dependentRequired": _pairs,
    "uniqueItemProperties": _demanded,
    "x-allowed-when": _conditions,
    "x-carries": _carried,
    "x-identity": _identity,
    "x-immutable": _promise,
    "x-generated": _promise,
    "x-derived": _promise,
    "x-counter": _promise,
    "x-echo": _promise,
    "x-unique-by": _together,
}


def effects(name: str, old: Any, new: Any) -> Effects:
    """Yield what a change of the keyword `name` does; of a keyword that is not known, it might be anything."""
    if name in ANNOTATIONS:
        yield Effect.WORDS, described(name, old, new)
    else:
        yield from _COMPARISONS.get(name, _either)(name, old, new)
