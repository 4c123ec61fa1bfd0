"""What a channel offers to customers now, and whether we know why.

A number is the last level as of [from, to], less the channel's own orders after it, plus its own cancellations and restocks
after it. What is unsure stays in for oversell risk (``units_high``) and out for hidden stock (``units_low``).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from sync.counting.subsets import reaches
from sync.model.ids import LocationId, SystemId
from sync.model.made import quickly
from sync.model.stock import Listing, OrderLine, Position, Publish, SkuState
from sync.model.time import AsOf
from sync.policy.schema import Policy

Kind = Literal["number", "unlimited", "yes", "no", "unknown"]


@quickly
@dataclass(frozen=True, slots=True)
class Exposure:
    """What customers can buy. For ``number`` the units are between ``units_low`` and ``units_high``, else both are None.

    ``offered_if_resumed`` is the upper number of the level behind the doors, whatever the doors; with the doors closed
    ``units_high`` is 0 and ``units_low`` is None (closed doors hide no stock). ``unsure`` True: a read is asked for.
    ``sentence`` says it to people; ``raw`` are the numbers that the platform itself last stated, by place.
    """

    kind: Kind
    units_high: int | None
    units_low: int | None
    offered_if_resumed: int | None
    sentence: str
    live: bool | None = None
    unsure: bool = False
    raw: tuple[tuple[LocationId, int], ...] = ()

    def raw_at(self, location: LocationId | None) -> int | None:
        """The platform's own last number at a place, as it stated it (may be below zero); None when it never did."""
        return next((units for place, units in self.raw if place == location), None)


@quickly
@dataclass(frozen=True, slots=True)
class OwnChange:
    """A change of a level by the channel itself; ``location`` None: it does not say where."""

    at: AsOf
    units: int
    location: LocationId | None


@quickly
@dataclass(frozen=True, slots=True)
class _Level:
    location: LocationId
    high: int
    low: int
    raw: int | None


def exposure(state: SkuState, listing: Listing, policy: Policy, now: datetime) -> Exposure:
    """What a listing's channel offers now. ``now`` is not looked at: only facts change what a channel shows."""
    del now
    live = listing.live
    positions = _positions(state, listing, policy)
    raw = tuple([(position.location, units) for position in positions if (units := _available(position)) is not None])
    if not listing.tracked or listing.sells_below_zero:
        if live is False:
            return Exposure("unlimited", 0, None, None, _closed(listing), live, raw=raw)
        return Exposure("unlimited", None, None, None, "any number, without a limit", live, raw=raw)
    own = own_changes(state.lines, positions, listing.system, _earliest(positions, listing))
    changes = _of_levels(own, listing, _all_of(state, listing), policy)
    levels = [level for position in positions if (level := _level(position, listing, changes)) is not None]
    if listing.published:
        levels.extend(_published_only(listing, positions, changes))
    if not levels:
        return _without_number(listing, policy, live)
    high = max(0, sum([level.high for level in levels]))
    low = max(0, sum([level.low for level in levels]))
    unsure = high != low or True in [position.conflicting for position in positions]
    if live is False:
        return Exposure("number", 0, None, high, _closed(listing), live, unsure, raw)
    return Exposure("number", high, low, high, _open(low, high), live, unsure, raw)


def of_two_things(listing: Listing, shown: Exposure) -> Exposure:
    """What is shown of a listing whose code stands on another thing of its channel, too: a level there may be that of either."""
    if shown.kind != "number" or shown.live is False:
        return shown
    sentence = "a number that may be that of another listing with the same code"
    return Exposure("unknown", None, None, None, sentence, listing.live, raw=shown.raw)


def _positions(state: SkuState, listing: Listing, policy: Policy) -> list[Position]:
    """The channel's own levels at the places it sells from (or we write to)."""
    known = policy.systems.get(listing.system)
    rules = known.channel if known is not None else None
    places = {*rules.locations, rules.publish_to} if rules is not None else None
    return [
        position
        for position in state.positions
        if position.system == listing.system and (places is None or position.location in places)
    ]


def _all_of(state: SkuState, listing: Listing) -> list[Position]:
    return [position for position in state.positions if position.system == listing.system]


def _available(position: Position) -> int | None:
    return position.statement.count.available if position.statement is not None else None


def _earliest(positions: Iterable[Position], listing: Listing) -> datetime | None:
    """When the oldest number begins that a level is reckoned from, a statement or a publish of ours; None: there is none."""
    starts = [publish.at.start for _, publish in listing.published]
    starts += [as_of.start for position in positions if (as_of := position.as_of) is not None]
    return min(starts, default=None)


def own_changes(
    lines: Iterable[OrderLine], positions: Iterable[Position], channel: SystemId, since: datetime | None
) -> list[OwnChange]:
    """What the channel itself did to its levels from ``since`` on (None: ever): orders and edits take, cancellations and restocks
    give.

    The time of an order is only known to lie between its placing and the first statement of it, that of an edit between
    two statements. A line of a kit changed the level of the kit, not those of its parts.
    """
    found = []
    for line in lines:
        if line.channel != channel or line.kit is not None:
            continue
        before, begin = 0, line.placed_at
        for statement in line.statements:
            at = statement.at
            if statement.units != before and (since is None or at.end >= since):
                start = min(begin, at.start) if begin is not None else at.start
                found.append(OwnChange(AsOf(start, at.end), before - statement.units, line.location))
            before, begin = statement.units, at.start
        for event in line.cancelled:
            if event.system == channel and (since is None or event.at.end >= since):
                found.append(OwnChange(event.at, event.units, line.location))
    for position in positions:
        for movement in position.movements:
            if movement.change.on_hand and (since is None or movement.at.end >= since):
                found.append(OwnChange(movement.at, movement.change.on_hand, position.location))
    return found


def _of_levels(
    changes: Sequence[OwnChange], listing: Listing, positions: Iterable[Position], policy: Policy
) -> Sequence[OwnChange]:
    """The changes, each at a level that the channel has: one that shows a single number for all its places takes from it
    wherever the order leaves from."""
    if not changes:
        return changes
    known = policy.systems.get(listing.system)
    pooled = known.channel.publish_to if known is not None and known.channel is not None else None
    levels = {position.location for position in positions if _available(position) is not None}
    levels |= {place for place, _ in listing.published}
    if pooled not in levels:
        return changes
    return [
        change if change.location is None or change.location in levels else replace(change, location=pooled)
        for change in changes
    ]


def _level(position: Position, listing: Listing, changes: Iterable[OwnChange]) -> _Level | None:
    """The level at one place: the channel's statement, or our confirmed publish where that is certainly newer."""
    units, as_of = _available(position), position.as_of
    if units is None or as_of is None:
        return None
    here = [change for change in changes if change.location is None or change.location == position.location]
    publish = _published(listing, position.location)
    if publish is None or not publish.confirmed or publish.at.certainly_before(as_of):
        high, low = _since(units, as_of, here)
        if low < high and publish is not None and _all_in(publish, units, as_of, here):
            low = high
        return _Level(position.location, high, low, units)
    high, low = _since(publish.units, publish.at, here)
    if as_of.certainly_before(publish.at):
        return _Level(position.location, high, low, units)
    stated_high, stated_low = _since(units, as_of, here)
    return _Level(position.location, max(high, stated_high), min(low, stated_low), units)


def _published(listing: Listing, location: LocationId | None) -> Publish | None:
    """Our newest publish to a place of a listing."""
    for place, publish in listing.published:
        if place == location:
            return publish
    return None


def _published_only(listing: Listing, positions: Iterable[Position], changes: Iterable[OwnChange]) -> Iterator[_Level]:
    """Levels known only because we wrote them and the channel said yes."""
    stated = {position.location for position in positions if _available(position) is not None}
    for location, publish in listing.published:
        if location not in stated and publish.confirmed:
            here = [change for change in changes if change.location in (None, location)]
            high, low = _since(publish.units, publish.at, here)
            yield _Level(location, high, low, None)


def _since(units: int, as_of: AsOf, changes: Iterable[OwnChange]) -> tuple[int, int]:
    """(high, low) after the changes that came certainly after the level, and with or without those that may be in it."""
    high = low = units
    for change in changes:
        if change.at.certainly_before(as_of):
            continue
        if change.at.certainly_after(as_of):
            high, low = high + change.units, low + change.units
        elif change.units > 0:
            high += change.units
        else:
            low += change.units
    return high, low


def _all_in(publish: Publish, units: int, as_of: AsOf, changes: Iterable[OwnChange]) -> bool:
    """The level is exactly our publish with every change since it: then all that may be in it are in it."""
    if not publish.confirmed:
        return False
    since = [change.units for change in changes if not _outside(change, publish.at, as_of)]
    return bool(since) and publish.units + sum(since) == units and all(change < 0 for change in since)


def _outside(change: OwnChange, publish: AsOf, level: AsOf) -> bool:
    return change.at.certainly_before(publish) or change.at.certainly_after(level)


def _without_number(listing: Listing, policy: Policy, live: bool | None) -> Exposure:
    known = policy.systems.get(listing.system)
    counts = known is None or known.channel is None or known.channel.publish_to is not None
    if counts or live is None:
        closed = live is False
        sentence = _closed(listing) if closed else "a number not yet read"
        return Exposure("unknown", 0 if closed else None, None, None, sentence, live)
    if live:
        return Exposure("yes", None, None, None, "it as in stock", live)
    return Exposure("no", 0, None, None, _closed(listing), live)


def _open(low: int, high: int) -> str:
    units = "unit" if high == 1 else "units"
    return f"Customers see {high}\u00a0{units}." if low == high else f"Customers see {low} to {high}\u00a0{units}."


def _closed(listing: Listing) -> str:
    return (
        "Customers cannot buy it: paused by us." if listing.stopped else "Customers cannot buy it: it is not on sale."
    )


def explained_by_us(
    listing: Listing,
    position: Position,
    lines: Iterable[OrderLine],
    policy: Policy,
    levels: Sequence[Position] = (),
) -> bool:
    """Whether a level is our own number coming back: our confirmed publish less any set of the channel's own changes that are
    not certainly before it (F20). True also for a level older than the publish, which says nothing of it. ``levels`` are all
    that the channel has of the listing, where that is more than this one."""
    units, as_of = _available(position), position.as_of
    publish = _published(listing, position.location)
    if units is None or as_of is None or publish is None or not publish.confirmed:
        return False
    if as_of.certainly_before(publish.at):
        return True
    own = own_changes(lines, (position,), listing.system, publish.at.start)
    since = [
        change.units
        for change in _of_levels(own, listing, levels or (position,), policy)
        if change.location in (None, position.location) and not _outside(change, publish.at, as_of)
    ]
    return reaches(publish.units, since, units)


def on_its_way(state: SkuState, listing: Listing, location: LocationId, publish: Publish, policy: Policy) -> bool:
    """Whether a level is what we are writing there, or wrote without hearing the answer: that number less any set of the
    channel's own changes since. ``publish.at``: from when it was wanted until now; it explains no level from before that."""
    ours = replace(listing, published=((location, publish),))
    return any(
        position.as_of is not None
        and not position.as_of.certainly_before(publish.at)
        and explained_by_us(ours, position, state.lines, policy, _all_of(state, listing))
        for position in state.positions
        if (position.system, position.location) == (listing.system, location)
    )


def unexplained_level(state: SkuState, listing: Listing, policy: Policy, now: datetime) -> int | None:
    """The level (units) at the place we write to when neither our publish nor the channel's own changes explain it, else None.

    Without a confirmed publish nothing can be said, and nothing is. How long it must stay so before it is a manual
    override (``settles_in``) is the caller's.
    """
    del now
    known = policy.systems.get(listing.system)
    place = known.channel.publish_to if known is not None and known.channel is not None else None
    publish = _published(listing, place) if place is not None else None
    if publish is None or not publish.confirmed:
        return None
    for position in state.positions:
        if (position.system, position.location) == (listing.system, place):
            units, levels = _available(position), _all_of(state, listing)
            return None if units is None or explained_by_us(listing, position, state.lines, policy, levels) else units
    return None
