"""What the core needs from outside: a store with one unit of work, and a clock. Storage implements these, set-based.

Every method takes and returns domain values, names what it costs, and never runs a query per row. A unit of work commits
all of a decision or nothing; leaving it by an exception rolls back. On PostgreSQL, rows are locked in key order.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol, TypeVar

from sync.bulk.port import Bulks
from sync.connectors.base import Inbound, Problem
from sync.landing.held_file import HeldFile, Release
from sync.landing.landing import Landing
from sync.measures.pressure import LaneStanding, Pressure
from sync.measures.records import Recorded, SettledUpdate
from sync.model.exceptions import Case, Fingerprint
from sync.model.facts import FactDraft, FactKind, ItemRef, OrderRef
from sync.model.freezing import Freeze
from sync.model.groups import UserGroup
from sync.model.ids import ExceptionId, ListingId, LocationId, QueueId, SkuId, SystemId, UserId
from sync.model.made import quickly
from sync.model.mapping import Remapped, Wish
from sync.model.mentions import Mention, PersonSettings
from sync.model.outbox import Crowd, Lane, Post, Priority, Target
from sync.model.picture import (
    AcknowledgementAsked,
    CommittedPool,
    FamilySupply,
    RaiseMemo,
    SliceClaim,
    Suspicion,
    SystemPicture,
    Whole,
)
from sync.model.proof import ChainedEntry, Entry
from sync.model.reading import Reading
from sync.model.source_word import SourceWord
from sync.model.stock import Listing, Recipe, Sku, SkuState
from sync.model.time import AsOf
from sync.policy.schema import Policy
from sync.reconciliation.basis import Side
from sync.reconciliation.report import Ended, Report
from sync.storms.port import Storms

T = TypeVar("T")


class Clock(Protocol):
    """The one clock; tests move it."""

    def now(self) -> datetime:
        """The present instant, UTC and aware."""


# -- receiving ---------------------------------------------------------------------------------------------------------


class DeliveryState(StrEnum):
    """What became of a delivery. ``recorded``: its facts are in. ``kept``: verified but unreadable. ``held``: implausible."""

    RECORDED = "recorded"
    KEPT = "kept"
    HELD = "held"


@dataclass(frozen=True, slots=True)
class NewDelivery:
    """A delivery to be recorded: the message, its key at its door, and how it was read.

    ``headers`` are those of the allow list only. ``raw`` are the bytes, which storage encrypts with a key of their own.
    """

    inbound: Inbound
    key: str
    state: DeliveryState
    reason: str = ""
    topic: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    problems: tuple[Problem, ...] = ()
    content_at: datetime | None = None
    rows: int = 0


@dataclass(frozen=True, slots=True)
class RecordedDelivery:
    """``new`` False: this key was there already at this door; ``repeats`` counts how often it has come since."""

    id: int
    new: bool
    repeats: int


@quickly
@dataclass(frozen=True, slots=True)
class NewFact:
    """A draft with what the recorder resolved: its canonical SKU and location (None: unmapped, kept). ``parts``: what is counted
    of a kit, and gets the fact together with it."""

    system: SystemId
    delivery: int
    draft: FactDraft
    sku: SkuId | None
    location: LocationId | None
    fingerprint: str
    received_at: datetime
    parts: tuple[SkuId, ...] = ()

    @property
    def mapped(self) -> bool:
        """Can be folded: its SKU is known and so is its place, where its kind moves or states stock there."""
        placed = self.draft.kind in PLACED
        return self.draft.item is None or (self.sku is not None and (self.location is not None or not placed))


PLACED = frozenset(
    {
        FactKind.COUNTED,
        FactKind.LEVEL_SEEN,
        FactKind.LEFT_OUT,
        FactKind.CHANGED,
        FactKind.RECEIVED,
        FactKind.RETURNED,
        FactKind.STOCK_ACKNOWLEDGED,
    },
)
"""Kinds of facts that mean nothing without a place."""


class FactOutcome(StrEnum):
    """recorded: new and mapped. duplicate: same key and content. kept: unmapped. conflict: same key, other content.
    ignored: a code that is no product, by policy's list; counted only."""

    RECORDED = "recorded"
    DUPLICATE = "duplicate"
    KEPT = "kept"
    CONFLICT = "conflict"
    IGNORED = "ignored"


@dataclass(frozen=True, slots=True)
class Naming:
    """What a system's names mean now (``known``), which of them meant something else once (``turned``), and which of the SKUs are
    or were kits."""

    known: Mapping[ItemRef, SkuId]
    turned: frozenset[ItemRef] = frozenset()
    kits: frozenset[SkuId] = frozenset()


class Ledger(Protocol):
    """Deliveries and facts: append-only, exactly once by key."""

    async def record_deliveries(self, deliveries: Sequence[NewDelivery]) -> Sequence[RecordedDelivery]:
        """Insert deliveries, one outcome each in the order given; repeats (also within the call) are counted. Problems and
        encrypted raw bytes are stored with new ones only. Also moves systems' ``heard_at`` and ``content_at`` forward."""

    async def raw(self, delivery: int) -> bytes | None:
        """The bytes of a delivery, decrypted; None when they were erased."""

    async def record_facts(self, facts: Sequence[NewFact], due_at: datetime | None = None) -> Sequence[FactOutcome]:
        """Claim keys in ``seen`` in sorted order and insert the new facts, one outcome each in the order given (the same
        key twice within the call: the first wins). Conflicts are stored beside the first, out of the fold. SKUs with something
        new to fold are marked due ``due_at``, where that is given."""

    async def record_coverage(self, rows: Sequence[tuple[SystemId, LocationId, AsOf]]) -> None:
        """A full reading of (system, location) took this interval; only the newest counts. Marks nothing due by itself."""

    async def record_confirmations(self, rows: Sequence[tuple[SystemId, LocationId, AsOf]]) -> None:
        """A snapshot of (system, location) that was compared whole confirms what stands there; only the newest counts. Marks
        nothing due by itself."""

    async def covered_skus_due(self, system: SystemId, location: LocationId, now: datetime) -> int:
        """Mark due every SKU with a position of (system, location), in one statement; returns how many."""

    async def remember(
        self, scope: str, key: str, fingerprint: str, status: int, content_type: str, body: bytes
    ) -> None:
        """Store the answer to an Idempotency-Key within this unit of work. Raises AlreadyHandled when it exists."""

    async def remembered(self, scope: str, key: str) -> tuple[str, int, str, bytes, datetime] | None:
        """(fingerprint, status, content type, body, created) of a key, or None."""

    async def last_figures(self, system: SystemId) -> tuple[int, int, int] | None:
        """(rows, zeros, total) of the last recorded file or snapshot of a system, for plausibility."""

    async def save_figures(self, system: SystemId, rows: int, zeros: int, total: int) -> None:
        """Remember the figures of the newest recorded file or snapshot."""


class Catalogue(Protocol):
    """SKUs, and how each system names them."""

    async def resolve(self, system: SystemId, refs: Iterable[ItemRef], *, fold: bool = True) -> Mapping[ItemRef, SkuId]:
        """Canonical SKUs of those that are mapped (own mappings of the system; namespace ``sku`` also by the canonical
        code itself, equal but for case and blanks when ``fold``). One query."""

    async def naming(self, system: SystemId, refs: Iterable[ItemRef], *, fold: bool = True) -> Naming:
        """The same, and what else must be known of these names before a fact is recorded. One query."""

    async def add_skus(self, skus: Sequence[Sku], *, fold: bool = True) -> None:
        """Insert or complete SKUs: given fields that are not None or empty replace what is stored. Facts kept for want of a new
        code are adopted, those equal but for case and blanks when ``fold``."""

    async def map_items(self, system: SystemId, pairs: Sequence[tuple[ItemRef, SkuId]]) -> int:
        """Add mappings (existing ones stay) and adopt facts that were kept for want of them; their SKUs become due.
        Returns how many facts were adopted."""

    async def turns(
        self, system: SystemId, refs: Iterable[ItemRef]
    ) -> Mapping[ItemRef, tuple[tuple[datetime, SkuId], ...]]:
        """What names meant from when on, oldest first; only names whose meaning changed at a time. One query."""

    async def holders(self, orders: Sequence[OrderRef], skus: Sequence[SkuId]) -> Mapping[OrderRef, SkuId]:
        """Which of these SKUs hold these order lines. One query."""

    async def skus(self, ids: Sequence[SkuId]) -> Mapping[SkuId, Sku]:
        """Catalogue entries by id."""

    async def listings(self, ids: Sequence[ListingId]) -> Mapping[ListingId, Listing]:
        """Listings by id, with the channels' own ids."""

    async def find(self, text: str, limit: int = 10) -> Sequence[Sku]:
        """SKUs by code (any case), GTIN, listing id or the beginnings of words of the title, best first."""

    async def nearest(self, text: str, limit: int = 10) -> Sequence[Sku]:
        """SKUs whose codes begin most like a mistyped one."""


# -- deciding ----------------------------------------------------------------------------------------------------------


class StockRows(Protocol):
    """The slice: due SKUs claimed and locked, read whole, written back."""

    async def mark_due(self, skus: Iterable[SkuId], at: datetime, cause: str = "") -> None:
        """Insert due rows (never blocks on a lock)."""

    async def claim(self, now: datetime, limit: int) -> SliceClaim:
        """Lock up to ``limit`` SKUs that are due (due rows, or ``due_at`` passed) in key order, skipping locked ones."""

    async def lock(self, skus: Sequence[SkuId]) -> None:
        """Lock these SKUs' rows in key order (created when missing), waiting for them."""

    async def load(self, skus: Sequence[SkuId], now: datetime) -> Mapping[SkuId, Whole]:
        """Everything about these SKUs in a fixed number of queries: catalogue entry, positions with movements and coverage,
        live order lines plus every line that a fresh fact names, listings, fresh facts, memos, targets, unresolved cases
        with actions (and those ended within their class's reopening time), suspicions, paces."""

    async def standing_on(self, system: SystemId, after: SkuId, limit: int, now: datetime) -> Mapping[SkuId, Whole]:
        """The next SKUs (behind ``after``, in key order) with a position of a system, in a fixed number of queries: catalogue
        entry, positions, live order lines, listings, paces and ties to kits; nothing else of a Whole is filled."""

    async def save_states(self, wholes: Sequence[tuple[Whole, SkuState, frozenset[tuple[str, str, str, str]]]]) -> None:
        """Write what differs between the loaded state and the new one (positions, movements, lines, listings), mark the
        fresh facts folded, and set ``closed`` on the lines whose keys are given. Unchanged rows are not written."""

    async def save_memos(self, memos: Sequence[tuple[ListingId, SkuId, RaiseMemo]]) -> None:
        """Insert or replace raise memos."""

    async def finish(self, claim: SliceClaim, next_due: Mapping[SkuId, datetime | None], now: datetime) -> None:
        """Drop the due rows that the claim saw and set each SKU's ``due_at``."""


class Kits(Protocol):
    """Kits and packs: their recipes, and what passes between them and their parts."""

    async def recipes(self, skus: Iterable[SkuId]) -> Mapping[SkuId, tuple[Recipe, ...]]:
        """All versions of the recipes of these SKUs, and of the kits inside them: one query per level."""

    async def save_pools(self, given: Sequence[tuple[SkuId, SystemId, CommittedPool]]) -> None:
        """Insert or replace what parts leave for kits on a channel."""

    async def feed(self, pairs: Sequence[tuple[SkuId, SkuId]]) -> None:
        """(kit, part): from now on the part gets the kit's order facts; those recorded so far are fresh for it now."""

    async def hand_on(self, given: Sequence[tuple[SkuId, SystemId, str]]) -> None:
        """(part, system, key): single facts of kits that are fresh for a part."""


class Systems(Protocol):
    """Systems have pictures and a due time of their own."""

    async def ensure(self, systems: Sequence[SystemId], now: datetime) -> None:
        """Create rows for systems that policy lists."""

    async def claim_due(self, now: datetime) -> Sequence[SystemId]:
        """Lock the systems whose ``due_at`` has passed, in key order, skipping locked ones."""

    async def lock(self, system: SystemId) -> None:
        """Lock one system's row."""

    async def load(self, systems: Sequence[SystemId]) -> Mapping[SystemId, SystemPicture]:
        """Their pictures, set-based."""

    async def supply(self, asked: AcknowledgementAsked, now: datetime) -> Sequence[FamilySupply]:
        """How a vendor stands behind its stock, by SKU family; one query."""

    async def mark_due(self, systems: Iterable[SystemId], at: datetime) -> None:
        """Bring their ``due_at`` forward to ``at`` (never back)."""

    async def finish(self, next_due: Mapping[SystemId, datetime | None]) -> None:
        """Set ``due_at``."""

    async def skus_of(self, system: SystemId, now: datetime, *, by_word: bool = False) -> int:
        """Mark due every SKU with a position of this system, in one statement; returns how many. ``by_word``: because a person
        said that more of its numbers counts, which explains an increase."""

    async def expect_readings(self, systems: Sequence[SystemId]) -> None:
        """Create the rows of systems that can be read; those that are there stay."""

    async def readings(self) -> Mapping[SystemId, Reading]:
        """How far each system that can be read has been read, by any process."""

    async def begin_reading(self, system: SystemId, reader: str, now: datetime, until: datetime) -> bool:
        """Claim or renew a reading for all processes; False while another reads."""

    async def end_reading(self, system: SystemId, reader: str, began: datetime | None, *, full: bool) -> bool:
        """Give the claim back; ``began``: the reading that began then is through. False: the claim was lost, nothing written."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A queue's unresolved exceptions: how many, late, without owner, money at risk, and the oldest; ``cause_unknown`` are
    repaired and stay open until somebody names why."""

    unresolved: int
    late: int
    unowned: int
    risk: Decimal
    oldest: ExceptionId
    oldest_at: datetime
    cause_unknown: int = 0


class Exceptions(Protocol):
    """Cases and the acts beside them."""

    async def open(self, cases: Sequence[Case]) -> Sequence[Case]:
        """Insert new cases (their id is 0) and return them with ids. At most one unresolved per fingerprint."""

    async def save(self, cases: Sequence[Case], as_measured: Collection[ExceptionId] = ()) -> None:
        """Write cases (and their actions) whose ``version`` is one above the stored one; AlreadyHandled otherwise.
        Actions with id 0 are inserted. ``as_measured``: those of which no measure changed."""

    async def get(self, case: ExceptionId, *, lock: bool = False) -> Case | None:
        """One case with its actions."""

    async def some(self, cases: Collection[ExceptionId]) -> Sequence[Case]:
        """These cases with their actions, in the order of their ids; one that is not there is left out."""

    async def by_action(self, action: int) -> Case | None:
        """The case that an act belongs to."""

    async def save_suspicions(self, keep: Sequence[Suspicion], drop: Sequence[Fingerprint]) -> None:
        """Insert or replace suspicions by fingerprint; drop others."""

    async def unresolved(
        self,
        queue: QueueId | None = None,
        owner: UserId | None = None,
        limit: int = 100,
        *,
        loose: bool = False,
    ) -> Sequence[Case]:
        """Unresolved cases, late first, then most money per hour; ``loose``: those that are told in no storm."""

    async def for_sku(self, sku: SkuId) -> Sequence[Case]:
        """Unresolved cases of one SKU."""

    async def owned_counts(self) -> Mapping[UserId, int]:
        """Per owner: unresolved cases. One query."""

    async def of_owner(self, owner: UserId) -> tuple[int, int, Decimal]:
        """What a person has: unresolved, late, money at risk."""

    async def counts(self) -> Mapping[QueueId, tuple[int, int, Decimal]]:
        """Per queue: unresolved, late, money at risk."""

    async def standing(self) -> Mapping[QueueId, Standing]:
        """Per queue what its pinned summary says. One query."""

    async def asked(self) -> Sequence[Case]:
        """Unresolved cases in which an approval waits."""

    async def busiest(self) -> Mapping[QueueId, tuple[UserId, int]]:
        """Per queue: who owns most of what is unresolved in it, and how many. One query."""

    async def since(self, moment: datetime) -> Mapping[QueueId, tuple[int, int]]:
        """Per queue: opened since then, and of these cleared by themselves."""

    async def unresolved_after(self, after: ExceptionId, limit: int) -> Sequence[Case]:
        """Unresolved cases with a higher id, by id."""

    async def limits_passed(self, since: datetime, until: datetime) -> Mapping[QueueId, int]:
        """Per queue: unresolved exceptions whose limit to be fixed passed after ``since``, by ``until``."""

    async def paused_since(self, moment: datetime) -> Mapping[QueueId, tuple[int, int]]:
        """Per queue: unresolved exceptions for which policy paused since then, and of these read back as stopped."""

    async def correction_value(
        self, users: Sequence[UserId], sku: SkuId, location: LocationId, since: datetime
    ) -> Decimal:
        """|value| of corrections to which any of these people contributed, for this SKU and place, since then."""


class Proofs(Protocol):
    """Hash chains."""

    async def append(self, entries: Sequence[tuple[str, Entry]], begun: Collection[str] = ()) -> Sequence[ChainedEntry]:
        """Append entries to their chains in order; heads are read and written set-based, each under its chain's row. ``begun``:
        chains of what this transaction made, of which there is no head yet."""

    async def chain(self, name: str) -> Sequence[ChainedEntry]:
        """One chain from its beginning."""

    async def names(self, prefix: str = "") -> Sequence[str]:
        """Names of all chains, sorted."""


# -- acting ------------------------------------------------------------------------------------------------------------


class Outbox(Protocol):
    """Desired state and lanes."""

    async def want(self, targets: Sequence[Target]) -> None:
        """Insert or replace by key what is wanted (wanted, revision, priority, risk, expected, doors, case, state, next_at);
        what was sent and seen stays. A row in flight keeps its state until its outcome is settled."""

    async def get(self, key: str) -> Target | None:
        """One target."""

    async def lease(self, system: SystemId, holder: str, now: datetime, until: datetime) -> Lane | None:
        """Take or renew the lane: a new holder gets the next epoch; None while another holds it."""

    async def leave(self, holder: str, now: datetime) -> None:
        """End the leases of a holder that stops, and what it left in flight with them: the next one need not wait."""

    async def save_lane(self, lane: Lane) -> bool:
        """Write rate state and fault under its epoch; False when the lease was lost."""

    async def next_targets(
        self, lane: Lane, now: datetime, limit: int, held_back: Collection[Priority] = ()
    ) -> Sequence[Target]:
        """Due targets of a lane by (priority, risk per hour desc, wanted_at), each set in flight under the lane's epoch;
        none of a priority that is ``held_back``, and no increase of a SKU whose facts are still to be decided.
        Rows left in flight by an older epoch are handed out again (same revision, same key), that try counted."""

    async def settle(self, target: Target) -> bool:
        """Write the outcome (sent, confirmed, state, attempts, next_at, fault…) under its epoch. False: an old epoch, nothing
        written. When a newer revision is wanted meanwhile the row goes back to due."""

    async def release(self, targets: Sequence[Target]) -> None:
        """Set targets that were handed out but not sent due again, under their epoch, in one statement."""

    async def saw(self, key: str, seen: int, at: datetime) -> None:
        """What a read-back showed for a target."""

    async def retry(self, keys: Sequence[str], now: datetime) -> None:
        """Set failed targets due again with no attempts counted."""

    async def lanes(self) -> Sequence[Lane]:
        """All lanes."""

    async def due_lanes(self, now: datetime) -> Sequence[SystemId]:
        """Systems with targets that are due or left in flight."""


class Posts(Protocol):
    """Slack messages as desired state."""

    async def want(self, posts: Sequence[Post]) -> None:
        """Insert or raise ``wanted`` by key (a lower version changes nothing); ``next_at`` now."""

    async def due(self, now: datetime, limit: int, share: int = 20) -> Sequence[Post]:
        """Posts whose ``wanted`` is above ``sent`` and whose ``next_at`` has passed, by priority; within one the channels
        take turns, each with its most money at risk per hour first, at most ``share`` of a channel and priority."""

    async def crowds(self, above: int) -> Sequence[Crowd]:
        """Channels for which more than ``above`` exceptions wait for their first card."""

    async def uncarded(self, channel: str, limit: int) -> tuple[int, int, Decimal, Sequence[ExceptionId]]:
        """Unresolved exceptions of a queue that have no card yet: how many, how many late, money at risk, the worst."""

    async def hold(self, channel: str, keep: Sequence[ExceptionId], now: datetime, until: datetime) -> int:
        """What belongs to exceptions of this queue without a card waits ``until``; of those in ``keep`` it is due now.
        A card that answers a click is never held. Returns how many rows moved."""

    async def drop_cleared(self) -> int:
        """Exceptions that cleared by themselves before they had a card get none; returns how many posts that spares."""

    async def due_again(self, now: datetime) -> int:
        """What failed before and waits to be tried again is due now; returns how many."""

    async def save(self, post: Post) -> None:
        """Write what delivery changed: sent, ts, slack_channel, attempts, next_at, attempted_at, error."""

    async def get(self, key: str) -> Post | None:
        """One post."""

    async def by_message(self, slack_channel: str, ts: str) -> Post | None:
        """The post behind a Slack message."""

    async def standing_in(self, slack_channel: str, limit: int) -> Sequence[Post]:
        """Cards of unresolved exceptions and summaries of queues that stand in a Slack channel, the most at risk first."""

    async def shown(self, cases: Collection[ExceptionId]) -> Collection[ExceptionId]:
        """Of these exceptions those that have a card in Slack, or may have."""

    async def keep_away(self, since: datetime, until: datetime) -> None:
        """Slack cannot be reached ``since`` then; this holds ``until`` then, unless it is said again or is back before."""

    async def away_since(self, now: datetime) -> datetime | None:
        """Since when Slack cannot be reached; None while it can, as far as is known. One row by its key."""

    async def not_away(self) -> None:
        """Slack is back."""

    async def lease(self, name: str, holder: str, now: datetime, until: datetime) -> bool:
        """Hold the delivery lane ``name`` (one process delivers at a time); renews for the holder."""


class Attention(Protocol):
    """Who is to be told of what, who was, and what people chose for themselves."""

    async def want(self, wanted: Sequence[Mention]) -> None:
        """Insert mentions; a key that is there stays as it is."""

    async def waiting(self, now: datetime, limit: int) -> Sequence[Mention]:
        """Mentions that may be told by now, critical ones first, then the oldest."""

    async def drop_needless(self, now: datetime) -> int:
        """Settle what nobody needs to be told any more: its exception ended, or was taken before the turn came."""

    async def settle(self, told_in: Mapping[str, str], now: datetime) -> None:
        """Each of these (by key) is told in a message (by its post's key)."""

    async def needed(self, keys: Collection[str]) -> Sequence[Mention]:
        """Of these mentions those that wait or were told; what nobody needed to be told any more is left out."""

    async def of_post(self, post: str) -> Sequence[Mention]:
        """What one message tells."""

    async def told_since(self, since: datetime) -> Mapping[tuple[str, str], datetime]:
        """When each (person or channel, cause) was last told, of what was told since then."""

    async def last_resorts(self, since: datetime) -> int:
        """Exceptions for which nobody but the ops lead was left, since then."""

    async def settings(self, users: Collection[UserId]) -> Mapping[UserId, PersonSettings]:
        """What these people chose; those who chose nothing are left out."""

    async def everybody(self) -> Sequence[PersonSettings]:
        """What everybody chose who chose anything."""

    async def choose(self, chosen: PersonSettings, now: datetime) -> None:
        """Keep what a person chose."""


@dataclass(frozen=True, slots=True)
class Intent:
    """What a modal stands for: who opened it, about what, as it was shown; one use, ten minutes to live.

    ``shown`` is the SHA-256 of the preview. ``data`` is what the modal was opened for (listing, location, units…).
    """

    id: str
    actor: UserId
    kind: str
    case: ExceptionId
    version: int
    shown: str
    policy_version: int
    expires_at: datetime
    data: tuple[tuple[str, str], ...] = ()
    view: str = ""
    used_at: datetime | None = None
    answer: str = ""


class Freezes(Protocol):
    """Freezes of channels."""

    async def standing(self) -> Sequence[Freeze]:
        """All freezes that stand. One query."""

    async def add(self, freeze: Freeze) -> bool:
        """Freeze; False when that channel (or all) is frozen already."""

    async def lift(self, system: SystemId | None) -> bool:
        """End a freeze; False when there is none."""


class UserGroups(Protocol):
    """User groups that policy names, as they were last read."""

    async def all(self) -> Sequence[UserGroup]:
        """All that were read: some rows."""

    async def hold(self, named: str) -> UserGroup:
        """One as it was last written, locked until this transaction ends; a new one when it never was."""

    async def save(self, group: UserGroup) -> None:
        """Write one that is held."""


class SourceWords(Protocol):
    """What people say of silent sources."""

    async def standing(self) -> Sequence[SourceWord]:
        """All words that stand. One query."""

    async def say(self, word: SourceWord) -> None:
        """From now on this is the word on its source, in the place of the one before."""

    async def lift(self, system: SystemId) -> bool:
        """End a word; False when there is none."""


class HeldFiles(Protocol):
    """Files that were held whole because they are not plausible."""

    async def keep(self, held: HeldFile) -> None:
        """Note a file that is held whole; one that is noted already stays as it is."""

    async def newest(self, systems: Collection[SystemId]) -> Mapping[SystemId, HeldFile]:
        """Of each system the held file that may still be counted: nothing came through its door after it that was taken or held,
        and nothing newer counts."""

    async def release(self, delivery: int, by: UserId, by_name: str, case: ExceptionId, now: datetime) -> bool:
        """It is to be read again and counted; False when a person said so already, or it counts."""

    async def admit(self, system: SystemId, key: str, now: datetime) -> bool:
        """The same bytes came again and are plausible by now: they are to be read again and counted. False when none is held."""

    async def to_read(self) -> Sequence[Release]:
        """What is to be read again, the oldest first."""

    async def take(self, delivery: int, content_at: datetime, now: datetime) -> bool:
        """Its rows are recorded: from now on it is a delivery like any other. False when somebody else did it."""

    async def give_back(self, delivery: int) -> bool:
        """It could not be read: it is held as before. False when somebody else settled it."""

    async def stated(
        self, system: SystemId, skus: Sequence[SkuId]
    ) -> Mapping[tuple[SkuId, LocationId], tuple[int | None, int | None]]:
        """What is known of these SKUs by a system: (on hand, available) per place, one query."""

    async def skus_of(self, system: SystemId) -> int:
        """How many SKUs a system states numbers for: a running total."""


class Intents(Protocol):
    """Stored intents of modals."""

    async def save(self, intent: Intent) -> None:
        """Insert or replace by id."""

    async def get(self, intent: str, *, lock: bool = False) -> Intent | None:
        """One intent."""


class Jobs(Protocol):
    """Scheduled work runs in the process that wins the row (job, period)."""

    async def free(self, job: str, period: str, lost_before: datetime | None = None) -> bool:
        """Whether somebody may win it: nobody has, or who has did so before then and never finished. A read, for all who ask
        every minute."""

    async def win(self, job: str, period: str, holder: str, now: datetime) -> bool:
        """True for exactly one caller."""

    async def finish(self, job: str, period: str, now: datetime) -> None:
        """The run is done."""

    async def lost(self, job: str, before: datetime) -> Sequence[str]:
        """Periods won before then and never finished (their process died); each is released to be won again."""


# -- looking -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RecentFact:
    """A fact as `/inventory sku` lists it."""

    system: SystemId
    kind: str
    key: str
    location: LocationId | None
    at: datetime
    text: str


@dataclass(frozen=True, slots=True)
class Ranked:
    """A SKU with what its unresolved exceptions put at risk (policy's currency), and the units that it sold lately."""

    sku: SkuId
    risk: Decimal
    sold: int


class Views(Protocol):
    """Read-only questions, each a fixed number of queries."""

    async def recent_facts(self, sku: SkuId, limit: int = 8) -> Sequence[RecentFact]:
        """The newest facts about a SKU."""

    async def on_source(self, system: SystemId, since: datetime, limit: int) -> tuple[int, Sequence[Ranked]]:
        """How many SKUs have a number of this system, and of these at most ``limit``: most money at risk in their unresolved
        exceptions first, then what sold most since then."""

    async def totals(self) -> Mapping[str, int]:
        """Counters: deliveries, repeats, facts, duplicates, conflicts, kept, cases opened and ended, due rows, posts waiting."""

    async def problems(self, system: SystemId, limit: int = 20) -> Sequence[tuple[datetime, str, str, str]]:
        """(received, where, why, row) of unusable parts, newest first."""


class Measured(Protocol):
    """What measures are counted from."""

    async def settled(self, updates: Sequence[SettledUpdate]) -> None:
        """Record what came of writes, in the transaction that settles them."""

    async def recorded(self, start: datetime, end: datetime, now: datetime, families: Mapping[SkuId, str]) -> Recorded:
        """Everything about [start, end) as it is known at ``now``, in a fixed number of queries; ``families`` of SKUs go before
        those of the catalogue."""

    async def lanes(self, now: datetime) -> Sequence[LaneStanding]:
        """What waits to be sent to each system, and at what pace it goes."""

    async def pressure(self, now: datetime) -> Pressure:
        """What waits at this instant, and since when, in a fixed number of queries."""


class Landings(Protocol):
    """Large snapshots on their way into the ledger, and what a comparison must know of their system."""

    async def begin(self, landing: Landing) -> None:
        """A snapshot lies in the data folder, and its delivery is recorded."""

    async def open(self, system: SystemId) -> Sequence[Landing]:
        """Those of a system that are not recorded whole yet, oldest first."""

    async def end(self, landing: Landing, content_at: datetime | None, now: datetime) -> None:
        """All of it is recorded: from now on its content counts as heard."""

    async def kept(self, files: Sequence[str]) -> frozenset[str]:
        """Those of these files whose deliveries' bytes are kept."""

    async def of(self, delivery: int) -> tuple[Landing, bool] | None:
        """What landed of a delivery, and whether all of it is recorded."""

    async def blame(self, delivery: int, told: Sequence[Problem]) -> None:
        """Add what could not be recorded of it to the problems of its delivery."""

    async def confirmed(self, system: SystemId) -> Mapping[LocationId, AsOf]:
        """The newest confirmation of each place of a system."""

    async def unfolded(self, system: SystemId) -> frozenset[str]:
        """SKUs with facts of a system that no slice has folded yet."""

    async def counted(self) -> frozenset[tuple[str, str]]:
        """(SKU, place) where a count by a person stands."""

    async def write_known(self, system: SystemId, path: Path) -> None:
        """What is known of a system as CSV (``sync.landing.difference.KNOWN``), in bounded memory."""

    async def write_names(self, system: SystemId, path: Path) -> None:
        """The system's own codes and the SKUs that they mean, as CSV, in bounded memory."""

    async def turned(self, system: SystemId) -> frozenset[str]:
        """Codes of a system whose meaning changed at a time."""

    async def words(
        self, system: SystemId, pairs: Sequence[tuple[SkuId, LocationId]]
    ) -> Mapping[tuple[SkuId, LocationId], tuple[str, str]]:
        """(code, place) in the system's own words, of the facts that its numbers rest on, while those are in the ledger."""

    async def mark_confirmed(self, system: SystemId, location: LocationId, sides: Sequence[Side], now: datetime) -> int:
        """Mark due what a new confirmation of a place may change although the number stands; returns how many SKUs. ``sides``:
        how policy reads each source."""


class Reconciling(Protocol):
    """What a full comparison reads and writes."""

    async def positions_page(self, system: SystemId, after: tuple[str, str], limit: int) -> Sequence[Sequence[Any]]:
        """Rows (sku, location, buckets) of one system behind (location, sku), in that order."""

    async def wanted_page(self, system: SystemId, after: str, limit: int) -> tuple[Sequence[tuple[str, int]], str]:
        """Rows (sku, units) of what a channel should show, behind a key, and the last key."""

    async def mark_candidates(self, skus: Sequence[SkuId], now: datetime) -> None:
        """Mark SKUs due, behind those that single facts marked."""

    async def mark_moving(self, now: datetime) -> int:
        """Mark due every SKU of which something is on its way or standing, in one statement; returns how many."""

    async def undecided(self) -> int:
        """How many of these marks are left."""

    async def missed(
        self, system: SystemId, since: datetime, late: int, until: datetime
    ) -> tuple[int, tuple[str, ...]]:
        """Facts of orders that a reading told first, more than ``late`` microseconds after they happened, received within
        [since, until]: (how many, the first keys)."""

    async def ended(self, since: datetime) -> Ended:
        """What stands of SKUs now, and what changed since then."""

    async def last(self) -> Report | None:
        """The newest comparison."""

    async def save(self, report: Report) -> None:
        """Keep what a comparison came to."""


class UnitOfWork(Protocol):
    """One transaction and its repositories."""

    async def remap(self, wish: Wish, policy: Policy, now: datetime, *, by: str) -> Remapped:
        """Correct what a name means, and fold both products anew. Raises BadInput."""

    @property
    def reconciling(self) -> Reconciling:
        """Full comparisons."""

    @property
    def ledger(self) -> Ledger:
        """Deliveries and facts."""

    @property
    def landings(self) -> Landings:
        """Large snapshots."""

    @property
    def catalogue(self) -> Catalogue:
        """SKUs and their names."""

    @property
    def stock(self) -> StockRows:
        """The slice."""

    @property
    def kits(self) -> Kits:
        """Kits and packs."""

    @property
    def systems(self) -> Systems:
        """Systems' pictures."""

    @property
    def cases(self) -> Exceptions:
        """Exceptions and acts."""

    @property
    def proofs(self) -> Proofs:
        """Chains."""

    @property
    def outbox(self) -> Outbox:
        """Desired state."""

    @property
    def posts(self) -> Posts:
        """Slack messages."""

    @property
    def storms(self) -> Storms:
        """Storms and their members."""

    @property
    def attention(self) -> Attention:
        """Telling people."""

    @property
    def freezes(self) -> Freezes:
        """Freezes of channels."""

    @property
    def groups(self) -> UserGroups:
        """User groups."""

    @property
    def words(self) -> SourceWords:
        """People's words on sources."""

    @property
    def held_files(self) -> HeldFiles:
        """Files that were held whole."""

    @property
    def intents(self) -> Intents:
        """Stored intents."""

    @property
    def bulks(self) -> Bulks:
        """Bulk acts and their frozen lists."""

    @property
    def jobs(self) -> Jobs:
        """Scheduled work."""

    @property
    def views(self) -> Views:
        """Read-only questions."""

    @property
    def measured(self) -> Measured:
        """What measures are counted from."""

    async def savepoint(self) -> AbstractAsyncContextManager[None]:
        """A nested part that may fail alone."""


@dataclass(frozen=True, slots=True)
class TakenPolicy:
    """A version of the rules as it was taken."""

    version: int
    text: str
    taken_at: datetime


class Store(Protocol):
    """Opens units of work. ``unit_of_work()`` commits when its block ends well; ``reading()`` sees one snapshot."""

    def unit_of_work(self) -> AbstractAsyncContextManager[UnitOfWork]:
        """A writing transaction (SQLite: BEGIN IMMEDIATE on the one writer)."""

    def reading(self) -> AbstractAsyncContextManager[UnitOfWork]:
        """A reading transaction."""

    async def run(self, work: Callable[[UnitOfWork], Awaitable[T]]) -> T:
        """Run ``work`` in a writing transaction, again from its beginning when the database broke it off because of a deadlock:
        nothing of it was written then. It must do nothing outside its transaction."""

    def away(self, error: Exception) -> bool:
        """Whether an error says that the database could not be reached or had no room, not that it refused what it was given."""

    async def make_room(self) -> None:
        """Prepare what the ledger needs for the time to come. To be called once a day."""

    async def policy_taken(self) -> TakenPolicy | None:
        """The policy taken last."""

    async def take_policy(
        self, text: str, author: str, diff: Sequence[str], now: datetime, comes_in: datetime | None = None
    ) -> int:
        """Store a new policy version (with its chain entry) unless it equals the last; returns the version taken last.
        Every SKU is judged anew when it ``comes_in`` (now, unless given)."""
