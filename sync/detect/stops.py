"""What waits while an exception is open that nobody owns: nothing keeps flowing as if it were normal."""

from __future__ import annotations

from sync.detect.catalog_codes import collides, collision, moved
from sync.detect.manual_override import another_writer
from sync.detect.picture import ListingPicture, SkuPicture
from sync.model.exceptions import Case, Life
from sync.policy.schema import Policy


def holds_updates(sku: SkuPicture, one: ListingPicture) -> bool:
    """Nothing is published to this listing: its code stands on two things, or for another product, and nobody owns that yet
    (F22), or another writer undoes our numbers, with whom we do not fight (F51)."""
    if another_writer(sku, one.listing) is not None:
        return True
    if one.listing.claims:
        fingerprint = moved(sku, one.listing)
    elif collides(sku, one.listing):
        fingerprint = collision(sku, one.listing.system)
    else:
        return False
    cases = [case for case in sku.cases if case.fingerprint == fingerprint]
    newest = max(cases, key=lambda case: case.id, default=None)
    return newest is None or newest.life in (Life.OPEN, Life.CLEARED)


def holds_raises(sku: SkuPicture, one: ListingPicture, policy: Policy) -> bool:
    """Nothing is raised on this listing while an exception of a class with ``stop: raises`` is open and unowned there."""
    return any(
        case.life is Life.OPEN
        and policy.rules_for(case.fingerprint.cls).stop == "raises"
        and _touches(case, one, policy)
        for case in sku.cases
    )


def _touches(case: Case, one: ListingPicture, policy: Policy) -> bool:
    """The exception is about this listing, or about a place or a SKU that it draws on."""
    at = case.fingerprint
    if at.listing is not None:
        return at.listing == one.listing.id
    if at.location is None:
        return True
    channel = policy.system(one.listing.system).channel
    return channel is not None and at.location in channel.locations
