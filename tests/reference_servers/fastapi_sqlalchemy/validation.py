"""The requests that the server accepts, read from bodies and query strings."""

import json
import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from starlette.datastructures import QueryParams

from tests.reference_servers.fastapi_sqlalchemy.durations import measure_duration
from tests.reference_servers.fastapi_sqlalchemy.styles import Style

SCOPES = ("global", "virtual_key", "user")
MAX_BODY_BYTES = 1 << 20
MAX_PAGE_SIZE = 100
_INT64_MAX = 2**63 - 1
_WHITE_SPACE = frozenset(
    "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000"
)
_WHOLE_NUMBER = re.compile(r"[0-9]+")
_CREATE_FIELDS = frozenset({"model_name", "provider", "scope", "scope_id", "budgets", "rate_limit"})
_UPDATE_FIELDS = frozenset({"model_name", "provider", "budgets", "rate_limit"})
_BUDGET_FIELDS = frozenset({"max_limit", "reset_duration"})
_RATE_LIMIT_FIELDS = frozenset(
    {"token_max_limit", "token_reset_duration", "request_max_limit", "request_reset_duration"}
)


class ApiError(Exception):
    """A response with an error status and its message."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


@dataclass(frozen=True, slots=True)
class BudgetEntry:
    """One entry of `budgets`."""

    id: str | None
    max_limit: float
    reset_duration: str
    length_ns: int


@dataclass(frozen=True, slots=True)
class MetricLimit:
    """The limit of one metric of a rate limit."""

    max_limit: int | None = None
    reset_duration: str | None = None

    @property
    def is_empty(self) -> bool:
        """Whether neither field is set."""
        return self.max_limit is None and self.reset_duration is None


@dataclass(frozen=True, slots=True)
class RateLimitEntry:
    """The field `rate_limit`."""

    token: MetricLimit
    request: MetricLimit

    @property
    def is_empty(self) -> bool:
        """Whether no field is set."""
        return self.token.is_empty and self.request.is_empty


@dataclass(frozen=True, slots=True)
class CreateRequest:
    """A valid body of createModelConfig."""

    model_name: str
    provider: str | None
    scope: str
    scope_id: str | None
    budgets: list[BudgetEntry]
    rate_limit: RateLimitEntry | None


@dataclass(frozen=True, slots=True)
class UpdateRequest:
    """A valid body of updateModelConfig; None leaves a field as it is."""

    model_name: str | None
    provider: str | None
    budgets: list[BudgetEntry] | None
    rate_limit: RateLimitEntry | None


@dataclass(frozen=True, slots=True)
class Page:
    """The page and the filters of listModelConfigs; a limit of None asks for all."""

    limit: int | None
    offset: int
    search: str | None
    scope: str | None
    provider: str | None


def reject(message: str) -> ApiError:
    """Returns the error of a request that breaks a rule."""
    return ApiError(400, message)


class BodyReader:
    """Reads request bodies in one style."""

    def __init__(self, style: Style) -> None:
        self._style = style

    def read_create(self, body: bytes) -> CreateRequest:
        """Returns the create request that the body holds.

        Raises:
            ApiError: The body breaks a rule.
        """
        fields = self._drop_nulls(self._parse(body, _CREATE_FIELDS), "a create request")
        if "model_name" not in fields:
            raise reject("model_name is required")
        scope, scope_id = self._read_scope(fields)
        return CreateRequest(
            model_name=self._read_model_name(fields["model_name"]),
            provider=self._read_optional_text(fields, "provider"),
            scope=scope,
            scope_id=scope_id,
            budgets=self._read_budgets(fields.get("budgets", []), _BUDGET_FIELDS),
            rate_limit=self._read_rate_limit(fields["rate_limit"]) if "rate_limit" in fields else None,
        )

    def read_update(self, body: bytes) -> UpdateRequest:
        """Returns the update request that the body holds.

        Raises:
            ApiError: The body breaks a rule.
        """
        fields = {name: value for name, value in self._parse(body, _UPDATE_FIELDS).items() if value is not None}
        return UpdateRequest(
            model_name=self._read_model_name(fields["model_name"]) if "model_name" in fields else None,
            provider=self._read_optional_text(fields, "provider"),
            budgets=self._read_budgets(fields["budgets"], _BUDGET_FIELDS | {"id"}) if "budgets" in fields else None,
            rate_limit=self._read_rate_limit(fields["rate_limit"]) if "rate_limit" in fields else None,
        )

    def _parse(self, body: bytes, known: frozenset[str]) -> dict[str, Any]:
        try:
            value = json.loads(
                body.decode("utf-8"),
                parse_float=Decimal,
                parse_constant=_refuse_constant,
                object_pairs_hook=self._build_object,
            )
        except (ValueError, ArithmeticError, RecursionError) as error:
            raise reject("the body is not valid JSON") from error
        return self._check_object(value, known, "the body")

    def _build_object(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if self._style.folds_field_names:
            pairs = [(name.lower() if name.isascii() else name, value) for name, value in pairs]
        fields = dict(pairs)
        if len(fields) < len(pairs) and not self._style.accepts_duplicate_fields:
            raise reject("a JSON object has the same field twice")
        return fields

    def _check_object(self, value: Any, known: frozenset[str], what: str) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise reject(f"{what} must be an object")
        if not self._style.accepts_unknown_fields and value.keys() - known:
            raise reject(f"{what} has an unknown field")
        return {name: value[name] for name in known if name in value}

    def _drop_nulls(self, fields: dict[str, Any], what: str) -> dict[str, Any]:
        present = {name: value for name, value in fields.items() if value is not None}
        if len(present) < len(fields) and not self._style.accepts_null_in_create:
            raise reject(f"null is no value for a field of {what}")
        return present

    def _read_scope(self, fields: dict[str, Any]) -> tuple[str, str | None]:
        scope = fields.get("scope", "global")
        if not isinstance(scope, str) or scope not in SCOPES:
            raise reject(f"scope must be one of {', '.join(SCOPES)}")
        if scope != "global":
            if "scope_id" not in fields:
                raise reject(f"scope_id is required when scope is {scope}")
            return scope, self._read_text(fields["scope_id"], "scope_id")
        if "scope_id" in fields:
            if not isinstance(fields["scope_id"], str):
                raise reject("scope_id must be a string")
            if not self._style.accepts_global_scope_id:
                raise reject("scope_id must be absent when scope is global")
        return scope, None

    def _read_model_name(self, value: Any) -> str:
        name = self._read_text(value, "model_name")
        if _WHITE_SPACE.issuperset(name):
            raise reject("model_name must not be blank")
        return name

    def _read_optional_text(self, fields: dict[str, Any], name: str) -> str | None:
        return self._read_text(fields[name], name) if name in fields else None

    def _read_text(self, value: Any, name: str) -> str:
        text = _read_string(value, name)
        if not text:
            raise reject(f"{name} must not be empty")
        if "\0" in text and not self._style.accepts_nul:
            raise reject(f"{name} must not contain U+0000")
        longest = self._style.max_text_length
        if longest is not None and len(text) > longest:
            raise reject(f"{name} must have at most {longest} characters")
        return text

    def _read_budgets(self, value: Any, known: frozenset[str]) -> list[BudgetEntry]:
        if not isinstance(value, list):
            raise reject("budgets must be an array")
        entries = [self._read_budget(item, known) for item in value]
        by_length = self._style.compares_durations_by_length
        keys = {entry.length_ns if by_length else entry.reset_duration for entry in entries}
        if len(keys) < len(entries):
            raise reject("each entry of budgets must have a unique reset_duration")
        return entries

    def _read_budget(self, value: Any, known: frozenset[str]) -> BudgetEntry:
        fields = self._check_object(value, known, "an entry of budgets")
        for name in sorted(_BUDGET_FIELDS):
            if fields.get(name) is None:
                raise reject(f"an entry of budgets has no {name}")
        duration, length = self._read_duration(fields["reset_duration"], "reset_duration")
        budget_id = fields.get("id")
        return BudgetEntry(
            id=None if budget_id is None else _read_string(budget_id, "id"),
            max_limit=_read_amount(fields["max_limit"]),
            reset_duration=duration,
            length_ns=length,
        )

    def _read_duration(self, value: Any, name: str) -> tuple[str, int]:
        text = _read_string(value, name)
        length = measure_duration(text, go=self._style.accepts_go_durations)
        if not length:
            raise reject(f"{name} must be a positive whole number and one unit of s m h d w M Y")
        longest = self._style.max_duration_ns
        if longest is not None and length > longest:
            raise reject(f"{name} is too long")
        return text, length

    def _read_rate_limit(self, value: Any) -> RateLimitEntry:
        fields = self._check_object(value, _RATE_LIMIT_FIELDS, "rate_limit")
        present = self._drop_nulls(fields, "a rate limit")
        return RateLimitEntry(token=self._read_metric(present, "token"), request=self._read_metric(present, "request"))

    def _read_metric(self, fields: dict[str, Any], metric: str) -> MetricLimit:
        limit = duration = None
        if (name := f"{metric}_max_limit") in fields:
            limit = self._read_int64(fields[name], name)
        if (name := f"{metric}_reset_duration") in fields:
            duration, _ = self._read_duration(fields[name], name)
        if limit is not None and duration is None:
            raise reject(f"{metric}_max_limit needs {metric}_reset_duration")
        if limit is None and not self._style.keeps_lone_duration:
            return MetricLimit()
        return MetricLimit(limit, duration)

    def _read_int64(self, value: Any, name: str) -> int:
        accepted = (int, Decimal) if self._style.accepts_integral_floats else (int,)
        if isinstance(value, bool) or not isinstance(value, accepted):
            raise reject(f"{name} must be an integer")
        if not 1 <= value <= _INT64_MAX:
            raise reject(f"{name} must be an integer from 1 to {_INT64_MAX}")
        if value != int(value):
            raise reject(f"{name} must be an integer")
        return int(value)


class QueryReader:
    """Reads query strings in one style."""

    def __init__(self, style: Style) -> None:
        self._style = style

    def read_page(self, query: QueryParams) -> Page:
        """Returns the page that the query string of listModelConfigs asks for.

        Raises:
            ApiError: A parameter breaks a rule.
        """
        scope = query.get("scope") or None
        if scope is not None and scope not in SCOPES and self._style.rejects_unknown_scope_filter:
            raise reject(f"scope must be one of {', '.join(SCOPES)}")
        search, provider = query.get("search") or None, query.get("provider") or None
        offset = self.read_number(query, "offset", 0)
        is_narrowed = bool(search or scope or provider or offset)
        limit: int | None = self._style.filtered_page_size if is_narrowed else self._style.full_page_size
        if "limit" in query:
            limit = min(self.read_number(query, "limit", 0), MAX_PAGE_SIZE)
        return Page(limit=limit, offset=offset, search=search, scope=scope, provider=provider)

    def read_number(self, query: QueryParams, name: str, default: int, least: int = 0) -> int:
        """Returns a whole number of the query string, at most the largest int64.

        Raises:
            ApiError: The parameter is no whole number of at least `least`.
        """
        text = query.get(name)
        if text is None:
            return default
        if not _WHOLE_NUMBER.fullmatch(text):
            raise reject(f"{name} must be a whole number that is not negative")
        digits = text.lstrip("0") or "0"
        number = int(digits) if len(digits) <= len(str(_INT64_MAX)) else _INT64_MAX + 1
        if number > _INT64_MAX and self._style.rejects_huge_page_numbers:
            raise reject(f"{name} is too large")
        if number < least:
            raise reject(f"{name} must be at least {least}")
        return min(number, _INT64_MAX)


def _refuse_constant(name: str) -> float:
    raise ValueError(name)


def _read_string(value: Any, name: str) -> str:
    if not isinstance(value, str):
        raise reject(f"{name} must be a string")
    if any("\ud800" <= character <= "\udfff" for character in value):
        raise reject(f"{name} must be valid Unicode")
    return value


def _read_amount(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise reject("max_limit must be a number")
    try:
        amount = float(value)
    except OverflowError as error:
        raise reject("max_limit is too large") from error
    if amount == float("inf"):
        raise reject("max_limit is too large")
    if amount <= 0:
        raise reject("max_limit must be greater than 0")
    return amount
