"""Valid values for the storage tests, in one line each."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from typing import Any

from storage.store import SqlStore
from sync.connectors.base import Inbound, Problem
from sync.model.exceptions import (
    Action,
    ActionKind,
    ActionState,
    Case,
    Direction,
    Evidence,
    ExceptionClass,
    Finding,
    Fingerprint,
    Life,
    Risk,
    RiskTerm,
)
from sync.model.facts import (
    Change,
    Count,
    FactBody,
    FactDraft,
    FactKind,
    ItemRef,
    LineState,
    LineStated,
    OrderRef,
    SnapshotRead,
)
from sync.model.ids import ExceptionId, ListingId, LocationId, QueueId, SkuId, SystemId, UserId
from sync.model.money import Money
from sync.model.outbox import Priority, Target, TargetKind, TargetState
from sync.model.stock import Sku
from sync.model.time import AsOf
from sync.ports import DeliveryState, NewDelivery, NewFact

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
SHOP, WMS = SystemId("shop"), SystemId("wms")
RENO = LocationId("reno")
DANA, LEE = UserId("U0DANA"), UserId("U0LEE")
MARKETPLACES = QueueId("marketplaces")


def later(**by: float) -> datetime:
    return NOW + timedelta(**by)


def sku(number: int) -> SkuId:
    return SkuId(f"SKU-{number:05d}")


ONE = sku(1)


def a_delivery(key: str = "d1", system: SystemId = WMS, **changed: Any) -> NewDelivery:
    inbound = Inbound(
        system=system,
        door=changed.pop("door", "webhook"),
        body=changed.pop("body", b"{}"),
        received_at=changed.pop("received_at", NOW),
        name=changed.pop("name", ""),
    )
    return NewDelivery(inbound, key, changed.pop("state", DeliveryState.RECORDED), **changed)


def a_fact(
    key: str = "f1",
    of: SkuId | None = ONE,
    body: FactBody | None = None,
    *,
    system: SystemId = WMS,
    location: LocationId | None = RENO,
    item: ItemRef | None = None,
    received_at: datetime = NOW,
    kind: FactKind | None = None,
    delivery: int = 1,
) -> NewFact:
    content = body if body is not None else Count(on_hand=5)
    draft = FactDraft(
        kind=kind or sorted(content.kinds)[0],
        key=key,
        as_of=AsOf.at(received_at),
        item=None if isinstance(content, SnapshotRead) else item or ItemRef("sku", of or "unknown"),
        place="WH1",
        body=content,
    )
    fingerprint = sha256(json.dumps(asdict(draft), default=str, sort_keys=True).encode()).hexdigest()
    return NewFact(system, delivery, draft, of, location, fingerprint, received_at)


def an_order_line(order: str = "1001", line: str = "1", units: int = 1, placed_at: datetime = NOW) -> LineStated:
    return LineStated(OrderRef(SHOP, order, line), units, LineState.CONFIRMED, placed_at, Decimal("19.90"), "USD")


def a_pick(units: int, order: str | None = None) -> Change:
    return Change(on_hand=-units, order=OrderRef(SHOP, order, "1") if order else None)


def a_finding(of: SkuId | None = ONE, *, systems: tuple[SystemId, ...] = (SHOP,), detail: str = "") -> Finding:
    listing = ListingId(f"shop:{of}") if of is not None else None
    cls = ExceptionClass.EXPOSURE_MISMATCH if of is not None else ExceptionClass.CATALOG_FAULT
    return Finding(
        fingerprint=Fingerprint(cls, of, listing, None, systems, Direction.OVER, detail),
        delta=5,
        evidence=Evidence(
            "Shop shows 9, 4 can be sold.", "wms:f1", NOW, 9, "9", 4, ("9 - 4 = 5",), "wms:f1", (("a", "b"),)
        ),
        risk=Risk(
            Money(Decimal("99.50"), "USD"), (RiskTerm("5 × 19.90", Decimal("99.50")),), Decimal("12.4375"), "7 days"
        ),
        since=NOW,
        settles_in=timedelta(minutes=5),
    )


def a_case(of: SkuId | None = ONE, **changed: Any) -> Case:
    finding = a_finding(of, systems=changed.pop("systems", (SHOP,)), detail=changed.pop("detail", ""))
    values: dict[str, Any] = {
        "id": ExceptionId(0),
        "fingerprint": finding.fingerprint,
        "life": Life.OPEN,
        "version": 1,
        "queue": MARKETPLACES,
        "delta": finding.delta,
        "evidence": finding.evidence,
        "risk": finding.risk,
        "since": NOW,
        "opened_at": NOW,
        "assign_by": later(minutes=30),
        "resolve_by": later(hours=2),
        "policy_version": 1,
        "opening_risk": finding.risk.total.amount,
    }
    return Case(**(values | changed))


def a_correction(by: UserId = DANA, value: str = "100.00", at: datetime = NOW, **changed: Any) -> Action:
    values: dict[str, Any] = {
        "id": 0,
        "kind": ActionKind.CORRECTION,
        "state": ActionState.ASKED,
        "by": by,
        "by_name": "Dana",
        "at": at,
        "reason": "counted twice",
        "location": RENO,
        "figures": (("from", "9"), ("to", "4"), ("value", value)),
        "contributors": (by,),
    }
    return Action(**(values | changed))


def a_target(key: str = "quantity:shop:1:reno", wanted: int = 4, **changed: Any) -> Target:
    values: dict[str, Any] = {
        "key": key,
        "kind": TargetKind.QUANTITY,
        "lane": SHOP,
        "sku": sku(1),
        "listing": ListingId("shop:1"),
        "location": RENO,
        "wanted": wanted,
        "revision": 1,
        "priority": Priority.DECREASE,
        "wanted_at": NOW,
        "state": TargetState.DUE,
        "expected": 9,
        "risk": Decimal("99.50"),
        "next_at": NOW,
    }
    return Target(**(values | changed))


def a_problem(row: str = "", where: str = "line 17") -> Problem:
    return Problem(where=where, why="'five' is no number", row=row, kind="value")


async def given_skus(store: SqlStore, *skus: SkuId) -> None:
    async with store.unit_of_work() as uow:
        await uow.catalogue.add_skus([Sku(one, title=f"Kettle {one}") for one in skus])


async def given_facts(store: SqlStore, facts: Sequence[NewFact]) -> list[str]:
    """Record facts of one delivery and mark their SKUs due; their outcomes."""
    async with store.unit_of_work() as uow:
        outcomes = await uow.ledger.record_facts(facts)
        await uow.stock.mark_due([fact.sku for fact in facts if fact.sku is not None], NOW)
    return [outcome.value for outcome in outcomes]
