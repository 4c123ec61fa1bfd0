"""What is wrong with one SKU's codes: one code on two listings, a code that moved, a GTIN that is none or two products'."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from sync.detect.cause import system_name
from sync.detect.gtin import gtin_trouble
from sync.detect.picture import SkuPicture
from sync.model.exceptions import Evidence, ExceptionClass, Finding, Fingerprint
from sync.model.ids import SystemId
from sync.model.stock import Listing
from sync.policy.schema import Policy
from sync.risk import no_risk


def colliding_codes(sku: SkuPicture, policy: Policy, now: datetime) -> Iterator[Finding]:
    """One finding per channel on which this SKU's code stands on two things or more (F22).

    Which of them is meant is not guessed: nothing is published to either until somebody owns it (see ``stops``).
    """
    if len(sku.listings) < 2:
        return
    for system, listings in _by_system(sku).items():
        if len(listings) < 2:
            continue
        fingerprint = collision(sku, system)
        name = system_name(policy, system)
        ids = ", ".join(listing.ref("variant") or listing.ref("item") or listing.id for listing in listings[:3])
        more = f" and {len(listings) - 3} more" if len(listings) > 3 else ""
        at = max((listing.seen.end for listing in listings if listing.seen is not None), default=now)
        yield Finding(
            fingerprint=fingerprint,
            delta=len(listings),
            evidence=Evidence(
                changed=f"{name} has the code {sku.sku.id} on {len(listings)} things: {ids}{more}. Which is meant is not"
                " guessed; nothing is published to them until somebody owns this.",
                event=f"{system}:{sku.sku.id}",
                event_at=at,
                cause=f"{system}:collision",
                facts=tuple(("listing", listing.id) for listing in listings[:20]),
            ),
            risk=no_risk(policy.currency, "Not known while it is not clear which of them is meant."),
            since=min(now, at),
            settles_in=policy.system(system).settles_in,
        )


def collision(sku: SkuPicture, system: SystemId) -> Fingerprint:
    """The fingerprint of one code on several things of a channel."""
    return Fingerprint(ExceptionClass.CATALOG_FAULT, sku=sku.sku.id, systems=(system,), detail="collision")


def collides(sku: SkuPicture, listing: Listing) -> bool:
    """Whether the channel has this SKU's code on another thing, too."""
    return any(one.listing.system == listing.system and one.listing.id != listing.id for one in sku.listings)


def _by_system(sku: SkuPicture) -> dict[SystemId, list[Listing]]:
    found: dict[SystemId, list[Listing]] = {}
    for one in sku.listings:
        found.setdefault(one.listing.system, []).append(one.listing)
    return found


def moved_codes(sku: SkuPicture, policy: Policy, now: datetime) -> Iterator[Finding]:
    """One finding per listing whose channel now gives it the code of another product here: which is meant is not guessed."""
    for one in sku.listings:
        listing = one.listing
        if not listing.claims:
            continue
        name, thing = system_name(policy, listing.system), listing.ref("variant") or listing.ref("item") or listing.id
        ref = "variant" if listing.ref("variant") else "item"
        told = dict(listing.told).get("claims")
        at = told.stamp if told is not None else now
        yield Finding(
            fingerprint=moved(sku, listing),
            delta=1,
            evidence=Evidence(
                changed=f"{name} gives {thing} the code {listing.claims} now; here it is {sku.sku.id}, and {listing.claims}"
                f" is another product. Its orders go on counting for {sku.sku.id} until somebody says otherwise:"
                f" countersign map {listing.system} {ref}:{thing} {listing.claims}",
                event=f"{listing.system}:{listing.id}",
                event_at=at,
                cause=f"{listing.system}:moved",
                facts=(("listing", listing.id), ("claims", listing.claims), ("ref", f"{ref}:{thing}")),
            ),
            risk=no_risk(policy.currency, "Not known while it is not clear which product is meant."),
            since=min(now, at),
            settles_in=policy.system(listing.system).settles_in,
        )


def moved(sku: SkuPicture, listing: Listing) -> Fingerprint:
    """The fingerprint of a listing whose code stands for another product."""
    return Fingerprint(
        ExceptionClass.CATALOG_FAULT, sku=sku.sku.id, listing=listing.id, systems=(listing.system,), detail="moved"
    )


def shared_gtin(sku: SkuPicture, policy: Policy, now: datetime) -> Iterator[Finding]:
    """One finding for each SKU but the first, by code, of those that have one GTIN: a barcode stands for one product."""
    first = min(sku.same_gtin, default=sku.sku.id)
    if first >= sku.sku.id:
        return
    fingerprint = Fingerprint(ExceptionClass.CATALOG_FAULT, sku=sku.sku.id, detail="shared_gtin")
    case = sku.open_case(fingerprint)
    since = case.since if case is not None else now
    yield Finding(
        fingerprint=fingerprint,
        delta=len(sku.same_gtin),
        evidence=Evidence(
            changed=f"The barcode {sku.sku.gtin} stands on {', '.join([*sku.same_gtin[:3], sku.sku.id])}: a GTIN is one"
            " product's. Whoever matches by it takes one for the other; mend it where products are kept.",
            event=f"catalogue:{sku.sku.id}",
            event_at=since,
            cause="catalogue:shared_gtin",
            facts=(("gtin", sku.sku.gtin or ""), *(("sku", one) for one in sku.same_gtin[:20])),
        ),
        risk=no_risk(policy.currency, "Channels that match products by GTIN may sell one for the other."),
        since=since,
    )


def malformed_gtin(sku: SkuPicture, policy: Policy, now: datetime) -> Iterator[Finding]:
    """One finding per SKU whose catalogue has a barcode that is no GTIN by the GS1 rules (F25): kept as it is, explained."""
    written = sku.sku.gtin
    if not written or not written.strip():
        return
    trouble = gtin_trouble(written)
    if trouble is None:
        return
    fingerprint = Fingerprint(ExceptionClass.CATALOG_FAULT, sku=sku.sku.id, detail="gtin")
    case = sku.open_case(fingerprint)
    maybe = f" It may have been {trouble.proposal}; a person decides." if trouble.proposal else ""
    yield Finding(
        fingerprint=fingerprint,
        delta=1,
        evidence=Evidence(
            changed=f"The barcode {written} is no GTIN: {trouble.why}.{maybe} It is kept as it is.",
            event=f"catalogue:{sku.sku.id}",
            event_at=case.since if case is not None else now,
            cause="catalogue:gtin",
            facts=(("gtin", written), ("kind", trouble.kind), ("proposal", trouble.proposal)),
        ),
        risk=no_risk(policy.currency, "Channels that ask for a GTIN may refuse or hide it."),
        since=case.since if case is not None else now,
    )
