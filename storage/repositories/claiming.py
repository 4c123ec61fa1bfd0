"""What is due is found, locked and taken off the list in one statement."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from sqlalchemy import (
    CTE,
    BigInteger,
    ColumnElement,
    Integer,
    Select,
    bindparam,
    delete,
    func,
    literal_column,
    select,
    type_coerce,
    union_all,
)
from sqlalchemy.sql import Executable
from sqlalchemy.sql.dml import ReturningDelete, ReturningInsert

from storage.drawing import Drawing, insert_into
from storage.repositories.facts import BY_WORD, CONFIRMED
from storage.repositories.readings import draw_readings
from storage.repositories.systems import draw_due_systems
from storage.tables.columns import Instant
from storage.tables.stock import due, stock
from sync.model.ids import LocationId, SkuId, SystemId

_RANK = 1 << 61
"""Between the order of one kind of due SKUs and the next: above every id and every instant."""

_NOW = bindparam("now", type_=Instant())
_ROOM = bindparam("room", type_=Integer())


@dataclass(frozen=True, slots=True)
class Marks:
    """Marks that were dropped: the newest of them; by which snapshots SKUs were marked: (place, system) each; and which SKUs by a
    person's word."""

    newest: int = 0
    confirmed: dict[SkuId, frozenset[tuple[LocationId, SystemId]]] = field(default_factory=dict)
    by_word: frozenset[SkuId] = frozenset()

    @staticmethod
    def of(rows: Iterable[Any]) -> Marks:
        """Those of rows of id, sku and cause."""
        return Marks().and_of(rows)

    def and_of(self, rows: Iterable[Any]) -> Marks:
        """These and those of more rows."""
        newest, confirmed, by_word = self.newest, dict(self.confirmed), set(self.by_word)
        for mark, sku, cause in rows:
            newest = max(newest, mark)
            if cause.startswith(BY_WORD):
                by_word.add(SkuId(sku))
            if cause.startswith(CONFIRMED):
                location, _, system = cause.removeprefix(CONFIRMED).rpartition(":")
                there = (LocationId(location), SystemId(system))
                confirmed[SkuId(sku)] = confirmed.get(SkuId(sku), frozenset()) | {there}
        return Marks(newest, confirmed, frozenset(by_word))


def _wanted() -> Select[Any]:
    """Due SKUs in the order of their turn, as many as there is room for."""
    kinds = []
    for rank in (0, 1):
        order = (literal_column(str(rank * _RANK), BigInteger()) + due.c.id).label("turn")
        marked = select(due.c.sku, order).where(due.c.rank == literal_column(str(rank)), due.c.at <= _NOW)
        kinds.append(marked.order_by(due.c.id).limit(_ROOM).subquery())
    order = (literal_column(str(2 * _RANK), BigInteger()) + type_coerce(stock.c.due_at, BigInteger())).label("turn")
    passed = select(stock.c.sku, order).where(stock.c.due_at <= _NOW)
    kinds.append(passed.order_by(stock.c.due_at, stock.c.sku).limit(_ROOM).subquery())
    each = union_all(*(select(kind.c.sku, kind.c.turn) for kind in kinds)).subquery()
    turns = select(each.c.sku).group_by(each.c.sku)
    return turns.order_by(func.min(each.c.turn), each.c.sku).limit(_ROOM)


@dataclass(frozen=True, slots=True)
class _Parts:
    """What PostgreSQL does in the one statement. A mark may name a SKU that has no row yet: whoever makes it holds its lock.
    What was due when the statement began and another process decided meanwhile is decided once more, from what it wrote."""

    wanted: CTE
    locked: CTE
    made: CTE
    dropped: CTE


@cache
def _parts() -> _Parts:
    wanted = _wanted().cte("wanted")
    mine = stock.c.sku == func.any(func.array(select(wanted.c.sku).scalar_subquery()))
    locked = select(stock.c.sku).where(mine).order_by(stock.c.sku).with_for_update(skip_locked=True).cte("locked")
    made = _making(True, select(wanted.c.sku)).cte("made")
    own = union_all(select(locked.c.sku), select(made.c.sku)).scalar_subquery()
    dropped = _dropping(due.c.sku == func.any(func.array(own))).cte("dropped")
    return _Parts(wanted, locked, made, dropped)


def _making(postgres: bool, wanted: Select[Any]) -> ReturningInsert[Any]:
    given = wanted.subquery()
    there = select(stock.c.sku).where(stock.c.sku == given.c.sku).exists()
    rows = select(given.c.sku).where(~there).order_by(given.c.sku)
    making = insert_into(postgres, stock).from_select(["sku"], rows, include_defaults=False)
    return making.on_conflict_do_nothing(index_elements=["sku"]).returning(stock.c.sku)


def _dropping(mine: ColumnElement[bool]) -> ReturningDelete[Any]:
    return delete(due).where(mine, due.c.at <= _NOW).returning(due.c.id, due.c.sku, due.c.cause)


def _draw_made(draw: Drawing) -> Executable:
    return select(_parts().made.c.sku) if draw.postgres else _making(False, _wanted())


def _draw_wanted(draw: Drawing) -> Executable:
    return select(_parts().wanted.c.sku) if draw.postgres else _wanted()


def _draw_locked(draw: Drawing) -> Executable:
    """SQLite's one writer holds all there is."""
    return select(_parts().locked.c.sku) if draw.postgres else _wanted()


def _draw_dropped(draw: Drawing) -> Executable:
    if draw.postgres:
        dropped = _parts().dropped.c
        return select(dropped.id, dropped.sku, dropped.cause)
    return _dropping(due.c.sku.in_(_wanted()))


CLAIM = (_draw_made, _draw_wanted, _draw_locked, _draw_dropped, draw_readings, draw_due_systems)
"""The rows that were made for SKUs without one, what is due, what of it is locked, the marks that were dropped (id, sku,
cause), the readings of systems, and the systems that are due."""
