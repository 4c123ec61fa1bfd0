"""A snooze is quiet until its time, and ends by itself when things get worse."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from sync.exceptions.lifecycle import settle
from sync.model.exceptions import Case, Direction, Evidence, ExceptionClass, Finding, Fingerprint, Life, Risk
from sync.model.ids import ExceptionId, ListingId, SkuId, SystemId, UserId
from sync.model.money import Money
from sync.model.picture import Suspicion
from sync.owners.escalation import late
from tests.shop_rules import rules

POLICY = rules()
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


def finding(delta: int) -> Finding:
    return Finding(
        fingerprint=Fingerprint(
            ExceptionClass.EXPOSURE_MISMATCH,
            sku=SkuId("KTL"),
            listing=ListingId("shopify-us:1"),
            systems=(SystemId("shopify-us"),),
            direction=Direction.OVER,
        ),
        delta=delta,
        evidence=Evidence(changed="WMS counts 9 units at Reno.", shows=16, can_sell=16 - delta),
        risk=Risk(Money(Decimal("519.12"), "USD")),
        since=NOON,
        settles_in=timedelta(0),
    )


def asleep(until: datetime) -> Case:
    step = settle([finding(7)], (), (Suspicion(finding(7), NOON),), POLICY, NOON).steps[0]
    owner = UserId("U0DANA")
    return replace(step.case, id=ExceptionId(1), life=Life.OWNED, owner=owner, owner_name="Dana", snoozed_until=until)


def test_a_limit_that_passes_while_it_sleeps_is_told_when_it_wakes() -> None:
    case = asleep(NOON + timedelta(hours=5))
    assert late([case], POLICY, NOON + timedelta(hours=3)) == []
    [step] = late([case], POLICY, NOON + timedelta(hours=5))
    assert [entry.kind for entry in step.entries] == ["woken", "late_to_end"]
    assert step.case.snoozed_until is None
    assert late([step.case], POLICY, NOON + timedelta(hours=5, minutes=14)) == []


def test_worse_wakes_it_at_once() -> None:
    [step] = settle([finding(9)], (asleep(NOON + timedelta(hours=5)),), (), POLICY, NOON).steps
    assert step.case.snoozed_until is None
    assert step.entries[0].sentence.endswith("It was snoozed, and is awake again.")


def test_better_lets_it_sleep() -> None:
    until = NOON + timedelta(hours=5)
    [step] = settle([finding(3)], (asleep(until),), (), POLICY, NOON).steps
    assert (step.case.snoozed_until, step.entries) == (until, ())
