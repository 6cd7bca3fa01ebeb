"""The tables of the server and the transactions on them."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import DateTime, ForeignKey, Index, StaticPool, create_engine, func
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship
from sqlalchemy.types import TypeDecorator


class UtcDateTime(TypeDecorator[datetime]):
    """A time with a zone, stored in UTC."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:  # noqa: ARG002
        return None if value is None else value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        return None if value is None else value.replace(tzinfo=UTC)


class Base(DeclarativeBase):
    """The tables of the server."""

    type_annotation_map = {datetime: UtcDateTime}  # noqa: RUF012


class Budget(Base):
    """A budget of a model config."""

    __tablename__ = "budgets"

    id: Mapped[str] = mapped_column(primary_key=True)
    config_number: Mapped[int] = mapped_column(ForeignKey("model_configs.number"), index=True)
    position: Mapped[int]
    max_limit: Mapped[float]
    reset_duration: Mapped[str]
    current_usage: Mapped[float]
    last_reset: Mapped[datetime]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class RateLimit(Base):
    """The rate limit of a model config."""

    __tablename__ = "rate_limits"

    id: Mapped[str] = mapped_column(primary_key=True)
    config_number: Mapped[int] = mapped_column(ForeignKey("model_configs.number"), index=True)
    token_max_limit: Mapped[int | None]
    token_reset_duration: Mapped[str | None]
    token_current_usage: Mapped[int]
    token_last_reset: Mapped[datetime]
    request_max_limit: Mapped[int | None]
    request_reset_duration: Mapped[str | None]
    request_current_usage: Mapped[int]
    request_last_reset: Mapped[datetime]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class ModelConfig(Base):
    """A model config; `number` is its place in the list."""

    __tablename__ = "model_configs"
    __table_args__ = {"sqlite_autoincrement": True}  # noqa: RUF012

    number: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(unique=True)
    model_name: Mapped[str]
    folded_name: Mapped[str]
    provider: Mapped[str | None]
    scope: Mapped[str]
    scope_id: Mapped[str | None]
    revision: Mapped[int]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    budgets: Mapped[list[Budget]] = relationship(
        cascade="all, delete-orphan", order_by=Budget.position, lazy="selectin"
    )
    rate_limit: Mapped[RateLimit | None] = relationship(
        cascade="all, delete-orphan", single_parent=True, uselist=False, lazy="selectin"
    )


Index(
    "one_config_per_identity",
    ModelConfig.scope,
    func.coalesce(ModelConfig.scope_id, ""),
    ModelConfig.model_name,
    func.coalesce(ModelConfig.provider, ""),
    unique=True,
)


class Database:
    """An empty SQLite database in memory."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._engine = create_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False})
        Base.metadata.create_all(self._engine)

    @contextmanager
    def begin(self) -> Iterator[Session]:
        """Runs one transaction at a time; an exception rolls it back."""
        with self._lock, Session(self._engine, expire_on_commit=False) as session, session.begin():
            yield session
