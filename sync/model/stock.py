"""What is known of a SKU's stock after folding: positions, order lines, listings, and what we told the channels."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from sync.model.facts import Change, Count, DoorState, LineState, Revision
from sync.model.ids import ListingId, LocationId, SkuId, SystemId
from sync.model.made import quickly
from sync.model.money import Money
from sync.model.source_word import SourceWord
from sync.model.time import AsOf


class Criticality(StrEnum):
    """How much a SKU matters; policy may set other limits per grade."""

    NORMAL = "normal"
    HIGH = "high"


@quickly
@dataclass(frozen=True, slots=True)
class Sku:
    """The catalogue's entry. ``price`` and ``unit_cost`` are None when no catalogue system has them."""

    id: SkuId
    title: str = ""
    family: str = ""
    gtin: str | None = None
    price: Money | None = None
    unit_cost: Money | None = None
    criticality: Criticality = Criticality.NORMAL


@quickly
@dataclass(frozen=True, slots=True)
class Movement:
    """A change reported by the system whose position it moves; ``key`` is the fact's key."""

    key: str
    at: AsOf
    change: Change


@quickly
@dataclass(frozen=True, slots=True)
class Statement:
    """The newest numbers a system stated for a position, as of when, and by which fact."""

    count: Count
    as_of: AsOf
    revision: Revision
    key: str


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """The newest word of a vendor that it can supply a SKU: said when, through when (None: as long as policy takes it), and how
    many units at most (None: what its number says)."""

    at: AsOf
    revision: Revision
    units: int | None
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Omission:
    """Snapshots as of ``at`` and later do not confirm a number, until it is stated again; ``last`` is the one that did last."""

    at: AsOf
    last: AsOf | None = None


@quickly
@dataclass(frozen=True, slots=True)
class Position:
    """What one system believes about one SKU at one location.

    ``statement`` None: only movements are known so far, so the number is unknown. ``covered`` is the newest full
    snapshot of (system, location) that confirmed the number; the position is as of the later of the two.
    ``movements`` are those not certainly before that as-of; of a channel also its newest ones before it, which are in the
    number and only tell an echo. ``conflicting`` True: two statements of equal
    revision differed; the lower is kept and a read is wanted. ``released`` True (counts by a person only): the master's own
    newer number agreed once, so the count decides no longer. ``confirmed`` is the newest snapshot of (system, location) that
    was compared whole: it confirmed every number there, but those that were ``left_out``; ``confirmed_before`` the one before it.
    ``word`` is what a person says of a silent source, put there for a judgement and never stored with the position.
    """

    system: SystemId
    sku: SkuId
    location: LocationId
    statement: Statement | None
    movements: tuple[Movement, ...] = ()
    covered: AsOf | None = None
    conflicting: bool = False
    released: bool = False
    acknowledged: Acknowledgement | None = None
    confirmed: AsOf | None = None
    confirmed_before: AsOf | None = None
    left_out: Omission | None = None
    word: SourceWord | None = None

    @property
    def as_of(self) -> AsOf | None:
        """The latest of the statement's own interval and those of the snapshots that cover it; None without a statement."""
        named, covered = self.named, self.covered
        if named is None or covered is None:
            return named
        return named.or_later(covered)

    @property
    def named(self) -> AsOf | None:
        """As of when the number was last stated, or confirmed by a snapshot that names it; None without a statement."""
        if self.statement is None:
            return None
        said, left, again = self.statement.as_of, self.left_out, self.confirmed
        if left is not None and said.start < left.at.start:
            again = left.last
        return said if again is None else said.or_later(again)


@quickly
@dataclass(frozen=True, slots=True)
class LineRevision:
    """One statement of an order line: all units ordered as of then. ``location`` None: this statement does not tell."""

    revision: Revision
    at: AsOf
    units: int
    state: LineState
    location: LocationId | None = None


@quickly
@dataclass(frozen=True, slots=True)
class LineEvent:
    """Units cancelled, shipped or acknowledged, or named by a stock source's own movement (``system``).

    ``location`` is where a shipment left from, when its teller says so. ``of_kit``: units of the line's kit, not of its SKU.
    """

    key: str
    at: AsOf
    units: int
    system: SystemId
    location: LocationId | None = None
    of_kit: bool = False


@quickly
@dataclass(frozen=True, slots=True)
class OrderLine:
    """An order line of one counted SKU, kept as steps with a time each so that arrival order cannot matter.

    ``statements`` may be empty while only later steps have arrived. ``named_off`` are units that a stock source's
    own movement named with this order: certainly off that source's number from the movement on. ``kit``: what was sold, where
    the SKU is a part of it; its statements, and events marked so, are in units of the kit until they are brought to the SKU's.
    """

    channel: SystemId
    order: str
    line: str
    sku: SkuId
    location: LocationId | None = None
    placed_at: datetime | None = None
    statements: tuple[LineRevision, ...] = ()
    cancelled: tuple[LineEvent, ...] = ()
    shipped: tuple[LineEvent, ...] = ()
    acknowledged: tuple[LineEvent, ...] = ()
    named_off: tuple[LineEvent, ...] = ()
    price: Decimal | None = None
    currency: str | None = None
    received_at: datetime | None = None
    kit: SkuId | None = None

    @property
    def key(self) -> tuple[str, str, str, str]:
        """Identity: (channel, order, line, counted SKU)."""
        return (self.channel, self.order, self.line, self.sku)


@quickly
@dataclass(frozen=True, slots=True)
class Publish:
    """The newest quantity we sent to a channel location: what, when, and whether the channel confirmed it."""

    units: int
    at: AsOf
    confirmed: bool


@quickly
@dataclass(frozen=True, slots=True)
class Listing:
    """A SKU's mapping onto one channel, its doors, and what it was last seen to be.

    ``stopped`` True while a stop of ours (pause) is wanted or stands. ``saved_doors`` are the doors that were open
    when we paused: resuming opens exactly those. ``published`` is keyed by location. ``told`` is the revision that last told
    each field (``tracked``, ``sells_below_zero``, ``buyable``, ``doors``, ``claims``, and ``external``), since a fact may tell
    some only. ``claims``: the other product that its code stands for now.
    """

    id: ListingId
    system: SystemId
    sku: SkuId
    external: tuple[tuple[str, str], ...] = ()
    tracked: bool = True
    sells_below_zero: bool = False
    buyable: bool | None = None
    doors: tuple[DoorState, ...] = ()
    seen: AsOf | None = None
    revision: Revision | None = None
    stopped: bool = False
    saved_doors: tuple[str, ...] = ()
    published: tuple[tuple[LocationId, Publish], ...] = ()
    told: tuple[tuple[str, Revision], ...] = ()
    claims: str = ""

    @property
    def live(self) -> bool | None:
        """Can customers buy it at all, quantity aside? None when never seen."""
        if self.seen is None:
            return None
        if self.buyable is False:
            return False
        if self.doors:
            return True in [door.open for door in self.doors]
        return self.buyable

    def ref(self, namespace: str) -> str | None:
        """The channel's own id of this listing in ``namespace`` (``variant``, ``item``, ``product``)."""
        return dict(self.external).get(namespace)


@dataclass(frozen=True, slots=True)
class Recipe:
    """What one unit of a kit or pack is made of from ``since`` on, as ``system`` told it; no parts: no kit any more."""

    system: SystemId
    since: datetime
    revision: Revision
    parts: tuple[tuple[SkuId, int], ...] = ()


@quickly
@dataclass(frozen=True, slots=True)
class SkuState:
    """All folded facts of one SKU. ``fold`` takes it and new facts to the next one."""

    sku: SkuId
    positions: tuple[Position, ...] = ()
    lines: tuple[OrderLine, ...] = ()
    listings: tuple[Listing, ...] = ()
    recipes: tuple[Recipe, ...] = ()
