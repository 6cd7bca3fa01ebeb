"""The JSON of a model config."""

from typing import Any

from tests.reference_servers.fastapi_sqlalchemy.durations import measure_duration
from tests.reference_servers.fastapi_sqlalchemy.lookups import find_scope_name
from tests.reference_servers.fastapi_sqlalchemy.storage import Budget, ModelConfig, RateLimit
from tests.reference_servers.fastapi_sqlalchemy.styles import Style

Json = dict[str, Any]


def present_config(config: ModelConfig, style: Style) -> Json:
    """Returns the response field `model_config`."""
    rows = config.budgets
    if style.sorts_budgets_by_length:
        rows = sorted(rows, key=lambda row: measure_duration(row.reset_duration, go=True))
    budgets = [_present_budget(row, style) for row in rows]
    fields: Json = {
        "id": config.id,
        "model_name": config.model_name,
        "provider": config.provider,
        "scope": config.scope,
        "scope_id": config.scope_id,
        "scope_name": find_scope_name(config.scope, config.scope_id),
        "calendar_aligned": False,
        "budgets": budgets or None,
        "rate_limit": config.rate_limit and _present_rate_limit(config.rate_limit, style),
        "created_at": style.format_time(config.created_at),
        "updated_at": style.format_time(config.updated_at),
    }
    if style.sends_extras:
        fields["budget"] = budgets[0] if budgets else None
        fields["revision"] = config.revision
        fields["links"] = {"self": f"/api/governance/model-configs/{config.id}"}
    return _drop_nulls(fields, style)


def _present_budget(row: Budget, style: Style) -> Json:
    fields: Json = {
        "id": row.id,
        "max_limit": row.max_limit,
        "reset_duration": row.reset_duration,
        "last_reset": style.format_time(row.last_reset),
        "current_usage": row.current_usage,
        "created_at": style.format_time(row.created_at),
        "updated_at": style.format_time(row.updated_at),
    }
    if style.sends_extras:
        fields |= {
            "config_hash": f"sha256:{row.id}",
            "calendar_aligned": False,
            "team_id": None,
            "virtual_key_id": None,
            "provider_config_id": None,
            "currency": "USD",
        }
    return fields


def _present_rate_limit(row: RateLimit, style: Style) -> Json:
    fields: Json = {
        "id": row.id,
        "token_max_limit": row.token_max_limit,
        "token_reset_duration": row.token_reset_duration,
        "token_current_usage": row.token_current_usage,
        "token_last_reset": style.format_time(row.token_last_reset),
        "request_max_limit": row.request_max_limit,
        "request_reset_duration": row.request_reset_duration,
        "request_current_usage": row.request_current_usage,
        "request_last_reset": style.format_time(row.request_last_reset),
        "created_at": style.format_time(row.created_at),
        "updated_at": style.format_time(row.updated_at),
    }
    if style.sends_extras:
        fields["config_hash"] = None
    return _drop_nulls(fields, style)


def _drop_nulls(fields: Json, style: Style) -> Json:
    return fields if style.sends_null else {name: value for name, value in fields.items() if value is not None}
