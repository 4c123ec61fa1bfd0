"""Freezes of channels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, delete, select

from storage.dialect import Drawing, Link
from storage.tables.freezes import freezes
from sync.model.freezing import Freeze
from sync.model.ids import SystemId, UserId

ALL = "*"
_NAMES = ("system", "by", "by_name", "reason", "since")


async def standing_freezes(link: Link) -> tuple[Freeze, ...]:
    """All freezes that stand: a handful of rows."""
    return freezes_in((await link.run(draw_standing)).all())


def freezes_in(rows: Sequence[Any]) -> tuple[Freeze, ...]:
    """The freezes of rows."""
    return tuple(
        Freeze(None if row.system == ALL else SystemId(row.system), UserId(row.by), row.by_name, row.reason, row.since)
        for row in rows
    )


def draw_standing(_draw: Drawing) -> Select[Any]:
    """All freezes."""
    return select(freezes).order_by(freezes.c.system)


class SqlFreezes:
    """Implements ``sync.ports.Freezes``."""

    def __init__(self, link: Link) -> None:
        self._link = link

    async def standing(self) -> Sequence[Freeze]:
        """All freezes that stand."""
        return await standing_freezes(self._link)

    async def add(self, freeze: Freeze) -> bool:
        """Freeze; False when that channel (or all) is frozen already."""
        row = (freeze.system or ALL, freeze.by, freeze.by_name, freeze.reason, freeze.since)
        adding = self._link.insert_rows(freezes, _NAMES, [row]).on_conflict_do_nothing(index_elements=["system"])
        return (await self._link.execute(adding.returning(freezes.c.system))).one_or_none() is not None

    async def lift(self, system: SystemId | None) -> bool:
        """End a freeze; False when there is none."""
        lifting = delete(freezes).where(freezes.c.system == (system or ALL)).returning(freezes.c.system)
        return (await self._link.execute(lifting)).one_or_none() is not None
