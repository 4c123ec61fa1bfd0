"""Channels that offer more (oversell risk) or less (hidden stock) than can be sold there."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from sync.connectors.base import Fault
from sync.detect.cause import cause_of
from sync.detect.picture import ListingPicture, SkuPicture, until_resolved
from sync.model.exceptions import Direction, ExceptionClass, Finding, Fingerprint, Risk
from sync.model.ids import SystemId
from sync.policy.schema import Limit, Policy
from sync.risk import hidden_risk, oversell_risk

UNLIMITED = 1_000
"""Units assumed to be offered where a channel sells without a limit."""


def exposure_mismatch(sku: SkuPicture, policy: Policy, now: datetime) -> Iterator[Finding]:
    """One finding per listing whose offer differs from its promise by more than the class's limit.

    What is unsure stays in for oversell risk and out for hidden stock. While a stop of ours stands the listing is judged
    by what would be offered on resuming, and hidden stock is not looked for. A level that nobody explains is the business of
    ``manual_override``, an update that the channel refuses that of ``failed_update``: one trouble, one card.
    """
    limit = policy.rules_for(ExceptionClass.EXPOSURE_MISMATCH).limit
    for one in sku.listings:
        if one.promise.unknown or one.unexplained or _failing(one):
            continue
        over = _over(one)
        if over > 0 and beyond(limit, over, one.promise.units, sku):
            yield _finding(sku, one, over, Direction.OVER, policy, now)
            continue
        under = _under(one)
        if under > 0 and beyond(limit, under, one.promise.units, sku):
            yield _finding(sku, one, -under, Direction.UNDER, policy, now)


def beyond(limit: Limit, units: int, base: int, sku: SkuPicture) -> bool:
    """True when ``units`` exceed the limit: units, percent of ``base`` and money at price join in one limit."""
    allowed = max(limit.units, int(base * limit.percent / 100))
    if units > allowed:
        return True
    price = sku.sku.price
    return limit.money is not None and price is not None and price.amount * units > limit.money


def _failing(one: ListingPicture) -> bool:
    return one.quantity is not None and bool(one.quantity.fault) and not Fault(one.quantity.fault).of_account


def _over(one: ListingPicture) -> int:
    offered = one.exposure.offered_if_resumed if one.listing.stopped else one.exposure.units_high
    if one.exposure.kind == "unlimited":
        return UNLIMITED if one.exposure.live is not False or one.listing.stopped else 0
    if offered is None:
        return 0
    return offered - one.promise.units


def _under(one: ListingPicture) -> int:
    if one.listing.stopped or one.exposure.units_low is None or one.exposure.kind != "number":
        return 0
    return min(one.allowed, one.promise.units) - one.exposure.units_low


def _finding(
    sku: SkuPicture, one: ListingPicture, delta: int, direction: Direction, policy: Policy, now: datetime
) -> Finding:
    listing, rules = one.listing, policy.rules_for(ExceptionClass.EXPOSURE_MISMATCH)
    evidence = cause_of(sku, one, policy)
    lasts = until_resolved(policy, rules.resolve_within, evidence.event_at or now, now)
    return Finding(
        fingerprint=Fingerprint(
            ExceptionClass.EXPOSURE_MISMATCH,
            sku=sku.sku.id,
            listing=listing.id,
            systems=(listing.system,),
            direction=direction,
        ),
        delta=delta,
        evidence=evidence,
        risk=_risk(sku, one, delta, listing.system, lasts, policy),
        since=min(now, evidence.event_at or now),
        settles_in=policy.system(listing.system).settles_in,
    )


def _risk(sku: SkuPicture, one: ListingPicture, delta: int, system: SystemId, lasts: timedelta, policy: Policy) -> Risk:
    if delta > 0:
        return oversell_risk(
            over=delta,
            can_sell=one.promise.units,
            units_7d=sku.pace(system),
            price=sku.sku.price,
            cancel=policy.costs.cancel,
            lasts=lasts,
            currency=policy.currency,
        )
    shown = one.exposure.units_low or 0
    return hidden_risk(
        hidden=-delta,
        units_7d=sku.pace(system),
        price=sku.sku.price,
        lasts=lasts,
        currency=policy.currency,
        has_stock=shown > 0 and one.exposure.live is not False,
    )
