"""The events of the API as senders write them. These models are the door and the source of the OpenAPI document."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, TypeAdapter, WithJsonSchema

from sync.connectors.codes import LONGEST, unfit_code

LIMIT = 10**9
"""Largest count or change either way, in units."""


def _code(text: str) -> str:
    why = unfit_code(text)
    if why:
        raise ValueError(f"it {why}")
    return text


def _moves(units: int) -> int:
    if units == 0:
        raise ValueError("a change of 0 is no change; leave it out")
    return units


Code = Annotated[str, Field(min_length=1, max_length=LONGEST), AfterValidator(_code)]
Count = Annotated[int, Field(ge=-LIMIT, le=LIMIT)]
Delta = Annotated[int, Field(ge=-LIMIT, le=LIMIT, json_schema_extra={"not": {"const": 0}}), AfterValidator(_moves)]
Leaving = Annotated[int, Field(ge=-LIMIT, lt=0)]
Units = Annotated[int, Field(ge=0, le=LIMIT)]
Time = Annotated[str, Field(max_length=64, json_schema_extra={"format": "date-time"})]
AnyJson = Annotated[Any, WithJsonSchema({})]


class _Event(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    id: Annotated[str, Field(pattern=r"^[ -~]{1,255}$", description="Unique per system for ever.")]
    occurred_at: Annotated[Time, Field(description="RFC 3339 with offset, up to nanoseconds.")]
    sku: Annotated[Code, Field(description="As you write it; we map it and never change it.")]
    sequence: Annotated[
        int | None,
        Field(ge=0, le=2**63 - 1, description="Rising per system; only where policy says the system has one."),
    ] = None
    data: Annotated[AnyJson, Field(description="Anything else of yours; kept, not read.")] = None


class _Statement(_Event):
    location: Code
    as_of_end: Annotated[Time | None, Field(description="When the reading ended; without it, occurred_at.")] = None
    on_hand: Annotated[Count | None, Field(description="Units there. Missing is unknown, not zero.")] = None
    available: Annotated[Count | None, Field(description="Units there less the sender's own open orders.")] = None
    reserved: Count | None = None
    quarantined: Count | None = None
    held: Count | None = None
    incoming: Count | None = None


class StockCounted(_Statement):
    """A count of one SKU at one location. ``available`` only from a source that counts so, and then without ``on_hand``."""

    type: Literal["stock.counted"]


class LevelSeen(_Statement):
    """What a channel shows for one SKU at one location."""

    type: Literal["level.seen"]


class _Movement(_Event):
    location: Code
    on_hand_delta: Delta | None = None
    reserved_delta: Delta | None = None
    quarantined_delta: Delta | None = None
    held_delta: Delta | None = None
    incoming_delta: Delta | None = None


class StockChanged(_Movement):
    """Units that came or went. A pick that names its ``order`` is certainly off this system's number from then on."""

    type: Literal["stock.changed"]
    channel: Annotated[Code | None, Field(description="System that sold the order; without it, the sender's own.")] = (
        None
    )
    order: Code | None = None
    line: Code | None = None


class StockReceived(_Movement):
    """Goods received; take what was announced off again by a negative ``incoming_delta``. ``transfer`` names the
    ``stock.transferred`` that they came by."""

    type: Literal["stock.received"]
    transfer: Annotated[str | None, Field(pattern=r"^[ -~]{1,255}$", description="Its id, as you sent it.")] = None


class ReturnReceived(_Movement):
    """A return that came back, sellable (``on_hand_delta``) or not (``quarantined_delta``)."""

    type: Literal["return.received"]


class StockTransferred(_Event):
    """Units that left ``location`` for ``to_location``. Without ``arrived_at`` they are in transit and count as incoming
    there; tell their arrival by ``stock.received``."""

    type: Literal["stock.transferred"]
    location: Code
    to_location: Code
    on_hand_delta: Annotated[Leaving, Field(description="Units that left, so below zero.")]
    arrived_at: Time | None = None


class _OrderEvent(_Event):
    location: Annotated[Code | None, Field(description="Where it will be fulfilled, when that is known.")] = None
    channel: Annotated[Code | None, Field(description="System that sold it; without it, the sender's own.")] = None
    order: Code
    line: Code
    units: Units


class OrderLine(_OrderEvent):
    """All units now ordered on a line; an edit is a newer ``order.line``."""

    type: Literal["order.line"]
    state: Literal["pending", "confirmed"]
    price: Annotated[
        str | None, Field(pattern=r"^[0-9]{1,12}(\.[0-9]{1,6})?$", description="Per unit, as decimal text.")
    ] = None
    currency: Annotated[str | None, Field(pattern=r"^[A-Z]{3}$", description="ISO 4217.")] = None


class OrderCancelled(_OrderEvent):
    """Units of this cancellation."""

    type: Literal["order.cancelled"]


class OrderShipped(_OrderEvent):
    """Units of this shipment."""

    type: Literal["order.shipped"]


class OrderAcknowledged(_OrderEvent):
    """Units that the stock source has taken note of."""

    type: Literal["order.acknowledged"]


class StockAcknowledged(_Event):
    """A vendor confirms that it can supply the SKU from this location: ``units`` at most, through ``until``. The newest word
    counts; ``units`` 0 takes it back."""

    type: Literal["stock.acknowledged"]
    location: Code
    units: Annotated[Units | None, Field(description="At most so many; without it, what your count says.")] = None
    until: Annotated[Time | None, Field(description="Through when; without it, as long as policy takes your word.")] = (
        None
    )


class RecipePart(BaseModel):
    """A part of a kit and its units in one unit of it."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    sku: Code
    units: Annotated[int, Field(ge=1, le=1_000_000)]


class CatalogRecipe(_Event):
    """What one unit of the kit or pack ``sku`` is made of from ``occurred_at`` on; orders placed before go by what held then. No
    parts: from then on it is a product like any other."""

    type: Literal["catalog.recipe"]
    parts: Annotated[list[RecipePart], Field(max_length=100)]


Statement = StockCounted | LevelSeen
Movement = StockChanged | StockReceived | ReturnReceived
OrderStep = OrderCancelled | OrderShipped | OrderAcknowledged
Event = Annotated[
    StockCounted
    | LevelSeen
    | StockChanged
    | StockReceived
    | ReturnReceived
    | StockTransferred
    | OrderLine
    | OrderCancelled
    | OrderShipped
    | OrderAcknowledged
    | StockAcknowledged
    | CatalogRecipe,
    Field(discriminator="type"),
]
AnyEvent = Statement | Movement | StockTransferred | OrderLine | OrderStep | StockAcknowledged | CatalogRecipe

EVENT: TypeAdapter[AnyEvent] = TypeAdapter(Event)
"""Reads one event of any type."""


class EventBatch(BaseModel):
    """The body of ``POST /api/v1/events``. Every event is judged alone; a bad one does not stop its neighbours."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    events: Annotated[list[Event], Field(min_length=1, max_length=1000)]
