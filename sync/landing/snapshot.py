"""A large snapshot as columns, as a connector read it: what its rows say in the sender's words, and what was wrong with them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from sync.connectors.base import Inbound, Problem
from sync.model.facts import Count, FactDraft
from sync.model.time import AsOf

if TYPE_CHECKING:
    import polars as pl

BUCKETS = ("on_hand", "available", "reserved", "quarantined", "held", "incoming")
ROW = ("line", "code", "place", *BUCKETS, "start", "end")
"""Columns of a snapshot: the line it stood on, code and place as they were written, units, and microseconds since 1970."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Covered:
    """A place of which the snapshot lists all that is there, as of its rows' earliest to latest time."""

    place: str
    as_of: AsOf
    rows: int


@dataclass(frozen=True, slots=True)
class Figures:
    """Usable rows, how many of them say zero, and the sum of their numbers in units."""

    rows: int
    zeros: int
    total: int


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One reading, not recorded yet. ``key`` knows its bytes. ``rows`` counts what was read, usable or not; ``frame`` has the
    usable ones (ROW), in their order. ``held``: why none of it may become facts. ``covered``: see :class:`Covered`."""

    key: str
    frame: pl.DataFrame
    rows: int
    problems: tuple[Problem, ...] = ()
    held: str = ""
    covered: tuple[Covered, ...] = ()

    @property
    def content_at(self) -> datetime | None:
        """The newest time that a row tells."""
        newest = self.frame["start"].max()
        return None if not isinstance(newest, int) else instant(newest)

    def figures(self) -> Figures:
        """What plausibility looks at: on hand where stated, else available."""
        import polars as pl

        number = pl.coalesce("on_hand", "available")
        told = self.frame.select((number == 0).sum().alias("zeros"), number.sum().alias("total"))
        return Figures(self.frame.height, int(told["zeros"][0] or 0), int(told["total"][0] or 0))


@runtime_checkable
class Lands(Protocol):
    """A connector whose deliveries can be read as columns, whatever their size."""

    def read_whole(self, inbound: Inbound) -> Snapshot:
        """The whole delivery, with the same checks as ``parse``. Raises BadInput when it cannot be read at all."""

    def counted(self, code: str, place: str, as_of: AsOf, count: Count) -> FactDraft:
        """The fact of one row, the same that ``parse`` makes of it."""


def instant(micros: int) -> datetime:
    """The aware datetime of microseconds since 1970."""
    return _EPOCH + timedelta(microseconds=micros)


def micros(at: datetime) -> int:
    """Microseconds since 1970."""
    return (at - _EPOCH) // _MICROSECOND
