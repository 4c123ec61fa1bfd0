"""Channels that offer more (oversell risk) or less (hidden stock) than can be sold there."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from sync.connectors.base import Fault
from sync.detect.catalog_codes import collides
from sync.detect.cause import cause_key, cause_of
from sync.detect.limits import exceeds
from sync.detect.offer_risk import offer_risk
from sync.detect.picture import ListingPicture, SkuPicture
from sync.model.exceptions import Direction, ExceptionClass, Finding, Fingerprint
from sync.model.made import replaced
from sync.policy.schema import Policy

UNLIMITED = 1_000
"""Units assumed to be offered where a channel sells without a limit."""


def exposure_mismatch(sku: SkuPicture, policy: Policy, now: datetime) -> Iterator[Finding]:
    """One finding per listing whose offer differs from its promise by more than the class's limit.

    What is unsure stays in for oversell risk and out for hidden stock. While a stop of ours stands the listing is judged
    by what would be offered on resuming, and hidden stock is not looked for. A level that nobody explains is the business of
    ``manual_override``, an update that the channel refuses that of ``failed_update``, a code on two listings that of
    ``catalog_codes``: one trouble, one card.
    """
    for one in sku.listings:
        over, under = _over(one), _under(one)
        if over <= 0 and under <= 0:
            continue
        if (
            one.promise.unknown
            or one.unexplained
            or one.fixed is not None
            or _failing(one)
            or collides(sku, one.listing)
        ):
            continue
        if over > 0 and exceeds(sku, _fingerprint(sku, one, Direction.OVER), over, one.promise.units, policy):
            yield _finding(sku, one, over, Direction.OVER, policy, now)
            continue
        if under > 0 and exceeds(sku, _fingerprint(sku, one, Direction.UNDER), under, one.promise.units, policy):
            yield _finding(sku, one, -under, Direction.UNDER, policy, now)


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
    if one.listing.stopped or one.frozen or one.exposure.units_low is None or one.exposure.kind != "number":
        return 0
    return min(one.allowed, one.promise.units) - one.exposure.units_low


def _fingerprint(sku: SkuPicture, one: ListingPicture, direction: Direction) -> Fingerprint:
    return Fingerprint(
        ExceptionClass.EXPOSURE_MISMATCH,
        sku=sku.sku.id,
        listing=one.listing.id,
        systems=(one.listing.system,),
        direction=direction,
    )


def _finding(
    sku: SkuPicture, one: ListingPicture, delta: int, direction: Direction, policy: Policy, now: datetime
) -> Finding:
    evidence = replaced(cause_of(sku, one, policy), cause=cause_key(sku, one, policy, now))
    return Finding(
        fingerprint=_fingerprint(sku, one, direction),
        delta=delta,
        evidence=evidence,
        risk=offer_risk(sku, one, delta, ExceptionClass.EXPOSURE_MISMATCH, evidence.event_at, policy, now),
        since=min(now, evidence.event_at or now),
        settles_in=policy.system(one.listing.system).settles_in,
    )
