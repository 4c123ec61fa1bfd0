"""The worked example of docs/counting.md, computed by the product."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from sync.counting.pool import Pool, pool
from sync.model.facts import Count, LineState, Revision
from sync.model.ids import ListingId, LocationId, SkuId, SystemId
from sync.model.stock import LineEvent, LineRevision, Listing, OrderLine, Position, SkuState, Statement
from sync.model.time import AsOf
from sync.policy.schema import COUNT_SYSTEM
from sync.promise import promise
from tests.shop_rules import rules

SHOP, WMS, RENO, KETTLE = SystemId("shopify-us"), SystemId("wms"), LocationId("reno"), SkuId("KTL-17-BLK")
SYSTEMS = {
    "shopify-us": {
        "kind": "shopify",
        "name": "Shopify US",
        "mode": "full",
        "channel": {"locations": ["reno"], "publish_to": "reno", "safety_stock": 2, "buffer": 1},
    },
    "wms": {"kind": "csv_feed", "name": "WMS", "source": {"trust": "physical", "books_within": "30 min"}},
}
POLICY = rules(systems=SYSTEMS)
TEXT = (Path(__file__).parents[2] / "docs" / "counting.md").read_text(encoding="utf-8")


def at(clock: str) -> datetime:
    """A time of the example's day."""
    return datetime.fromisoformat(f"2026-11-24T{clock}:00").replace(tzinfo=UTC)


def counted(system: SystemId, units: int, when: str) -> Position:
    """What a system says of the kettle at Reno."""
    as_of = AsOf.at(at(when))
    statement = Statement(Count(on_hand=units), as_of, Revision(0, at(when)), f"{system}@{when}")
    return Position(system, KETTLE, RENO, statement)


def order(name: str, units: int, *, shipped: str = "", pending: bool = False) -> OrderLine:
    """An order of kettles, placed at 13:00."""
    placed = AsOf.at(at("13:00"))
    state = LineState.PENDING if pending else LineState.CONFIRMED
    steps = (LineEvent(f"ship:{name}", AsOf.at(at(shipped)), units, SHOP),) if shipped else ()
    stated = LineRevision(Revision(0, at("13:00")), placed, units, state)
    return OrderLine(SHOP, name, "1", KETTLE, placed_at=at("13:00"), statements=(stated,), shipped=steps)


ORDERS = (
    order("1001", 2, shipped="13:10"),
    order("1002", 1, shipped="13:45"),
    order("1003", 3),
    order("1004", 1, pending=True),
)


def state(*positions: Position) -> SkuState:
    """What is known of the kettle."""
    return SkuState(KETTLE, positions=positions, lines=ORDERS)


def left(*positions: Position, now: str) -> Pool:
    """The storefront's pool of kettles."""
    return pool(state(*positions), SHOP, POLICY, at(now))


def may_show(*positions: Position, now: str) -> int:
    """How many kettles the storefront may show."""
    return promise(state(*positions), Listing(ListingId("kettle"), SHOP, KETTLE), POLICY, at(now)).units


def test_the_first_file_leaves_eleven_and_holds_one_for_caution_only() -> None:
    found = left(counted(WMS, 16, "14:00"), now="14:01")
    assert (found.units, found.caution) == (11, 1)
    assert {line.order: units for line, units in found.held} == {"1002": 1, "1003": 3, "1004": 1}
    assert may_show(counted(WMS, 16, "14:00"), now="14:01") == 8
    assert "The pool is 16 − 5 = **11**" in TEXT
    assert "the storefront may show **8**" in TEXT


def test_half_an_hour_later_the_shipped_kettle_is_certainly_off() -> None:
    assert (left(counted(WMS, 15, "14:30"), now="14:31").units, left(counted(WMS, 16, "14:30"), now="14:31").units) == (
        11,
        12,
    )
    assert "15 − 4 = **11**" in TEXT
    assert "16 − 4 =\n**12**" in TEXT


def test_a_count_by_a_person_decides() -> None:
    known = (counted(WMS, 15, "14:30"), counted(COUNT_SYSTEM, 9, "14:40"))
    assert (left(*known, now="14:41").units, may_show(*known, now="14:41")) == (5, 2)
    assert "9 − 4 = **5**" in TEXT
    assert "lowered to **2** at once" in TEXT
