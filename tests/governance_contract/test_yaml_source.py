from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from governance_contract import yaml_source
from governance_contract.yaml_source import YamlError

ANY = Path("any.yaml")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a: 2026-03-01", {"a": "2026-03-01"}),
        ("a: 2026-03-01T09:00:00Z", {"a": "2026-03-01T09:00:00Z"}),
        ("200: ok", {"200": "ok"}),
        ("on: 1", {"on": 1}),
        ("null: 1", {"null": 1}),
        ("<<: {a: 1}", {"<<": {"a": 1}}),
        ("a: &x [1]\nb: *x", {"a": [1], "b": [1]}),
        (
            "[1, 1.5, true, null, '1', \N{ARABIC-INDIC DIGIT ONE}]",
            [1, 1.5, True, None, "1", "\N{ARABIC-INDIC DIGIT ONE}"],
        ),
        ("", None),
    ],
)
def test_yaml_is_read_as_json_values(text: str, value: Any) -> None:
    assert yaml_source.parse(text, ANY) == value


@pytest.mark.parametrize("text", ["a: [", "a: !!python/name:os.system", "a: 1\n---\nb: 1", "\x00"])
def test_what_is_not_yaml_is_an_error_that_names_the_file(text: str) -> None:
    with pytest.raises(YamlError, match=r"any\.yaml: is not YAML"):
        yaml_source.parse(text, ANY)


def test_a_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text("name: 名前", encoding="utf-8")
    assert yaml_source.read(path) == {"name": "名前"}


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(YamlError, match=r"missing\.yaml: cannot be read"):
        yaml_source.read(tmp_path / "missing.yaml")


def test_a_file_that_is_not_utf_8_is_named(tmp_path: Path) -> None:
    path = tmp_path / "latin.yaml"
    path.write_bytes("name: é".encode("latin-1"))
    with pytest.raises(YamlError, match=r"latin\.yaml: cannot be read"):
        yaml_source.read_text(path)


def test_each_node_has_the_line_on_which_its_key_stands() -> None:
    text = "# head\na/b:\n  - one\n  - two:\n      200: x\nc: {d: 1}\n"
    assert yaml_source.lines(text) == {
        "": 1,
        "/a~1b": 2,
        "/a~1b/0": 3,
        "/a~1b/1": 4,
        "/a~1b/1/two": 4,
        "/a~1b/1/two/200": 5,
        "/c": 6,
        "/c/d": 6,
    }


def test_an_empty_text_has_one_line() -> None:
    assert yaml_source.lines("") == {"": 1}


@pytest.mark.parametrize(
    ("text", "repeated"),
    [
        ("", []),
        ("a: 1\nb: 1\n", []),
        ("a: 1\nb: {c: 1, d: 2, c: 3}\na: 2\n", [("/b/c", 2), ("/a", 3)]),
        ("- {x: 1,\n   x: 1,\n   x: 1}", [("/0/x", 2), ("/0/x", 3)]),
        ("200: 1\n'200': 2\n", [("/200", 2)]),
    ],
)
def test_keys_that_stand_twice_in_one_mapping_are_found(text: str, repeated: list[tuple[str, int]]) -> None:
    assert sorted(yaml_source.repeated_keys(text)) == sorted(repeated)
