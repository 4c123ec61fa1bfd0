"""One-line builders of valid values for tests: policies, facts, positions, order lines, listings.

Times are written as clock times of one day (``"14:02"``), or given as datetimes. Keys follow from what a fact says, as real
ones do, so that the same call twice is the same fact; pass ``key`` to make another.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from sync.ledger import fold
from sync.model.facts import (
    Acknowledged,
    Change,
    Count,
    DoorState,
    Fact,
    FactBody,
    FactKind,
    LineState,
    LineStated,
    LineStep,
    ListingStated,
    OrderRef,
    Revision,
    SnapshotRead,
)
from sync.model.ids import ListingId, LocationId, SkuId, SystemId, listing_id
from sync.model.stock import Listing, Publish, SkuState
from sync.model.time import AsOf
from sync.policy.schema import COUNT_SYSTEM, Policy
from tests.shop_rules import rules

SKU = SkuId("KTL-17-BLK")
SHOP, WMS, ERP, CARRIER, VENDOR = (SystemId(name) for name in ("shop", "wms", "erp", "carrier", "acme-dropship"))
RENO, ACME = LocationId("reno"), LocationId("acme")

When = str | datetime


def at(when: When) -> datetime:
    """``"14:02"`` or ``"14:02:05"`` on the day of the tests; ``"-1 14:02"`` is the day before. A datetime stays."""
    if isinstance(when, datetime):
        return when
    day, _, clock = when.rpartition(" ")
    hour, minute, *second = (int(part) for part in clock.split(":"))
    return datetime(2026, 3, 2, hour, minute, second[0] if second else 0, tzinfo=UTC) + timedelta(days=int(day or 0))


def as_of(when: When, until: When | None = None) -> AsOf:
    """An instant, or the interval from ``when`` to ``until``."""
    return AsOf(at(when), at(until if until is not None else when))


# -- policies ----------------------------------------------------------------------------------------------------------


def a_source(**changed: Any) -> dict[str, Any]:
    """A stock source that books within 30 min, learns within 15 min, and never grows old."""
    source = {"trust": "physical", "books_within": "30 min", "learns_within": "15 min"} | changed
    return {"kind": "csv_feed", "name": "Source", "source": source}


def a_channel(mode: str = "full", source: Mapping[str, Any] | None = None, **changed: Any) -> dict[str, Any]:
    """A storefront that sells from Reno; in mode full our quantities are written there."""
    places = changed.pop("locations", ["reno"])
    written = {"publish_to": places[0]} if mode != "guard" else {}
    system = {"kind": "shopify", "name": "Shop", "mode": mode, "channel": {"locations": places} | written | changed}
    return system | ({"source": dict(source)} if source is not None else {})


def a_policy(
    *,
    wms: Mapping[str, Any] | None = None,
    channel: Mapping[str, Any] | None = None,
    systems: Mapping[str, Any] | None = None,
    deciders: Mapping[str, list[str]] | None = None,
    **sections: Any,
) -> Policy:
    """One shop, one warehouse system that decides at Reno. ``wms`` and ``channel`` change their rules, ``systems`` adds others,
    ``deciders`` names who decides at which place (places not named before are added)."""
    known = {"shop": a_channel(**(channel or {})), "wms": a_source(**(wms or {}))} | dict(systems or {})
    places = {"reno": ["wms"]} | dict(deciders or {})
    locations = {name: {"name": name.title(), "deciders": listed} for name, listed in places.items()}
    return rules(systems=known, locations=locations, identity={}, **sections)


# -- facts -------------------------------------------------------------------------------------------------------------


def a_fact(
    system: SystemId,
    kind: FactKind,
    key: str,
    when: AsOf,
    body: FactBody,
    *,
    location: LocationId | None = None,
    sequence: int = 0,
    tie: str = "",
    sku: SkuId = SKU,
) -> Fact:
    """Any fact, received the moment it was true."""
    return Fact(system, kind, key, when, when.end, Revision(sequence, when.start, tie), sku, location, body)


def counted(
    units: int | None,
    when: When,
    until: When | None = None,
    *,
    system: SystemId = WMS,
    location: LocationId = RENO,
    sequence: int = 0,
    key: str = "",
    **buckets: int | None,
) -> Fact:
    """A source counts so many units on hand; ``buckets`` tells ``available``, ``reserved``, ``quarantined``, ``incoming``."""
    body, interval = Count(on_hand=units, **buckets), as_of(when, until)
    key = key or f"row:{location}@{interval.start.isoformat()}:{body}"
    return a_fact(system, FactKind.COUNTED, key, interval, body, location=location, sequence=sequence)


def counted_by_hand(units: int | None, when: When, *, location: LocationId = RENO) -> Fact:
    """A person counts; None releases the count that stands."""
    return counted(units, when, system=COUNT_SYSTEM, location=location)


def level(
    units: int | None,
    when: When,
    until: When | None = None,
    *,
    system: SystemId = SHOP,
    location: LocationId = RENO,
    **buckets: int | None,
) -> Fact:
    """A channel shows so many available."""
    body, interval = Count(available=units, **buckets), as_of(when, until)
    key = f"level:{location}@{interval.start.isoformat()}:{body}"
    return a_fact(system, FactKind.LEVEL_SEEN, key, interval, body, location=location)


def changed(
    on_hand: int,
    when: When,
    until: When | None = None,
    *,
    kind: FactKind = FactKind.CHANGED,
    system: SystemId = WMS,
    location: LocationId = RENO,
    order: str = "",
    order_line: str = "1",
    key: str = "",
    transfer: str = "",
    **buckets: int,
) -> Fact:
    """A source's own movement; ``order`` (of the shop) when it names one."""
    ref = OrderRef(SHOP, order, order_line) if order else None
    body, interval = Change(on_hand=on_hand, order=ref, transfer=transfer, **buckets), as_of(when, until)
    key = key or f"{kind}:{location}@{interval.start.isoformat()}:{body}"
    return a_fact(system, kind, key, interval, body, location=location)


def received(units: int, when: When, until: When | None = None, **rest: Any) -> Fact:
    """Goods in."""
    return changed(units, when, until, kind=FactKind.RECEIVED, **rest)


def returned(units: int, when: When, until: When | None = None, **rest: Any) -> Fact:
    """A parcel came back to stock; ``key`` is the refund line's."""
    return changed(units, when, until, kind=FactKind.RETURNED, **rest)


def line(
    order: str,
    units: int,
    when: When,
    *,
    placed: When | None = None,
    pending: bool = False,
    location: LocationId | None = None,
    channel: SystemId = SHOP,
    order_line: str = "1",
    sequence: int = 0,
    price: str | None = "89.00",
) -> Fact:
    """A revision of an order line: so many units ordered in all, as of ``when``."""
    interval = as_of(when)
    body = LineStated(
        order=OrderRef(channel, order, order_line),
        units=units,
        state=LineState.PENDING if pending else LineState.CONFIRMED,
        placed_at=at(placed if placed is not None else when),
        price=Decimal(price) if price is not None else None,
        currency="USD",
    )
    key = f"order:{order}:{order_line}@{interval.start.isoformat()}:{units}:{pending}:{location}"
    tie = f"{units:09d}{'-' if pending else 'c'}{'p' if location else '-'}"
    return a_fact(channel, FactKind.ORDER_LINE, key, interval, body, location=location, sequence=sequence, tie=tie)


def _step(
    kind: FactKind,
    order: str,
    units: int,
    when: When,
    system: SystemId,
    order_line: str,
    location: LocationId | None,
    key: str,
) -> Fact:
    interval, ref = as_of(when), OrderRef(SHOP, order, order_line)
    key = key or f"{kind}:{order}:{order_line}@{interval.start.isoformat()}:{units}"
    return a_fact(system, kind, key, interval, LineStep(ref, units), location=location)


def shipped(
    order: str,
    units: int,
    when: When,
    *,
    system: SystemId = SHOP,
    order_line: str = "1",
    location: LocationId | None = None,
    key: str = "",
) -> Fact:
    """Units left the building, as ``system`` tells it."""
    return _step(FactKind.ORDER_SHIPPED, order, units, when, system, order_line, location, key)


def cancelled(
    order: str, units: int, when: When, *, system: SystemId = SHOP, order_line: str = "1", key: str = ""
) -> Fact:
    """Units will not be shipped any more."""
    return _step(FactKind.ORDER_CANCELLED, order, units, when, system, order_line, None, key)


def acknowledged(
    order: str, units: int, when: When, *, system: SystemId = WMS, order_line: str = "1", key: str = ""
) -> Fact:
    """A source says that it has the order."""
    return _step(FactKind.ORDER_ACKNOWLEDGED, order, units, when, system, order_line, None, key)


def listed(
    when: When, *, system: SystemId = SHOP, variant: str | None = "39", item: str | None = "71", **told: Any
) -> Fact:
    """A channel tells of its listing; ``doors`` as a mapping of id to open."""
    interval = as_of(when)
    names = (("variant", variant), ("item", item))
    doors = told.pop("doors", None)
    body = ListingStated(
        external=tuple((name, value) for name, value in names if value is not None),
        doors=None if doors is None else tuple(DoorState(door, is_open) for door, is_open in doors.items()),
        **told,
    )
    return a_fact(
        system, FactKind.LISTING_SEEN, f"listing:{variant}:{item}@{interval.start.isoformat()}:{body}", interval, body
    )


def snapshot(when: When, until: When, *, system: SystemId = WMS, location: LocationId = RENO, rows: int = 1) -> Fact:
    """A full reading of a place was completed."""
    interval = as_of(when, until)
    key = f"snapshot:{location}@{interval.end.isoformat()}"
    return a_fact(system, FactKind.SNAPSHOT_READ, key, interval, SnapshotRead(rows), location=location)


def supplies(
    units: int | None,
    when: When,
    *,
    until: When | None = None,
    system: SystemId = VENDOR,
    location: LocationId = ACME,
) -> Fact:
    """A vendor acknowledges that it can supply so many units (None: what its number says) until then."""
    interval = as_of(when)
    body = Acknowledged(units, at(until) if until is not None else None)
    key = f"word:{location}@{interval.start.isoformat()}:{body}"
    return a_fact(system, FactKind.STOCK_ACKNOWLEDGED, key, interval, body, location=location)


# -- states ------------------------------------------------------------------------------------------------------------


def folded(policy: Policy, *facts: Fact, onto: SkuState | None = None) -> SkuState:
    """The state that these facts lead to."""
    return fold(onto or SkuState(SKU), facts, policy)


def a_listing(
    *,
    system: SystemId = SHOP,
    variant: str = "39",
    live: bool | None = True,
    published: tuple[int, When, When] | None = None,
    location: LocationId = RENO,
    confirmed: bool = True,
    **changed: Any,
) -> Listing:
    """A live listing; ``published`` is (units, request, answer) of our last write."""
    writes: tuple[tuple[LocationId, Publish], ...] = ()
    if published is not None:
        units, begin, end = published
        writes = ((location, Publish(units, as_of(begin, end), confirmed)),)
    return Listing(
        id=changed.pop("id", None) or ListingId(listing_id(system, variant)),
        system=system,
        sku=SKU,
        external=(("item", "71"), ("variant", variant)),
        buyable=live,
        seen=as_of("00:00") if live is not None else None,
        published=writes,
        **changed,
    )
