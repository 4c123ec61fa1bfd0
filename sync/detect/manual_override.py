"""Levels that nobody explains: set by hand in the shop, or by another writer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from sync.detect.cause import cause_of, system_name
from sync.detect.picture import SkuPicture, until_resolved
from sync.model.exceptions import Direction, ExceptionClass, Finding, Fingerprint
from sync.policy.schema import Policy
from sync.risk import hidden_risk, oversell_risk


def manual_override(sku: SkuPicture, policy: Policy, now: datetime) -> Iterator[Finding]:
    """A channel's level that is neither our publish nor the channel's own sales since: not overwritten, not believed."""
    rules = policy.rules_for(ExceptionClass.MANUAL_OVERRIDE)
    for one in sku.listings:
        shown = one.exposure.units_high
        if not one.unexplained or one.promise.unknown or shown is None or shown == one.promise.units:
            continue
        delta = shown - one.promise.units
        name = system_name(policy, one.listing.system)
        evidence = cause_of(sku, one, policy)
        lasts = until_resolved(policy, rules.resolve_within, evidence.event_at or now, now)
        pace, price = sku.pace(one.listing.system), sku.sku.price
        risk = (
            oversell_risk(
                over=delta,
                can_sell=one.promise.units,
                units_7d=pace,
                price=price,
                cancel=policy.costs.cancel,
                lasts=lasts,
                currency=policy.currency,
            )
            if delta > 0
            else hidden_risk(
                hidden=-delta, units_7d=pace, price=price, lasts=lasts, currency=policy.currency, has_stock=shown > 0
            )
        )
        yield Finding(
            fingerprint=Fingerprint(
                ExceptionClass.MANUAL_OVERRIDE,
                sku=sku.sku.id,
                listing=one.listing.id,
                systems=(one.listing.system,),
                direction=Direction.OVER if delta > 0 else Direction.UNDER,
            ),
            delta=delta,
            evidence=replace(
                evidence,
                changed=f"Somebody set {shown} in {name}; it is not our update, and no order explains it. {evidence.changed}",
                cause=f"{one.listing.system}:override",
            ),
            risk=risk,
            since=min(now, evidence.event_at or now),
            settles_in=policy.system(one.listing.system).settles_in,
        )
