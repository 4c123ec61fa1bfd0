"""The ledger's months on PostgreSQL: facts lie in one partition per month of their arrival, so that a closed period leaves
as a whole instead of row by row. SQLite keeps one table.

Partitions: ``facts_early`` (everything before the first month that was made), ``facts_YYYY_MM``, and ``facts_other`` for what
has no month yet or whose month has gone.
"""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import text

from storage.dialect import Link
from storage.tables.columns import to_micros

AHEAD = 3
"""Months that are ready beyond the present one."""

OTHER = "facts_other"
_BOUNDS = text(
    "SELECT c.relname, pg_get_expr(c.relpartbound, c.oid) FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid "
    "WHERE i.inhparent = 'facts'::regclass"
)
_PATIENCE = text("SET LOCAL lock_timeout = '3s'")
"""Nobody who records waits longer behind a change of partitions; who cannot have the lock tries again another day."""


def month_of(at: datetime, further: int = 0) -> datetime:
    """The beginning (UTC) of the month of an instant, or of one so many months later."""
    utc = at.astimezone(UTC)
    months = utc.year * 12 + utc.month - 1 + further
    return datetime(months // 12, months % 12 + 1, 1, tzinfo=UTC)


async def partitions(link: Link) -> dict[str, int | None]:
    """The partitions by name with their upper bound in microseconds since 1970 (None: the one without bounds)."""
    found: dict[str, int | None] = {}
    for name, bound in await link.execute(_BOUNDS):
        upper = bound.rpartition("TO (")[2].strip("')") if "TO (" in bound else None
        found[name] = None if upper is None else int(upper)
    return found


async def make_room(link: Link, now: datetime) -> list[str]:
    """Make the partitions of this month and the next ones that are not there; returns their names. Rows that came before
    their month was made move into it."""
    if not link.postgres:
        return []
    if not await _missing(link, now):
        return []
    await link.execute(_PATIENCE)
    await link.execute(text(f"LOCK TABLE {OTHER} IN ACCESS EXCLUSIVE MODE"))
    return [await _make(link, start) for start in await _missing(link, now)]


async def _missing(link: Link, now: datetime) -> list[datetime]:
    """The months to make; each begins where all that is there ends, or later."""
    covered = max((upper for upper in (await partitions(link)).values() if upper is not None), default=0)
    months = [month_of(now, further) for further in range(AHEAD + 1)]
    return [start for start in months if to_micros(start) >= covered]


async def _make(link: Link, start: datetime) -> str:
    end = month_of(start, 1)
    name, bounds = f"facts_{start:%Y_%m}", (to_micros(start), to_micros(end))
    inside = f"received_at >= {bounds[0]} AND received_at < {bounds[1]}"
    await link.execute(text(f"CREATE TABLE {name} (LIKE facts INCLUDING DEFAULTS INCLUDING INDEXES)"))
    moving = f"WITH moved AS (DELETE FROM {OTHER} WHERE {inside} RETURNING *) INSERT INTO {name} SELECT * FROM moved"
    await link.execute(text(moving))
    attaching = f"ALTER TABLE facts ATTACH PARTITION {name} FOR VALUES FROM ({bounds[0]}) TO ({bounds[1]})"
    await link.execute(text(attaching))
    return name


async def give_back(link: Link, before: datetime) -> list[str]:
    """Drop the partitions that lie wholly before an instant; returns their names. The few rows that a closing leaves (not
    folded, not mapped, in conflict) stay, in the partition without bounds."""
    if not link.postgres:
        return []
    limit = to_micros(before)
    old = sorted(name for name, upper in (await partitions(link)).items() if upper is not None and upper <= limit)
    for name in old:
        await link.execute(_PATIENCE)
        await link.execute(text(f"ALTER TABLE facts DETACH PARTITION {name}"))
        await link.execute(text(f"INSERT INTO facts SELECT * FROM {name}"))
        await link.execute(text(f"DROP TABLE {name}"))
    return old
