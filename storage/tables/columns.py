"""Column types that behave alike on SQLite and PostgreSQL."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import JSON, BigInteger, DateTime, Enum, Integer
from sqlalchemy.types import TypeDecorator
from sqlmodel import SQLModel

if TYPE_CHECKING:
    from enum import StrEnum

    from sqlalchemy.engine import Dialect

# Every constraint has a name, so that a migration can find it again.
SQLModel.metadata.naming_convention = {
    "ix": "ix_%(column_0_N_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

# SQLite makes only an INTEGER PRIMARY KEY an alias of its rowid.
BigId = BigInteger().with_variant(Integer(), "sqlite")

# JSON columns hold lists and objects; None is SQL NULL, not the JSON word null.
Json = JSON(none_as_null=True)


class UtcDateTime(TypeDecorator[datetime]):
    """An aware time, kept in UTC; a naive one is refused instead of guessed at."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Turn an aware time into UTC.

        Raises:
            ValueError: The time carries no zone.
        """
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(
                f"A time without a zone cannot be stored: {value!r}. Use an aware one."
            )
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Give an aware time in UTC, also where the database forgot the zone."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def words(enum: type[StrEnum]) -> Enum:
    """Make a text column that holds the values of an enum; others are refused before they reach it."""

    def values(members: Any) -> list[str]:  # noqa: ANN401 - SQLAlchemy calls it with the enum class
        return [member.value for member in members]

    return Enum(
        enum,
        native_enum=False,
        create_constraint=False,
        length=16,
        values_callable=values,
        validate_strings=True,
    )


def now() -> datetime:
    """Tell the time, aware and in UTC."""
    return datetime.now(UTC)
