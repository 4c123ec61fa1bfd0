"""The whole picture a slice reads before it judges: one SKU with everything about it, or one system."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sync.model.exceptions import Case, Finding
from sync.model.facts import Fact
from sync.model.freezing import Freeze
from sync.model.ids import ListingId, LocationId, SkuId, SystemId
from sync.model.kits import NO_RECIPES, Recipes
from sync.model.made import quickly, replaced
from sync.model.outbox import Lane, Target
from sync.model.reading import Reading
from sync.model.source_word import SourceWord
from sync.model.stock import Sku, SkuState


@quickly
@dataclass(frozen=True, slots=True)
class RaiseMemo:
    """What "raise slowly" remembers per listing: the units allowed last, and the higher number first seen, when, as of when.

    ``allowed`` is the promise that stands. ``candidate`` is a higher one waiting for its second number. ``numbers`` are
    (location, system, content time): of all deciders when ``allowed`` was set, or, while a candidate waits, of those that may
    have raised it, when it was first seen. ``policy`` is the version that ``allowed`` was reckoned by (0: not known).
    """

    allowed: int
    candidate: int | None = None
    content_at: datetime | None = None
    first_seen: datetime | None = None
    numbers: tuple[tuple[LocationId, SystemId, datetime], ...] = ()
    policy: int = 0


@quickly
@dataclass(frozen=True, slots=True)
class Suspicion:
    """A finding that has not yet outlived its settling time."""

    finding: Finding
    since: datetime


@quickly
@dataclass(frozen=True, slots=True)
class Pace:
    """How fast a SKU sells on a channel: units ordered in the last seven days."""

    system: SystemId
    units_7d: int


@quickly
@dataclass(frozen=True, slots=True)
class CommittedPool:
    """What a part's own slice last found it to leave for kits on one channel: its pool in units, how much of it is only caution,
    and by ``memo`` how much of it may be believed yet (see "raise slowly"). ``unknown``: nobody states a number."""

    units: int
    caution: int = 0
    unknown: bool = False
    memo: RaiseMemo | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """A counted part of a kit as the kit's slice reads it: its committed state, what is recorded and not folded yet, and the
    pools that its own slice committed, by channel."""

    state: SkuState
    fresh: tuple[Fact, ...] = ()
    pools: tuple[tuple[SystemId, CommittedPool], ...] = ()


@dataclass(frozen=True, slots=True)
class Kinship:
    """What ties one SKU to kits. ``recipes``: its own, those of its parts down to the last, and of the kits whose orders it
    holds. ``parts``: its counted parts. ``fed``: SKUs that get this kit's orders. ``pools``: what it committed for kits, by
    channel; ``kits``: those that it is a part of."""

    recipes: Recipes = NO_RECIPES
    parts: tuple[Part, ...] = ()
    fed: frozenset[SkuId] = frozenset()
    pools: tuple[tuple[SystemId, CommittedPool], ...] = ()
    kits: tuple[SkuId, ...] = ()


NO_KIN = Kinship()


@quickly
@dataclass(frozen=True, slots=True)
class Whole:
    """One SKU as a slice reads it under its lock. ``fresh`` are recorded facts not yet folded, oldest received first. ``kin`` is
    what ties it to kits; ``same_gtin`` are other SKUs with its GTIN, sorted. ``confirmed``: (place, system) whose snapshots
    confirmed its numbers since it was decided last."""

    sku: Sku
    state: SkuState
    fresh: tuple[Fact, ...] = ()
    memos: tuple[tuple[ListingId, RaiseMemo], ...] = ()
    targets: tuple[Target, ...] = ()
    cases: tuple[Case, ...] = ()
    suspicions: tuple[Suspicion, ...] = ()
    paces: tuple[Pace, ...] = ()
    kin: Kinship = NO_KIN
    same_gtin: tuple[SkuId, ...] = ()
    freezes: tuple[Freeze, ...] = ()
    confirmed: frozenset[tuple[LocationId, SystemId]] = frozenset()
    words: tuple[SourceWord, ...] = ()
    """What people say of silent sources."""
    by_word: bool = False
    """A person said, since it was decided last, that more of a source's number counts: that explains an increase."""

    @property
    def before(self) -> SkuState:
        """The state as it was decided upon last: without what snapshots confirmed since."""
        if not self.confirmed:
            return self.state
        positions = tuple(
            replaced(one, confirmed=one.confirmed_before) if (one.location, one.system) in self.confirmed else one
            for one in self.state.positions
        )
        return replaced(self.state, positions=positions)


@dataclass(frozen=True, slots=True)
class Unmapped:
    """A code a system uses that maps to no product: how often it came, and since when."""

    namespace: str
    value: str
    facts: int
    first_seen: datetime


@dataclass(frozen=True, slots=True)
class AcknowledgementAsked:
    """What policy asks of a vendor: its word no older than ``holds_for`` on every SKU it has at the ``places`` where it decides;
    ``by_counts``: its counts are its word, too. ``families`` are policy's own families of SKUs, before the catalogue's."""

    system: SystemId
    places: tuple[LocationId, ...]
    holds_for: timedelta
    by_counts: bool
    families: tuple[tuple[SkuId, str], ...] = ()


@dataclass(frozen=True, slots=True)
class FamilySupply:
    """One SKU family of a vendor: of how many SKUs it says that it has some, for how many of these its word is missing now, the
    first of them, its newest word on any of them (None: it never gave one), and when the next word ends."""

    family: str
    skus: int
    missing: int
    example: SkuId | None
    last: datetime | None
    next_end: datetime | None


@dataclass(frozen=True, slots=True)
class SystemPicture:
    """One system as its own slice reads it. ``supply``: of a vendor whose acknowledgement policy asks for, its SKU families.

    ``heard_at``: last good delivery received. ``content_at``: newest content time of its counts. ``listings_over`` are
    units and money at risk that its SKUs' open exceptions carry. ``skus`` counts the SKUs it states numbers for.
    ``held`` are deliveries held whole with their reason; ``problems`` counts unusable parts still unanswered. ``reading`` None:
    it cannot be read. ``word``: what a person says of its numbers while it is silent. ``countable``: the delivery of the held
    file that a person may let count.
    """

    system: SystemId
    heard_at: datetime | None
    content_at: datetime | None
    first_seen: datetime | None
    skus: int
    lane: Lane | None
    waiting: int
    oldest_waiting: datetime | None
    unmapped: tuple[Unmapped, ...] = ()
    held: tuple[tuple[str, str], ...] = ()
    problems: tuple[tuple[str, str], ...] = ()
    cases: tuple[Case, ...] = ()
    suspicions: tuple[Suspicion, ...] = ()
    reading: Reading | None = None
    supply: tuple[FamilySupply, ...] = ()
    word: SourceWord | None = None
    countable: int | None = None


@dataclass(frozen=True, slots=True)
class SliceClaim:
    """A claimed slice: SKUs locked in key order, the newest due row that the claim has seen (for their removal), and the (place,
    system) whose snapshots confirmed numbers of a SKU since it was decided last. ``readings`` are those of all systems, as of the
    claim. ``more``: other SKUs may be due, too; ``systems``: a system is."""

    skus: tuple[SkuId, ...]
    due_through: int
    confirmed: Mapping[SkuId, frozenset[tuple[LocationId, SystemId]]] = field(default_factory=dict)
    by_word: frozenset[SkuId] = frozenset()
    """SKUs of which a person said, since then, that more of a source's number counts."""
    readings: Mapping[SystemId, Reading] = field(default_factory=dict)
    more: bool = True
    systems: bool = True
