"""The one protocol of every connector: verify and parse inbound, snapshot, publish, pause, resume, correct, read back.

A connector translates between a platform's words and facts; it decides nothing and stores nothing. A new platform is
one folder, one stand-in, one line in ``sync.connectors.registry`` and the shared contract suite.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from sync.model.facts import DoorState, FactDraft
from sync.model.ids import SystemId
from sync.model.time import AsOf


@dataclass(frozen=True, slots=True)
class Abilities:
    """What a platform can do; the card and the core read it instead of knowing platforms.

    ``guarded_writes``: quantities are written under compare-and-set. ``pause``: a listing can be taken off sale; else
    its quantity is set to zero and the card says so. ``corrects``: a count can be written (a master system).
    ``holds_orders``: an order can be kept from being shipped until it is released.
    """

    receives_webhooks: bool = False
    snapshots: bool = False
    publishes: bool = False
    guarded_writes: bool = False
    idempotent_writes: bool = False
    pause: bool = False
    corrects: bool = False
    reads_back: bool = False
    reads_orders: bool = False
    holds_orders: bool = False


@dataclass(frozen=True, slots=True)
class Inbound:
    """One message through a door, as it came: ``door`` is ``webhook``, ``poll``, ``file`` or ``events``.

    ``headers`` have lower-case names. ``body`` are the raw bytes, over which any signature is verified.
    """

    system: SystemId
    door: str
    body: bytes
    received_at: datetime
    headers: Mapping[str, str] = field(default_factory=dict)
    name: str = ""


@dataclass(frozen=True, slots=True)
class Problem:
    """A part of a delivery that could not be used: where (``line 17``, ``/events/2/sku``), why, and how to mend it.

    ``row`` is the offending part as it came, cut to 500 characters. ``kind``: ``malformed`` | ``value`` | ``missing`` |
    ``unknown`` | ``conflict`` | ``implausible``.
    """

    where: str
    why: str
    row: str = ""
    kind: str = "malformed"


@dataclass(frozen=True, slots=True)
class Parsed:
    """A delivery turned into facts. ``key`` knows the delivery at its door and only saves work.

    ``problems`` keep what was not usable. ``reads`` asks for fresh reads of items (``ItemRef`` values of namespace
    ``item``), e.g. after a hint without numbers. ``content_at`` is the content's own time (a feed's timestamp), which
    decides freshness; None when the delivery says nothing of it. ``echo`` marks nothing: echoes are recognised by the core.
    ``held`` is a reason to hold the whole delivery (implausible) before it becomes facts.
    """

    key: str
    facts: tuple[FactDraft, ...] = ()
    problems: tuple[Problem, ...] = ()
    reads: tuple[str, ...] = ()
    content_at: datetime | None = None
    covered: tuple[str, ...] = ()
    rows: int = 0
    held: str = ""
    topic: str = ""


class Fault(StrEnum):
    """Why a call failed. What mends itself is tried again, a bounded number of times; what is of the account stops its lane,
    which tries one call now and then; UNKNOWN_OUTCOME is settled by reading back or by the same idempotency key."""

    VALUE = "value"
    MISSING = "missing"
    CONNECTION = "connection"
    INTERMITTENT = "intermittent"
    RATE_LIMIT = "rate_limit"
    TOO_LARGE = "too_large"
    PARSE = "parse"
    DUPLICATE = "duplicate"
    PERMISSION = "permission"
    STALE_GUARD = "stale_guard"
    UNKNOWN_OUTCOME = "unknown_outcome"

    @property
    def mends_itself(self) -> bool:
        """Worth trying again with the same request."""
        return self in (Fault.CONNECTION, Fault.INTERMITTENT, Fault.RATE_LIMIT, Fault.UNKNOWN_OUTCOME)

    @property
    def of_account(self) -> bool:
        """Concerns the whole account (one exception for it), not this one target."""
        return self in (Fault.PERMISSION, Fault.RATE_LIMIT, Fault.CONNECTION)


@dataclass(frozen=True, slots=True)
class ListingRef:
    """A listing in the platform's own ids, by namespace (``variant``, ``item``, ``product``), with its SKU text."""

    sku: str
    external: tuple[tuple[str, str], ...]

    def get(self, namespace: str) -> str:
        """The id in a namespace. KeyError when the mapping lacks it."""
        return dict(self.external)[namespace]


@dataclass(frozen=True, slots=True)
class SetQuantity:
    """Write a quantity (units) at a place; ``expected`` is the number the platform must still show, else STALE_GUARD.

    ``expected`` None: read it right before and guard with that. ``bucket``: ``available`` for a promise, ``on_hand`` for a
    correction. ``key`` is the idempotency key: the same for every try of this request. ``reference`` is shown to the
    merchant where the platform has a place for it.
    """

    listing: ListingRef
    place: str
    units: int
    key: str
    expected: int | None = None
    bucket: str = "available"
    reference: str = ""


@dataclass(frozen=True, slots=True)
class SetDoors:
    """Close (pause) or open (resume) doors of a listing; ``doors`` empty on pause: all that are open. ``above``: open those of
    the product that it is a variant of, too, where the platform has both."""

    listing: ListingRef
    open: bool
    doors: tuple[str, ...] = ()
    key: str = ""
    above: bool = False


@dataclass(frozen=True, slots=True)
class SetHold:
    """Keep an order (the platform's own id) from being shipped, or let it go again.

    ``mark`` tells this hold from all others: only what bears it is released. ``reference`` is shown to the merchant.
    """

    order: str
    held: bool
    mark: str
    reference: str = ""


@dataclass(frozen=True, slots=True)
class Seen:
    """What customers can see and buy now: ``units`` at ``place`` (None: no number), as of request to answer.

    ``levels``: available units by the platform's place id. ``sentence`` says it in words for the card.
    """

    at: AsOf
    live: bool | None
    units: int | None
    levels: tuple[tuple[str, int], ...] = ()
    on_hand: tuple[tuple[str, int], ...] = ()
    tracked: bool | None = None
    sells_below_zero: bool | None = None
    doors: tuple[DoorState, ...] = ()
    sentence: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """The outcome of one call. ``done`` True: the platform said yes. Else ``fault`` and ``text`` (the platform's words).

    ``doors_closed`` are the doors a pause found open (to be opened again on resume). ``retry_after`` and ``cost`` feed the
    lane: ``budget`` are units the account may still spend now, ``refill_per_second`` how fast it grows. ``seen_units`` of a hold:
    1 when the platform shows the order held afterwards, 0 when not.
    """

    done: bool
    at: AsOf
    fault: Fault | None = None
    text: str = ""
    doors_closed: tuple[str, ...] = ()
    retry_after: timedelta | None = None
    budget: float | None = None
    refill_per_second: float | None = None
    seen_units: int | None = None


@dataclass(frozen=True, slots=True)
class Lack:
    """What an account is missing: in words, and how to mend it. ``stops``: without it the system does not work at all."""

    what: str
    mend: str
    stops: bool = True


class Connector(Protocol):
    """One connected account. Built once per account by the registry; holds its HTTP session and tokens, no state else."""

    system: SystemId
    abilities: Abilities

    def parse(self, inbound: Inbound) -> Parsed:
        """Verify the signature over the raw bytes, then turn the body into facts.

        Raises BadSignature when the sender cannot prove who it is, and BadInput when the body of a *verified* delivery
        cannot be read at all (it is kept all the same).
        """

    def snapshot(self, since: datetime | None = None) -> AsyncIterator[Parsed]:
        """Read everything (``since`` None) or what changed, page by page; each page is a delivery of door ``poll``.

        Includes open orders however old (``since`` None) where ``abilities.reads_orders``. Raises TryAgain.
        """

    async def set_quantity(self, write: SetQuantity) -> Answer:
        """Write one quantity. Never raises for what the platform answers; the Answer says it."""

    async def set_doors(self, write: SetDoors) -> Answer:
        """Pause or resume one listing."""

    async def set_hold(self, write: SetHold) -> Answer:
        """Hold or release one order, and look whether it is."""

    async def read_back(self, listing: ListingRef, places: Sequence[str]) -> Seen:
        """What customers see now. Raises TryAgain, or BadInput when the platform no longer knows the listing."""

    async def lacking(self, callback_url: str | None) -> Sequence[Lack]:
        """Ask the account once, changing nothing: what is missing for it to do its work. ``callback_url``: where its webhooks
        should come; None where nothing can reach us. Raises TryAgain and BadInput when it cannot be asked."""

    async def close(self) -> None:
        """Give back the HTTP session."""
