"""Exceptions: what a rule found, who owns it, what was done about it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from sync.model.ids import (
    ExceptionId,
    ListingId,
    LocationId,
    QueueId,
    SkuId,
    StormId,
    SystemId,
    UserId,
    exception_name,
)
from sync.model.made import quickly
from sync.model.money import Money


class ExceptionClass(StrEnum):
    """The classes at launch. Which of them have detectors is the registry in ``sync.detect``."""

    EXPOSURE_MISMATCH = "exposure_mismatch"
    STALE_FEED = "stale_feed"
    FAILED_UPDATE = "failed_update"
    WMS_ERP_VARIANCE = "wms_erp_variance"
    MANUAL_OVERRIDE = "manual_override"
    FEED_SUPPRESSION = "feed_suppression"
    CATALOG_FAULT = "catalog_fault"
    OVERSELL = "oversell"
    NEGATIVE_STOCK = "negative_stock"
    STUCK_RESERVATION = "stuck_reservation"
    REPORTED = "reported"


class Direction(StrEnum):
    """Which way a disagreement points; a flip is another trouble."""

    OVER = "over"
    UNDER = "under"
    NONE = "none"


UNACKNOWLEDGED = "unacknowledged:"
"""Before a SKU family: the detail of what is about a vendor's family instead of a SKU."""


@quickly
@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What makes two findings the same trouble: class, SKU, listing or place, systems, direction."""

    cls: ExceptionClass
    sku: SkuId | None = None
    listing: ListingId | None = None
    location: LocationId | None = None
    systems: tuple[SystemId, ...] = ()
    direction: Direction = Direction.NONE
    detail: str = ""

    def __hash__(self) -> int:
        """Without class and direction, whose own hashes are worked out in Python: few are told apart by them alone."""
        return hash((self.sku, self.listing, self.location, self.systems, self.detail))

    @property
    def family(self) -> str:
        """The SKU family it is about, where it is about a vendor's family instead of a SKU; else nothing."""
        return self.detail.removeprefix(UNACKNOWLEDGED) if self.detail.startswith(UNACKNOWLEDGED) else ""

    @property
    def text(self) -> str:
        """One stable line, used as the unique key of an unresolved exception."""
        parts = (
            self.cls,
            self.sku or "",
            self.listing or "",
            self.location or "",
            "+".join(self.systems),
            self.direction,
        )
        return "|".join((*parts, self.detail))


@quickly
@dataclass(frozen=True, slots=True)
class RiskTerm:
    """One line of the arithmetic: a sentence a person can redo, and its amount."""

    text: str
    amount: Decimal


@quickly
@dataclass(frozen=True, slots=True)
class Risk:
    """Revenue at risk: an estimate that explains itself. ``total`` is the sum of the terms."""

    total: Money
    terms: tuple[RiskTerm, ...] = ()
    per_hour: Decimal = Decimal(0)
    basis: str = ""


@quickly
@dataclass(frozen=True, slots=True)
class Evidence:
    """What the card tells: ``changed`` is the sentence of the event that caused it, with the event's id.

    ``shows`` and ``can_sell`` in units (None = not known or without limit, see ``shows_text``). ``cause`` groups
    storms: findings with equal cause belong together.
    """

    changed: str
    event: str | None = None
    event_at: datetime | None = None
    shows: int | None = None
    shows_text: str = ""
    can_sell: int | None = None
    arithmetic: tuple[str, ...] = ()
    cause: str = ""
    facts: tuple[tuple[str, str], ...] = ()


@quickly
@dataclass(frozen=True, slots=True)
class Finding:
    """What a detector yields. ``since`` is when the disagreement began as far as the facts tell.

    ``settles_in`` is how long it must last before an exception opens; zero opens at once.
    """

    fingerprint: Fingerprint
    delta: int
    evidence: Evidence
    risk: Risk
    since: datetime
    settles_in: timedelta = timedelta(0)


class Life(StrEnum):
    """The states of an exception's life; its actions stand beside it."""

    OPEN = "open"
    OWNED = "owned"
    RESOLVED = "resolved"
    CLEARED = "cleared"

    @property
    def ended(self) -> bool:
        """Resolved by a person or cleared by itself."""
        return self is Life.RESOLVED or self is Life.CLEARED


class ActionKind(StrEnum):
    """What can be asked for beside an exception."""

    PAUSE = "pause"
    RESUME = "resume"
    COUNT = "count"
    CORRECTION = "correction"
    RETRY = "retry"
    CAP = "cap"
    UNCAP = "uncap"
    HOLD = "hold"
    RELEASE = "release"
    OVERRIDE = "override"
    FREE = "free"
    CHOOSE = "choose"
    ASK = "ask"
    REASON = "reason"
    PUBLISH = "publish"
    RESEND = "resend"
    NOTHING = "nothing"
    VOUCH = "vouch"
    FILE = "file"


DECIDED = (ActionKind.CORRECTION, ActionKind.OVERRIDE, ActionKind.FREE, ActionKind.VOUCH, ActionKind.FILE)
"""What a second person decides on above the limit: corrections, overrides beyond what there is, released units, numbers of a
silent source that are vouched for, held files that are to count."""

WORDS = (ActionKind.NOTHING, ActionKind.VOUCH)
"""What a person says of a silent source's numbers."""

STOPS = frozenset({ActionKind.PAUSE, ActionKind.CAP})
"""What keeps a listing from selling more."""

KEPT_OPEN = STOPS | {ActionKind.HOLD}
"""While one of these stands the exception cannot clear: a person ends it."""


TAKEN_BACK = "taken back"
"""The reason of a resume or an uncap by which somebody took back their own stop: it mended nothing and says nothing."""


class ActionState(StrEnum):
    """wanted -> done (the system answered yes) -> seen (read back); or undone, refused, failed.

    A count is wanted until the number is entered (done); a correction is ``asked`` until someone approves (wanted).
    """

    ASKED = "asked"
    WANTED = "wanted"
    DONE = "done"
    SEEN = "seen"
    UNDONE = "undone"
    REFUSED = "refused"
    FAILED = "failed"

    @property
    def stands(self) -> bool:
        """Still asked for, or in force."""
        return self in (ActionState.ASKED, ActionState.WANTED, ActionState.DONE, ActionState.SEEN)


@quickly
@dataclass(frozen=True, slots=True)
class Action:
    """One act beside an exception's life.

    ``target`` names the row of desired state that carries it out; ``figures`` are its numbers as decimal text
    (``from``, ``to``, ``units``, ``value``), ``note`` the person's reason, ``result`` what came of it in a sentence.
    """

    id: int
    kind: ActionKind
    state: ActionState
    by: UserId
    by_name: str
    at: datetime
    reason: str
    note: str = ""
    target: str = ""
    listing: ListingId | None = None
    location: LocationId | None = None
    figures: tuple[tuple[str, str], ...] = ()
    decided_by: UserId | None = None
    decided_name: str = ""
    decided_at: datetime | None = None
    settled_at: datetime | None = None
    result: str = ""
    contributors: tuple[UserId, ...] = ()

    def figure(self, name: str) -> str | None:
        """A figure by name, as text."""
        return dict(self.figures).get(name)


STILL = "still"
"""The limit under which the owner is asked whether they are still on it."""


@quickly
@dataclass(frozen=True, slots=True)
class Climb:
    """How far a passed limit has been told: to whom, in turn, and when the next one is told; ``next_at`` None: the last was.

    ``limit``: ``own``, ``end``, ``still`` (the owner is asked whether they are on it), ``help``, or ``approve:<act>``.
    """

    limit: str
    told: tuple[UserId, ...]
    next_at: datetime | None


@quickly
@dataclass(frozen=True, slots=True)
class Case:
    """An exception as stored: the newest finding, its owner, its clocks and the acts beside it.

    ``version`` rises with every change and guards every transition (compare-and-set). ``stopped`` True while a stop
    of ours stands, so that it cannot clear; ``reopenings`` counts how often this case came back; ``escalated``: 1 nobody took
    it in time, 2 not ended in time; ``agrees_since`` is when the finding stopped being true;
    ``snoozed_until``: nobody is told of limits before. ``storm``: the storm it is told in, gathered under the cause ``gathered``;
    ``left_storm``: the last one that it left, and does not join again. ``owned_at`` is when somebody first had it in this life,
    ``owner_since`` since when the present owner does. ``home`` is the queue that found it, once it was handed to another;
    ``moves`` counts that.
    """

    id: ExceptionId
    fingerprint: Fingerprint
    life: Life
    version: int
    queue: QueueId
    delta: int
    evidence: Evidence
    risk: Risk
    since: datetime
    opened_at: datetime
    assign_by: datetime | None
    resolve_by: datetime | None
    policy_version: int
    owner: UserId | None = None
    owner_name: str = ""
    owned_at: datetime | None = None
    ended_at: datetime | None = None
    ended_by: UserId | None = None
    ended_name: str = ""
    outcome: str = ""
    note: str = ""
    agrees_since: datetime | None = None
    ready: bool = False
    recurrences: int = 1
    reopenings: int = 0
    previous: ExceptionId | None = None
    escalated: int = 0
    opening_risk: Decimal = Decimal(0)
    snoozed_until: datetime | None = None
    storm: StormId | None = None
    gathered: str = ""
    left_storm: StormId | None = None
    snooze_note: str = ""
    owner_since: datetime | None = None
    home: QueueId | None = None
    moves: int = 0
    climbs: tuple[Climb, ...] = ()
    fell_back_at: datetime | None = None
    lacks: str = ""
    found: str = ""
    root_cause: str = ""
    actions: tuple[Action, ...] = field(default=())

    @property
    def name(self) -> str:
        """``EX-1042``."""
        return exception_name(self.id)

    @property
    def card_life(self) -> int:
        """How many cards of it came before the one that lives: a new one follows each reopening and each change of queue."""
        return self.reopenings + self.moves

    def climb(self, limit: str) -> Climb | None:
        """How far a passed limit has been told; None: not at all yet."""
        return next((one for one in self.climbs if one.limit == limit), None)

    def standing(self, kind: ActionKind) -> Action | None:
        """The newest act of a kind that is still asked for or in force."""
        return next((act for act in reversed(self.actions) if act.kind is kind and act.state.stands), None)

    def newest(self, kind: ActionKind) -> Action | None:
        """The newest act of a kind in whatever state."""
        return next((act for act in reversed(self.actions) if act.kind is kind), None)

    @property
    def risk_now(self) -> Money:
        """Money at risk as things stand: nothing while the case's own listing is seen off sale by our pause."""
        listing = self.fingerprint.listing
        if not self.actions:
            return self.risk.total
        off = any(
            act.kind is ActionKind.PAUSE and act.state is ActionState.SEEN and act.listing == listing
            for act in self.actions
        )
        return Money.zero(self.risk.total.currency) if off and listing is not None else self.risk.total

    @property
    def stopped(self) -> bool:
        """A stop or a held order of ours is wanted or stands (and has not been undone)."""
        return any(act.kind in KEPT_OPEN and act.state.stands for act in self.actions)

    @property
    def sells_less(self) -> bool:
        """A pause or a cap is wanted or stands; a held order stops no sale."""
        return any(act.kind in STOPS and act.state.stands for act in self.actions)
