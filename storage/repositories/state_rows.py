"""Rows of the folded state, there and back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from storage.codecs import from_json, to_json
from sync.counting.weights import owed
from sync.model.facts import Change, Count, Revision
from sync.model.ids import LocationId, SkuId, SystemId
from sync.model.stock import (
    Acknowledgement,
    LineEvent,
    LineRevision,
    Movement,
    Omission,
    OrderLine,
    Position,
    Statement,
)
from sync.model.time import AsOf

POSITION_KEY = ("sku", "system", "location")
POSITION = (
    *POSITION_KEY,
    *[
        "on_hand",
        "available",
        "reserved",
        "quarantined",
        "incoming",
        "as_of_start",
        "as_of_end",
        "sequence",
        "stamp",
        "tie",
        "fact",
    ],
    "conflicting",
    "released",
    "held",
    "acknowledged",
    "acknowledged_at",
    "acknowledged_until",
    "left_out_start",
    "left_out_end",
    "listed_start",
    "listed_end",
)
MOVEMENT_KEY = ("sku", "system", "location", "key")
MOVEMENT = (*MOVEMENT_KEY, "as_of_start", "as_of_end", "change")
LINE_KEY = ("sku", "channel", "order", "line")
LINE = (*LINE_KEY, *["location", "placed_at", "units", "price", "currency", "received_at", "steps", "closed"])


def position_row(position: Position) -> tuple[Any, ...]:
    """Its columns in the order of POSITION."""
    key = (position.sku, position.system, position.location)
    said, word = position.statement, position.acknowledged
    added = (
        None if said is None else said.count.held,
        *((None, None, None) if word is None else (to_json(word), word.at.end, word.until)),
        *_omission_row(position.left_out),
    )
    if said is None:
        return (*key, *(None,) * 11, position.conflicting, position.released, *added)
    count, revision = said.count, said.revision
    return (
        *key,
        count.on_hand,
        count.available,
        count.reserved,
        count.quarantined,
        count.incoming,
        said.as_of.start,
        said.as_of.end,
        revision.sequence,
        revision.stamp,
        revision.tie,
        said.key,
        position.conflicting,
        position.released,
        *added,
    )


def _omission_row(left: Omission | None) -> tuple[datetime | None, ...]:
    if left is None:
        return (None, None, None, None)
    return (left.at.start, left.at.end, *((None, None) if left.last is None else (left.last.start, left.last.end)))


def _omission_of(row: Row[Any]) -> Omission | None:
    if row.left_out_start is None:
        return None
    last = None if row.listed_start is None else AsOf(row.listed_start, row.listed_end)
    return Omission(AsOf(row.left_out_start, row.left_out_end), last)


def position_of(row: Row[Any], movements: Iterable[Movement]) -> Position:
    """The position of a row joined with its coverage and its confirmation."""
    statement = None
    if row.as_of_start is not None:
        count = Count(row.on_hand, row.available, row.reserved, row.quarantined, row.incoming, row.held)
        revision = Revision(row.sequence, row.stamp, row.tie)
        statement = Statement(count, AsOf(row.as_of_start, row.as_of_end), revision, row.fact)
    covered = None if row.covered_start is None else AsOf(row.covered_start, row.covered_end)
    return Position(
        system=SystemId(row.system),
        sku=SkuId(row.sku),
        location=LocationId(row.location),
        statement=statement,
        movements=tuple(movements),
        covered=covered,
        conflicting=row.conflicting,
        released=row.released,
        acknowledged=None if row.acknowledged is None else from_json(Acknowledgement, row.acknowledged),
        confirmed=None if row.confirmed_start is None else AsOf(row.confirmed_start, row.confirmed_end),
        confirmed_before=None if row.before_start is None else AsOf(row.before_start, row.before_end),
        left_out=_omission_of(row),
    )


def movement_row(position: Position, movement: Movement) -> tuple[Any, ...]:
    """Its columns in the order of MOVEMENT."""
    key = (position.sku, position.system, position.location, movement.key)
    return (*key, movement.at.start, movement.at.end, to_json(movement.change))


def movement_of(row: Row[Any]) -> Movement:
    """The movement of a row."""
    return Movement(row.key, AsOf(row.as_of_start, row.as_of_end), from_json(Change, row.change))


@dataclass(frozen=True, slots=True)
class Steps:
    """The steps of an order line, as its document holds them."""

    statements: tuple[LineRevision, ...] = ()
    cancelled: tuple[LineEvent, ...] = ()
    shipped: tuple[LineEvent, ...] = ()
    acknowledged: tuple[LineEvent, ...] = ()
    named_off: tuple[LineEvent, ...] = ()
    kit: SkuId | None = None


def line_row(line: OrderLine, closed: bool) -> tuple[Any, ...]:
    """Its columns in the order of LINE; ``units`` are those ordered of this SKU itself and not cancelled, for paces: what a kit
    sold is no demand for its parts."""
    steps = Steps(line.statements, line.cancelled, line.shipped, line.acknowledged, line.named_off, line.kit)
    return (
        line.sku,
        line.channel,
        line.order,
        line.line,
        line.location,
        line.placed_at,
        owed(line) if line.statements and line.kit is None else 0,
        line.price,
        line.currency,
        line.received_at,
        to_json(steps),
        closed,
    )


def line_of(row: Row[Any]) -> OrderLine:
    """The order line of a row."""
    steps = from_json(Steps, row.steps)
    return OrderLine(
        channel=SystemId(row.channel),
        order=row.order,
        line=row.line,
        sku=SkuId(row.sku),
        location=None if row.location is None else LocationId(row.location),
        placed_at=row.placed_at,
        statements=steps.statements,
        cancelled=steps.cancelled,
        shipped=steps.shipped,
        acknowledged=steps.acknowledged,
        named_off=steps.named_off,
        price=row.price,
        currency=row.currency,
        received_at=row.received_at,
        kit=steps.kit,
    )
