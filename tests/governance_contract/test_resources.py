"""Resources are data read from the document, whatever API it describes: small documents of other kinds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from governance_contract.contract import Contract
from governance_contract.document import Document
from governance_contract.operations import read_operations
from governance_contract.resources import UNSET, Parent, Resource
from governance_contract.rules import read_catalogue
from governance_contract.security import SecurityScheme

NOTES = """
security: [{basic: []}, {key: [], session: []}]
components:
  securitySchemes:
    basic: {type: http, scheme: Basic}
    key: {type: apiKey, in: query, name: api_key}
    session: {type: apiKey, in: cookie, name: sid}
    header: {type: apiKey, in: header, name: X-Key}
  schemas:
    Note:
      x-resource: {collection: notes, key: number}
      x-identity: [title]
      type: object
      required: [number, title]
      properties:
        number: {type: integer, readOnly: true, x-generated: id}
        title: {type: string}
        colour: {type: [string, 'null'], default: white, x-immutable: true}
        size: {type: number}
        tags: {type: array, items: {$ref: '#/components/schemas/Tag'}}
        first_tag: {readOnly: true, x-derived: {first-of: tags}}
    Tag: {type: object, properties: {name: {type: string}}}
    Comment:
      x-resource: {collection: comments, key: id}
      type: object
      properties: {id: {type: string, x-generated: id}, text: {type: string}}
    Person:
      x-resource: {collection: people, key: login, lookup: true}
      type: object
      properties: {login: {type: string}}
    NewNote:
      type: object
      required: [title]
      properties:
        title: {type: string}
        colour: {type: string, default: white}
        owner: {type: string, x-ignored-when: {colour: white}, x-refers-to: {by: colour, targets: {}}}
        tags: {type: array, x-update: {entries: [name]}}
paths:
  /notes:
    get:
      operationId: listNotes
      x-action: {verb: list, resource: Note}
      x-order: number
      security: []
      parameters:
        - {name: limit, in: query, schema: {type: integer}, x-page: {maximum: 50, filtered: 20}}
        - {name: page, in: query, schema: {type: integer}}
        - {name: colour, in: query, schema: {type: string}, x-filter: {member: colour, match: exact}}
        - {name: q, in: query, schema: {type: string}, x-filter: {member: title, match: substring}}
      responses:
        '200': {content: {application/json: {schema: {type: array, items: {$ref: '#/components/schemas/Note'}}}}}
    post:
      operationId: addNote
      x-action: {verb: create, resource: Note}
      requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/NewNote'}}}}
      responses:
        '201': {content: {application/json: {schema: {$ref: '#/components/schemas/Note'}}}}
  /notes/{note}:
    patch:
      operationId: changeNote
      x-action: {verb: update, resource: Note}
      requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/NewNote'}}}}
      responses:
        '202': {content: {application/json: {schema: {type: object, properties: {data: {x-from: item}}}}}}
    delete:
      operationId: dropNote
      x-action: {verb: delete, resource: Note}
      security: [{header: []}, {}]
      responses: {'204': {description: gone}}
  /notes/{note}/pin:
    post:
      operationId: pinNote
      x-action: {verb: pin, resource: Note}
      responses: {'204': {description: pinned}}
  /notes/{note}/comments:
    get:
      operationId: listComments
      x-action: {verb: list, resource: Comment}
      responses:
        '200':
          content:
            application/json:
              schema: {type: object, properties: {comments: {x-from: items}, count: {x-from: total}}}
  /notes/{note}/comments/{id}:
    get:
      operationId: getComment
      x-action: {verb: get, resource: Comment}
      responses: {'200': {content: {application/json: {schema: {$ref: '#/components/schemas/Comment'}}}}}
  /teams/{team}/people/{login}:
    get:
      operationId: getPerson
      x-action: {verb: get, resource: Person}
      responses: {'200': {content: {application/json: {schema: {$ref: '#/components/schemas/Person'}}}}}
"""


@pytest.fixture(scope="module")
def notes() -> Contract:
    document = Document(Path("notes.yaml"), NOTES, yaml.safe_load(NOTES))
    return Contract(document, read_catalogue(document), read_operations(document))


@pytest.fixture(scope="module")
def note(notes: Contract) -> Resource:
    return notes.resources["Note"]


def test_there_are_as_many_resources_as_the_document_has(notes: Contract) -> None:
    assert {name: (each.collection, each.key, each.is_lookup) for name, each in notes.resources.items()} == {
        "Note": ("notes", "number", False),
        "Comment": ("comments", "id", False),
        "Person": ("people", "login", True),
    }


def test_a_resource_has_actions_with_other_methods_and_beside_the_five_verbs(note: Resource) -> None:
    assert {each.verb: (each.operation.method, each.operation.success_statuses) for each in note.actions} == {
        "list": ("GET", (200,)),
        "create": ("POST", (201,)),
        "update": ("PATCH", (202,)),
        "delete": ("DELETE", (204,)),
        "pin": ("POST", (204,)),
    }
    assert note.action("get") is None


@pytest.mark.parametrize(
    ("verb", "has_resource", "item", "items"),
    [
        ("list", True, None, None),
        ("create", True, None, None),
        ("update", True, "data", None),
        ("delete", False, None, None),
        ("pin", False, None, None),
    ],
)
def test_a_success_body_is_an_envelope_the_resource_alone_or_nothing(
    verb: str, has_resource: bool, item: str | None, items: str | None, note: Resource
) -> None:
    action = note.action(verb)
    assert action is not None
    assert (action.has_resource, action.envelope.item, action.envelope.items) == (has_resource, item, items)


def test_a_list_has_an_envelope_of_its_own(notes: Contract) -> None:
    listing = notes.resources["Comment"].action("list")
    assert listing is not None
    assert (listing.envelope.items, listing.envelope.total) == ("comments", "count")


def test_the_key_is_the_last_parameter_of_the_path(notes: Contract, note: Resource) -> None:
    assert (note.key_parameter, note.collection_path) == ("note", "/notes")
    assert {each.verb: each.key_parameter for each in note.actions} == {
        "list": None,
        "create": None,
        "update": "note",
        "delete": "note",
        "pin": "note",
    }
    assert notes.resources["Comment"].key_parameter == "id"


def test_a_nested_resource_knows_in_what_it_lies(notes: Contract, note: Resource) -> None:
    assert note.parents == ()
    assert notes.resources["Comment"].parents == (Parent("note", "Note"),)
    assert notes.resources["Person"].parents == (Parent("team", ""),)
    assert [each.parent_parameters for each in notes.resources["Comment"].actions] == [("note",), ("note",)]


def test_a_field_says_how_it_is_treated(note: Resource) -> None:
    fields = note.shape.by_name
    assert fields["number"].generated == "id"
    assert (fields["number"].is_integer, fields["number"].read_only, fields["number"].is_required) == (True, True, True)
    assert (fields["colour"].default, fields["colour"].is_immutable, fields["title"].default) == ("white", True, UNSET)
    assert (fields["size"].is_double, fields["tags"].is_list) == (True, True)
    assert fields["first_tag"].derived == {"first-of": "tags"}
    tag = fields["tags"].shape
    assert tag is not None
    assert list(tag.by_name) == ["name"]
    assert note.identity == ("title",)


def test_a_field_of_a_request_says_how_it_is_treated(note: Resource) -> None:
    create = note.action("create")
    assert create is not None
    assert create.request["title"].is_required
    assert create.request["tags"].update == {"entries": ["name"]}
    assert create.request["owner"].refers_to == {"by": "colour", "targets": {}}
    assert create.ignores({"owner": "ada"}, "owner")
    assert not create.ignores({"owner": "ada", "colour": "red"}, "owner")


def test_a_list_has_filters_pages_and_an_order(note: Resource) -> None:
    listing = note.action("list")
    assert listing is not None
    assert [(each.parameter.name, each.field, each.is_exact) for each in listing.filters] == [
        ("colour", "colour", True),
        ("q", "title", False),
    ]
    paging = listing.paging
    assert paging.limit is not None
    assert paging.number is not None
    assert (paging.limit.name, paging.number.name, paging.offset) == ("limit", "page", None)
    assert (paging.maximum, paging.filtered, listing.order) == (50, 20, "number")


BASIC = SecurityScheme("basic", "http", "header", "Authorization", "basic")
KEY = SecurityScheme("key", "apiKey", "query", "api_key")
SESSION = SecurityScheme("session", "apiKey", "cookie", "sid")
HEADER = SecurityScheme("header", "apiKey", "header", "X-Key")


@pytest.mark.parametrize(
    ("operation_id", "security", "is_open"),
    [
        ("listNotes", (), True),
        ("addNote", ((BASIC,), (KEY, SESSION)), False),
        ("dropNote", ((HEADER,), ()), True),
    ],
)
def test_an_operation_says_which_credentials_it_takes(
    operation_id: str, security: Any, is_open: bool, notes: Contract
) -> None:
    operation = notes.operations[operation_id]
    assert (operation.security, operation.is_open) == (security, is_open)


OVERRIDE = "/api/governance/virtual-keys/{vk_id}/budgets/{budget_id}/override"


def test_an_action_deep_in_a_path_belongs_to_the_resource_that_the_document_names() -> None:
    root = {
        "components": {
            "schemas": {
                "VirtualKey": {"x-resource": {"collection": "virtual_keys", "key": "id"}},
                "Budget": {"x-resource": {"collection": "budgets", "key": "id"}, "properties": {"id": {}}},
            }
        },
        "paths": {
            OVERRIDE.removesuffix("/budgets/{budget_id}/override"): {
                "get": {
                    "operationId": "getVirtualKey",
                    "x-action": {"verb": "get", "resource": "VirtualKey"},
                    "responses": {"200": {}},
                }
            },
            OVERRIDE: {
                "post": {
                    "operationId": "overrideBudget",
                    "x-action": {"verb": "override", "resource": "Budget"},
                    "responses": {"200": {}},
                }
            },
        },
    }
    document = Document(Path("override.yaml"), "", root)
    contract = Contract(document, read_catalogue(document), read_operations(document))

    budget = contract.resources["Budget"]

    assert contract.action_of(contract.operations["overrideBudget"]).verb == "override"
    assert (budget.key_parameter, budget.collection_path) == ("budget_id", None)
    assert budget.parents == (Parent("vk_id", "VirtualKey"),)
