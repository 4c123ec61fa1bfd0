"""Desired state: what the world should become. One row per target holds wanted, sent and seen; the newest wanted wins."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import IntEnum, StrEnum

from sync.model.ids import ExceptionId, ListingId, LocationId, SkuId, SystemId
from sync.model.made import quickly, replaced
from sync.model.time import AsOf


class TargetKind(StrEnum):
    """What a target is: a quantity shown, a listing's doors, those of them that somebody else closed, a corrected count, a held
    order, or a look at the channel."""

    QUANTITY = "quantity"
    DOORS = "doors"
    OFFER = "offer"
    CORRECTION = "correction"
    READ = "read"
    HOLD = "hold"


class TargetState(StrEnum):
    """``idle``: sent equals wanted. ``due``: to be sent at ``next_at``. ``in_flight``: one write is out. ``failed``: given
    up until a person or a new wanted value. ``refused``: the guard or the platform said no for good."""

    IDLE = "idle"
    DUE = "due"
    IN_FLIGHT = "in_flight"
    FAILED = "failed"
    REFUSED = "refused"


class Priority(IntEnum):
    """Lanes serve the lowest first: lower at once, raise slowly."""

    STOP = 0
    DECREASE = 1
    CORRECTION = 2
    INCREASE = 3
    READ = 4


@quickly
@dataclass(frozen=True, slots=True)
class Target:
    """One row of desired state.

    ``wanted`` and ``sent`` are units (QUANTITY, CORRECTION), 1 or 0 (DOORS: open or closed; OFFER: always open; HOLD: held or
    not), or a running number (READ).
    ``expected`` is the guard: what the approver (or our last look) saw. ``doors`` are those to open again on resume, of an
    OFFER those to open; of a HOLD, its order.
    ``revision`` rises with each wanted value; the idempotency key is derived from (key, revision, guard).
    ``case`` names the exception whose proof it belongs to, if any. ``simulated`` True in shadow: decided, never sent.
    ``lane_fault`` is why its whole account refuses us now, as read with it; never written.
    """

    key: str
    kind: TargetKind
    lane: SystemId
    sku: SkuId
    listing: ListingId | None
    location: LocationId | None
    wanted: int
    revision: int
    priority: Priority
    wanted_at: datetime
    state: TargetState = TargetState.DUE
    expected: int | None = None
    doors: tuple[str, ...] = ()
    risk: Decimal = Decimal(0)
    attempts: int = 0
    next_at: datetime | None = None
    sent: int | None = None
    sent_at: AsOf | None = None
    sent_revision: int = 0
    confirmed: bool = False
    seen: int | None = None
    seen_at: datetime | None = None
    fault: str = ""
    fault_text: str = ""
    failing_since: datetime | None = None
    case: ExceptionId | None = None
    epoch: int = 0
    lane_fault: str = ""


def target_key(kind: TargetKind, listing_or_system: str, location: str = "", detail: str = "") -> str:
    """The stable key of a target: kind, what it is of, where, and for corrections which request."""
    return ":".join([part for part in (kind, listing_or_system, location, detail) if part])


def next_revision(target: Target, known: Target | None) -> Target:
    """One above what the row has; a resume opens the doors that the pause saved. A look wants its own number."""
    revision = known.revision + 1 if known is not None else max(1, target.revision)
    wanted = revision if target.kind is TargetKind.READ else target.wanted
    return replaced(target, revision=revision, wanted=wanted, doors=target.doors or (known.doors if known else ()))


@dataclass(frozen=True, slots=True)
class Lane:
    """A leased row per system account. ``epoch`` guards every result; ``blocked_until`` and the budget are the rate state."""

    system: SystemId
    epoch: int
    holder: str
    leased_until: datetime | None
    budget: float | None = None
    refill_per_second: float | None = None
    budget_at: datetime | None = None
    blocked_until: datetime | None = None
    fault: str = ""
    fault_text: str = ""
    fault_since: datetime | None = None


class PostKind(StrEnum):
    """What kind of Slack message a delivery keeps current."""

    CARD = "card"
    THREAD = "thread"
    PROOF = "proof"
    COUNT_ASK = "count_ask"
    APPROVAL_ASK = "approval_ask"
    PRIVATE = "private"
    DIGEST = "digest"
    DIGEST_PART = "digest_part"
    DIGEST_FILE = "digest_file"
    STANDUP = "standup"
    SUMMARY = "summary"
    OVERFLOW = "overflow"
    RETURNED = "returned"
    MENTION = "mention"
    MORNING = "morning"
    RETRIES = "retries"
    STORM = "storm"
    STORM_FILE = "storm_file"
    BULK = "bulk"
    BULK_ASK = "bulk_ask"


@quickly
@dataclass(frozen=True, slots=True)
class Post:
    """Desired state of one Slack message: ``wanted`` is the version of what it shows, ``sent`` the version shown.

    ``channel`` is a queue id, a Slack channel, or a user id (direct or ephemeral). ``body`` holds what cannot be read from
    state again (a private answer's text). ``attempt`` is the id in the metadata of a post whose outcome is not known yet.
    """

    key: str
    kind: PostKind
    channel: str
    wanted: int
    sent: int = 0
    priority: int = 1
    case: ExceptionId | None = None
    action: int | None = None
    user: str = ""
    body: str = ""
    slack_channel: str = ""
    ts: str = ""
    attempts: int = 0
    next_at: datetime | None = None
    attempted_at: datetime | None = None
    error: str = ""


@dataclass(frozen=True, slots=True)
class Crowd:
    """More new cards wait for one queue than its channel can show soon: how many, and since when the first waits."""

    channel: str
    waiting: int
    since: datetime | None


def card_key(case: str, life: int = 0) -> str:
    """Key of the card of ``EX-1042``; each time it opens again or changes its queue a new card follows the old one."""
    return f"card:{case}" + (f":{life}" if life else "")


def storm_key(storm: str) -> str:
    """Key of the card of ``ST-31``."""
    return f"storm:{storm}"


def digest_key(key: str) -> str:
    """The key of the digest that a part of it belongs to: ``digest:2026-W47:xlsx`` to ``digest:2026-W47``."""
    return ":".join(key.split(":")[:2])
