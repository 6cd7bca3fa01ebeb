"""What the server does with model configs: each operation is one transaction."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from tests.reference_servers.fastapi_sqlalchemy.durations import measure_duration
from tests.reference_servers.fastapi_sqlalchemy.lookups import VIRTUAL_KEYS, find_entry
from tests.reference_servers.fastapi_sqlalchemy.presentation import present_config
from tests.reference_servers.fastapi_sqlalchemy.storage import Budget, Database, ModelConfig, RateLimit
from tests.reference_servers.fastapi_sqlalchemy.styles import Style
from tests.reference_servers.fastapi_sqlalchemy.validation import (
    ApiError,
    BudgetEntry,
    CreateRequest,
    Page,
    RateLimitEntry,
    UpdateRequest,
)

Json = dict[str, Any]


class ConfigService:
    """The model configs of one server."""

    def __init__(self, database: Database, style: Style, read_clock: Callable[[], datetime]) -> None:
        self._database = database
        self._style = style
        self._read_clock = read_clock

    def find_page(self, page: Page) -> tuple[list[Json], int]:
        """Returns the configs of the page, oldest first, and the number of all matches."""
        conditions = self._build_conditions(page)
        query = select(ModelConfig).where(*conditions).order_by(ModelConfig.number).offset(page.offset)
        with self._database.begin() as session:
            total = session.scalar(select(func.count()).select_from(ModelConfig).where(*conditions)) or 0
            configs = session.scalars(query if page.limit is None else query.limit(page.limit)).all()
            return [self._present(config) for config in configs], total

    def create(self, request: CreateRequest) -> Json:
        """Returns the new config.

        Raises:
            ApiError: The virtual key does not exist, or another config has the identity.
        """
        if request.scope == "virtual_key" and find_entry(VIRTUAL_KEYS, request.scope_id or "") is None:
            raise ApiError(self._style.unknown_key_status, "scope_id names no virtual key")
        now = self._read_clock()
        config = ModelConfig(
            id=self._style.new_id("model_configs"),
            model_name=request.model_name,
            folded_name=self._style.folds_search(request.model_name),
            provider=request.provider,
            scope=request.scope,
            scope_id=request.scope_id,
            revision=1,
            created_at=now,
            updated_at=now,
            budgets=[self._new_budget(entry, now) for entry in request.budgets],
        )
        _number_budgets(config.budgets)
        if request.rate_limit and (self._style.creates_empty_rate_limit or not request.rate_limit.is_empty):
            config.rate_limit = self._new_rate_limit(request.rate_limit, now)
        with self._database.begin() as session:
            session.add(config)
            self._flush(session)
            return self._present(config)

    def get(self, config_id: str) -> Json:
        """Returns the config.

        Raises:
            ApiError: No config has this id.
        """
        with self._database.begin() as session:
            return self._present(_find(session, config_id))

    def update(self, config_id: str, request: UpdateRequest) -> Json:
        """Returns the changed config.

        Raises:
            ApiError: No config has this id, or another config has the new identity.
        """
        with self._database.begin() as session:
            config = _find(session, config_id)
            now = max(self._read_clock(), config.updated_at + self._style.time_step)
            if request.model_name is not None:
                config.model_name = request.model_name
                config.folded_name = self._style.folds_search(request.model_name)
            if request.provider is not None:
                config.provider = request.provider
            if request.budgets is not None:
                self._replace_budgets(config, request.budgets, now)
            if request.rate_limit is not None:
                self._replace_rate_limit(config, request.rate_limit, now)
            config.revision += 1
            config.updated_at = now
            self._flush(session)
            return self._present(config)

    def delete(self, config_id: str) -> None:
        """Removes the config.

        Raises:
            ApiError: No config has this id.
        """
        with self._database.begin() as session:
            session.delete(_find(session, config_id))

    def _build_conditions(self, page: Page) -> list[ColumnElement[bool]]:
        conditions: list[ColumnElement[bool]] = []
        if page.search is not None:
            conditions.append(func.instr(ModelConfig.folded_name, self._style.folds_search(page.search)) > 0)
        if page.scope is not None:
            conditions.append(ModelConfig.scope == page.scope)
        if page.provider is not None:
            conditions.append(ModelConfig.provider == page.provider)
        return conditions

    def _present(self, config: ModelConfig) -> Json:
        self._roll_windows(config)
        return present_config(config, self._style)

    def _flush(self, session: Session) -> None:
        try:
            session.flush()
        except IntegrityError as error:
            raise ApiError(
                self._style.conflict_status,
                "another model config has the same scope, scope_id, model_name and provider",
            ) from error

    def _new_budget(self, entry: BudgetEntry, now: datetime) -> Budget:
        return Budget(
            id=self._style.new_id("budgets"),
            max_limit=entry.max_limit,
            reset_duration=entry.reset_duration,
            current_usage=0.0,
            last_reset=now,
            created_at=now,
            updated_at=now,
        )

    def _replace_budgets(self, config: ModelConfig, entries: list[BudgetEntry], now: datetime) -> None:
        kept = self._match_budgets(config.budgets, entries)
        budgets = []
        for place, entry in enumerate(entries):
            budget = kept.get(place)
            if budget is None:
                budget = self._new_budget(entry, now)
            elif (budget.max_limit, budget.reset_duration) != (entry.max_limit, entry.reset_duration):
                budget.max_limit = entry.max_limit
                budget.reset_duration = entry.reset_duration
                budget.updated_at = now
            budgets.append(budget)
        config.budgets = budgets
        _number_budgets(budgets)

    def _match_budgets(self, budgets: list[Budget], entries: list[BudgetEntry]) -> dict[int, Budget]:
        """Returns the budget that each entry continues, by the entry's place: the same id, else the same duration."""
        by_id = {budget.id: budget for budget in budgets}
        kept = {}
        for place, entry in enumerate(entries):
            if entry.id is not None and (budget := by_id.pop(entry.id, None)) is not None:
                kept[place] = budget
        by_duration = {self._duration_key(budget.reset_duration): budget for budget in by_id.values()}
        for place, entry in enumerate(entries):
            if place not in kept:
                budget = by_duration.pop(self._duration_key(entry.reset_duration), None)
                if budget is not None:
                    kept[place] = budget
        return kept

    def _duration_key(self, duration: str) -> int | str:
        return measure_duration(duration, go=True) if self._style.compares_durations_by_length else duration

    def _new_rate_limit(self, entry: RateLimitEntry, now: datetime) -> RateLimit:
        return RateLimit(
            id=self._style.new_id("rate_limits"),
            token_max_limit=entry.token.max_limit,
            token_reset_duration=entry.token.reset_duration,
            token_current_usage=0,
            token_last_reset=now,
            request_max_limit=entry.request.max_limit,
            request_reset_duration=entry.request.reset_duration,
            request_current_usage=0,
            request_last_reset=now,
            created_at=now,
            updated_at=now,
        )

    def _replace_rate_limit(self, config: ModelConfig, entry: RateLimitEntry, now: datetime) -> None:
        old = config.rate_limit
        if entry.is_empty:
            config.rate_limit = None
        elif old is None or not self._style.keeps_rate_limit_id:
            config.rate_limit = self._new_rate_limit(entry, now)
        else:
            old.token_max_limit, old.token_reset_duration = entry.token.max_limit, entry.token.reset_duration
            old.request_max_limit, old.request_reset_duration = entry.request.max_limit, entry.request.reset_duration
            old.updated_at = now

    def _roll_windows(self, config: ModelConfig) -> None:
        now = self._read_clock()
        for budget in config.budgets:
            start = self._find_window(budget.last_reset, budget.reset_duration, now)
            if start is not None:
                budget.last_reset, budget.current_usage = start, 0.0
        limit = config.rate_limit
        if limit is not None:
            start = self._find_window(limit.token_last_reset, limit.token_reset_duration, now)
            if start is not None:
                limit.token_last_reset, limit.token_current_usage = start, 0
            start = self._find_window(limit.request_last_reset, limit.request_reset_duration, now)
            if start is not None:
                limit.request_last_reset, limit.request_current_usage = start, 0

    def _find_window(self, last_reset: datetime, duration: str | None, now: datetime) -> datetime | None:
        """Returns when the present window began if it is not the one of `last_reset`, else None."""
        if duration is None:
            return None
        length = measure_duration(duration, go=True)
        passed = (now - last_reset) // timedelta(microseconds=1) * 1000
        if passed < length:
            return None
        if not self._style.aligns_windows:
            return now
        return last_reset + timedelta(microseconds=passed // length * length // 1000)


def read_utc_clock() -> datetime:
    """Returns the time in UTC."""
    return datetime.now(UTC)


def _find(session: Session, config_id: str) -> ModelConfig:
    config = session.scalar(select(ModelConfig).where(ModelConfig.id == config_id))
    if config is None:
        raise ApiError(404, "model config not found")
    return config


def _number_budgets(budgets: list[Budget]) -> None:
    for position, budget in enumerate(budgets):
        budget.position = position
