"""Listings while facts are folded in: field by field the newest revision wins, since a fact may tell some fields only."""

from __future__ import annotations

from collections.abc import Mapping

from sync.model.facts import DoorState, Fact, ListingStated, Revision
from sync.model.ids import ListingId, SystemId, listing_id
from sync.model.made import replaced
from sync.model.stock import Listing, SkuState
from sync.model.time import AsOf

Value = bool | str | tuple[DoorState, ...]
Told = dict[str, tuple[Revision, Value]]

_FIELDS = ("tracked", "sells_below_zero", "buyable", "doors", "claims")
_NAMES = ("variant", "item")
"""What identifies a sellable thing, the best first; without either it is the SKU itself."""


class ListingBook:
    """The listings of one SKU. One is known by any of its channel's ids: a fact that names only the item belongs to the variant
    that has this item, whichever was told first."""

    def __init__(self, state: SkuState) -> None:
        self._sku = state.sku
        self._before = state.listings
        self._listings: dict[ListingId, Listing] | None = None

    def seen(self, fact: Fact, body: ListingStated) -> None:
        """One statement of a listing."""
        if self._listings is None:
            self._listings = {listing.id: listing for listing in self._before}
        told: Told = {}
        for name in _FIELDS:
            value: Value | None = getattr(body, name)
            if name == "claims" and value == self._sku:
                value = ""
            if value is not None:
                told[name] = (fact.revision, _plain(value))
        shown = body.buyable is not None or body.doors is not None
        found = Listing(
            id=ListingId(""),
            system=fact.system,
            sku=self._sku,
            external=_sorted(dict(body.external)),
            seen=fact.as_of if shown else None,
            revision=fact.revision,
        )
        merged = _with(replaced(found, told=(("external", fact.revision),)), told)
        for known in [one for one in self._listings.values() if _same(one, merged)]:
            del self._listings[known.id]
            merged = _merge(known, merged)
        merged = replaced(merged, id=_id(merged))
        self._listings[merged.id] = merged

    def all(self) -> tuple[Listing, ...]:
        """All listings in the order of their ids."""
        if self._listings is None:
            return self._before
        return tuple(listing for _, listing in sorted(self._listings.items()))


def _same(one: Listing, other: Listing) -> bool:
    if one.system != other.system:
        return False
    mine, theirs = dict(one.external), dict(other.external)
    if "variant" in mine and "variant" in theirs:
        return mine["variant"] == theirs["variant"]
    if "item" in mine and "item" in theirs:
        return mine["item"] == theirs["item"]
    return not any(name in refs for refs in (mine, theirs) for name in _NAMES)


def _id(listing: Listing) -> ListingId:
    refs = dict(listing.external)
    return listing_id(SystemId(listing.system), next((refs[name] for name in _NAMES if name in refs), listing.sku))


def _merge(one: Listing, other: Listing) -> Listing:
    """Two statements of one listing: each field as it was told last; of two told at once the one that exposes more."""
    told = _told(one)
    for name, (revision, value) in _told(other).items():
        if name not in told or (revision, _rank(name, value)) > (told[name][0], _rank(name, told[name][1])):
            told[name] = (revision, value)
    mine, theirs = dict(one.told).get("external"), dict(other.told).get("external")
    first, second = (one, other) if _older(mine, theirs, one, other) else (other, one)
    external = _sorted(dict(first.external) | dict(second.external))
    revisions = [revision for revision in (one.revision, other.revision) if revision is not None]
    newest = max(revision for revision in (mine or one.revision, theirs or other.revision) if revision is not None)
    base = one if one.published or one.stopped or one.saved_doors else other
    merged = replaced(
        base,
        external=external,
        seen=_later(one.seen, other.seen),
        revision=max(revisions),
        told=(("external", newest),),
    )
    return _with(merged, told)


def _told(listing: Listing) -> Told:
    """Each field with the revision that told it; without a record of it, what is set counts as told by the listing's own."""
    told: Told = {}
    revisions = dict(listing.told)
    whole = listing.revision if not revisions else None
    for name in _FIELDS:
        value: Value | None = getattr(listing, name)
        revision = revisions.get(name, whole)
        if revision is not None and value is not None and (name in revisions or value not in ((), "")):
            told[name] = (revision, value)
    return told


def _with(listing: Listing, told: Mapping[str, tuple[Revision, Value]]) -> Listing:
    fields = {name: value for name, (_, value) in told.items()}
    external = dict(listing.told)
    record = external | {name: revision for name, (revision, _) in told.items()}
    return replaced(listing, **fields, told=tuple(sorted(record.items())))  # type: ignore[arg-type]


def _rank(name: str, value: Value) -> tuple[object, ...]:
    """How much a value exposes to customers."""
    if isinstance(value, tuple):
        return (sum(door.open for door in value), *((door.id, door.open, door.name) for door in value))
    return (not value if name == "tracked" else value,)


def _plain(value: Value) -> Value:
    return tuple(sorted(value, key=lambda door: (door.id, door.open, door.name))) if isinstance(value, tuple) else value


def _older(mine: Revision | None, theirs: Revision | None, one: Listing, other: Listing) -> bool:
    if mine is not None and theirs is not None and mine != theirs:
        return mine < theirs
    return one.external <= other.external


def _sorted(external: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(external.items()))


def _later(one: AsOf | None, other: AsOf | None) -> AsOf | None:
    known = [as_of for as_of in (one, other) if as_of is not None]
    return max(known) if known else None
