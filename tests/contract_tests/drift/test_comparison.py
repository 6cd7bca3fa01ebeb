from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from contract_tests.drift.change import Change, Severity
from contract_tests.drift.comparison import compared
from governance_contract.document import Document, read_document
from governance_contract.locations import data_path

DOCUMENT = read_document(data_path("openapi", "governance.yaml"))

Edit = tuple[str, str]
Editing = Callable[..., Path]
BREAKING, COMPATIBLE, WORDS = Severity.BREAKING, Severity.COMPATIBLE, Severity.DOCUMENTATION

BUDGET_LIMIT = "          exclusiveMinimum: 0\n"
CREATE = "    CreateModelConfigRequest:\n      description: Request to create a new model config\n"
DURATION = "      pattern: ^[1-9][0-9]*[smhdwMY]$(?!\\n)\n"
CONDITION = "          then:\n            required: [scope_id]\n"

EDITS: dict[str, tuple[Edit, Severity, str]] = {
    "a lower bound of a request is raised": (
        (BUDGET_LIMIT, "          exclusiveMinimum: 1\n"),
        BREAKING,
        "`exclusiveMinimum` is 1, it was 0",
    ),
    "a lower bound of a request is gone": ((BUDGET_LIMIT, ""), COMPATIBLE, "`exclusiveMinimum` 0 is gone"),
    "an upper bound of a request is lowered": (
        ("maximum: 9223372036854775807", "maximum: 1000000"),
        BREAKING,
        "`maximum` is 1000000",
    ),
    "a member of a request is required": (
        ("required: [model_name]", "required: [model_name, provider]"),
        BREAKING,
        "`required` has 'provider' now",
    ),
    "a condition asks for more": (
        (CONDITION, CONDITION.replace("scope_id]", "scope_id, provider]")),
        BREAKING,
        "`required` has 'provider' now",
    ),
    "a condition is another one": (
        ("properties:\n              scope: {$ref: '#/components/schemas/Scope', not: {const: global}}", ""),
        BREAKING,
        "the condition (`if`) is another one",
    ),
    "a pair asks for more": (
        ("token_max_limit: [token_reset_duration]", "token_max_limit: [token_reset_duration, request_max_limit]"),
        BREAKING,
        "`dependentRequired/token_max_limit` has 'request_max_limit' now",
    ),
    "entries must differ in one more member": (
        ("uniqueItemProperties: [reset_duration]", "uniqueItemProperties: [reset_duration, max_limit]"),
        BREAKING,
        "`uniqueItemProperties` has 'max_limit' now",
    ),
    "a form is another one": ((DURATION, "      pattern: ^[1-9]d$\n"), BREAKING, "`pattern` is '^[1-9]d$'"),
    "a value of a request is refused": (
        ("enum: [global, virtual_key, user]", "enum: [global, virtual_key]"),
        BREAKING,
        "`enum` has no 'user' any more (in a request)",
    ),
    "a new value may come back": (
        ("enum: [global, virtual_key, user]", "enum: [global, virtual_key, user, team]"),
        BREAKING,
        "`enum` has 'team' now (in a response)",
    ),
    "a type of a request is refused": (
        (
            "type: [array, 'null']\n          items: {$ref: '#/components/schemas/CreateBudgetRequest'}",
            "type: array\n          items: {$ref: '#/components/schemas/CreateBudgetRequest'}",
        ),
        BREAKING,
        "`type` may not be null any more (in a request)",
    ),
    "a member of an answer may be missing": (
        (
            "required: [id, model_name, scope, calendar_aligned, created_at, updated_at]",
            "required: [id, model_name, scope, calendar_aligned, created_at]",
        ),
        BREAKING,
        "`required` has no 'updated_at' any more (in a response)",
    ),
    "a member is gone": (
        ("        scope_name:\n", "        scope_title:\n"),
        BREAKING,
        "the member 'scope_name' is gone",
    ),
    "a member is new": (("        scope_name:\n", "        scope_title:\n"), COMPATIBLE, "'scope_title' is new"),
    "a default is another one": (
        ("default: global", "default: user"),
        BREAKING,
        "`default` is 'user', it was 'global'",
    ),
    "fewer members tell resources apart": (
        ("x-identity: [scope, scope_id, model_name, provider]", "x-identity: [scope, scope_id, model_name]"),
        BREAKING,
        "'provider' does not tell resources apart any more",
    ),
    "a promise is withdrawn": (
        ("          x-generated: id\n          x-immutable: true\n", "          x-generated: id\n"),
        BREAKING,
        "`x-immutable` True is gone",
    ),
    "a keyword carries its rule more strictly": (
        ("pattern: {rule: REQ-01, level: SHOULD}", "pattern: REQ-01"),
        BREAKING,
        "`pattern` carries REQ-01 as MUST, it was SHOULD",
    ),
    "an operation has another id": (
        ("operationId: getModelConfig", "operationId: readModelConfig"),
        BREAKING,
        "`operationId` is 'readModelConfig'",
    ),
    "a parameter is required": (
        ("          example: 25\n", "          example: 25\n          required: true\n"),
        BREAKING,
        "the query parameter 'limit' is required now",
    ),
    "a parameter is gone": (("        - name: search\n", "        - name: find\n"), BREAKING, "'search' is gone"),
    "an optional parameter is new": (
        ("        - name: search\n", "        - name: find\n"),
        COMPATIBLE,
        "'find' is new",
    ),
    "the largest page is smaller": (
        ("x-page: {maximum: 100, filtered: 25}", "x-page: {maximum: 50, filtered: 25}"),
        BREAKING,
        "`x-page`",
    ),
    "the status of success is another one": (
        (
            "        '200':\n          description: One page of model configs",
            "        '206':\n          description: One page of model configs",
        ),
        BREAKING,
        "the status 200 is not documented any more",
    ),
    "a rule is stricter": (
        ("  BUD-05:\n    level: SHOULD", "  BUD-05:\n    level: MUST"),
        BREAKING,
        "the rule BUD-05 is a MUST, it was a SHOULD",
    ),
    "a promise of the rules is softer": (
        ("  BUD-04:\n    level: MUST", "  BUD-04:\n    level: SHOULD"),
        BREAKING,
        "the rule BUD-04 is a SHOULD, it was a MUST",
    ),
    "a rule that refuses is softer": (
        ("  BUD-06:\n    level: MUST", "  BUD-06:\n    level: SHOULD"),
        COMPATIBLE,
        "the rule BUD-06 is a SHOULD, it was a MUST",
    ),
    "a rule holds under another id": (("  LIST-03:\n", "  LIST-33:\n"), BREAKING, "the rule LIST-03 (SHOULD) is gone"),
    "a description says it in other words": (
        ("description: Name of the model (required).", "description: The model's name (required)."),
        WORDS,
        "`description`",
    ),
    "a statement of a rule says it in other words": (
        ("equal `reset_duration`s answer 400", "entries with equal `reset_duration`s answer 400"),
        WORDS,
        "`statement`",
    ),
    "the version is another one": (("  version: 1.0.0", "  version: 1.1.0"), WORDS, "`version` is '1.1.0'"),
}


def found(changes: list[Change], severity: Severity, message: str) -> list[Change]:
    return [change for change in changes if change.severity is severity and message in change.message]


@pytest.mark.parametrize("label", EDITS)
def test_a_change_is_told_with_its_severity_and_line(label: str, edited: Editing) -> None:
    edit, severity, message = EDITS[label]

    changes = compared(DOCUMENT, read_document(edited(edit)))

    assert found(changes, severity, message), changes
    assert all(change.new_line or change.old_line for change in changes)


@pytest.mark.parametrize("label", EDITS)
def test_the_way_back_is_a_change_too(label: str, edited: Editing) -> None:
    edit, severity, _ = EDITS[label]
    changes = compared(read_document(edited(edit)), DOCUMENT)
    assert changes
    if severity is WORDS:
        assert {change.severity for change in changes} == {WORDS}


def test_a_document_does_not_differ_from_itself() -> None:
    assert compared(DOCUMENT, DOCUMENT) == []


def test_only_words_break_nothing(edited: Editing) -> None:
    changes = compared(DOCUMENT, read_document(edited(("summary: Spending limits per model.", "summary: Limits."))))
    assert [change.severity for change in changes] == [WORDS]


def test_a_change_of_a_shared_schema_is_told_once_with_every_operation(edited: Editing) -> None:
    changes = compared(DOCUMENT, read_document(edited((DURATION, "      pattern: ^[1-9]d$\n"))))
    (change,) = found(changes, BREAKING, "`pattern`")
    assert set(change.subjects) == {"createModelConfig", "updateModelConfig"}
    assert change.pointer == "/components/schemas/Duration/pattern"
    assert set(change.rules) == {"BUD-06", "RATE-04"}


def test_an_operation_that_is_gone_breaks_and_one_that_is_new_does_not(edited: Editing) -> None:
    gone = read_document(
        edited(("    delete:\n      operationId: deleteModelConfig", "    x-delete:\n      operationId: none"))
    )
    assert found(compared(DOCUMENT, gone), BREAKING, "the operation DELETE /api/governance/model-configs/{} is gone")
    assert found(compared(gone, DOCUMENT), COMPATIBLE, "the operation DELETE")


def test_another_name_of_a_path_parameter_changes_nothing(edited: Editing) -> None:
    renamed = edited(("keys/{vk_id}", "keys/{key}"), ("- name: vk_id", "- name: key"))
    assert compared(DOCUMENT, read_document(renamed)) == []


def test_without_rules_on_one_side_only_openapi_is_compared(strip_rules: Callable[[Document], Document]) -> None:
    assert compared(DOCUMENT, strip_rules(DOCUMENT)) == []


@pytest.fixture
def strip_rules() -> Callable[[Document], Document]:
    """Return what takes the catalogue and every keyword that begins with `x-` out of a document."""

    def stripped(value: object) -> object:
        if isinstance(value, dict):
            return {name: stripped(item) for name, item in value.items() if not str(name).startswith("x-")}
        return [stripped(item) for item in value] if isinstance(value, list) else value

    def strip(document: Document) -> Document:
        root = stripped(dict(document.root))
        assert isinstance(root, dict)
        return Document(document.path, document.text, root)

    return strip
