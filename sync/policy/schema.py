"""The schema of ``policy.yml``. Business people read and change that file; every field says its unit and default."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

from sync.model.exceptions import ExceptionClass
from sync.model.ids import LocationId, QueueId, SkuId, SystemId, UserId

_SPAN = re.compile(r"\s*(\d+(?:\.\d+)?)\s*(s|sec|min|m|h|d|days?|hours?|minutes?|seconds?)\s*$")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_LONGEST = timedelta(days=3653)


def parse_span(value: object) -> object:
    """``"15 min"``, ``"2 h"``, ``"7 days"``, ``"30 s"`` to a timedelta; a timedelta stays."""
    if isinstance(value, timedelta):
        return value
    match = _SPAN.match(value) if isinstance(value, str) else None
    if match is None:
        raise ValueError(
            f"{value!r} is not a span of time; write a number with its unit, for example 15 min, 2 h or 7 days"
        )
    seconds = Decimal(match[1]) * _SECONDS[match[2][0]]
    if seconds > _LONGEST.total_seconds():
        raise ValueError(f"{value!r} is longer than anything lasts here; write ten years at most")
    return timedelta(seconds=float(seconds))


def _pace(value: timedelta) -> timedelta:
    if value < timedelta(seconds=1):
        raise ValueError("less than a second is too often to read a system; write 1 s or more")
    return value


def _zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ValueError(f"{value!r} is not a time zone; write one like Europe/London or UTC") from error
    return value


Span = Annotated[timedelta, BeforeValidator(parse_span)]
Pace = Annotated[Span, AfterValidator(_pace)]
Amount = Annotated[Decimal, Field(ge=0, le=1_000_000_000_000)]
Zone = Annotated[str, AfterValidator(_zone)]
Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")]
Grade = Literal["A", "B", "C"]


class Rules(BaseModel):
    """Base of every section: unknown keys are errors, values do not change after reading."""

    model_config = ConfigDict(extra="forbid", frozen=True)


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
    ``stale_counts_as``: the share of its number that still counts when stale (0 = nothing)."""

    trust: Trust
    basis: Basis = Basis.ON_HAND
    contains: tuple[Literal["quarantined", "reserved", "held"], ...] = ()
    reserved: Literal["ours", "others", "both"] = "ours"
    books_within: Span = timedelta(minutes=30)
    learns_within: Span = timedelta(minutes=15)
    fresh_for: Span | None = None
    stale_counts_as: Annotated[Decimal, Field(ge=0, le=1)] = Decimal(0)
    absent: Literal["unknown", "zero"] = "unknown"
    streams_movements: bool = False
    sequence: bool = False
    timezone: Zone | None = None
    clock_margin: Span = timedelta(seconds=5)


class Channel(Rules):
    """How a system sells. ``locations``: places it may draw on; ``publish_to``: the channel's location that our
    quantities are written to; ``decides_itself``: its own level is a decider (guard mode, no publishing).
    All quantities in units; ``share`` is the part of the pool it may show; ``pause_by`` quantity: it cannot take a listing off
    sale (or we may not), so that a pause shows 0."""

    locations: Annotated[tuple[LocationId, ...], Field(min_length=1)]
    publish_to: LocationId | None = None
    safety_stock: Annotated[int, Field(ge=0)] = 0
    buffer: Annotated[int, Field(ge=0)] = 0
    maximum_shown: Annotated[int, Field(ge=0)] | None = None
    pause_by: Literal["listing", "quantity"] = "listing"
    share: Annotated[Decimal, Field(gt=0, le=1)] = Decimal(1)
    pending_orders_weigh_for: Span = timedelta(days=3)


class Plausible(Rules):
    """A file or snapshot that fails one of these is held whole, before it becomes facts."""

    rows_fall_by_at_most: Annotated[Decimal, Field(ge=0, le=1)] = Decimal("0.5")
    zeros_at_most: Annotated[Decimal, Field(ge=0, le=1)] = Decimal("0.6")


class System(Rules):
    """One connected account. ``connection`` is read by the connector of its ``kind`` (settings and secrets of the
    connection come from the environment; here are addresses and names only)."""

    kind: Literal["shopify", "csv_feed", "events_api"]
    name: str
    mode: Mode = Mode.SHADOW
    vendor: bool = False
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


class Location(Rules):
    """A place. ``known_as``: its name or id in each system; ``deciders``: systems whose number decides, first fresh
    one wins; ``count_queue``: who counts there."""

    name: str
    known_as: dict[SystemId, str] = Field(default_factory=dict)
    deciders: Annotated[tuple[SystemId, ...], Field(min_length=1)]
    count_queue: QueueId | None = None


class Person(Rules):
    """Somebody who may act. ``slack``: their user id in the workspace."""

    name: str
    slack: UserId
    approves_up_to: Amount | None = None


class Queue(Rules):
    """An owner's inbox. ``channel``: Slack channel name or id; ``lead``, ``stand_in``, ``members``, ``approvers``:
    names from ``people``."""

    name: str
    channel: str
    lead: str | None = None
    stand_in: str | None = None
    members: tuple[str, ...] = ()
    approvers: tuple[str, ...] = ()


class Limit(Rules):
    """Within it nothing is opened: no more than the larger of ``units`` and ``percent`` (of the smaller number), and worth no
    more than ``money``. What is open clears only below ``clears_at`` of it, so that nothing flaps at the limit."""

    units: Annotated[int, Field(ge=0)] = 0
    percent: Annotated[Decimal, Field(ge=0)] = Decimal(0)
    money: Amount | None = None
    clears_at: Annotated[Decimal, Field(ge=0, le=1)] = Decimal("0.5")


class LimitFor(Limit):
    """A limit for some only: everything named must fit (``channel`` is any system, ``grade`` A, B or C)."""

    sku: SkuId | None = None
    family: str | None = None
    channel: SystemId | None = None
    grade: Grade | None = None

    @model_validator(mode="after")
    def _names_something(self) -> LimitFor:
        if (self.sku, self.family, self.channel, self.grade) == (None, None, None, None):
            raise ValueError("it is for nothing; name a sku, family, channel or grade, or write it as `limit:`")
        return self


class ClassRules(Rules):
    """How one exception class is owned, limited and ended. ``limits``: the first that fits goes before ``limit``;
    ``stop``: what waits while it is open and nobody owns it; ``held_for``: how long an order may hold units."""

    queue: QueueId | None = None
    assign_within: Span = timedelta(minutes=30)
    resolve_within: Span = timedelta(hours=2)
    reopens_within: Span = timedelta(hours=24)
    limit: Limit = Limit()
    limits: tuple[LimitFor, ...] = ()
    note_required: bool = True
    fallback: Literal["none", "pause"] = "none"
    stop: Literal["none", "raises"] = "none"
    ended_by: Literal["itself", "person", "orders"] = "itself"
    held_for: Span = timedelta(days=14)


class Route(Rules):
    """Sends some exceptions to a queue: everything named must fit, and the first route that fits wins. ``system`` is any
    channel, source or vendor that the exception is about."""

    queue: QueueId
    class_name: ExceptionClass | None = None
    system: SystemId | None = None
    location: LocationId | None = None
    family: str | None = None
    tag: str | None = None

    @model_validator(mode="after")
    def _names_something(self) -> Route:
        if (self.class_name, self.system, self.location, self.family, self.tag) == (None,) * 5:
            raise ValueError(
                "it is for everything; name a class, system, location, family or tag, or set `default_queue:`"
            )
        return self


def _class(assign: timedelta, resolve: timedelta, **rest: Any) -> ClassRules:
    return ClassRules(assign_within=assign, resolve_within=resolve, **rest)


_MINUTES, _HOUR, _DAY = timedelta(minutes=15), timedelta(hours=1), timedelta(days=1)

CLASS_DEFAULTS: dict[ExceptionClass, ClassRules] = {
    ExceptionClass.EXPOSURE_MISMATCH: _class(2 * _MINUTES, 2 * _HOUR),
    ExceptionClass.OVERSELL: _class(_MINUTES, 2 * _HOUR, ended_by="orders"),
    ExceptionClass.FAILED_UPDATE: _class(2 * _MINUTES, 2 * _HOUR),
    ExceptionClass.MANUAL_OVERRIDE: _class(2 * _MINUTES, 4 * _HOUR),
    ExceptionClass.FEED_SUPPRESSION: _class(_HOUR, 8 * _HOUR),
    ExceptionClass.STALE_FEED: _class(_HOUR, 8 * _HOUR, note_required=False),
    ExceptionClass.NEGATIVE_STOCK: _class(_HOUR, 8 * _HOUR, stop="raises"),
    ExceptionClass.WMS_ERP_VARIANCE: _class(
        4 * _HOUR, 2 * _DAY, stop="raises", limit=Limit(units=1, percent=Decimal(2), money=Decimal(100))
    ),
    ExceptionClass.CATALOG_FAULT: _class(4 * _HOUR, 3 * _DAY, note_required=False),
    ExceptionClass.STUCK_RESERVATION: _class(_DAY, 7 * _DAY),
}
"""What holds for a class where policy says nothing; what it says of a class is laid over these."""


class Grades(Rules):
    """ABC: what a SKU sells in seven days at its price puts it in grade A or B from these amounts on, else C."""

    a_from: Amount = Decimal(1000)
    b_from: Amount = Decimal(100)


class Costs(Rules):
    """What an oversold unit costs to cancel (per unit), and what chance to sell is assumed with no history."""

    cancel: Amount = Decimal("14.00")


class Corrections(Rules):
    """Above ``four_eyes_above`` (|units| x unit cost, summed per person, SKU and location over 24 h) a second person
    approves; ``queue`` owns approvals."""

    four_eyes_above: Amount = Decimal("250.00")
    queue: QueueId | None = None


class Digest(Rules):
    """When and where the weekly digest is posted."""

    channel: str
    day: Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"] = "mon"
    at: Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")] = "08:00"
    timezone: Zone = "UTC"


class Identity(Rules):
    """How codes are read: SKUs equal but for case or blanks are one when ``fold_case`` is true; ``ignored_codes`` are
    no products and are counted only."""

    fold_case: bool = True
    ignored_codes: tuple[str, ...] = ()
    catalogue: tuple[SystemId, ...] = ()


class Demand(Rules):
    """What a SKU's safety stock is computed from: units sold a day and the days a new delivery takes, each with its standard
    deviation, and the share of deliveries that should arrive before the stock is sold out."""

    per_day: Annotated[Decimal, Field(ge=0)]
    per_day_deviation: Annotated[Decimal, Field(ge=0)] = Decimal(0)
    lead_days: Annotated[Decimal, Field(ge=0)]
    lead_days_deviation: Annotated[Decimal, Field(ge=0)] = Decimal(0)
    service: Annotated[Decimal, Field(ge=Decimal("0.5"), lt=1)] = Decimal("0.95")


class SkuRules(Rules):
    """What holds for one SKU instead of the channel's own figures."""

    safety_stock: Annotated[int, Field(ge=0)] | None = None
    buffer: Annotated[int, Field(ge=0)] | None = None
    demand: Demand | None = None
    family: str | None = None
    grade: Grade | None = None
    tags: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _one_safety_stock(self) -> SkuRules:
        if self.safety_stock is not None and self.demand is not None:
            raise ValueError("safety_stock is fixed and demand computes it; keep one of the two")
        return self


class Policy(Rules):
    """The whole document. ``version`` counts taken changes; 0 is a file never taken."""

    company: str
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
    timezone: Zone = "UTC"
    systems: Annotated[dict[Name, System], Field(min_length=1)]
    locations: Annotated[dict[Name, Location], Field(min_length=1)]
    people: dict[Name, Person]
    queues: Annotated[dict[Name, Queue], Field(min_length=1)]
    ops_lead: str
    default_queue: QueueId
    warehouse_queue: QueueId | None = None
    classes: dict[ExceptionClass, ClassRules] = Field(default_factory=dict)
    routes: tuple[Route, ...] = ()
    grades: Grades = Grades()
    corrections: Corrections = Corrections()
    costs: Costs = Costs()
    identity: Identity = Identity()
    skus: dict[SkuId, SkuRules] = Field(default_factory=dict)
    digest: Digest
    raw_kept: Span = timedelta(days=30)
    catch_up: Span = timedelta(hours=2)
    not_automated: Annotated[tuple[str, ...], Field(min_length=1)]
    version: int = 0

    def system(self, system: SystemId) -> System:
        """A system's rules. KeyError when policy does not list it."""
        return self.systems[system]

    def rules_for(self, cls: ExceptionClass) -> ClassRules:
        """The rules of a class: its defaults, and over them what policy says."""
        return self.classes.get(cls) or CLASS_DEFAULTS[cls]

    def queue_for(self, cls: ExceptionClass) -> QueueId:
        """The queue that owns a class where no route fits; never nothing."""
        return self.rules_for(cls).queue or self.default_queue

    def person_of(self, user: UserId) -> Person | None:
        """The person behind a Slack user id, when policy names them."""
        return next((person for person in self.people.values() if person.slack == user), None)

    @property
    def channels(self) -> dict[SystemId, Channel]:
        """Every system that sells."""
        return {SystemId(name): system.channel for name, system in self.systems.items() if system.channel is not None}

    @property
    def sources(self) -> dict[SystemId, Source]:
        """Every system that counts."""
        return {SystemId(name): system.source for name, system in self.systems.items() if system.source is not None}

    @field_validator("classes", mode="after")
    @classmethod
    def _over_defaults(cls, given: dict[ExceptionClass, ClassRules]) -> dict[ExceptionClass, ClassRules]:
        return {
            name: CLASS_DEFAULTS[name].model_copy(
                update={field: getattr(rules, field) for field in rules.model_fields_set}
            )
            for name, rules in given.items()
        }

    @model_validator(mode="after")
    def _hangs_together(self) -> Policy:
        from sync.policy.consistency import consistency_problems  # it speaks of this schema, so it cannot come first

        problems = consistency_problems(self)
        if problems:
            raise ValueError("\n".join(problems))
        return self


COUNT_SYSTEM = SystemId("count")
"""The system that a count by a person speaks for: trust physical, first among deciders from its own time."""
