"""What a wrong offer on one listing puts at risk now: nothing where a stop of ours keeps customers from it."""

from __future__ import annotations

from datetime import datetime

from sync.detect.picture import ListingPicture, SkuPicture, until_resolved
from sync.model.exceptions import ExceptionClass, Risk
from sync.policy.schema import Policy
from sync.risk import hidden_risk, no_risk, oversell_risk


def offer_risk(
    sku: SkuPicture,
    one: ListingPicture,
    delta: int,
    cls: ExceptionClass,
    since: datetime | None,
    policy: Policy,
    now: datetime,
) -> Risk:
    """The risk of offering ``delta`` units more (above zero) or less than can be sold, until the class's time to resolve."""
    if one.listing.stopped and one.exposure.live is False:
        return no_risk(policy.currency, "It is paused: customers cannot buy it.")
    lasts = until_resolved(policy, policy.rules_for(cls).resolve_within, since or now, now)
    pace, price = sku.pace(one.listing.system), sku.sku.price
    if delta > 0:
        return oversell_risk(
            over=delta,
            can_sell=one.promise.units,
            units_7d=pace,
            price=price,
            cancel=policy.costs.cancel,
            lasts=lasts,
            currency=policy.currency,
            unit_cost=sku.sku.unit_cost,
        )
    shown = one.exposure.units_low or 0
    return hidden_risk(
        hidden=-delta,
        units_7d=pace,
        price=price,
        lasts=lasts,
        currency=policy.currency,
        has_stock=shown > 0 and one.exposure.live is not False,
        unit_cost=sku.sku.unit_cost,
    )
