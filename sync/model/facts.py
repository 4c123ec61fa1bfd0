"""Facts: what happened, known each by its own key however often it is delivered.

A *statement* says how something is now (a count, a level, an order line, a listing): its newest revision wins. A
*movement* says what changed (a receipt, a return, units shipped or cancelled): it is added once. The key of a
statement holds its revision, so that each revision is one fact.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import ClassVar

from sync.model.ids import LocationId, SkuId, SystemId
from sync.model.made import quickly
from sync.model.time import AsOf

ASIDE = {"aside": True}
"""Marks a field that is no part of what identifies a fact."""

LATER = {"later": True}
"""Marks a field that facts of earlier versions did not have: at its default it is no part of what identifies a fact, so that
one told again after an upgrade still is the same."""


class FactKind(StrEnum):
    """What a fact tells of. The names are those of the events API."""

    COUNTED = "stock.counted"
    LEVEL_SEEN = "level.seen"
    CHANGED = "stock.changed"
    RECEIVED = "stock.received"
    RETURNED = "return.received"
    ORDER_LINE = "order.line"
    ORDER_CANCELLED = "order.cancelled"
    ORDER_SHIPPED = "order.shipped"
    ORDER_ACKNOWLEDGED = "order.acknowledged"
    STOCK_ACKNOWLEDGED = "stock.acknowledged"
    LISTING_SEEN = "listing.seen"
    RECIPE = "catalog.recipe"
    SNAPSHOT_READ = "snapshot.read"
    SNAPSHOT_CONFIRMED = "snapshot.confirmed"
    LEFT_OUT = "stock.left_out"

    @property
    def is_movement(self) -> bool:
        """Movements are added once; everything else is a statement."""
        return self in _MOVEMENTS


_MOVEMENTS = frozenset(
    {
        FactKind.CHANGED,
        FactKind.RECEIVED,
        FactKind.RETURNED,
        FactKind.ORDER_CANCELLED,
        FactKind.ORDER_SHIPPED,
        FactKind.ORDER_ACKNOWLEDGED,
    }
)


@quickly
@dataclass(frozen=True, slots=True)
class ItemRef:
    """How a system names a product: ``namespace`` says which of its ids (``sku``, ``item``, ``variant``, ``gtin``)."""

    namespace: str
    value: str


@quickly
@dataclass(frozen=True, slots=True, order=True)
class OrderRef:
    """An order line as its channel names it. ``line`` is empty where only the order is known."""

    channel: SystemId
    order: str
    line: str = ""


@quickly
@dataclass(frozen=True, slots=True)
class Count:
    """Body of COUNTED and LEVEL_SEEN: the numbers a system states, in sellable units; None is unknown, never zero."""

    on_hand: int | None = None
    available: int | None = None
    reserved: int | None = None
    quarantined: int | None = None
    incoming: int | None = None
    held: int | None = field(default=None, repr=False, metadata=LATER)

    kinds: ClassVar[frozenset[FactKind]] = frozenset({FactKind.COUNTED, FactKind.LEVEL_SEEN})


@quickly
@dataclass(frozen=True, slots=True)
class Change:
    """Body of CHANGED, RECEIVED and RETURNED: signed units per bucket; ``order`` when the mover names it (a pick); ``transfer``
    is the one that sent the units on their way, or that they came by."""

    on_hand: int = 0
    reserved: int = 0
    quarantined: int = 0
    incoming: int = 0
    order: OrderRef | None = None
    held: int = field(default=0, metadata=LATER)
    transfer: str = field(default="", metadata=ASIDE)

    kinds: ClassVar[frozenset[FactKind]] = frozenset({FactKind.CHANGED, FactKind.RECEIVED, FactKind.RETURNED})


class LineState(StrEnum):
    """Whether an order line is paid for (or otherwise certain)."""

    PENDING = "pending"
    CONFIRMED = "confirmed"


@quickly
@dataclass(frozen=True, slots=True)
class LineStated:
    """Body of ORDER_LINE: all units now ordered on a line (cancellations are facts of their own, not taken off here).

    ``placed_at`` is when the order was placed; the fact's own time is that of this revision. ``price`` per unit.
    """

    order: OrderRef
    units: int
    state: LineState
    placed_at: datetime
    price: Decimal | None = None
    currency: str | None = None

    kinds: ClassVar[frozenset[FactKind]] = frozenset({FactKind.ORDER_LINE})


@quickly
@dataclass(frozen=True, slots=True)
class LineStep:
    """Body of ORDER_CANCELLED, ORDER_SHIPPED and ORDER_ACKNOWLEDGED: units of this one event."""

    order: OrderRef
    units: int

    kinds: ClassVar[frozenset[FactKind]] = frozenset(
        {FactKind.ORDER_CANCELLED, FactKind.ORDER_SHIPPED, FactKind.ORDER_ACKNOWLEDGED}
    )


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """Body of STOCK_ACKNOWLEDGED: a vendor confirms that it can supply a SKU, ``units`` at most (None: what its number says),
    through ``until`` (None: for as long as policy takes its word)."""

    units: int | None = None
    until: datetime | None = None

    kinds: ClassVar[frozenset[FactKind]] = frozenset({FactKind.STOCK_ACKNOWLEDGED})


@dataclass(frozen=True, slots=True)
class DoorState:
    """One publication of a listing: where customers can find it, and whether it is open there."""

    id: str
    open: bool
    name: str = ""


@dataclass(frozen=True, slots=True)
class ListingStated:
    """Body of LISTING_SEEN: a listing as its channel has it now.

    ``external`` are the channel's ids by namespace (``variant``, ``item``, ``product``). ``tracked`` False or
    ``sells_below_zero`` True means exposure without a limit. ``buyable`` is what the platform says of all doors
    together (a draft product is not buyable whatever its doors). ``doors`` None: this fact does not tell. ``claims`` (filled
    when it is recorded) is the product that the listing's code stands for where it is tied to another; empty: it agrees.
    """

    external: tuple[tuple[str, str], ...]
    title: str | None = None
    gtin: str | None = None
    price: Decimal | None = None
    currency: str | None = None
    unit_cost: Decimal | None = None
    tracked: bool | None = None
    sells_below_zero: bool | None = None
    buyable: bool | None = None
    doors: tuple[DoorState, ...] | None = None
    removed: bool = False
    claims: SkuId | None = field(default=None, metadata=LATER)

    kinds: ClassVar[frozenset[FactKind]] = frozenset({FactKind.LISTING_SEEN})


@dataclass(frozen=True, slots=True)
class SnapshotRead:
    """Body of SNAPSHOT_READ: a full reading of one location was completed; the fact's as_of is its interval.

    A position whose number the snapshot confirmed is covered by this row instead of a fact of its own.
    """

    rows: int

    kinds: ClassVar[frozenset[FactKind]] = frozenset({FactKind.SNAPSHOT_READ})


@dataclass(frozen=True, slots=True)
class SnapshotConfirmed:
    """Body of SNAPSHOT_CONFIRMED: a large snapshot was compared with what is known, and every number of one location still
    stands as of the fact's time, but for those that facts of their own changed or left out. ``rows`` are those it confirmed."""

    rows: int

    kinds: ClassVar[frozenset[FactKind]] = frozenset({FactKind.SNAPSHOT_CONFIRMED})


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Body of LEFT_OUT: from the fact's time on snapshots do not confirm the number of this SKU at this place, until it is
    stated again. ``last``: the snapshot that confirmed it last, if one did."""

    last: AsOf | None = None

    kinds: ClassVar[frozenset[FactKind]] = frozenset({FactKind.LEFT_OUT})


@dataclass(frozen=True, slots=True)
class RecipeStated:
    """Body of RECIPE: what one unit of a kit or pack is made of, from the fact's own time on: (SKU, units) each. No parts: from
    then on it is a product like any other. In a draft the SKUs are the sender's codes."""

    parts: tuple[tuple[str, int], ...]

    kinds: ClassVar[frozenset[FactKind]] = frozenset({FactKind.RECIPE})


FactBody = (
    Count
    | Change
    | LineStated
    | LineStep
    | Acknowledged
    | ListingStated
    | SnapshotRead
    | SnapshotConfirmed
    | LeftOut
    | RecipeStated
)


@quickly
@dataclass(frozen=True, slots=True, order=True)
class Revision:
    """A source's own order of its statements: its sequence where it has one, then its stamp, then a tie-break.

    Of two with equal sequence and stamp the lower ``tie`` wins nothing by itself: see ``ledger`` for what equal
    stamps mean (for levels the lower number counts and a read is asked for).
    """

    sequence: int
    stamp: datetime
    tie: str = ""


@quickly
@dataclass(frozen=True, slots=True)
class Fact:
    """One recorded fact as the ledger hands it to the fold, with its item and place resolved.

    ``key`` is unique per ``system``; ``offset_seconds`` is the clock offset of the system estimated when it arrived. ``kit``: the
    kit or pack that the fact is about and ``sku`` is one of whose parts; its units are then units of the kit.
    """

    system: SystemId
    kind: FactKind
    key: str
    as_of: AsOf
    received_at: datetime
    revision: Revision
    sku: SkuId
    location: LocationId | None
    body: FactBody
    delivery: str = ""
    kit: SkuId | None = None


@quickly
@dataclass(frozen=True, slots=True)
class FactDraft:
    """A fact as a connector parsed it: item and place still in the words of the sender.

    ``item`` None only for what is told of a whole place (SNAPSHOT_READ, SNAPSHOT_CONFIRMED). ``place`` None where the kind needs
    none or the sender does not know.
    ``follows`` True: it stands or falls with the draft before it (the other leg of a transfer): no part of it is recorded when
    that one conflicts with what is known.
    """

    kind: FactKind
    key: str
    as_of: AsOf
    item: ItemRef | None
    place: str | None
    body: FactBody
    sequence: int = 0
    tie: str = ""
    follows: bool = field(default=False, metadata=ASIDE)

    def __post_init__(self) -> None:
        if self.kind not in self.body.kinds:
            raise ValueError(f"a {self.kind} fact cannot carry a {type(self.body).__name__}")
