"""The keywords `enum` and `const`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from governance_contract.closest import closest
from governance_contract.keywords.keyword import Keyword, Mutation, Path, Schema


def _mutate_enum(_value: Any, schema: Schema) -> Iterator[Mutation]:
    texts = [choice for choice in schema["enum"] if isinstance(choice, str)]
    for choice in texts:
        for edit, text in _misspelt(choice):
            if text not in texts:
                yield Mutation("enum", edit, text, f"{choice} {edit.replace('-', ' ')}", choice)
    for edit, text in (("empty", ""), ("another-word", "something_else")):
        if texts and text not in texts:
            yield Mutation("enum", edit, text, edit.replace("-", " "))


def _misspelt(choice: str) -> Iterator[tuple[str, str]]:
    yield "in-capitals", choice.upper()
    yield "with-a-capital", choice.capitalize()
    yield "with-a-blank-before", f" {choice}"
    yield "with-a-blank-behind", f"{choice} "
    yield "cut-short", choice[:-1]
    yield "with-a-letter-more", f"{choice}x"


def _explain_enum(schema: Schema, _path: Path) -> str:
    return f"one of {', '.join(map(str, schema['enum']))}"


def _fix_enum(value: Any, wanted: Sequence[Any]) -> Iterator[Any]:
    texts = [choice for choice in wanted if isinstance(choice, str)]
    found = closest(value, texts) if isinstance(value, str) else None
    if found is not None:
        yield found


def _mutate_const(_value: Any, schema: Schema) -> Iterator[Mutation]:
    wanted = schema["const"]
    other = f"{wanted}x" if isinstance(wanted, str) else "something_else"
    yield Mutation("const", "another-value", other, f"{other!r} instead of {wanted!r}")


def _explain_const(schema: Schema, _path: Path) -> str:
    return f"{schema['const']!r}"


def _fix_const(_value: Any, wanted: Any) -> Iterator[Any]:
    yield wanted


ENUM = Keyword("enum", _mutate_enum, _explain_enum, _fix_enum)
CONST = Keyword("const", _mutate_const, _explain_const, _fix_const)
