"""A YAML text that has no bounds is refused with its line before anything is made of it."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance_contract import yaml_bounds, yaml_source
from governance_contract.yaml_source import YamlError

ANY = Path("any.yaml")


def bomb(levels: int, width: int) -> str:
    """Return a text in which each value refers `width` times to the one before."""
    inner = (f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * width)}]\n" for n in range(1, levels))
    return "a0: &a0 [x]\n" + "".join(inner)


DEEPER = f"nests deeper than {yaml_bounds.MAX_DEPTH} levels"
ENDLESS = r"the alias \*r stands within what it refers to"


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("a:\n " + "[" * 100_000, 2, DEEPER),
        ("a:\n " + "[" * 100_000 + "]" * 100_000, 2, DEEPER),
        ("{a: " * 100_000, 1, DEEPER),
        ("- " * 100_000, 1, DEEPER),
        ("? " * 100_000, 1, DEEPER),
        ("".join(" " * level + "a:\n" for level in range(300)), yaml_bounds.MAX_DEPTH + 1, DEEPER),
        (bomb(300, 1), yaml_bounds.MAX_DEPTH, DEEPER),
        (bomb(40, 9), 7, f"stands for more than {yaml_bounds.MAX_NODES} values"),
        (bomb(5, 2000), 3, f"stands for more than {yaml_bounds.MAX_NODES} values"),
        ("&r [*r]", 1, ENDLESS),
        ("a: 1\nb: &r {c: [*r]}", 2, ENDLESS),
        ("&r {*r : 1}", 1, ENDLESS),
    ],
    ids=map(str, range(12)),
)
def test_a_text_out_of_bounds_is_refused_with_its_line(text: str, line: int, message: str) -> None:
    with pytest.raises(YamlError, match=rf"^any\.yaml: .*{message}") as refusal:
        yaml_source.parse(text, ANY)
    assert refusal.value.line == line


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a: &x [1, 2]\nb: [*x, *x]", {"a": [1, 2], "b": [[1, 2], [1, 2]]}),
        ("a: &x 1\nb: {c: *x}", {"a": 1, "b": {"c": 1}}),
    ],
)
def test_aliases_that_end_are_followed(text: str, value: Any) -> None:
    assert yaml_source.parse(text, ANY) == value


def test_a_text_at_the_bounds_is_read() -> None:
    deepest = "[" * yaml_bounds.MAX_DEPTH + "]" * yaml_bounds.MAX_DEPTH
    assert str(yaml_source.parse(deepest, ANY)) == deepest
    assert yaml_source.lines(deepest)[""] == 1
    assert list(yaml_source.repeated_keys("{a: " * yaml_bounds.MAX_DEPTH + "1" + "}" * yaml_bounds.MAX_DEPTH)) == []


@pytest.mark.parametrize(
    "text",
    [
        "a: " + "9" * 5000,
        "a: 0x" + "f" * 5000,
        "a: 1:" + "59:" * 3000 + "1",
        "a: .inf",
        "a: -.inf",
        "a: .nan",
        "a: 1.0e+999",
        "a: 0x_",
        "a: !!int x",
        "a: !!float x",
        "a: !!bool x",
        "a: !!binary x",
        "a: !!timestamp 2026-03-01",
        "a: !!set {x}",
        "a: !!omap [x: 1]",
        "? [a]\n: 1",
        "? {a: 1}\n: 1",
        "*unknown",
    ],
    ids=lambda text: text[:30],
)
def test_what_is_no_json_value_is_refused_with_its_line(text: str) -> None:
    with pytest.raises(YamlError, match=r"(?s)any\.yaml: is not YAML: .*line 2") as refusal:
        yaml_source.parse(f"# comment\n{text}", ANY)
    assert refusal.value.line == 2


def test_a_file_that_is_too_long_is_refused_without_reading_it_all() -> None:
    with pytest.raises(YamlError, match=f"/dev/zero: is longer than {yaml_source.MAX_BYTES} bytes"):
        yaml_source.read_text(Path("/dev/zero"))


@given(st.text(alphabet="ab:-?[]{}&*!|>'\" \n,#019.", max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(YamlError):
        yaml_source.parse(text, ANY)
        yaml_source.lines(text)
        list(yaml_source.repeated_keys(text))
