"""Who is measured: the mock, and the servers that people use in its place, each set up as its manual says."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from governance_contract import load_contract
from mockserver.version import version

OURS = "governance-contract-kit"
PEERS = Path(__file__).with_name("peers")
INSTALLED = PEERS / "installed"
"""Where the peers are installed; git ignores it."""

_DOCUMENT = Path(__file__).parents[1] / "openapi" / "governance.yaml"
_PATH = "/api/governance/model-configs"
_WIREMOCK = "3.13.2"
_COPY = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy"


@dataclass(frozen=True)
class Contender:
    """A server: how it is started, where it has model configs, and what asks for a hundred of them."""

    name: str
    version: str
    command: Sequence[str]
    path: str = _PATH
    list_query: str = "limit=100"
    note: str = ""


def ours(*flags: str) -> Contender:
    """Return the mock of this checkout, with nothing stored."""
    command = (str(Path(sys.executable).with_name("mockserver")), "--port", "{port}", "--scenario", "empty", *flags)
    return Contender(OURS, version(), command)


def install() -> list[str]:
    """Install the peers that can be, and return what could not, and why."""
    INSTALLED.mkdir(exist_ok=True)
    missing = []
    if shutil.which("npm"):
        shutil.copy(PEERS / "package.json", INSTALLED)
        subprocess.run(
            ["npm", "install", "--silent", "--no-audit", "--no-fund", "--ignore-scripts"], cwd=INSTALLED, check=True
        )
    else:
        missing.append("Prism, json-server, Mockoon and openapi-backend: npm is not installed (Node.js 20.19 or newer)")
    if not _jar().exists():
        if shutil.which("mvn") and shutil.which("java"):
            artifact = f"-Dartifact=org.wiremock:wiremock-standalone:{_WIREMOCK}"
            subprocess.run(["mvn", "-q", _COPY, artifact, f"-DoutputDirectory={INSTALLED}"], check=True)
        else:
            missing.append("WireMock: Maven or Java is not installed")
    return missing


def peers(folder: Path) -> Iterator[Contender]:
    """Yield the peers that are installed; their files of settings and data go into `folder`."""
    if (INSTALLED / "node_modules").exists():
        yield from _of_npm(folder)
    if _jar().exists():
        (folder / "mappings").mkdir()
        (folder / "mappings" / "model-configs.json").write_text(json.dumps(_stubs()), encoding="utf-8")
        java = ("java", "-jar", str(_jar()), "--port", "{port}", "--root-dir", str(folder), "--no-request-journal")
        yield Contender("WireMock", _WIREMOCK, java, note="stubs written by hand; a JSON Schema judges bodies")


def _of_npm(folder: Path) -> Iterator[Contender]:
    as_json = folder / "governance.json"
    as_json.write_text(json.dumps(_plain_document()), encoding="utf-8")
    prism = _node("@stoplight/prism-cli/dist/index.js", "mock", "-h", "127.0.0.1", "-p", "{port}", str(as_json))
    yield Contender("Prism", _version("@stoplight/prism-cli"), prism, note="answers the examples of the document")
    express = ("node", str(PEERS / "express.mjs"), str(as_json))
    yield Contender(
        "openapi-backend + express", _version("openapi-backend"), express, note="validates; store written by hand"
    )
    data = folder / "db.json"
    data.write_text('{"model-configs": []}', encoding="utf-8")
    server = _node("json-server/lib/bin.js", str(data), "--host", "127.0.0.1", "--port", "{port}")
    yield Contender(
        "json-server",
        _version("json-server"),
        server,
        path="/model-configs",
        list_query="_page=1&_per_page=100",
        note="writes its file at each change",
    )
    environment = folder / "mockoon.json"
    environment.write_text(json.dumps(_environment()), encoding="utf-8")
    mockoon = _node(
        "@mockoon/cli/bin/run.js", "start", "--data", str(environment), "--port", "{port}", "--disable-log-to-file"
    )
    yield Contender("Mockoon CLI", _version("@mockoon/cli"), mockoon, list_query="limit=100&page=1", note="CRUD route")


def _node(script: str, *arguments: str) -> tuple[str, ...]:
    return ("node", str(INSTALLED / "node_modules" / script), *arguments)


def _version(package: str) -> str:
    told = json.loads((INSTALLED / "node_modules" / package / "package.json").read_text(encoding="utf-8"))
    return str(told["version"])


def _jar() -> Path:
    return INSTALLED / f"wiremock-standalone-{_WIREMOCK}.jar"


def _plain_document() -> Any:
    """Return the document with what OpenAPI knows; the peers' engines stumble over unknown keywords or ignore them."""
    return load_contract(_DOCUMENT).document.root


def _stubs() -> dict[str, Any]:
    """Return stubs as a user writes them: a body by the schema is answered with an example, any other one refused."""
    document = _plain_document()
    schemas = json.loads(json.dumps(document["components"]["schemas"]).replace("#/components/schemas/", "#/$defs/"))
    schema = json.dumps({"$ref": "#/$defs/CreateModelConfigRequest", "$defs": schemas})
    config = {"id": "mc-1", "model_name": "gpt-4o", "provider": "openai", "budgets": [], "scope": "global"}
    one = {"model_config": config}
    page = {"model_configs": [config] * 100, "count": 100, "total_count": 100}
    matches = [{"matchesJsonSchema": schema, "schemaVersion": "V202012"}]
    return {
        "mappings": [
            _stub("GET", {"urlPath": _PATH}, 200, page),
            _stub("POST", {"urlPath": _PATH, "bodyPatterns": matches}, 200, one, priority=1),
            _stub("POST", {"urlPath": _PATH}, 400, {"error": {"message": "invalid"}}, priority=9),
            _stub("GET", {"urlPathPattern": f"{_PATH}/[^/]+"}, 200, one),
            _stub("PUT", {"urlPathPattern": f"{_PATH}/[^/]+"}, 200, one),
            _stub("DELETE", {"urlPathPattern": f"{_PATH}/[^/]+"}, 200, {"message": "deleted"}),
        ]
    }


def _stub(method: str, request: dict[str, Any], status: int, body: Any, priority: int = 5) -> dict[str, Any]:
    headers = {"Content-Type": "application/json"}
    answer = {"status": status, "body": json.dumps(body), "headers": headers}
    return {"priority": priority, "request": {"method": method, **request}, "response": answer}


def _environment() -> dict[str, Any]:
    """Return a Mockoon environment with one CRUD route."""
    bucket = {"uuid": "b1", "id": "mc01", "name": "configs", "documentation": "", "value": "[]"}
    answer = {
        "uuid": "r2",
        "body": "{}",
        "latency": 0,
        "statusCode": 200,
        "label": "",
        "headers": [],
        "bodyType": "DATABUCKET",
        "filePath": "",
        "databucketID": "mc01",
        "sendFileAsBody": False,
        "rules": [],
        "rulesOperator": "OR",
        "disableTemplating": True,
        "fallbackTo404": False,
        "default": True,
        "crudKey": "id",
        "callbacks": [],
    }
    route = {
        "uuid": "r1",
        "type": "crud",
        "documentation": "",
        "method": "",
        "endpoint": _PATH.lstrip("/"),
        "responses": [answer],
        "responseMode": None,
        "streamingMode": None,
        "streamingInterval": 0,
    }
    return {
        "uuid": "e1",
        "lastMigration": 33,
        "name": "model configs",
        "endpointPrefix": "",
        "latency": 0,
        "port": int(os.environ.get("PORT", "3000")),
        "hostname": "127.0.0.1",
        "folders": [],
        "routes": [route],
        "rootChildren": [{"type": "route", "uuid": "r1"}],
        "proxyMode": False,
        "proxyHost": "",
        "proxyRemovePrefix": False,
        "tlsOptions": {
            "enabled": False,
            "type": "CERT",
            "pfxPath": "",
            "certPath": "",
            "keyPath": "",
            "caPath": "",
            "passphrase": "",
        },
        "cors": False,
        "headers": [],
        "proxyReqHeaders": [],
        "proxyResHeaders": [],
        "data": [bucket],
        "callbacks": [],
    }
