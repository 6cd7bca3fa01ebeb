from __future__ import annotations

import runpy
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from governance_contract import Contract
from governance_contract.vocabulary import VOCABULARY
from mockserver.settings import entries, flag_name

DOCS = Path(__file__).parents[2] / "docs"
# docs/ is a folder of pages with a script, no package to import from.
GENERATE: Mapping[str, Any] = runpy.run_path(str(DOCS / "generate.py"))
PAGES: Mapping[str, Callable[[], str]] = GENERATE["PAGES"]


@pytest.mark.parametrize("name", PAGES)
def test_a_generated_page_is_the_one_that_is_committed(name: str) -> None:
    committed = (DOCS / name).read_text(encoding="utf-8")
    assert committed == PAGES[name](), f"docs/{name} is out of date; run: make docs"


def test_every_rule_has_a_row(contract: Contract) -> None:
    page = PAGES["rules.md"]()
    assert [rule.id for rule in contract.rules if f"| {rule.id} | {rule.level} |" not in page] == []


def test_every_keyword_has_a_row() -> None:
    page = PAGES["vocabulary.md"]()
    assert [name for name in VOCABULARY if f"| `{name}` |" not in page] == []


def test_every_setting_has_a_row() -> None:
    page = PAGES["settings.md"]()
    assert [setting.name for setting, _ in entries() if f"| `{flag_name(setting.name)} " not in page] == []


def test_a_table_keeps_its_columns_whatever_stands_in_a_cell() -> None:
    assert GENERATE["table"](("a", "b"), [("x|y", "two\nlines")]) == ("| a | b |\n| --- | --- |\n| x\\|y | two lines |")


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({"const": True}, "`true`"),
        ({"const": "whole"}, "`whole`"),
        ({"enum": ["a", "b"]}, "`a` or `b`"),
        ({"type": "string"}, "name"),
        ({"type": "integer"}, "number"),
        ({"type": "array"}, "list"),
        ({"type": "array", "items": {"type": "string"}}, "list of name"),
        ({"type": "object", "minProperties": 1}, "object"),
        ({"type": "object", "required": ["a"], "properties": {"a": {}, "b": {}}}, "object of `a`, `b?`"),
        ({"type": "object", "additionalProperties": {"type": "string"}}, "object, each entry: name"),
    ],
)
def test_the_form_of_a_value_is_said_in_a_few_words(schema: Mapping[str, Any], words: str) -> None:
    assert GENERATE["form"](schema) == words


def test_a_page_that_differs_is_named_and_written_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    main: Callable[[list[str]], int] = GENERATE["main"]
    monkeypatch.setitem(main.__globals__, "DOCS", tmp_path)
    monkeypatch.setitem(main.__globals__, "PAGES", {"rules.md": lambda: "new\n"})
    assert main(["--check"]) == 1
    assert capsys.readouterr().out == "docs/rules.md is out of date; run: make docs\n"
    assert main([]) == 0
    assert (tmp_path / "rules.md").read_text(encoding="utf-8") == "new\n"
    assert main(["--check"]) == 0


def test_an_unknown_argument_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert GENERATE["main"](["--chekc"]) == 2
    assert "expected nothing or --check" in capsys.readouterr().err
