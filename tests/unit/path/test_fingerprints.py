"""A fact's fingerprint never changes: rows of years ago must still know their duplicates."""

from __future__ import annotations

import hashlib
import json
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from sync.model.facts import (
    Change,
    Count,
    DoorState,
    FactDraft,
    FactKind,
    ItemRef,
    LineState,
    LineStated,
    LineStep,
    ListingStated,
    OrderRef,
    RecipeStated,
    SnapshotRead,
)
from sync.model.ids import SystemId
from sync.model.time import AsOf
from sync.path.identify import fingerprint

AT = datetime(2026, 3, 2, 12, 0, 0, 250, tzinfo=UTC)
REF = OrderRef(SystemId("shop"), "9001", "501")


def plain(value: Any) -> Any:
    """What is hashed, said in the simplest way: fields by name, sorted, as the json module writes them."""
    if is_dataclass(value):
        told = sorted(fields(value), key=lambda field: field.name)
        return {
            field.name: plain(getattr(value, field.name))
            for field in told
            if "aside" not in field.metadata
            and not ("later" in field.metadata and getattr(value, field.name) == field.default)
        }
    if isinstance(value, tuple):
        return [plain(one) for one in value]
    if isinstance(value, datetime):
        return value.isoformat()
    return format(value.normalize(), "f") if isinstance(value, Decimal) else value


def simply(draft: FactDraft) -> str:
    return hashlib.sha256(json.dumps(plain(draft), separators=(",", ":")).encode()).hexdigest()


def listing(**given: Any) -> FactDraft:
    body = ListingStated(external=(("variant", "701"), ("item", "601")), **given)
    return FactDraft(FactKind.LISTING_SEEN, "listing:701", AsOf.at(AT), ItemRef("sku", "KTL"), None, body)


def lined(**given: Any) -> FactDraft:
    body = LineStated(REF, 3, LineState.CONFIRMED, AT, **given)
    item = ItemRef("variant", "701")
    return FactDraft(
        FactKind.ORDER_LINE, "order:9001:501", AsOf.at(AT), item, "88", body, sequence=7, tie="000000003c-"
    )


RECORDED = {
    "order line": (
        lined(price=Decimal("19.00"), currency="USD"),
        "86f5e6cc0e10d2237445408890ed0e51f50cd421d52d7fbbc964f95e78660061",
    ),
    "shipment": (
        FactDraft(FactKind.ORDER_SHIPPED, "f:1", AsOf.at(AT), ItemRef("variant", "701"), "88", LineStep(REF, 2)),
        "73b3d8efefdce70239d05ed065777df20447261a49b82073aabcde67fb32d363",
    ),
    "listing": (
        listing(
            title="Kettle, 1.7 l – „schwarz“ 🫖",
            price=Decimal("49.9"),
            tracked=True,
            doors=(DoorState("1", False, "Web"),),
        ),
        "6e44ed7037163b7863d154dd796b3bcaf4329452dad6c53f90816af3586744d1",
    ),
    "recipe": (
        FactDraft(FactKind.RECIPE, "r:1", AsOf.at(AT), ItemRef("sku", "SET"), None, RecipeStated((("A", 1), ("B", 2)))),
        "7539461f06ebf940a9dda84fc6dd9dfc2211d29bc41c0a63190be64e28d0efea",
    ),
    "snapshot": (
        FactDraft(FactKind.SNAPSHOT_READ, "s:1", AsOf.at(AT), None, "88", SnapshotRead(12)),
        "9674eb1d6305659944524a2cefb1d535766f0b74b91e8a89096044243ab48b48",
    ),
}
"""Facts, and what version 0.1.0 stored as their fingerprints."""


@pytest.mark.parametrize("what", RECORDED)
def test_a_recorded_fact_is_known_by_what_was_stored(what: str) -> None:
    draft, stored = RECORDED[what]
    assert fingerprint(draft) == stored


text = some.text(some.characters(exclude_categories=["Cs"]), max_size=12)
zones = some.sampled_from([UTC, timezone(timedelta(hours=1)), timezone(-timedelta(hours=5, minutes=30))])
instants = some.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1), timezones=zones)  # noqa: DTZ001 - the zone is drawn
amounts = some.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-(10**12), max_value=10**12)
units = some.integers(-(2**70), 2**70)


@given(text, instants, some.none() | amounts, some.none() | text, units, some.none() | some.booleans())
def test_it_is_that_of_the_json_module_whatever_is_told(
    name: str, at: datetime, amount: Decimal | None, other: str | None, number: int, flag: bool | None
) -> None:
    as_of, item = AsOf(at, at + timedelta(microseconds=1)), ItemRef("sku", name)
    bodies = (
        (FactKind.COUNTED, Count(on_hand=number)),
        (FactKind.CHANGED, Change(on_hand=number)),
        (
            FactKind.ORDER_LINE,
            LineStated(OrderRef(SystemId(name), name, ""), number, LineState.PENDING, at, amount, other),
        ),
        (FactKind.LISTING_SEEN, ListingStated(((name, name),), title=other, price=amount, tracked=flag)),
    )
    for kind, body in bodies:
        draft = FactDraft(kind, name, as_of, item, other, body, sequence=number, tie=name)
        assert fingerprint(draft) == simply(draft)


def test_one_instant_of_two_zones_is_written_two_ways() -> None:
    elsewhere = AT.astimezone(timezone(timedelta(hours=1)))
    both = [
        FactDraft(FactKind.COUNTED, "c", AsOf(at, at), ItemRef("sku", "KTL"), None, Count(on_hand=1))
        for at in (AT, elsewhere, AT)
    ]
    assert [fingerprint(one) for one in both] == [simply(one) for one in both]
    assert fingerprint(both[0]) == fingerprint(both[2]) != fingerprint(both[1])


def test_what_no_fact_may_hold_is_refused() -> None:
    with pytest.raises(TypeError, match="a fact cannot hold a float"):
        fingerprint(FactDraft(FactKind.COUNTED, "c", AsOf.at(AT), None, None, Count(on_hand=1.5)))  # type: ignore[arg-type]
