"""A reload exchanges the document, keeps what fits, names what does not, and changes nothing if it cannot be done."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import Client

from governance_contract import fixtures
from governance_contract.locations import data_path
from mockserver import reloading
from mockserver.app import create_app, sessions_of
from mockserver.reloading import Reloading
from mockserver.settings import Settings

KEY = "management-key"
CONFIGS = "/api/governance/model-configs"
BOUND = ("pattern: '[^\\t", "maxLength: 60\n          pattern: '[^\\t")
"""An edit that refuses a long `model_name`, of creates and in states."""

LONG = "long" * 20


class Mock:
    """A mock in this process on a document and fixtures of its own, and all that it told of reloads."""

    def __init__(self, document: Path, fixtures: Path, **settings: Any) -> None:
        self.document = document
        self.fixtures = fixtures
        self.told: list[str] = []
        chosen = Settings(**{"api_key": KEY, "scenario": "one", "document": document, **settings})
        self.app = create_app(chosen)
        self.sessions = sessions_of(self.app)
        self.reloading = Reloading(chosen, self.app, self.told.append)
        self._client = Client(self.reloading)

    def ask(self, method: str, path: str, body: Any = None, *, status: int = 200, session: str = "base") -> Any:
        headers = {"Authorization": f"Bearer {KEY}", "X-Mock-Session": session}
        target = path if path.startswith("/api") else f"/__admin{path}"
        answer = self._client.open(target, method=method, headers=headers, json={} if body is None else body)
        assert answer.status_code == status, answer.text
        return answer.json

    def config(self, name: str, session: str = "base", **members: Any) -> str:
        body = {"model_name": name, **members}
        return str(self.ask("POST", CONFIGS, body, session=session)["model_config"]["id"])

    def names(self, session: str = "base") -> list[str]:
        return [each["model_name"] for each in self.ask("GET", CONFIGS, session=session)["model_configs"]]

    def seen(self) -> Any:
        """Return all that can be seen of the data, the clock, the log, snapshots and faults."""
        return [self.ask("GET", path) for path in ("/state", "/requests", "/snapshots", "/faults")]

    def edit(self, *changes: tuple[str, str], file: str | None = None) -> str:
        """Replace each text where it first stands, in document or fixture; reload, and return what was told."""
        path = self.fixtures / file if file else self.document
        text = path.read_text(encoding="utf-8")
        for old, new in changes:
            assert old in text, f"{path.name} no longer contains {old!r}"
            text = text.replace(old, new, 1)
        path.write_text(text, encoding="utf-8")
        return self.reloaded()

    def reloaded(self) -> str:
        self.reloading.reload("an edit")
        return self.told[-1]


Start = Callable[..., Mock]


@pytest.fixture
def start(
    edited: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., Mock]]:
    """Return what starts a mock whose document and fixtures can be edited."""
    shutil.copytree(data_path("fixtures"), tmp_path / "fixtures")
    monkeypatch.setattr(fixtures, "data_path", tmp_path.joinpath)
    mocks: list[Mock] = []

    def make(**settings: Any) -> Mock:
        document = mocks[0].document if mocks else edited()
        mocks.append(Mock(document, tmp_path / "fixtures", **settings))
        return mocks[-1]

    yield make
    for mock in mocks:
        mock.sessions.close()


@pytest.fixture
def mock(start: Start) -> Mock:
    return start()


def test_a_changed_document_is_obeyed_and_everything_else_stays(mock: Mock) -> None:
    mock.config("kept")
    mock.ask("PUT", "/clock", {"action": "freeze"})
    mock.ask("PUT", "/snapshots/s")
    mock.ask("POST", "/faults", {"kind": "status", "status": 503, "operation": "createModelConfig", "times": 1})
    before = mock.seen()
    collection = mock.sessions.base.world.store.state["model_configs"]
    assert mock.edit(BOUND) == "reloaded: an edit"
    assert mock.seen() == before
    assert mock.sessions.base.world.store.state["model_configs"] is collection
    mock.ask("POST", CONFIGS, {"model_name": "struck"}, status=503)
    mock.ask("POST", CONFIGS, {"model_name": LONG}, status=400)
    assert mock.names()[-1] == "kept"


def test_a_new_path_of_the_document_is_served(mock: Mock) -> None:
    mock.ask("GET", "/api/people", status=404)
    mock.edit(("\n  /api/users:\n", "\n  /api/people:\n"))
    assert mock.ask("GET", "/api/people")["total"] > 0
    mock.ask("GET", "/api/users", status=404)


def test_what_does_not_fit_the_new_document_is_dropped_and_named(mock: Mock) -> None:
    gone, _ = mock.config(LONG), mock.config("kept")
    mock.ask("PUT", "/snapshots/s")
    other = mock.config(LONG + "er", session="a")
    first, *rest = mock.edit(BOUND).split("\n  ")
    cause = "/model_name: model_name must be at most 60 characters long"
    assert first == "reloaded: an edit"
    assert rest == [
        f"dropped from session base: model_configs {gone}: {cause}",
        f"dropped from session a: model_configs {gone}: {cause}",
        f"dropped from session a: model_configs {other}: {cause}",
    ], "a snapshot with the same data is not named again"
    assert mock.names()[-1] == "kept"
    assert mock.names("a")[-1] == "kept"
    mock.ask("POST", "/snapshots/s/restore")
    assert mock.names()[-1] == "kept"
    mock.ask("POST", "/reset", session="a")
    assert mock.names("a")[-1] == "kept"


def test_a_snapshot_that_alone_holds_what_does_not_fit_is_named(mock: Mock) -> None:
    gone = mock.config(LONG)
    mock.ask("PUT", "/snapshots/s")
    mock.ask("DELETE", f"{CONFIGS}/{gone}")
    assert f"dropped from snapshot s of session base: model_configs {gone}: /model_name" in mock.edit(BOUND)


def test_of_many_dropped_entries_some_are_named_and_all_are_counted(mock: Mock) -> None:
    for number in range(23):
        mock.config(f"{LONG}{number}")
    told = mock.edit(BOUND).split("\n  ")
    assert (len(told), told[-1]) == (22, "and 3 more")


def test_a_resource_that_the_document_no_longer_has_is_dropped_and_counted(mock: Mock) -> None:
    told = mock.edit(("x-resource: {collection: users,", "x-resource: {collection: people,"))
    assert "dropped from session base: users: the collection is unknown now, with " in told


def test_a_new_member_is_given_to_what_is_there(mock: Mock) -> None:
    schema = "\n    ModelConfig:\n"
    text = mock.document.read_text(encoding="utf-8")
    members = text.index("      properties:\n", text.index(schema)) + len("      properties:\n")
    added = "        tier: {description: What it is worth., type: string, default: basic, readOnly: true}\n"
    mock.document.write_text(text[:members] + added + text[members:], encoding="utf-8")
    assert mock.reloaded() == "reloaded: an edit"
    assert mock.ask("GET", CONFIGS)["model_configs"][0]["tier"] == "basic"


def cut(text: str) -> str:
    return text[: len(text) // 2]


BROKEN: list[tuple[str, Callable[[str], str], str]] = [
    ("nothing", lambda _: "", "edited.yaml:1: /: an OpenAPI document is a mapping; this file holds none"),
    ("half a document", cut, "edited.yaml:"),
    ("no YAML", lambda text: text + "\n{", "is not YAML: while scanning a simple key"),
    ("a misspelt keyword", lambda text: text.replace("minLength: 1", "minLenght: 1", 1), "did you mean minLength?"),
    ("an unknown verb", lambda text: text.replace("verb: get,", "verb: gett,", 1), "x-action.verb is 'gett'"),
    ("a hidden path", lambda text: text.replace("/api/users:", "/__admin/users:"), "would hide /__admin/users"),
]


@pytest.mark.parametrize(("spoil", "cause"), [row[1:] for row in BROKEN], ids=[row[0] for row in BROKEN])
def test_a_broken_document_changes_nothing_and_its_defect_is_told(
    mock: Mock, spoil: Callable[[str], str], cause: str
) -> None:
    mock.config(LONG)
    before, text = mock.seen(), mock.document.read_text(encoding="utf-8")
    mock.document.write_text(spoil(text), encoding="utf-8")
    told = mock.reloaded()
    assert told.startswith("not reloaded, and what was there goes on serving: ")
    assert cause in told
    assert mock.seen() == before
    mock.document.write_text(text.replace(*BOUND, 1), encoding="utf-8")
    assert mock.reloaded().startswith("reloaded: an edit\n  dropped from session base: ")


def test_a_document_that_is_gone_for_a_moment_changes_nothing(mock: Mock) -> None:
    before, text = mock.seen(), mock.document.read_bytes()
    mock.document.unlink()
    assert "edited.yaml: cannot be read: " in mock.reloaded()
    assert mock.seen() == before
    mock.document.write_bytes(text)
    assert mock.reloaded() == "reloaded: an edit"


def test_a_failure_of_the_mock_itself_changes_nothing_either(
    mock: Mock, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    before = mock.seen()

    def failing(*_: object) -> None:
        raise KeyError("x")

    monkeypatch.setattr(reloading, "assembled", failing)
    assert mock.reloaded() == "not reloaded, and what was there goes on serving: KeyError: 'x'"
    assert "a reload failed" in caplog.text
    assert mock.seen() == before


def test_a_changed_scenario_is_what_a_reset_goes_back_to(mock: Mock) -> None:
    mock.config("kept")
    mock.ask("GET", CONFIGS, session="a")
    before = mock.names()
    told = mock.edit(("- model_name: ", "- model_name: new-"), file="scenarios/one.yaml")
    assert (told, mock.names()) == ("reloaded: an edit", before)
    mock.ask("POST", "/reset")
    (name,) = mock.names()
    assert name.startswith("new-")


def test_an_unchanged_scenario_comes_back_with_the_ids_that_it_had(mock: Mock) -> None:
    before = mock.ask("GET", CONFIGS)
    mock.edit(BOUND)
    mock.config("gone")
    mock.ask("POST", "/reset")
    assert mock.ask("GET", CONFIGS) == before


def test_a_new_look_up_can_be_used_at_once_and_one_that_is_gone_takes_its_configs_with_it(mock: Mock) -> None:
    mock.ask("GET", CONFIGS, session="a")
    kept = mock.config("kept", scope="user", scope_id="user-ada")
    gone = mock.config("gone", scope="virtual_key", scope_id="vk-frontend")
    told = mock.edit(("id: vk-frontend", "id: vk-backoffice"), file="lookups/gateway.yaml")
    assert f"dropped from session base: model_configs {gone}: /scope_id: " in told
    assert mock.names()[-1] == "kept"
    assert mock.ask("GET", f"{CONFIGS}/{kept}")["model_config"]["scope_name"]
    for session in ("base", "a"):
        mock.config("new", scope="virtual_key", scope_id="vk-backoffice", session=session)


@pytest.mark.parametrize(
    ("change", "cause"),
    [
        (("collections:", "colections:"), "one.yaml:"),
        (("- model_name:", "- model_nam:"), "scenarios/one.yaml:4: /model_configs/0/model_name: "),
        (("collections:", "{"), "one.yaml: is not YAML: "),
    ],
)
def test_a_broken_scenario_stays_as_it_was_and_does_not_hold_up_the_document(
    mock: Mock, change: tuple[str, str], cause: str
) -> None:
    before = mock.names()
    told = mock.edit(change, file="scenarios/one.yaml")
    assert "but scenario one stays as it was: " in told
    assert cause in told
    mock.ask("POST", "/reset")
    assert mock.names() == before
    assert "but scenario one stays as it was: " in mock.edit(BOUND), "it is told as long as it is so"
    mock.ask("POST", CONFIGS, {"model_name": LONG}, status=400)


def test_what_a_reload_leaves_is_what_the_data_file_keeps(start: Start, tmp_path: Path) -> None:
    mock = start(data=tmp_path / "data")
    mock.config(LONG)
    mock.config("kept")
    assert "dropped from session base" in mock.edit(BOUND)
    mock.config("later")
    before = mock.ask("GET", "/state")
    mock.sessions.close()
    assert start(data=tmp_path / "data").ask("GET", "/state") == before


def test_a_reload_that_cannot_be_written_to_the_data_file_changes_nothing(start: Start, tmp_path: Path) -> None:
    mock = start(data=tmp_path / "data")
    mock.config(LONG)
    before = mock.seen()
    assert mock.sessions.base.keeper
    mock.sessions.base.keeper._connection.execute("PRAGMA query_only = ON")
    told = mock.edit(BOUND)
    assert told.startswith("not reloaded, and what was there goes on serving: nothing was changed, since the data file")
    assert mock.seen() == before
    mock.sessions.base.keeper._connection.execute("PRAGMA query_only = OFF")
    assert mock.config(LONG + "er")
