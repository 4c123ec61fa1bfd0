"""Oversell incidents: more was sold than the deciding numbers leave."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from sync.detect.cause import cause_of, system_name, units
from sync.detect.picture import ListingPicture, SkuPicture
from sync.model.exceptions import Direction, Evidence, ExceptionClass, Finding, Fingerprint, Risk, RiskTerm
from sync.model.money import Money
from sync.model.stock import OrderLine
from sync.policy.schema import Policy


def oversell(sku: SkuPicture, policy: Policy, now: datetime) -> Iterator[Finding]:
    """One finding per SKU whose pool is below zero on some channel, counted at once, with the newest orders that hold it.

    Units that the pool holds back only because they are not sure yet are no oversell. It stands until the pool is no longer
    below zero: the orders are shipped, moved or cancelled, or stock arrives.
    """
    short = [one for one in sku.listings if not one.promise.unknown and _missing(one) > 0]
    if not short:
        return
    worst = max(short, key=lambda one: (_missing(one), one.listing.id))
    missing = _missing(worst)
    held = sorted(worst.promise.pool.held, key=lambda pair: _placed(pair[0], now), reverse=True)
    newest = [
        f"{line.order} on {system_name(policy, line.channel)} ({units(count)})" for line, count in held[:3] if count > 0
    ]
    more = f" and {len(held) - 3} more" if len(held) > 3 else ""
    cause = cause_of(sku, worst, policy)
    price = sku.sku.price
    revenue = price.amount * missing if price is not None else policy.costs.cancel * 0
    terms = (
        RiskTerm(f"{missing} units sold beyond the stock × {price.amount if price else 0:.2f}", revenue),
        RiskTerm(f"Cancelling {missing} × {policy.costs.cancel:.2f}", policy.costs.cancel * missing),
    )
    yield Finding(
        fingerprint=Fingerprint(ExceptionClass.OVERSELL, sku=sku.sku.id, direction=Direction.OVER),
        delta=-missing,
        evidence=Evidence(
            changed=f"{cause.changed} Open orders, newest first: {', '.join(newest)}{more}.",
            event=cause.event,
            event_at=cause.event_at,
            can_sell=0,
            arithmetic=worst.promise.arithmetic,
            cause="orders:oversold",
            facts=tuple((line.channel, line.order) for line, _ in held[:10]),
        ),
        risk=Risk(Money(sum((term.amount for term in terms), revenue * 0), policy.currency), terms),
        since=min(now, cause.event_at or now),
    )


def _missing(one: ListingPicture) -> int:
    return -(one.promise.pool.units + one.promise.pool.caution)


def _placed(line: OrderLine, now: datetime) -> datetime:
    return line.placed_at or now
