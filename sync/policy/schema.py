"""The schema of ``policy.yml``. Business people read and change that file; every field says its unit and default."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from sync.model.exceptions import ExceptionClass
from sync.model.ids import LocationId, QueueId, SkuId, SystemId, UserId

_SPAN = re.compile(r"\s*(\d+(?:\.\d+)?)\s*(s|sec|min|m|h|d|days?|hours?|minutes?|seconds?)\s*$")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def parse_span(value: object) -> object:
    """``"15 min"``, ``"2 h"``, ``"7 days"``, ``"30 s"`` to a timedelta; a timedelta stays."""
    if isinstance(value, timedelta):
        return value
    match = _SPAN.match(value) if isinstance(value, str) else None
    if match is None:
        raise ValueError(
            f"{value!r} is not a span of time; write a number with its unit, for example 15 min, 2 h or 7 days"
        )
    return timedelta(seconds=float(match[1]) * _SECONDS[match[2][0]])


def _zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ValueError(f"{value!r} is not a time zone; write one like Europe/London or UTC") from error
    return value


Span = Annotated[timedelta, BeforeValidator(parse_span)]
Zone = Annotated[str, BeforeValidator(_zone)]
Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")]


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
    All quantities in units; ``share`` is the part of the pool it may show."""

    locations: Annotated[tuple[LocationId, ...], Field(min_length=1)]
    publish_to: LocationId | None = None
    safety_stock: Annotated[int, Field(ge=0)] = 0
    buffer: Annotated[int, Field(ge=0)] = 0
    maximum_shown: Annotated[int, Field(ge=0)] | None = None
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
    reads_every: Span = timedelta(minutes=15)
    plausible: Plausible = Plausible()
    speaks_for: tuple[SystemId, ...] = ()

    @model_validator(mode="after")
    def _is_something(self) -> System:
        if self.source is None and self.channel is None:
            raise ValueError("a system needs `source:` (it counts), `channel:` (it sells) or both")
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
    approves_up_to: Decimal | None = None


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
    """Within all that are given, nothing is opened: units, percent of the smaller number, money at risk or at cost."""

    units: Annotated[int, Field(ge=0)] = 0
    percent: Annotated[Decimal, Field(ge=0)] = Decimal(0)
    money: Annotated[Decimal, Field(ge=0)] | None = None


class ClassRules(Rules):
    """How one exception class is owned, limited and ended."""

    queue: QueueId | None = None
    assign_within: Span = timedelta(minutes=30)
    resolve_within: Span = timedelta(hours=2)
    reopens_within: Span = timedelta(hours=24)
    limit: Limit = Limit()
    note_required: bool = True
    fallback: Literal["none", "pause"] = "none"
    ended_by: Literal["itself", "person", "orders"] = "itself"


class Costs(Rules):
    """What an oversold unit costs to cancel (per unit), and what chance to sell is assumed with no history."""

    cancel: Decimal = Decimal("14.00")


class Corrections(Rules):
    """Above ``four_eyes_above`` (|units| x unit cost, summed per person, SKU and location over 24 h) a second person
    approves; ``queue`` owns approvals."""

    four_eyes_above: Decimal = Decimal("250.00")
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


class SkuRules(Rules):
    """What holds for one SKU instead of the channel's own figures."""

    safety_stock: Annotated[int, Field(ge=0)] | None = None
    buffer: Annotated[int, Field(ge=0)] | None = None
    family: str | None = None


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
        """The rules of a class, policy's or the defaults."""
        return self.classes.get(cls) or ClassRules()

    def queue_for(self, cls: ExceptionClass) -> QueueId:
        """The queue that owns a class; never nothing."""
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

    @model_validator(mode="after")
    def _hangs_together(self) -> Policy:
        problems = consistency_problems(self)
        if problems:
            raise ValueError("\n".join(problems))
        return self


def consistency_problems(policy: Policy) -> list[str]:
    """What contradicts itself across sections, each with its mend. Empty when the document hangs together."""
    return [
        *_location_problems(policy),
        *_channel_problems(policy),
        *_people_problems(policy),
        *_queue_problems(policy),
    ]


def _location_problems(policy: Policy) -> list[str]:
    problems = []
    for name, location in policy.locations.items():
        for decider in location.deciders:
            if decider != COUNT_SYSTEM and (decider not in policy.systems or policy.systems[decider].source is None):
                problems.append(f"locations.{name}.deciders: {decider!r} is not a system with `source:`")
        for system in location.known_as:
            if system not in policy.systems:
                problems.append(f"locations.{name}.known_as: there is no system {system!r}")
        if location.count_queue is not None and location.count_queue not in policy.queues:
            problems.append(f"locations.{name}.count_queue: there is no queue {location.count_queue!r}")
    return problems


def _channel_problems(policy: Policy) -> list[str]:
    problems = []
    for name, system in policy.systems.items():
        channel = system.channel
        if channel is None:
            continue
        for place in (*channel.locations, *((channel.publish_to,) if channel.publish_to else ())):
            if place not in policy.locations:
                problems.append(f"systems.{name}.channel: there is no location {place!r}")
        if system.mode is Mode.FULL and channel.publish_to is None:
            problems.append(
                f"systems.{name}.channel: mode full needs `publish_to:`, the location our quantities are written to"
            )
        written = channel.publish_to if system.mode is Mode.FULL else None
        if written in policy.locations and name in policy.locations[written].deciders:
            problems.append(
                f"locations.{written}.deciders: {name!r} shows what we publish there, and what we publish is never a count; "
                "take it off the deciders or set its mode to guard"
            )
    return problems


def _people_problems(policy: Policy) -> list[str]:
    known = policy.people
    problems = [] if policy.ops_lead in known else [f"ops_lead: {policy.ops_lead!r} is not under `people:`"]
    for name, queue in policy.queues.items():
        for field in ("lead", "stand_in"):
            person = getattr(queue, field)
            if person is not None and person not in known:
                problems.append(f"queues.{name}.{field}: {person!r} is not under `people:`")
        for field in ("members", "approvers"):
            problems.extend(
                f"queues.{name}.{field}: {person!r} is not under `people:`"
                for person in getattr(queue, field)
                if person not in known
            )
    return problems


def _queue_problems(policy: Policy) -> list[str]:
    named: dict[str, Any] = {"default_queue": policy.default_queue, "warehouse_queue": policy.warehouse_queue}
    named["corrections.queue"] = policy.corrections.queue
    named.update({f"classes.{cls}.queue": rules.queue for cls, rules in policy.classes.items()})
    problems = [
        f"{where}: there is no queue {queue!r}"
        for where, queue in named.items()
        if queue and queue not in policy.queues
    ]
    approving = policy.queues.get(policy.corrections.queue or policy.default_queue)
    if approving is not None and len(set(approving.approvers)) < 2:
        problems.append(
            "queues: the queue that approves corrections needs two people under `approvers:`, so that nobody approves alone"
        )
    return problems


COUNT_SYSTEM = SystemId("count")
"""The system that a count by a person speaks for: trust physical, first among deciders from its own time."""
