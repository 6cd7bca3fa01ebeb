"""Writes the pages of docs/ that follow from the code: `make docs`. `--check` only names what is outdated."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from contract_tests import catalogue, formats, labels
from contract_tests.exchange import KEY_VARIABLE
from contract_tests.options import OPTIONS, Option
from contract_tests.reports.events import events_in_log
from governance_contract import load_contract, yaml_source
from governance_contract.fixtures import fixture_names, read_fixture
from governance_contract.keywords import KEYWORDS, STANDARD
from governance_contract.rules import CARRIED_ASPECTS, CONDUCT_ASPECTS, Catalogue, Rule
from governance_contract.vocabulary import VOCABULARY, Keyword
from mockserver import settings

DOCS = Path(__file__).resolve().parent
_NOTICE = "<!-- Written by `make docs` from the code; edit that instead. -->"

Row = tuple[str, ...]


def page(title: str, *blocks: str) -> str:
    """Return a Markdown page made of a title and blocks of text."""
    return "\n\n".join([f"# {title}", _NOTICE, *blocks]) + "\n"


def table(head: Row, rows: Iterable[Row]) -> str:
    """Return a Markdown table."""
    ruled = [head, tuple("---" for _ in head), *rows]
    return "\n".join(f"| {' | '.join(map(_cell, row))} |" for row in ruled)


def code(text: object) -> str:
    """Return `text` as code; nothing for nothing."""
    return f"`{text}`" if str(text) else ""


def listed(items: Iterable[object]) -> str:
    """Return the items as code, separated by commas."""
    return ", ".join(code(item) for item in items)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def rules_page() -> str:
    """Return the catalogue of rules, with what the suite does for each."""
    contract = load_contract()
    counts = {row[0]: row for row in catalogue.rows(contract)}
    head = ("id", "level", "rule", "source", "aspect", "operations", "refusal", "probes", "counterexamples")
    rows = [_rule_row(rule, counts[rule.id]) for rule in contract.rules]
    tolerated = [(rule.id, sentence) for rule in contract.rules for sentence in rule.tolerates]
    open_questions = "## What the rules leave open\n\n" + table(("rule", "never a finding"), tolerated)
    return page("Rules", _RULES_INTRODUCTION, table(head, rows), open_questions)


_RULES_INTRODUCTION = """\
`x-rules` of [openapi/governance.yaml](../openapi/governance.yaml), with what the suite does for each rule.

- **level**: a broken MUST fails a run; a broken SHOULD warns, and fails with `--level should`; a MAY is only
  reported.
- **source**: `seed` is [the published page of the create operation](seed/create-model-config.txt), `docs` the
  product's other public pages, `sane` what any client relies on.
- **aspect**: what the rule is about; see [vocabulary.md](vocabulary.md#aspects-of-rules).
- **operations**: those of model configs, without that word: `create` is `createModelConfig`.
- **refusal**: status of a request that breaks the rule; in parentheses what a target may answer instead.
- **probes**: experiments of the suite that exercise the rule; those of one rule are named by
  `contract-tests --list --profile thorough --rules ID`.
- **counterexamples**: create and update bodies that break this rule alone, made from the document."""


def _rule_row(rule: Rule, counts: Row) -> Row:
    by_column = dict(zip(catalogue.COLUMNS, counts, strict=True))
    return (
        rule.id,
        rule.level,
        rule.statement,
        rule.source,
        rule.aspect,
        by_column["operations"],
        _refusal(rule),
        by_column["probes"],
        by_column["refused"],
    )


def _refusal(rule: Rule) -> str:
    if rule.refusal is None:
        return ""
    tolerated = ", ".join(map(str, rule.refusal.tolerated))
    return f"{rule.refusal.status} ({tolerated})" if tolerated else str(rule.refusal.status)


def vocabulary_page() -> str:
    """Return the keywords that the document may use beside JSON Schema's, and the kinds of rules."""
    rules = load_contract().rules
    head = ("aspect", "a rule on it says that", "rules")
    return page(
        "Vocabulary",
        _VOCABULARY_INTRODUCTION,
        table(("keyword", "stands on", "meaning", "value"), map(_keyword_row, VOCABULARY.values())),
        f"Keywords of JSON Schema that a request schema may use, since the suite can break each of them alone:\n"
        f"{listed(STANDARD)}, `uniqueItemProperties` and `if`/`then`.\n"
        f"Of the table above it breaks {listed(name for name in KEYWORDS if name in VOCABULARY)}.",
        _ASPECTS_INTRODUCTION,
        table(head, _aspect_rows(rules, CARRIED_ASPECTS)),
        _CONDUCT_INTRODUCTION,
        table(head, _aspect_rows(rules, CONDUCT_ASPECTS)),
    )


_VOCABULARY_INTRODUCTION = """\
What [openapi/governance.yaml](../openapi/governance.yaml) may contain beyond OpenAPI and JSON Schema. An
unknown keyword, or one in the wrong place, stops mock and suite at the start.

## Keywords

Other OpenAPI tools may ignore them."""

_ASPECTS_INTRODUCTION = """\
## Aspects of rules

`aspect` of a rule says what it is about. Rules on these aspects are named by `x-carries`, beside the keyword that
carries them."""

_CONDUCT_INTRODUCTION = """\
Rules on these aspects speak of what a server does. Mock and suite find each by its aspect and operation; a document
that leaves one out is not judged by it."""


def _keyword_row(keyword: Keyword) -> Row:
    return code(keyword.name), keyword.place, keyword.meaning, form(keyword.schema)


def _aspect_rows(rules: Catalogue, aspects: Mapping[str, str]) -> Iterable[Row]:
    for aspect, meaning in aspects.items():
        yield code(aspect), meaning, _rules_of(rules, aspect)


def _rules_of(rules: Catalogue, aspect: str) -> str:
    return ", ".join(rule.id for rule in rules if rule.aspect == aspect)


def form(schema: Mapping[str, Any]) -> str:
    """Return in a few words which values a schema of the vocabulary accepts."""
    if "const" in schema:
        return code(str(schema["const"]).lower() if schema["const"] is True else schema["const"])
    if "enum" in schema:
        return " or ".join(map(code, schema["enum"]))
    if "oneOf" in schema:
        return " or ".join(map(form, schema["oneOf"]))
    if schema["type"] == "object":
        return _object_form(schema)
    if schema["type"] == "array":
        return f"list of {form(schema['items'])}" if "items" in schema else "list"
    simple = {"string": "name", "integer": "number", "regex": "regular expression"}
    return simple.get(schema.get("format", schema["type"])) or str(schema["type"])


def _object_form(schema: Mapping[str, Any]) -> str:
    entries = schema.get("additionalProperties")
    if entries:
        return f"object, each entry: {form(entries)}"
    required = schema.get("required", ())
    members = [code(name if name in required else f"{name}?") for name in schema.get("properties", {})]
    return f"object of {', '.join(members)}" if members else "object"


def settings_page() -> str:
    """Return the settings of the mock and the options of the suite."""
    return page(
        "Settings",
        _MOCK_INTRODUCTION,
        table(("flag", "environment variable", "default", "meaning"), map(_setting_row, settings.entries())),
        _SUITE_INTRODUCTION,
        table(("`contract-tests`", "`pytest`", "default", "meaning"), map(_option_row, OPTIONS)),
        _COMMAND_ALONE,
    )


_MOCK_INTRODUCTION = """\
## The mock

`mockserver` takes a setting from its flag, else from the environment variable, else from the TOML file of
`--config FILE`, where it is named as the flag, with underscores. A setting that has several values is a flag that
may be repeated; in one value commas separate them."""

_SUITE_INTRODUCTION = f"""\
## The suite

`contract-tests [URL]` and `pytest contract_tests [--base-url URL]` are the same run. The key is read from the
environment variable `{KEY_VARIABLE}`, where no process list shows it. Without a URL the suite starts a mock
and judges that."""

_COMMAND_ALONE = """\
Only the command has `--list`, which prints the probes of a run instead of running them, `-v`, which writes a
line for each probe, and `-n N`, which uses N processes (it needs the extra `scale`)."""


def _setting_row(entry: tuple[Any, settings.Entry]) -> Row:
    setting, told = entry
    flag, default = settings.usage(setting.name, told), settings.default_of(setting)
    return code(flag), code(settings.variable_name(setting.name)), code(default), told.help


def _option_row(option: Option) -> Row:
    value = " ".join(filter(None, (option.name, "|".join(option.choices or ()) or option.metavar)))
    is_none = option.default is None or option.default is False or option.default in ("", ())
    default = code("" if is_none else option.default)
    return code(f"--{value}"), code(f"--ct-{value}"), default, f"{option.help}."


def dialects_page() -> str:
    """Return the dialects of the mock with their deviations."""
    sections = (_dialect_section(name) for name in fixture_names("dialects"))
    return page("Dialects", _DIALECTS_INTRODUCTION, *sections)


_DIALECTS_INTRODUCTION = """\
What the mock does differently from the contract with `--profile NAME`; each deviation is switched on by
`--deviation NAME` in any profile, and off by `--deviation -NAME`. The profile `contract` has none. Made from
`fixtures/dialects/`. **Breaks** are the rules that the suite finds broken; where there is none, the contract leaves
it open, or no suite can see it: usage is inherited only where something was spent (BUD-08).

Nothing is to be switched where real servers and the mock agree: members that are optional are absent, not null, and
a singular `budget` or `calendar_aligned` in a request has no effect."""


def _dialect_section(name: str) -> str:
    told = read_fixture("dialects", name).value
    entries = told.get("deviations", {}).items()
    rows = [(code(each), entry["description"], ", ".join(entry["breaks"])) for each, entry in entries]
    more = f" It has all deviations of `{told['extends']}`, too." if "extends" in told else ""
    return f"## {name}\n\n{told['description']}{more}\n\n{table(('deviation', 'what it does', 'breaks'), rows)}"


def seed_page() -> str:
    """Return where each part of the published page stands in the document, and which rules carry it."""
    trace = yaml_source.read(DOCS / "seed" / "trace.yaml")
    navigation = "; ".join(f"“{quote}”" for quote in trace["navigation"])
    members = (_member_row(path, entry) for path, entry in trace["response"].items())
    return page(
        "Traceability of the published page",
        _SEED_INTRODUCTION,
        table(("the page", "the document", "rules"), map(_quote_row, trace["quotes"])),
        f"Navigation of the web site, without meaning for the API: {navigation}.",
        "## The sample response",
        table(("member", "the document", "rules"), members),
    )


_SEED_INTRODUCTION = """\
Every word of [the page of the create operation](seed/create-model-config.txt) with the places of
[openapi/governance.yaml](../openapi/governance.yaml) that say it (JSON Pointers) and the [rules](rules.md)
that carry it. Made from [seed/trace.yaml](seed/trace.yaml), whose every claim is tested.

## The text"""


def _quote_row(entry: Mapping[str, Any]) -> Row:
    claims = [
        *(f"{code(at)} is {code(_json(value))}" for at, value in entry.get("holds", {}).items()),
        *(f"{code(at)} lists {code(_json(value))}" for at, value in entry.get("lists", {}).items()),
        *(f"{code(at)} lacks {code(_json(value))}" for at, value in entry.get("lacks", {}).items()),
        *(f"{code(at)} says so" for at in entry.get("says", ())),
    ]
    return code(entry["quote"]), "<br>".join(claims), ", ".join(entry["rules"])


def _member_row(path: str, entry: Mapping[str, Any]) -> Row:
    return code(path), code(entry["at"]), ", ".join(entry["rules"])


def _json(value: Any) -> str:
    return json.dumps(value)


def formats_page() -> str:
    """Return what outlives a run, and what changes its version."""
    versions = {
        "identity of findings": formats.IDENTITY,
        "ids of stimuli": formats.STIMULI,
        "log of events": formats.EVENTS,
        "baseline": formats.BASELINE,
        "recording": formats.RECORDING,
        "report for machines": formats.REPORT,
    }
    events = table(("event", "members"), ((code(name), listed(members)) for name, members in events_in_log().items()))
    return page(
        "Formats that outlive a run",
        "What a run writes is read by later runs, by other tools, and by people. Each format has a version of its own.",
        table(("format", "version"), ((name, str(version)) for name, version in versions.items())),
        _FORMATS.format(events=events),
        table(("kind", "sentence"), ((code(kind), sentence) for kind, sentence in sorted(labels.kinds().items()))),
    )


_FORMATS = """\
A version changes when a reader of the former one would fail or be misled. A file of a version that is not read any more
is refused, with the command that makes it anew; none is read halfway.

## Identity of findings

Two findings are the same if these four are equal, whatever the run, the seed, the values and the words:

- **rule**: the id of the broken rule;
- **operation**: its `operationId` in the document;
- **pointer**: the place in the request or response, as a JSON Pointer with `*` for any entry of a list; `query/NAME`
  for a query parameter; empty for the whole body;
- **kind**: how it is wrong, from the table below. What follows the name of a family says which keyword was broken, with
  which status the server answered, or what was sent.

The fingerprint in reports is the beginning of a SHA-256 over the four. The sentence for a kind is for people, and may
change at any time. In version 1 the sentence was the identity.

## Ids of stimuli

A stimulus is what a probe sends. Its id is unique in the suite and names it in events, in reports, and in
`contract-tests run --list`: a name in `snake_case`, or `RULE refused by OPERATION` for what is made from the document.
An id that is renamed, or that sends something else, changes the version. A new id does not.

## Log of events

`--events FILE` writes one JSON object a line, in the order of the run. `event` names the kind; instants are texts
(RFC 3339), `at` counts seconds since the start of the run, durations are seconds. The first line has the versions
(`formats`). `contract-tests report FILE` makes every report of it again. No line holds a secret.

{events}

## Baseline

A YAML file with `format`, `profile` and `accepted`; [the schema](../contract_tests/baseline/schema.yaml) says the
rest, and [reports.md](reports.md#baseline) how to use it. An entry names rule and operation, and may narrow them by
`pointer` and `kind`. A file of format 1 is read as it is where its entries have no `label`; one with labels is refused,
with the lines and what to do, since no label can be translated without the run that it came from.

## Recording

`--record FILE` writes one JSON object a line for each exchange, when it is over, also for look-ups, retries and the
clean-up. The key and the cookies of the target are not in it.

- `format`, and `began` and `ended` in seconds since the epoch;
- `request`: `method`, `path` below the base URL, `query`, `headers`, `body`, and `authorization` (null for the key of
  the target, empty for none);
- `response`: `status` (0 where none came), `headers`, `body`, and `breach`, which says why the body could not be read.

A body is a text, or an object with `base64` where it is no UTF-8.

## Report for machines

`--json FILE`; [the schema](../contract_tests/reports/report.schema.json) describes every member. Its first number
changes where a reader would fail, the second where members are added. `--compare` and `contract-tests baseline update`
refuse a report of another first number.

## Kinds of defects

The pointer stands in the sentence where it says `{{place}}`; the other words in braces come from the kind."""


PAGES: Mapping[str, Callable[[], str]] = {
    "dialects.md": dialects_page,
    "formats.md": formats_page,
    "rules.md": rules_page,
    "seed-traceability.md": seed_page,
    "settings.md": settings_page,
    "vocabulary.md": vocabulary_page,
}
"""The maker of each generated page by its file name."""


def outdated() -> list[str]:
    """Return the names of the pages that are not as their makers make them."""
    return [name for name, make in PAGES.items() if not _is_current(DOCS / name, make())]


def _is_current(path: Path, text: str) -> bool:
    return path.is_file() and path.read_text(encoding="utf-8") == text


def main(arguments: list[str]) -> int:
    """Write every page, or with `--check` name those that are out of date; return the exit code."""
    if arguments not in ([], ["--check"]):
        given = " ".join(arguments)
        print(f"generate.py: {given!r} is not understood; expected nothing or --check", file=sys.stderr)
        return 2
    names = outdated()
    if arguments:
        for name in names:
            print(f"docs/{name} is out of date; run: make docs")
        return 1 if names else 0
    for name in names:
        (DOCS / name).write_text(PAGES[name](), encoding="utf-8")
        print(f"wrote docs/{name}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
