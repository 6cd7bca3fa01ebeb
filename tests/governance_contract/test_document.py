from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from governance_contract.document import Defect, Document, DocumentError, Node, read_document

TEXT = """\
paths:
  /a: {get: {tags: [x]}}
components:
  schemas:
    Name: {type: string}
    Alias: {$ref: '#/components/schemas/Name'}
    Chain: {$ref: '#/components/schemas/Alias', description: a name}
    Self: {$ref: '#/components/schemas/Self'}
    There: {$ref: '#/components/schemas/Back'}
    Back: {$ref: '#/components/schemas/There'}
    Lost: {$ref: '#/components/schemas/Nowhere'}
"""


@pytest.fixture
def document(tmp_path: Path) -> Document:
    path = tmp_path / "small.yaml"
    path.write_text(TEXT, encoding="utf-8")
    return read_document(path)


def test_a_place_is_found_by_pointer_and_by_reference(document: Document) -> None:
    for pointer in ("/paths/~1a/get", "#/paths/~1a/get"):
        assert document.at(pointer) == Node(("paths", "/a", "get"), {"tags": ["x"]})
    assert document.at("").value is document.root


def test_a_place_knows_its_pointer_and_its_children(document: Document) -> None:
    node = document.at("/paths").child("/a", "get")
    assert node.pointer == "/paths/~1a/get"
    assert node.child("tags", 0).value == "x"
    assert node.has("tags")
    assert not node.has("x")
    assert not node.child("tags").has("x")


@pytest.mark.parametrize("pointer", ["/nowhere", "/paths/~1b", "/paths/~1a/get/tags/1", "nowhere"])
def test_a_pointer_that_leads_nowhere_is_an_error(document: Document, pointer: str) -> None:
    with pytest.raises(LookupError):
        document.at(pointer)


@pytest.mark.parametrize("name", ["Name", "Alias", "Chain"])
def test_references_are_followed_to_their_end(document: Document, name: str) -> None:
    assert document.resolve(document.schema(name)).pointer == "/components/schemas/Name"


@pytest.mark.parametrize("name", ["Self", "There", "Lost"])
def test_references_that_dangle_or_lead_in_a_circle_are_an_error(document: Document, name: str) -> None:
    with pytest.raises(LookupError):
        document.resolve(document.schema(name))


@pytest.mark.parametrize(
    ("pointer", "line"),
    [
        ("", 1),
        ("/paths", 1),
        ("/paths/~1a/get/tags", 2),
        ("/components/schemas/Name/none/below", 5),
        ("/nowhere", 1),
    ],
)
def test_the_line_of_a_place_is_its_own_or_that_of_the_nearest_above(
    document: Document, pointer: str, line: int
) -> None:
    assert document.line(pointer) == line


def test_a_walk_yields_every_mapping_outer_ones_first(document: Document) -> None:
    walked = [node.pointer for node in document.walk()]
    assert walked[:4] == ["", "/paths", "/paths/~1a", "/paths/~1a/get"]
    assert len(walked) == len(set(walked)) == 13


@pytest.mark.parametrize("content", ["[]", "text", "7", ""])
def test_a_document_that_is_no_mapping_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "none.yaml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(DocumentError, match="an OpenAPI document is a mapping"):
        read_document(path)


@pytest.mark.parametrize(
    ("defects", "message"),
    [
        ([Defect("/a", 3, "is odd")], "the document cannot be used, 1 defect:\nd.yaml:3: /a: is odd"),
        (
            [Defect("", 1, "is odd"), Defect("/b", 4, "is even")],
            "the document cannot be used, 2 defects:\nd.yaml:1: /: is odd\nd.yaml:4: /b: is even",
        ),
    ],
)
def test_an_error_lists_file_line_pointer_and_message_of_each_defect(defects: list[Any], message: str) -> None:
    error = DocumentError(Path("d.yaml"), tuple(defects))
    assert str(error) == message
    assert error.defects == tuple(defects)
