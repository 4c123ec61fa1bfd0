"""Findings and cases in one line, for tests of their life."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sync.exceptions.lifecycle import settle
from sync.model.exceptions import Case, Direction, Evidence, ExceptionClass, Finding, Fingerprint, Risk
from sync.model.ids import ExceptionId, ListingId, SkuId, SystemId
from sync.model.money import Money
from sync.policy.schema import Policy


def a_finding(
    delta: int,
    *,
    since: datetime,
    cls: ExceptionClass = ExceptionClass.EXPOSURE_MISMATCH,
    sku: str = "KTL",
    cause: str = "",
    settles_in: timedelta = timedelta(0),
) -> Finding:
    """The shop shows ``delta`` too many of a SKU; opens at once unless it must settle."""
    about = Fingerprint(
        cls,
        sku=SkuId(sku),
        listing=ListingId("shopify-us:1"),
        systems=(SystemId("shopify-us"),),
        direction=Direction.OVER,
    )
    evidence = Evidence(
        changed="WMS counts 9 units at Reno.", event="wms:row-1", shows=9 + delta, can_sell=9, cause=cause
    )
    return Finding(about, delta, evidence, Risk(Money(Decimal("519.12"), "USD")), since, settles_in)


def a_case(policy: Policy, now: datetime, delta: int = 7, *, number: int = 1, **changed: Any) -> Case:
    """A case just opened by :func:`a_finding`; what is named after ``cls``, ``sku`` and ``cause`` replaces its fields."""
    named = {name: changed.pop(name) for name in ("cls", "sku", "cause") if name in changed}
    [step] = settle([a_finding(delta, since=now, **named)], (), (), policy, now).steps
    return replace(step.case, id=ExceptionId(number), **changed)
