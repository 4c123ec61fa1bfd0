"""Small histories for the measures, in one line per life of an exception."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from sync.measures.records import CheckTally, Episode, Lowering, Recorded, UpdateTally
from sync.model.exceptions import ExceptionClass
from sync.model.ids import ExceptionId, ListingId, LocationId, QueueId, SkuId, SystemId, UserId

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
SUNDAY_ENDS = MONDAY + timedelta(days=7)


def at(day: float, hour: float = 0, minute: float = 0) -> datetime:
    """Day 0 is the first of the period."""
    return MONDAY + timedelta(days=day, hours=hour, minutes=minute)


def a_life(number: int, opened: datetime, **changed: Any) -> Episode:
    """An exposure mismatch of one SKU on ``shop`` in the queue of marketplaces, $100 at risk, to be taken within 30 minutes and
    ended within 4 hours; ``ended`` makes it end by a person, ``cleared`` by itself."""
    risk = Decimal(changed.pop("risk", 100))
    ended, cleared = changed.pop("ended", None), changed.pop("cleared", None)
    over = ended or cleared
    steps = ((opened, risk), *(((over, -risk),) if over else ()))
    values: dict[str, Any] = {
        "exception": ExceptionId(number),
        "number": 0,
        "cls": ExceptionClass(changed.pop("cls", "exposure_mismatch")),
        "sku": SkuId(f"SKU-{number}"),
        "family": "kettles",
        "systems": tuple(SystemId(one) for one in changed.pop("systems", ("shop",))),
        "queue": QueueId(changed.pop("queue", "marketplaces")),
        "owner": None if changed.get("owner") is None else UserId(changed.pop("owner")),
        "cause": "shop:exposure",
        "recurrences": 1,
        "since": opened,
        "opened_at": opened,
        "owned_at": changed.pop("owned", None),
        "assign_by": opened + timedelta(minutes=30),
        "resolve_by": opened + timedelta(hours=4),
        "ended_at": over,
        "outcome": "cleared by itself" if cleared else "fixed" if ended else "",
        "opening_risk": risk,
        "changes": steps,
    }
    return Episode(**(values | changed))


def a_lowering(when: datetime, *, shown: int, can_sell: int, ordered: int, **changed: Any) -> Lowering:
    """Taken by ``shop`` for a SKU of 20.00 USD."""
    values: dict[str, Any] = {
        "listing": ListingId("shop:1"),
        "sku": SkuId("SKU-1"),
        "family": "kettles",
        "system": SystemId("shop"),
        "at": when,
        "until": None,
        "shown": shown,
        "can_sell": can_sell,
        "ordered": ordered,
        "price": Decimal("20.00"),
        "currency": "USD",
    }
    return Lowering(**(values | changed))


def a_check(done: int, differed: int, cls: str = "negative_stock", location: str = "reno") -> CheckTally:
    """Counts at a place."""
    return CheckTally(LocationId(location), ExceptionClass(cls), done, differed)


def recorded(
    *episodes: Episode,
    updates: tuple[UpdateTally, ...] = (),
    lowerings: tuple[Lowering, ...] = (),
    orders: Mapping[str, int] | None = None,
    families: Mapping[str, int] | None = None,
    checks: tuple[CheckTally, ...] = (),
    start: datetime = MONDAY,
    end: datetime = SUNDAY_ENDS,
    now: datetime | None = None,
) -> Recorded:
    """The week from Monday, read three days after its end."""
    return Recorded(
        start=start,
        end=end,
        now=now or end + timedelta(days=3),
        episodes=episodes,
        updates=updates,
        lowerings=lowerings,
        orders={SystemId(name): count for name, count in (orders or {}).items()},
        orders_by_family=families or {},
        checks=checks,
        facts=0,
        repeats=0,
    )
