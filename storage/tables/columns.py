"""The metadata with its naming conventions, and the column types that mean the same on both databases."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import JSON, BigInteger, Dialect, Integer, MetaData, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import TypeDecorator, TypeEngine

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def to_micros(instant: datetime) -> int:
    """Microseconds since 1970 of an aware datetime. ValueError for a naive one: nobody can say which instant it means."""
    if instant.tzinfo is None:
        raise ValueError(f"{instant!r} has no time zone; times are stored as UTC instants, so pass an aware datetime")
    return (instant - _EPOCH) // _MICROSECOND


def from_micros(micros: int) -> datetime:
    """The aware UTC datetime of microseconds since 1970."""
    return _EPOCH + timedelta(microseconds=micros)


def _instant(micros: int | None) -> datetime | None:
    return None if micros is None else _EPOCH + timedelta(0, 0, micros)


class Instant(TypeDecorator[datetime]):
    """An instant as microseconds since 1970 (UTC): exact, sortable, and the same on every database."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        return None if value is None else to_micros(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        return None if value is None else from_micros(value)

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], datetime | None]:
        """Both databases hand out the number itself: it is read without the call that would read it first."""
        return _instant


class ExactDecimal(TypeDecorator[Decimal]):
    """A decimal as its own text: money comes back exactly as it went in, on databases without decimals, too."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> str | None:
        return None if value is None else str(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Decimal | None:
        return None if value is None else Decimal(value)


class Millionths(TypeDecorator[Decimal]):
    """An amount in millionths, rounded half to even: what the database itself sorts by and sums. The exact amount stands
    beside it wherever it must come back."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> int | None:
        return None if value is None else int((value * 1_000_000).to_integral_value())

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:
        return None if value is None else Decimal(int(value)) / 1_000_000


class Document(TypeDecorator[Any]):
    """A JSON document (jsonb on PostgreSQL). What goes in and out is what ``storage.codecs`` makes and reads."""

    impl = JSON
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(JSONB() if dialect.name == "postgresql" else JSON())


def key() -> TypeEngine[str]:
    """Text that is compared byte by byte on both databases, so that rows are locked in the order Python sorts them."""
    return Text().with_variant(Text(collation="C"), "postgresql")


def serial() -> TypeEngine[int]:
    """A 64-bit number that counts by itself as a primary key (SQLite counts only in INTEGER)."""
    return BigInteger().with_variant(Integer(), "sqlite")
