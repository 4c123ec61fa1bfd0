"""Listings that somebody else took off sale: suppressed by the channel or feed, or unpublished there."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from sync.detect.cause import system_name
from sync.detect.picture import ListingPicture, SkuPicture, until_resolved
from sync.model.exceptions import Direction, Evidence, ExceptionClass, Finding, Fingerprint
from sync.model.facts import FactKind
from sync.model.stock import Listing
from sync.policy.schema import Policy
from sync.risk import hidden_risk

OFF_SALE = "off sale"

NEVER = timedelta(days=3650)
"""How long it has to last while there is nothing to sell."""


def feed_suppression(sku: SkuPicture, policy: Policy, now: datetime) -> Iterator[Finding]:
    """One finding per listing that was on sale and is not any more, or lost one of its publications, though there is stock,
    and though no stop of ours stands.

    A listing that was never seen on sale is nobody's loss. One that was taken off while there was nothing to sell is kept in
    mind until there is. What a person closed as meant to be is found again only when the listing was on sale in between.
    """
    for one in sku.listings:
        if one.listing.stopped or one.promise.unknown:
            continue
        if one.exposure.live is not False and False not in [door.open for door in one.listing.doors]:
            continue
        fingerprint = Fingerprint(
            ExceptionClass.FEED_SUPPRESSION,
            sku=sku.sku.id,
            listing=one.listing.id,
            systems=(one.listing.system,),
            direction=Direction.UNDER,
        )
        known = sku.known(fingerprint)
        lost = _lost(one.listing, _before(sku, one.listing), known)
        if lost:
            yield _finding(sku, one, fingerprint, lost, known, policy, now)


def _before(sku: SkuPicture, listing: Listing) -> Listing | None:
    """The listing before this slice's facts."""
    known = sku.before.listings if sku.before is not None else ()
    return next((before for before in known if before.id == listing.id), None)


def _lost(listing: Listing, before: Listing | None, known: Finding | None) -> tuple[tuple[str, str], ...]:
    """Which doors are closed that were open, as (id, name); with the listing itself as :data:`OFF_SALE`."""
    was = {door.id for door in before.doors if door.open} if before is not None else set()
    was |= {name for name, _ in known.evidence.facts} if known is not None else set()
    lost = [(door.id, door.name or door.id) for door in listing.doors if not door.open and door.id in was]
    lived = before is not None and before.live is True
    if listing.live is False and (lived or lost or OFF_SALE in was):
        lost.append((OFF_SALE, OFF_SALE))
    return tuple(lost)


def _finding(
    sku: SkuPicture,
    one: ListingPicture,
    fingerprint: Fingerprint,
    lost: tuple[tuple[str, str], ...],
    known: Finding | None,
    policy: Policy,
    now: datetime,
) -> Finding:
    listing, rules = one.listing, policy.rules_for(ExceptionClass.FEED_SUPPRESSION)
    name = system_name(policy, listing.system)
    seen = listing.seen.end if listing.seen is not None else now
    at = known.evidence.event_at if known is not None and known.evidence.event_at is not None else seen
    hidden = max(0, one.promise.units)
    return Finding(
        fingerprint=fingerprint,
        delta=-hidden,
        evidence=Evidence(
            changed=_sentence(one, lost, name),
            event=known.evidence.event if known is not None else _event(sku, one),
            event_at=at,
            shows=0 if one.exposure.live is False else one.exposure.units_high,
            can_sell=one.promise.units,
            arithmetic=one.promise.arithmetic,
            cause=f"{listing.system}:suppressed",
            facts=lost,
        ),
        risk=hidden_risk(
            hidden=hidden,
            units_7d=sku.pace(listing.system),
            price=sku.sku.price,
            lasts=until_resolved(policy, rules.resolve_within, at, now),
            currency=policy.currency,
            has_stock=one.exposure.live is not False,
            unit_cost=sku.sku.unit_cost,
        ),
        since=min(now, at),
        settles_in=policy.system(listing.system).settles_in if hidden or sku.open_case(fingerprint) else NEVER,
    )


def _sentence(one: ListingPicture, lost: tuple[tuple[str, str], ...], name: str) -> str:
    doors = ", ".join(text for door, text in lost if door != OFF_SALE)
    if one.exposure.live is False:
        where = f" ({doors})" if doors else ""
        return f"{name} took it off sale{where}. It was not our doing, and there is stock."
    return f"{name} does not show it on {doors} any more. It was not our doing, and there is stock."


def _event(sku: SkuPicture, one: ListingPicture) -> str | None:
    own = [fact for fact in sku.fresh if fact.kind is FactKind.LISTING_SEEN and fact.system == one.listing.system]
    newest = max(own, key=lambda fact: (fact.as_of.end, fact.key), default=None)
    return f"{newest.system}:{newest.key}" if newest is not None else None
