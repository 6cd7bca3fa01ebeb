"""The control API: what its own document says, carried out on the session that a request names."""

from __future__ import annotations

import functools

from governance_contract import Contract
from governance_contract.contract import trusted_contract
from governance_contract.locations import data_path
from mockserver.admin.service import Service
from mockserver.admin.verbs import behaviours
from mockserver.authentication import authenticate_admin, refuse_foreign
from mockserver.engine import Engine, Guard
from mockserver.sessions import Session
from mockserver.settings import Settings

PREFIX = "/__admin"
"""How the paths of the document begin; the setting `admin_prefix` takes its place."""


@functools.cache
def control_contract() -> Contract:
    """Return the contract of the control API, which is the same in every mock."""
    return trusted_contract(data_path("openapi", "admin.yaml"))


def engine(service: Service, control: Contract) -> Engine[Session]:
    """Return what answers requests for the operations of the control API."""
    resources = control.document.at("").child("components", "schemas").value
    guard = admission(service.settings)
    return Engine(control, behaviours(service, control), resources=resources, guard=guard)


def admission(settings: Settings) -> Guard:
    """Return what lets control requests with the token pass; without a token those that no foreign page makes."""
    token, host, origins = settings.admin_token, settings.host, settings.cors_origin
    if token is None:
        return lambda headers: refuse_foreign(headers, host, origins)
    return lambda headers: authenticate_admin(headers, token)
