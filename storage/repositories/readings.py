"""Readings of systems: one row each, shared by every process; who reads holds the row for a while."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, case, literal, or_, select, update

from storage.dialect import Drawing, Link
from storage.tables.systems import readings
from sync.model.ids import SystemId
from sync.model.reading import Reading


async def expect_readings(link: Link, systems: Sequence[SystemId]) -> None:
    """Create rows of systems that can be read; those that are there stay as they are."""
    if systems:
        adding = link.insert_rows(readings, ("system",), [(system,) for system in sorted(set(systems))])
        await link.execute(adding.on_conflict_do_nothing(index_elements=["system"]))


async def all_readings(link: Link) -> dict[SystemId, Reading]:
    """The readings of all systems that can be read: a handful of rows."""
    return readings_in(await link.run(draw_readings))


def readings_in(rows: Iterable[Any]) -> dict[SystemId, Reading]:
    """The readings of rows."""
    return {SystemId(row[0]): Reading(*row) for row in rows}


def draw_readings(_draw: Drawing) -> Select[Any]:
    """The readings of all systems."""
    held = readings.c
    return select(held.system, held.read_at, held.full_at, held.restored)


async def begin_reading(link: Link, system: SystemId, reader: str, now: datetime, until: datetime) -> bool:
    """Take or renew the row for ``reader``; False while another process reads. One statement, so that one of two wins."""
    held = readings.c
    taking = link.insert(readings).values(system=system, reader=reader, until=until)
    free = or_(held.reader == reader, held.until.is_(None), held.until <= now)
    taking = taking.on_conflict_do_update(
        index_elements=["system"], set_={"reader": reader, "until": until}, where=free
    )
    return (await link.execute(taking.returning(held.system))).one_or_none() is not None


async def end_reading(link: Link, system: SystemId, reader: str, began: datetime | None, full: bool) -> bool:
    """Give the row back, with a reading that is through (``began`` None: it is not). False: another process has it, and
    nothing is written. A reading of changes alone does not answer a restore."""
    held = readings.c
    ending = update(readings).where(held.system == system, held.reader == reader)
    values: dict[str, object] = {"reader": None, "until": None}
    if began is not None:
        newer = or_(held.read_at.is_(None), held.read_at < began)
        values["read_at"] = case((newer, literal(began, held.read_at.type)), else_=held.read_at)
        if full:
            values |= {"full_at": began, "restored": False}
    return await link.changed(ending.values(values)) == 1


async def forget_readings(link: Link) -> None:
    """After a restore: whatever was read before the backup, what came since is not known."""
    await link.execute(update(readings).values(restored=True, reader=None, until=None))
