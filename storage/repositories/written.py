"""Writing a slice back: only what differs from what was read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Set
from functools import cache
from typing import Any

from sqlalchemy import Delete, Table, Text, delete, select, tuple_

from storage.codecs import to_json
from storage.dialect import Draw, Drawing, Link, upserting
from storage.repositories.kits import RECIPE, RECIPE_KEY, recipe_row
from storage.repositories.state_rows import (
    LINE,
    LINE_KEY,
    MOVEMENT,
    MOVEMENT_KEY,
    POSITION,
    POSITION_KEY,
    line_row,
    movement_row,
    position_row,
)
from storage.tables.catalogue import listings
from storage.tables.facts import fresh, seen
from storage.tables.kits import recipes
from storage.tables.stock import movements, order_lines, positions
from sync.model.picture import Whole
from sync.model.stock import Position, SkuState

Judged = tuple[Whole, SkuState, frozenset[tuple[str, str, str, str]]]
_Rows = list[tuple[Any, ...]]


SKUS_OF = "skus:"
"""Before a system: the running total of the SKUs it states numbers for."""


def save_states(link: Link, wholes: Sequence[Judged]) -> None:
    """Positions and lines that differ are replaced, movements inserted or deleted, fresh facts taken off the list, all
    in one round trip before whatever this transaction runs next."""
    _save_positions(link, wholes)
    _save_lines(link, wholes)
    _save_listings(link, wholes)
    _save_recipes(link, wholes)
    _folded(link, wholes)


def _save_positions(link: Link, wholes: Sequence[Judged]) -> None:
    changed: _Rows = []
    appeared: _Rows = []
    gone: _Rows = []
    vanished: _Rows = []
    for whole, state, _ in wholes:
        if state.positions is whole.state.positions:
            continue
        before = {(one.system, one.location): one for one in whole.state.positions}
        after = {(one.system, one.location): one for one in state.positions}
        _count_skus(link, {system for system, _ in before}, {system for system, _ in after})
        for key, position in after.items():
            known = before.get(key)
            if known is None or _stated(known) != _stated(position):
                changed.append(position_row(position))
            old, new = _moves(known), _moves(position)
            appeared.extend(row for name, row in new.items() if old.get(name) != row)
            gone.extend(row[: len(MOVEMENT_KEY)] for name, row in old.items() if name not in new)
        for key in before.keys() - after.keys():
            vanished.append((whole.sku.id, *key))
            gone.extend(row[: len(MOVEMENT_KEY)] for row in _moves(before[key]).values())
    _upsert(link, positions, POSITION, POSITION_KEY, changed)
    _delete(link, movements, MOVEMENT_KEY, gone)
    _delete(link, positions, POSITION_KEY, vanished)
    _upsert(link, movements, MOVEMENT, MOVEMENT_KEY, appeared)


def _count_skus(link: Link, before: Set[str], after: Set[str]) -> None:
    """A SKU more or less for the systems that began or ceased to hold a position of it."""
    for system in after - before:
        link.count(SKUS_OF + system, 1)
    for system in before - after:
        link.count(SKUS_OF + system, -1)


def _stated(position: Position) -> tuple[object, ...]:
    return position.statement, position.conflicting, position.released, position.acknowledged, position.left_out


def _moves(position: Position | None) -> dict[str, tuple[Any, ...]]:
    return {} if position is None else {move.key: movement_row(position, move) for move in position.movements}


def _save_lines(link: Link, wholes: Sequence[Judged]) -> None:
    changed: _Rows = []
    gone: _Rows = []
    for whole, state, closed in wholes:
        if state.lines is whole.state.lines and not closed:
            continue
        before = {line.key: line for line in whole.state.lines}
        after = {line.key: line for line in state.lines}
        changed.extend(
            line_row(line, key in closed) for key, line in after.items() if key in closed or before.get(key) != line
        )
        gone.extend((line.sku, line.channel, line.order, line.line) for key, line in before.items() if key not in after)
    _upsert(link, order_lines, LINE, LINE_KEY, changed)
    _delete(link, order_lines, LINE_KEY, gone)


def _save_listings(link: Link, wholes: Sequence[Judged]) -> None:
    changed: _Rows = []
    gone: _Rows = []
    for whole, state, _ in wholes:
        if state.listings is whole.state.listings:
            continue
        before = {one.id: one for one in whole.state.listings}
        after = {one.id: one for one in state.listings}
        changed.extend(
            (one.id, one.system, one.sku, to_json(one)) for id_, one in after.items() if before.get(id_) != one
        )
        gone.extend((id_, whole.sku.id) for id_ in before.keys() - after.keys())
    _delete(link, listings, ("id", "sku"), gone)
    _upsert(link, listings, ("id", "system", "sku", "body"), ("id",), changed)


def _save_recipes(link: Link, wholes: Sequence[Judged]) -> None:
    changed: _Rows = []
    for whole, state, _ in wholes:
        if state.recipes != whole.state.recipes:
            before = set(whole.state.recipes)
            changed.extend(recipe_row(state.sku, one) for one in state.recipes if one not in before)
    _upsert(link, recipes, RECIPE, RECIPE_KEY, changed)


def _folded(link: Link, wholes: Sequence[Judged]) -> None:
    """A fact may be fresh for several SKUs; only the pairs that were loaded are taken off."""
    loaded = sorted((whole.sku.id, fact.system, fact.key) for whole, _, _ in wholes for fact in whole.fresh)
    if loaded:
        link.later(_taking_off, rows=loaded)


def _taking_off(draw: Drawing) -> Delete:
    given = draw.rows({"sku": Text(), "system": Text(), "key": Text()})
    pairs = select(given.c.sku, seen.c.fact).join(
        given, (seen.c.system == given.c.system) & (seen.c.key == given.c.key)
    )
    return delete(fresh).where(tuple_(fresh.c.sku, fresh.c.fact).in_(pairs))


def _upsert(link: Link, table: Table, names: tuple[str, ...], key: tuple[str, ...], rows: _Rows) -> None:
    if rows:
        link.later(upserting(table, names, key), rows=sorted(rows, key=lambda row: row[: len(key)]))


def _delete(link: Link, table: Table, key: tuple[str, ...], rows: Iterable[Sequence[Any]]) -> None:
    wanted = sorted(tuple(row) for row in rows)
    if wanted:
        link.later(_deleting(table, key), rows=wanted)


@cache
def _deleting(table: Table, key: tuple[str, ...]) -> Draw:
    def draw(drawing: Drawing) -> Delete:
        given = drawing.rows({name: Text() for name in key})
        columns = tuple_(*(table.c[name] for name in key))
        return delete(table).where(columns.in_(select(*(given.c[name] for name in key))))

    return draw
