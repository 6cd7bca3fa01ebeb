"""Where the documents to compare come from: files, and what a server says of itself."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from contract_tests.errors import SuiteError, UsageError
from contract_tests.options import RunOptions
from governance_contract import yaml_source
from governance_contract.document import Document, DocumentError, read_document

SERVED = "/openapi.json"
"""Where a server tells its document, if it does."""

_CHUNK_BYTES = 64 * 1024
_ADVICE = "is this the URL of the API, with the path prefix that it has?"


@dataclass(frozen=True)
class Source:
    """A document and what people call it: the path of its file, or its URL."""

    name: str
    document: Document


def named(name: str) -> Source:
    """Return the OpenAPI document of this name, whatever its defects as a contract.

    A name is the path of a YAML or JSON file or, as in git, `REVISION:PATH`.

    Raises:
        UsageError: there is nothing of this name, or it is no OpenAPI 3 document.
    """
    path = Path(name)
    revision, colon, tracked = name.partition(":")
    try:
        document = _in_git(revision, tracked) if colon and not path.exists() else read_document(path)
    except (DocumentError, yaml_source.YamlError) as error:
        raise UsageError(str(error)) from error
    if cause := _unfit(document.root):
        raise UsageError(f"{name}: {cause}")
    return Source(name, document)


def _in_git(revision: str, path: str) -> Document:
    """Return the document that git has under a revision; the path starts from the present folder."""
    command = ["git", "show", f"{revision}:./{path}"]
    try:
        done = subprocess.run(command, capture_output=True, check=False)  # noqa: S603 - no shell, one argument
    except OSError as error:
        raise UsageError(f"{revision}:{path} needs git, which cannot be started: {error.strerror}") from error
    if done.returncode:
        told = done.stderr.decode("utf-8", "replace").strip()
        raise UsageError(f"git has no {revision}:{path}: {told}; expected a file, or REVISION:PATH")
    text = done.stdout.decode("utf-8", "replace")
    return Document(Path(path), text, yaml_source.parse(text, Path(path)))


def from_server(url: str, options: RunOptions) -> Source | None:
    """Return what the server at `url` says of itself, None where it answers 404.

    Raises:
        SuiteError: the server cannot be asked, or answers with something else.
    """
    address = url.rstrip("/") + SERVED
    status, text = _asked(address, options)
    if status == 404:
        return None
    if status != 200:
        raise SuiteError(f"{address} answered {status}, expected the document or 404; {_ADVICE}")
    try:
        root = yaml_source.parse(text, Path(SERVED))
    except yaml_source.YamlError as error:
        raise SuiteError(f"{address} answered no document: {error}; {_ADVICE}") from error
    if cause := _unfit(root):
        raise SuiteError(f"{address} answered no document: {cause}; {_ADVICE}")
    return Source(address, Document(Path(SERVED), text, root))


def _asked(address: str, options: RunOptions) -> tuple[int, str]:
    """Return status and text of the response to a get, of which no more is read than a document may be long."""
    headers = {"Accept": "application/json", **dict(options.header)}
    try:
        headers["Authorization"] = f"Bearer {options.key_for(own_mock=False)}"
    except UsageError:
        headers.pop("Authorization", None)  # a document is public as a rule
    try:
        with requests.get(
            address, headers=headers, timeout=options.timeout, allow_redirects=False, stream=True
        ) as answer:
            return answer.status_code, _bounded(address, answer, time.monotonic() + options.timeout)
    except requests.exceptions.RequestException as error:
        raise SuiteError(f"{address} cannot be read: {error}; is the server running?") from error


def _bounded(address: str, answer: requests.Response, deadline: float) -> str:
    """Return the text of a response.

    Raises:
        SuiteError: it is longer than a document may be, or does not end before the deadline.
    """
    data = bytearray()
    for chunk in answer.iter_content(_CHUNK_BYTES):
        data += chunk
        if len(data) > yaml_source.MAX_BYTES:
            raise SuiteError(f"{address} sends more than {yaml_source.MAX_BYTES} bytes; {_ADVICE}")
        if time.monotonic() > deadline:
            raise SuiteError(f"{address} has not sent all of the document in time; pass a longer --timeout")
    return data.decode("utf-8", "replace")


def _unfit(root: Any) -> str:
    """Return why a value is no OpenAPI 3 document, nothing where it is one."""
    if not isinstance(root, Mapping):
        return "it holds no object, expected an OpenAPI document"
    version = root.get("openapi")
    if not isinstance(version, str) or not version.startswith("3."):
        return f"`openapi` is {version!r}, expected a version of OpenAPI 3"
    if not isinstance(root.get("paths"), Mapping):
        return "`paths` is no object, expected the operations of an API"
    return ""
