"""What every action of the control API knows of the mock, and how it is, which version, set how."""

from __future__ import annotations

from dataclasses import dataclass, fields

from governance_contract import Contract
from governance_contract.operations import Operation
from mockserver.actions import Api
from mockserver.admin.action import Act
from mockserver.envelopes import Outcome
from mockserver.exchange import Request
from mockserver.sessions import Session, Sessions
from mockserver.settings import Settings
from mockserver.version import version


@dataclass(frozen=True)
class Service:
    """The mock as its control API sees it."""

    settings: Settings
    api: Api
    sessions: Sessions


def telling_health(service: Service, _control: Contract, _operation: Operation) -> Act:
    """Return the action that says that the mock answers, and what it holds."""

    def act(session: Session, _request: Request) -> Outcome:
        state = session.world.store.state
        counts = {place: len(state[place]) for place, _ in service.api.places.all(state)}
        return Outcome(item={"status": "ok", "session": session.name, "collections": counts})

    return act


def telling_version(_service: Service, control: Contract, _operation: Operation) -> Act:
    """Return the action that answers the versions of the kit and of both documents."""
    told = {
        "version": version(),
        "api": _service.api.contract.document.root["info"]["version"],
        "control": control.document.root["info"]["version"],
    }
    return lambda _session, _request: Outcome(item=told)


def telling_settings(service: Service, _control: Contract, _operation: Operation) -> Act:
    """Return the action that answers all settings; a secret only says whether it is set."""
    told = {each.name: getattr(service.settings, each.name) for each in fields(Settings)}
    secrets = {each.name for each in fields(Settings) if not each.repr}
    shown = {name: ("(set)" if value else None) if name in secrets else _plain(value) for name, value in told.items()}
    deviations = [{"name": d.name, "description": d.description} for d in service.api.dialect.deviations]
    return lambda _session, _request: Outcome(item={"settings": shown, "deviations": deviations})


def resetting(_service: Service, _control: Contract, _operation: Operation) -> Act:
    """Return the action that takes a session back to its beginning."""

    def act(session: Session, _request: Request) -> Outcome:
        session.reset()
        return Outcome(item={"message": f"session {session.name} is as it began"})

    return act


def _plain(value: object) -> object:
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    return value if value is None or isinstance(value, bool | int | str) else str(value)
