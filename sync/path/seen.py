"""A reading of what customers see, as facts: so that read-backs, polls and webhooks travel the same path."""

from __future__ import annotations

from sync.connectors.base import Parsed, Seen
from sync.model.facts import Count, FactDraft, FactKind, ItemRef, ListingStated
from sync.model.stock import Listing


def parsed_seen(listing: Listing, seen: Seen) -> Parsed:
    """Levels and doors of one listing as of the reading's interval; the key is the listing and the instant."""
    ref = next((ItemRef(name, value) for name, value in listing.external if name in ("item", "variant")), None)
    item = ref or ItemRef("sku", listing.sku)
    stamp = seen.at.end.isoformat()
    on_hand = dict(seen.on_hand)
    facts = [
        FactDraft(
            kind=FactKind.LEVEL_SEEN,
            key=f"read:{listing.id}:{place}@{stamp}",
            as_of=seen.at,
            item=item,
            place=place,
            body=Count(available=units, on_hand=on_hand.get(place)),
        )
        for place, units in seen.levels
    ]
    facts.append(
        FactDraft(
            kind=FactKind.LISTING_SEEN,
            key=f"read:{listing.id}@{stamp}",
            as_of=seen.at,
            item=item,
            place=None,
            body=ListingStated(
                external=listing.external,
                tracked=seen.tracked,
                sells_below_zero=seen.sells_below_zero,
                buyable=seen.live,
                doors=seen.doors or None,
            ),
        )
    )
    return Parsed(key=f"read:{listing.id}@{stamp}", facts=tuple(facts), topic="read_back")
