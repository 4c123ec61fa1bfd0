"""What policy says of one system: how its counts are meant, and how it sells."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field, model_validator

from sync.model.ids import LocationId, SystemId, UserId
from sync.policy.fields import Pace, Rules, Span, Zone


class Trust(StrEnum):
    """How much a source's count may decide."""

    PHYSICAL = "physical"
    FINANCIAL = "financial"
    VENDOR = "vendor"
    ADVISORY = "advisory"


class Mode(StrEnum):
    """shadow: nothing leaves but Slack. guard: stops and corrects, never publishes quantities. full: everything."""

    SHADOW = "shadow"
    GUARD = "guard"
    FULL = "full"


class Basis(StrEnum):
    """What a source's number is: units there (on_hand) or units there less its own open orders (available)."""

    ON_HAND = "on_hand"
    AVAILABLE = "available"


class Source(Rules):
    """What a system's counts mean. ``books_within``: how long until a shipment is off its on hand; ``learns_within``:
    how long until an order is off its available; ``fresh_for``: content older than this is stale;
    ``stale_counts_as``: the share of its number that still counts when stale (0 = nothing). ``acknowledged_for``: how long a
    vendor's word holds that it can supply a SKU (none: not asked for); ``counts_acknowledge``: its counts are that word, too;
    ``incoming_counts_as``: the share of what is on its way there that may be promised (0: it is shown only);
    ``transit_within``: how long a transfer may be on its way;
    while it is missing ``unacknowledged_counts_as`` of the number counts, less ``unacknowledged_buffer`` units."""

    trust: Trust
    basis: Basis = Basis.ON_HAND
    contains: tuple[Literal["quarantined", "reserved", "held"], ...] = ()
    reserved: Literal["ours", "others", "both"] = "ours"
    incoming_counts_as: Annotated[Decimal, Field(ge=0, le=1)] = Decimal(0)
    books_within: Span = timedelta(minutes=30)
    learns_within: Span = timedelta(minutes=15)
    fresh_for: Span | None = None
    stale_counts_as: Annotated[Decimal, Field(ge=0, le=1)] = Decimal(0)
    acknowledged_for: Span | None = None
    counts_acknowledge: bool = False
    unacknowledged_counts_as: Annotated[Decimal, Field(ge=0, le=1)] = Decimal(0)
    unacknowledged_buffer: Annotated[int, Field(ge=0)] = 0
    absent: Literal["unknown", "zero"] = "unknown"
    transit_within: Annotated[Span, Field(le=timedelta(days=60))] = timedelta(days=14)
    streams_movements: bool = False
    sequence: bool = False
    timezone: Zone | None = None
    clock_margin: Span = timedelta(seconds=5)


class Channel(Rules):
    """How a system sells. ``locations``: places it may draw on; ``publish_to``: the channel's location that our
    quantities are written to; ``decides_itself``: its own level is a decider (guard mode, no publishing).
    ``decided_by``: kinds of sources whose numbers may decide what it shows (none named: every kind but advice).
    ``slow_buffer`` is kept back beside any ``buffer``, because the channel shows an update late; below ``floor`` 0 is shown.
    All quantities in units; ``share`` is the part of the pool it may show; ``pause_by`` quantity: it cannot take a listing off
    sale (or we may not), so that a pause shows 0."""

    locations: Annotated[tuple[LocationId, ...], Field(min_length=1)]
    publish_to: LocationId | None = None
    decided_by: tuple[Literal["physical", "financial", "vendor"], ...] = ()
    safety_stock: Annotated[int, Field(ge=0)] = 0
    buffer: Annotated[int, Field(ge=0)] = 0
    slow_buffer: Annotated[int, Field(ge=0)] = 0
    maximum_shown: Annotated[int, Field(ge=0)] | None = None
    floor: Annotated[int, Field(ge=0)] = 0
    pause_by: Literal["listing", "quantity"] = "listing"
    share: Annotated[Decimal, Field(gt=0, le=1)] = Decimal(1)
    pending_orders_weigh_for: Span = timedelta(days=3)


class Plausible(Rules):
    """A file or snapshot that fails one of these is held whole, before it becomes facts."""

    rows_fall_by_at_most: Annotated[Decimal, Field(ge=0, le=1)] = Decimal("0.5")
    zeros_at_most: Annotated[Decimal, Field(ge=0, le=1)] = Decimal("0.6")


class Contact(Rules):
    """Whom to ask when a system is silent. ``slack``: their user id, where they are in the workspace; ``mail``: their address,
    shown to whoever asks them by hand."""

    name: Annotated[str, Field(min_length=1, max_length=80)]
    slack: UserId | None = None
    mail: Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s]+$", max_length=200)] | None = None


class System(Rules):
    """One connected account. ``connection`` is read by the connector of its ``kind`` (settings and secrets of the
    connection come from the environment; here are addresses and names only)."""

    kind: Literal["shopify", "csv_feed", "events_api"]
    name: str
    mode: Mode = Mode.SHADOW
    vendor: bool = False
    contact: Contact | None = None
    source: Source | None = None
    channel: Channel | None = None
    connection: dict[str, str | int | bool | dict[str, str]] = Field(default_factory=dict)
    settles_in: Span = timedelta(minutes=5)
    reads_every: Pace = timedelta(minutes=15)
    plausible: Plausible = Plausible()
    speaks_for: tuple[SystemId, ...] = ()

    @model_validator(mode="after")
    def _is_something(self) -> System:
        if self.source is None and self.channel is None:
            raise ValueError("it neither counts nor sells; add `source:` (it counts), `channel:` (it sells) or both")
        return self
