from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from governance_contract import Contract, DocumentError, defects, load_contract
from governance_contract.document import Defect
from governance_contract.locations import data_path

Change = tuple[str, str]
Edit = Callable[..., Path]

BUDGETS = """\
uniqueItemProperties: [reset_duration]
          examples: [[], [{max_limit: 1000, reset_duration: 1M}]]
"""
BUDGET = "      required: [max_limit, reset_duration]\n"
SCHEMAS = "/components/schemas"
CREATE = f"{SCHEMAS}/CreateModelConfigRequest"
CONFIGS = "/paths/~1api~1governance~1model-configs"
CONFIG = "/paths/~1api~1governance~1model-configs~1{mc_id}"


def refused(path: Path) -> DocumentError:
    """Return the error with which the document at `path` is refused."""
    with pytest.raises(DocumentError) as caught:
        load_contract(path)
    return caught.value


def line_of(path: Path, text: str) -> int:
    """Return the line, from 1, on which `text` first begins in the file."""
    return path.read_text(encoding="utf-8").partition(text)[0].count("\n") + 1


DEFECTS: dict[str, list[tuple[Change, str, str]]] = {
    "references": [
        (
            (
                "schema: {$ref: '#/components/schemas/ListUsersResponse'}",
                "schema: {$ref: '#/components/schemas/Nowhere'}",
            ),
            "/paths/~1api~1users/get/responses/200/content/application~1json/schema",
            "$ref #/components/schemas/Nowhere leads nowhere",
        ),
        (
            (
                "items: {$ref: '#/components/schemas/CreateBudgetRequest'}",
                "items: {$ref: 'other.yaml#/Budget'}",
            ),
            f"{CREATE}/properties/budgets/items",
            "$ref other.yaml#/Budget leads nowhere",
        ),
        (
            ("    Scope:\n", "    Scope:\n      $ref: '#/components/schemas/Scope'\n"),
            f"{SCHEMAS}/Scope",
            "leads nowhere; expected a pointer into this document",
        ),
    ],
    "numbers": [
        (
            ("    Scope:\n", "    Scope:\n      maximum: 18446744073709551616\n"),
            f"{SCHEMAS}/Scope/maximum",
            "has an integer beyond 64 bits",
        ),
        (
            ("    Scope:\n", "    Scope:\n      examples: [[-9223372036854775809]]\n"),
            f"{SCHEMAS}/Scope/examples",
            "has an integer beyond 64 bits",
        ),
    ],
    "operations": [
        (
            ("operationId: listProviders", "operationId: listUsers"),
            "/paths/~1api~1providers/get",
            "operationId listUsers is taken by /paths/~1api~1users/get; give it one of its own",
        ),
        (("      operationId: listUsers\n", ""), "/paths/~1api~1users/get", "has no operationId"),
        (
            ("/api/governance/virtual-keys/{vk_id}:", "/api/governance/model-configs/{vk_id}:"),
            "/paths/~1api~1governance~1model-configs~1{vk_id}/get",
            "getVirtualKey answers the same method and path as getModelConfig",
        ),
    ],
    "parameters": [
        (
            ("- name: mc_id", "- name: id"),
            f"{CONFIG}/get",
            "the path has {mc_id}, but no path parameter of that name",
        ),
    ],
    "extension keywords": [
        (
            (BUDGETS + "          x-carries", BUDGETS + "          x-carry"),
            f"{CREATE}/properties/budgets/x-carry",
            "the keyword x-carry is unknown; did you mean x-carries?",
        ),
        (
            ("summary: List users", "x-something: 1"),
            "/paths/~1api~1users/get/x-something",
            "the keyword x-something is unknown",
        ),
        (
            ("summary: List users", "x-echo: [User]"),
            "/paths/~1api~1users/get/x-echo",
            "stands on a schema only",
        ),
        (
            ("x-immutable: true", "x-immutable: 'yes'"),
            f"{SCHEMAS}/ModelConfig/properties/id/x-immutable",
            "x-immutable: true was expected",
        ),
        (
            ("statement: >-\n      `model_name` `*` is accepted\n", "note: x\n"),
            "/x-rules/REQ-02",
            '"statement" is a required property',
        ),
        (
            (BUDGET, f"{BUDGET}      x-allowed-when: {{max_limit: {{reset_duration: '[1-9'}}}}\n"),
            f"{SCHEMAS}/CreateBudgetRequest/x-allowed-when/max_limit/reset_duration",
            'x-allowed-when: "[1-9" is not a "regex"',
        ),
        (
            (BUDGET, f"{BUDGET}      x-allowed-when: {{max_limit: Q}}\n"),
            f"{SCHEMAS}/CreateBudgetRequest/x-allowed-when/max_limit",
            'x-allowed-when: "Q" is not of type "object"',
        ),
        (("level: MAY", "level: MIGHT"), "/x-rules/REQ-10/level", 'is not one of "MUST", "SHOULD" or "MAY"'),
    ],
    "schema keywords": [
        (
            ("uniqueItemProperties: [reset_duration]", "uniqueItemProperties: reset_duration"),
            f"{CREATE}/properties/budgets",
            "uniqueItemProperties is 'reset_duration'; expected a list",
        ),
        (
            (BUDGETS, BUDGETS.replace("Properties", "Property")),
            f"{CREATE}/properties/budgets",
            "the schema keyword uniqueItemProperty is not supported; did you mean uniqueItemProperties?",
        ),
        (
            ("minLength: 1\n          pattern", "minLength: -1\n          pattern"),
            f"{CREATE}/properties/model_name/minLength",
            "is no JSON Schema",
        ),
    ],
    "rules": [
        (
            ("aspect: acceptance", "aspect: aceptance"),
            "/x-rules/REQ-02",
            "rule REQ-02 has the unknown aspect aceptance; expected one of acceptance,",
        ),
        (
            ("operations: [createModelConfig, updateModelConfig]", "operations: [createModelConfg]"),
            "/x-rules/REQ-01",
            "rule REQ-01 holds for createModelConfg, which is no operation of this document",
        ),
        (
            ("          x-carries: {then: REQ-05}\n", ""),
            "/x-rules/REQ-05",
            "rule REQ-05 of aspect validation is carried by no keyword; name it in an x-carries",
        ),
        (("    keywords: ['*']\n", ""), "/x-rules", "no rule has '*' among its keywords"),
    ],
    "carried rules": [
        (
            ("{then: REQ-05}", "{then: REQ-55}"),
            f"{CREATE}/allOf/0/x-carries/then",
            "names the rule REQ-55, which x-rules does not have",
        ),
        (
            ("{type: REQ-08}", "{typ: REQ-08}"),
            f"{CREATE}/x-carries/typ",
            "speaks of the keyword typ, which this schema does not have",
        ),
    ],
    "conditions": [
        (
            ("scope: {$ref: '#/components/schemas/Scope', not: {const: global}}", "scope: {type: string}"),
            f"{CREATE}/allOf/0",
            "this if/then cannot be read",
        ),
    ],
    "examples": [
        (
            ("value: {model_name: gpt-4o}", "value: {model_name: 7}"),
            f"{CONFIGS}/post/requestBody/content/application~1json/examples/smallest/value",
            "the example is refused: /model_name: model_name must be a string",
        ),
        (
            ("default: global", "default: all"),
            f"{CREATE}/properties/scope/default",
            "must be one of global, virtual_key, user",
        ),
        (
            ("examples: [30s, 5m,", "examples: [30s, 5q,"),
            f"{SCHEMAS}/Duration/examples/1",
            "the example is refused",
        ),
        (
            ("model_configs: []\n        count: 0", "model_configs: []\n        count: -1"),
            "/components/examples/EmptyList/value",
            "/count: count must be at least 0",
        ),
    ],
    "counterexamples": [
        (
            ("P1D, daily, 1D, ", "P1D, daily, 1D, 2d, "),
            f"{SCHEMAS}/Duration/x-counterexamples/11",
            "the counterexample '2d' is accepted by the schema that it stands in",
        ),
    ],
    "request keywords": [
        (
            (
                "      type: string\n      enum: [global, virtual_key, user]",
                "      type: string\n      not: {const: all}",
            ),
            f"{SCHEMAS}/Scope",
            "the suite cannot break not in a request",
        ),
        (
            ("          x-expected: a name", "          format: uri-reference\n          x-expected: a name"),
            f"{CREATE}/properties/model_name",
            "the suite cannot break the format uri-reference in a request",
        ),
    ],
    "behaviour": [
        (
            ("x-action: {verb: list, resource: Model}", "x-action: {verb: archive, resource: Model}"),
            "/paths/~1api~1models/get",
            "listModels has no behaviour: x-action.verb is 'archive', expected one of list, get, create",
        ),
        (
            ("x-action: {verb: list, resource: Model}", "x-action: {verb: list, resource: Scope}"),
            "/paths/~1api~1models/get",
            "listModels acts on 'Scope', expected one of ModelConfig",
        ),
        (
            ("      x-action: {verb: list, resource: Model}\n", ""),
            "/paths/~1api~1models/get",
            "listModels has no behaviour: x-action is missing",
        ),
        (
            ("x-action: {verb: list, resource: Model}", "x-action: {verb: delete, resource: Model}"),
            "/paths/~1api~1models/get",
            "listModels is a delete, but its path has no parameter for the key",
        ),
    ],
    "unread parameters": [
        (
            ("- name: offset\n", "- name: begin\n"),
            f"{CONFIGS}/get/parameters/1",
            "nothing reads the query parameter begin; give it one of x-filter, x-page, x-sort",
        ),
    ],
    "security": [
        (
            ("type: http\n", "type: oauth2\n"),
            "/components/securitySchemes/bearerAuth",
            "the security scheme bearerAuth is not supported; expected the type http or apiKey",
        ),
        (
            ("scheme: bearer\n", "scheme: digest\n"),
            "/components/securitySchemes/bearerAuth",
            "the security scheme bearerAuth is not supported; expected the scheme bearer or basic",
        ),
        (
            ("- bearerAuth: []", "- adminAuth: []"),
            "/security/0",
            "the security scheme adminAuth is not there",
        ),
    ],
    "response headers": [
        (
            (
                "description: One page of model configs\n",
                "description: One page of model configs\n          headers: {X-Total: {schema: {type: integer}}}\n",
            ),
            f"{CONFIGS}/get/responses/200/headers/X-Total",
            "nothing says what the header X-Total holds; give its schema x-from, const, default, or an example",
        ),
    ],
    "servers": [
        (
            ("- url: http://127.0.0.1:4010", "- url: http://{host}:4010"),
            "/servers/0",
            "the variable host of the server has no default",
        ),
    ],
    "fields": [
        (
            ("x-identity: [scope,", "x-identity: [scop,"),
            f"{SCHEMAS}/ModelConfig/x-identity",
            "names 'scop', which is no property of ModelConfig",
        ),
        (
            ("{of: cost, limit: max_limit,", "{of: cost, limit: limit,"),
            f"{SCHEMAS}/Budget/properties/current_usage/x-counter",
            "names 'limit', which is no property of Budget",
        ),
        (
            ("uniqueItemProperties: [reset_duration]", "uniqueItemProperties: [duration]"),
            f"{CREATE}/properties/budgets/uniqueItemProperties",
            "names 'duration', which is no property of CreateBudgetRequest",
        ),
        (
            (BUDGETS, f"x-unique-by: [max_limit, window]\n          {BUDGETS}"),
            f"{CREATE}/properties/budgets/x-unique-by",
            "names 'window', which is no property of CreateBudgetRequest",
        ),
        (
            ("    Scope:\n", "    Scope:\n      x-unique-by: [name]\n"),
            f"{SCHEMAS}/Scope/x-unique-by",
            "names 'name', which is no property of Scope",
        ),
        (
            (BUDGET, f"{BUDGET}      x-allowed-when: {{reset: {{reset_duration: Q}}}}\n"),
            f"{SCHEMAS}/CreateBudgetRequest/x-allowed-when",
            "names 'reset', which is no property of CreateBudgetRequest",
        ),
    ],
    "resources": [
        (
            ("resource: VirtualKey, required", "resource: Key, required"),
            f"{CREATE}/properties/scope_id/x-refers-to",
            "refers to 'Key', which is no resource",
        ),
    ],
    "fields of actions": [
        (
            (
                "x-action: {verb: delete, resource: ModelConfig}",
                "x-action: {verb: clear, resource: ModelConfig, fields: [nam]}",
            ),
            f"{CONFIG}/delete/x-action",
            "acts on 'nam', which ModelConfig has not",
        ),
        (
            (
                "x-action: {verb: delete, resource: ModelConfig}",
                "x-action: {verb: reset, resource: ModelConfig, entry: {list: lines, parameter: mc_id}}",
            ),
            f"{CONFIG}/delete/x-action",
            "acts on an entry of 'lines', which is no list of ModelConfig",
        ),
        (
            (
                "x-action: {verb: delete, resource: ModelConfig}",
                "x-action: {verb: reset, resource: ModelConfig, where: {scope: {parameter: vk_id}}}",
            ),
            f"{CONFIG}/delete/x-action",
            "names {vk_id}, which the path has not",
        ),
    ],
    "fields of lists": [
        (
            ("x-order: created_at", "x-order: created"),
            f"{CONFIGS}/get/x-order",
            "names 'created', which ModelConfig has not",
        ),
    ],
}


def test_every_check_is_tested() -> None:
    assert list(DEFECTS) == list(defects.CHECKS)


def test_the_document_of_the_kit_has_no_defects(contract: Contract) -> None:
    assert defects.find(contract.document) == ()


@pytest.mark.parametrize(
    ("change", "pointer", "message"),
    [entry for entries in DEFECTS.values() for entry in entries],
    ids=[f"{check} {index}" for check, entries in DEFECTS.items() for index in range(len(entries))],
)
def test_a_defect_is_reported_with_file_line_and_pointer(
    edited: Edit, change: Change, pointer: str, message: str
) -> None:
    path = edited(change)
    error = refused(path)
    (defect, *_) = [defect for defect in error.defects if defect.pointer == pointer and message in defect.message]
    assert f"{path}:{defect.line}: {pointer}: {defect.message}" in str(error)
    assert len(error.defects) <= 6, "one mistake drowns in its consequences"


def test_the_line_of_a_defect_is_where_it_stands(edited: Edit) -> None:
    path = edited(("{then: REQ-05}", "{then: REQ-55}"))
    assert refused(path).defects[0].line == line_of(path, "x-carries: {then: REQ-55}")


def test_a_second_operation_of_one_method_on_a_path_is_a_repeated_key(edited: Edit) -> None:
    path = edited(("    post:\n      operationId: create", "    get:\n      operationId: create"))
    error = refused(path)
    repeated = Defect(
        f"{CONFIGS}/get", line_of(path, "    get:\n      operationId: create"), "stands here a second time"
    )
    assert repeated in error.defects


def test_defects_are_all_reported_at_once_in_the_order_of_their_lines(edited: Edit) -> None:
    path = edited(
        ("operationId: listProviders", "operationId: listUsers"),
        ("- name: vk_id", "- name: key"),
        ("{then: REQ-05}", "{then: REQ-55}"),
        ("x-update: whole", "x-updates: whole"),
        ("default: global", "default: all"),
        ("P1D, daily, 1D, ", "P1D, daily, 1D, 2d, "),
        ("aspect: parity", "aspect: party"),
        ("items: {$ref: '#/components/schemas/VirtualKey'}", "items: {$ref: '#/components/schemas/Key'}"),
    )
    error = refused(path)
    messages = str(error)
    for part in (
        "operationId listUsers is taken",
        "the path has {vk_id}",
        "names the rule REQ-55",
        "did you mean x-update?",
        "must be one of global, virtual_key, user",
        "the counterexample '2d' is accepted",
        "unknown aspect party",
        "$ref #/components/schemas/Key leads nowhere",
    ):
        assert part in messages
    lines = [defect.line for defect in error.defects]
    assert lines == sorted(lines)
    assert messages.startswith(f"the document cannot be used, {len(lines)} defects:\n{path}:")


MALFORMED: list[tuple[Change, str, str]] = [
    (("paths:\n", "paths:\nold-paths:\n"), "/paths", 'null is not of type "object"'),
    (("paths:\n", "roads:\n"), "", '"paths" is a required property'),
    (("    delete:\n", "    delete:\n    patch:\n"), f"{CONFIG}/delete", 'null is not of type "object"'),
    (("      responses:", "      answers:"), f"{CONFIGS}/get", '"responses" is a required property'),
    (
        ("application/json:", "text/plain:"),
        f"{CONFIGS}/get/responses/200/content",
        '"application/json" is a required',
    ),
    (("        '200':", "        default:"), f"{CONFIGS}/get/responses", '"default" does not match'),
    (("schema: {type: string}", "schema: string"), f"{CONFIGS}/get/parameters/2/schema", "is not of type"),
    (("x-rules:\n", "x-rule:\n"), "", "this document has no x-rules, the catalogue of rules"),
    (("x-rules:\n", "x-rules: []\nx-rule:\n"), "/x-rules", 'is not of type "object"'),
    (("    Scope:\n", "    Scope: text\n    Scopes:\n"), f"{SCHEMAS}/Scope", 'is not of type "object"'),
]


@pytest.mark.parametrize(
    ("change", "pointer", "message"), MALFORMED, ids=[change[1].strip() for change, _, _ in MALFORMED]
)
def test_of_a_malformed_document_only_what_is_malformed_is_told(
    edited: Edit, change: Change, pointer: str, message: str
) -> None:
    error = refused(edited(change))
    assert [defect.pointer for defect in error.defects] == [pointer]
    assert message in error.defects[0].message


def doubling(levels: int, make: str) -> str:
    """Return schemas of which each is made of the one before, twice."""
    made = "".join(f"    B{n}: {make.replace('@', f'#/components/schemas/B{n - 1}')}\n" for n in range(1, levels))
    return f"    B0: {{type: object}}\n{made}"


OBJECT = "{type: object, properties: {a: {$ref: '@'}, b: {$ref: '@'}}}"
ALL_OF = "{allOf: [{$ref: '@'}, {$ref: '@'}]}"


@pytest.mark.parametrize(
    ("schemas", "used", "message"),
    [
        (doubling(20, OBJECT), "B19", "describes more than 10000 fields, references followed; expected fewer"),
        (doubling(20, ALL_OF), "B19", "describes more than 10000 fields, references followed; expected fewer"),
        (doubling(60, OBJECT), "B59", "describes more than 50 levels; expected fewer"),
        ("    S: {type: array, items: {$ref: '#/components/schemas/S'}}\n", "S", "/components/schemas/S stands within"),
    ],
)
def test_a_schema_without_bounds_is_refused_before_anything_follows_it(
    edited: Edit, schemas: str, used: str, message: str
) -> None:
    first = "      required: [model_name]\n      properties:\n"
    field = f"        endless: {{$ref: '#/components/schemas/{used}'}}\n"
    path = edited(("    Scope:\n", f"{schemas}    Scope:\n"), (first, first + field))
    (defect,) = refused(path).defects
    assert message in defect.message
    assert path.read_text(encoding="utf-8").splitlines()[defect.line - 1].strip().startswith("schema:")


def test_a_status_that_is_written_as_a_number_is_read_as_text(edited: Edit) -> None:
    contract = load_contract(edited(("        '200':", "        200:")))
    assert contract.operations["listModelConfigs"].success_status == 200


@pytest.mark.parametrize(
    ("content", "line", "message"),
    [
        (b"a: 1\nopenapi: }\n", 2, "is not YAML"),
        (b"openapi: \xff", 1, "cannot be read"),
        (b"- openapi", 1, "an OpenAPI document is a mapping; this file holds none"),
        (b"", 1, "an OpenAPI document is a mapping; this file holds none"),
        (b"a: 1\n---\nb: 2\n", 2, "is not YAML"),
        (b"a: !!python/object/apply:os.getcwd []\n", 1, "is not YAML"),
    ],
    ids=["no YAML", "no UTF-8", "a list", "empty", "two documents", "a foreign tag"],
)
def test_a_file_that_is_no_document_is_refused(tmp_path: Path, content: bytes, line: int, message: str) -> None:
    path = tmp_path / "document.yaml"
    path.write_bytes(content)
    error = refused(path)
    assert message in str(error)
    assert f"{path}:{line}: /: " in str(error)
    assert str(error).startswith("the document cannot be used, 1 defect:\n")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "missing.yaml"
    assert f"{path}: cannot be read" in str(refused(path))


def test_a_copy_of_the_document_without_a_change_is_fine(edited: Edit) -> None:
    loaded = load_contract(edited())
    assert loaded.document.text == data_path("openapi", "governance.yaml").read_text(encoding="utf-8")
