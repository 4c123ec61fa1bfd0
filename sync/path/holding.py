"""Holding a file whole: what it would change if it counted all the same is reckoned when it comes, and kept beside it.

Each SKU's numbers in the file are laid beside what is known of them by the same system, place by place. A file that lists a place
whole, of a source whose absent SKUs are zero, states zero for all others there. There is only so much time: what could not be
reckoned in it is said to be missing, and then a second person decides.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from itertools import islice

from sync.connectors.base import Parsed
from sync.landing.held_file import Change
from sync.landing.snapshot import Snapshot
from sync.model.facts import Count, FactKind, ItemRef
from sync.model.ids import LocationId, SkuId, SystemId
from sync.model.money import known_in
from sync.model.stock import Sku
from sync.path.identify import place_of
from sync.path.slices import Turns
from sync.policy.rates import in_own_currency
from sync.policy.schema import Policy
from sync.ports import Store, UnitOfWork

PATIENCE = 10.0
"""Seconds after which what is left is not reckoned: nothing else of its system is read meanwhile."""
PAGE = 2_000
"""Rows that are reckoned at once."""

Row = tuple[str, str, int | None, int | None]
"""Code, place, on hand, available, in the sender's words."""
_Place = tuple[SkuId, LocationId]
_Units = Mapping[_Place, tuple[int | None, int | None]]
_Moved = Mapping[SkuId, tuple[int, int]]


@dataclass(slots=True)
class _Sum:
    """What the rows came to so far; ``met``: what of the known numbers they name."""

    change: Change
    met: set[_Place] = field(default_factory=set)


def rows_in(parsed: Parsed) -> list[Row]:
    """The rows of a small file that state a count, by code."""
    rows = [
        (fact.item.value, fact.place or "", fact.body.on_hand, fact.body.available)
        for fact in parsed.facts
        if fact.kind is FactKind.COUNTED and isinstance(fact.body, Count) and fact.item is not None
    ]
    return sorted(rows, key=lambda row: row[0])


def rows_of(snapshot: Snapshot) -> list[Row]:
    """The rows of a large file, by code. Blocking: to be called in a thread."""
    return snapshot.frame.select("code", "place", "on_hand", "available").sort("code", maintain_order=True).rows()


def listed_in(parsed: Parsed) -> list[str]:
    """The places that a small file lists whole, so that what it does not name is zero there."""
    return [fact.place or "" for fact in parsed.facts if fact.kind is FactKind.SNAPSHOT_READ]


async def change_of(
    store: Store, system: SystemId, rows: Sequence[Row], listed: Sequence[str], policy: Policy, now: datetime
) -> Change:
    """What counting these rows (by code) would change, as far as it can be reckoned in time. One transaction of reading."""
    began, turns = time.perf_counter(), Turns()
    total = _Sum(Change(len(rows), 0))
    async with store.reading() as uow:
        left = iter(rows)
        while (page := list(islice(left, PAGE))) and time.perf_counter() - began < PATIENCE:
            await _add_page(uow, total, system, page, policy, now)
            await turns.shared()
        if total.change.whole:
            places = {place_of(policy, system, place) for place in listed}
            await _add_unnamed(uow, total, system, places, policy, now)
    return total.change


async def _add_page(
    uow: UnitOfWork, total: _Sum, system: SystemId, page: Sequence[Row], policy: Policy, now: datetime
) -> None:
    refs = {ItemRef("sku", code) for code, *_ in page}
    meant = await uow.catalogue.resolve(system, refs, fold=policy.identity.fold_case)
    places = {place: place_of(policy, system, place) for _, place, *_ in page}
    told: dict[_Place, tuple[int | None, int | None]] = {}
    unknown = 0
    for code, place, on_hand, available in page:
        sku, location = meant.get(ItemRef("sku", code)), places[place]
        if sku is None or location is None:
            unknown += 1
        else:
            told[sku, location] = (on_hand, available)
    skus = sorted({sku for sku, _ in told})
    known = await uow.held_files.stated(system, skus)
    total.met |= told.keys() & known.keys()
    change = replace(total.change, reckoned=total.change.reckoned + len(page), unknown=total.change.unknown + unknown)
    moved = _moved(told, known)
    total.change = _with(change, moved, await uow.catalogue.skus(sorted(moved)), policy, now)


async def _add_unnamed(
    uow: UnitOfWork, total: _Sum, system: SystemId, listed: set[LocationId | None], policy: Policy, now: datetime
) -> None:
    """What the file does not name: zero at places that it lists whole, as it was everywhere else."""
    if not any(listed):
        named = len({sku for sku, _ in total.met})
        total.change = replace(total.change, unnamed=max(0, await uow.held_files.skus_of(system) - named))
        return
    after, unnamed = ("", ""), set[SkuId]()
    while page := await uow.reconciling.positions_page(system, after, PAGE):
        after = (page[-1][1], page[-1][0])
        places = [(SkuId(sku), LocationId(location)) for sku, location, *_ in page]
        missing = [one for one in places if one not in total.met]
        unnamed |= {sku for sku, location in missing if location not in listed}
        gone = sorted({sku for sku, location in missing if location in listed})
        known = await uow.held_files.stated(system, gone)
        moved = _moved({one: (0, 0) for one in missing if one[1] in listed}, known)
        total.change = _with(total.change, moved, await uow.catalogue.skus(sorted(moved)), policy, now)
    total.change = replace(total.change, unnamed=len(unnamed))


def _with(change: Change, moved: _Moved, skus: Mapping[SkuId, Sku], policy: Policy, now: datetime) -> Change:
    """The change with what these numbers come to, SKU by SKU."""
    for sku, (was, will) in moved.items():
        units, worth = abs(will - was), _worth(skus.get(sku), policy, now)
        lowers = will < was
        change = replace(
            change,
            to_zero=change.to_zero + (lowers and will <= 0),
            lowered=change.lowered + (lowers and will > 0),
            raised=change.raised + (not lowers),
            less=change.less + (units if lowers else 0),
            more=change.more + (0 if lowers else units),
            value=change.value + (worth or Decimal(0)) * units,
            unvalued=change.unvalued + (worth is None),
        )
    return change


def _moved(told: _Units, known: _Units) -> _Moved:
    """(units known, units told) of each SKU where the two differ, over the places that are told; on hand where both state it,
    else available."""
    sums: dict[SkuId, tuple[int, int]] = {}
    for (sku, location), (on_hand, available) in told.items():
        was_on_hand, was_available = known.get((sku, location), (None, None))
        of_both = on_hand is not None and (was_on_hand is not None or was_available is None)
        will = on_hand if of_both else available if available is not None else on_hand
        before = was_on_hand if of_both else was_available if was_available is not None else was_on_hand
        was, new = sums.get(sku, (0, 0))
        sums[sku] = (was + (before or 0), new + (will or 0))
    return {sku: pair for sku, pair in sums.items() if pair[0] != pair[1]}


def _worth(sku: Sku | None, policy: Policy, now: datetime) -> Decimal | None:
    if sku is None:
        return None
    own = in_own_currency(sku, policy, now)
    return known_in(policy.currency, own.unit_cost, own.price)
