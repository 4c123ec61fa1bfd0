"""Levels that somebody else wrote: set by hand in the shop, or again and again by another writer."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from sync.detect.cause import cause_of, system_name
from sync.detect.limits import exceeds
from sync.detect.offer_risk import offer_risk
from sync.detect.picture import ListingPicture, SkuPicture
from sync.exceptions.standing import OVERRIDE_DETAIL
from sync.model.exceptions import Case, Direction, Evidence, ExceptionClass, Finding, Fingerprint
from sync.model.ids import ListingId
from sync.model.made import replaced
from sync.model.stock import Listing
from sync.policy.schema import Policy

AGAIN = 3
"""So often undone within the time in which an exception reopens, and it is no person but another tool that writes here."""


def manual_override(sku: SkuPicture, policy: Policy, now: datetime) -> Iterator[Finding]:
    """A channel's level that is neither our publish nor the channel's own sales since: not overwritten, not believed. One that a
    person then promised to keep for a time is explained by that.

    While a stop of ours stands it is what would be offered on resuming. A number of ours that was undone :data:`AGAIN` times is
    another writer's work (F51): the same exception says so, nothing more is sent there, and guard mode is proposed.
    """
    for one in sku.listings:
        shown = one.offered
        if not one.unexplained or one.promise.unknown or shown is None or shown in (one.promise.units, one.fixed):
            continue
        delta = shown - one.promise.units
        fingerprint = Fingerprint(
            ExceptionClass.MANUAL_OVERRIDE,
            sku=sku.sku.id,
            listing=one.listing.id,
            systems=(one.listing.system,),
            direction=Direction.OVER if delta > 0 else Direction.UNDER,
        )
        writes = undone(sku, one.listing.id, policy, now)
        if writes < AGAIN and not exceeds(sku, fingerprint, abs(delta), one.promise.units, policy):
            continue
        evidence = _evidence(sku, one, shown, writes, policy)
        yield Finding(
            fingerprint=fingerprint,
            delta=delta,
            evidence=evidence,
            risk=offer_risk(sku, one, delta, ExceptionClass.MANUAL_OVERRIDE, evidence.event_at, policy, now),
            since=min(now, evidence.event_at or now),
            settles_in=policy.system(one.listing.system).settles_in,
        )


def undone(sku: SkuPicture, listing: ListingId, policy: Policy, now: datetime) -> int:
    """How often our number was undone there lately, this time included: it counts anew once ours was seen again or the
    exception had ended, and from one when it ended longer ago than it would reopen."""
    before = _newest(sku, listing)
    if before is None:
        return 1
    rules = policy.rules_for(ExceptionClass.MANUAL_OVERRIDE)
    if before.ended_at is not None and before.life.ended and now - before.ended_at > rules.reopens_within:
        return 1
    ours_again = before.life.ended or before.agrees_since is not None
    return _told(before) + (1 if ours_again else 0)


def another_writer(sku: SkuPicture, listing: Listing) -> Case | None:
    """The unresolved exception that says another writer undoes our numbers on this listing."""
    case = _newest(sku, listing.id)
    return case if case is not None and not case.life.ended and _told(case) >= AGAIN else None


def _newest(sku: SkuPicture, listing: ListingId) -> Case | None:
    own = [
        case
        for case in sku.cases
        if case.fingerprint.cls is ExceptionClass.MANUAL_OVERRIDE
        and case.fingerprint.listing == listing
        and case.fingerprint.detail != OVERRIDE_DETAIL
    ]
    return max(own, key=lambda case: (not case.life.ended, case.id), default=None)


def _told(case: Case) -> int:
    return int(dict(case.evidence.facts).get("undone", "1"))


def _evidence(sku: SkuPicture, one: ListingPicture, shown: int, writes: int, policy: Policy) -> Evidence:
    name, evidence = system_name(policy, one.listing.system), cause_of(sku, one, policy)
    facts = (("undone", str(writes)),)
    if writes < AGAIN:
        return replaced(
            evidence,
            changed=f"Somebody set {shown} in {name}; it is not our update, and no order explains it. {evidence.changed}",
            cause=f"{one.listing.system}:override",
            facts=facts,
        )
    return replaced(
        evidence,
        changed=f"Our number was undone {writes} times; {name} shows {shown} again. Another tool writes stock there. We do not"
        f" fight it: nothing more is sent to this listing. Take stock out of that tool, or set `mode: guard` for {name}.",
        cause=f"{one.listing.system}:another_writer",
        facts=facts,
    )
