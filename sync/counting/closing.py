"""When an order line can be put aside: no number known, whoever may come to decide, can make it weigh again.

A later fact about the line brings the whole row back, so this need only be right for what is known now. It errs towards
keeping: everything must be long past for every decider that has stated, and before what the channel itself last showed.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from sync.counting.acknowledging import told_by
from sync.counting.dealing import orders_steps, with_orders_steps
from sync.counting.numbers import Deciding, margin_between, number_of, source_of
from sync.counting.weights import LONG_AGO, View, drawable, expires_at, last_step, owed, weigh
from sync.model.ids import LocationId
from sync.model.stock import OrderLine, Position, SkuState
from sync.policy.schema import COUNT_SYSTEM, Policy

LineKey = tuple[str, str, str, str]


def closed(state: SkuState, policy: Policy, now: datetime) -> frozenset[LineKey]:
    """Keys of all lines that can be put aside. Where steps name only their order, its lines go together or not at all: what is
    left would else be credited with the steps of what is gone."""
    if not state.lines:
        return frozenset()
    lines = with_orders_steps(state.lines)
    found = {line.key for line in lines if is_closed(line, state, policy, now)}
    if lines is state.lines:
        return frozenset(found)
    dealt = {line.key for line in lines}
    for stub in orders_steps(state.lines):
        family = {line.key for line in state.lines if (line.channel, line.order) == (stub.channel, stub.order)}
        if all(key in found for key in family if key in dealt):
            found |= family
        else:
            found -= family
    return frozenset(found)


def is_closed(line: OrderLine, state: SkuState, policy: Policy, now: datetime) -> bool:
    """True when the line weighs nothing on any stated number of any decider where it could be drawn, nothing happened to it for
    two days, and the channel's own level and our last publish are certainly later than all of it."""
    last = last_step(line)
    if last is None or now - last < LONG_AGO:
        return False
    expires, left = expires_at(line, policy), owed(line)
    if expires is not None and left > 0 and now - expires < LONG_AGO:
        return False
    if not _before_shown(last, line, state):
        return False
    if left == 0:
        return True
    if any(last >= since for since in _words_about(line, state, policy)):
        return False
    return all(
        weigh(line, {one.position.location: View(one, policy)}, policy, now).units == 0
        for one in _numbers(line, state, policy, now)
    )


def _before_shown(last: datetime, line: OrderLine, state: SkuState) -> bool:
    """Whether all that the line's channel shows, by its levels and by our publishes, is certainly later than its last step."""
    for position in state.positions:
        if position.system == line.channel:
            as_of = position.as_of
            if as_of is not None and last >= as_of.start:
                return False
    for listing in state.listings:
        if listing.system == line.channel and any(last >= publish.at.start for _, publish in listing.published):
            return False
    return True


def _words_about(line: OrderLine, state: SkuState, policy: Policy) -> Iterator[datetime]:
    """From when on orders come out of the units that a vendor acknowledged, at each place the line could be drawn from."""
    drawn = drawable(line, policy)
    for position in state.positions:
        anywhere = line.location is None and (drawn is None or position.location in drawn)
        source = source_of(policy, position.system, position.location)
        word = position.acknowledged
        if not (anywhere or position.location == line.location):
            continue
        if word is not None and word.units is not None and source is not None:
            yield told_by(word, source, margin_between(policy, position.system, line.channel))


def _numbers(line: OrderLine, state: SkuState, policy: Policy, now: datetime) -> Iterator[Deciding]:
    """Every number that decides or could: of all deciders at the places the line could be drawn from."""
    places = {event.location for event in line.shipped if event.location is not None}
    drawn = drawable(line, policy)
    for position in state.positions:
        anywhere = line.location is None and (drawn is None or position.location in drawn)
        if not (anywhere or position.location == line.location or position.location in places):
            continue
        one = _as_decider(position, position.location, policy, now)
        if one is not None:
            yield one


def _as_decider(position: Position, location: LocationId, policy: Policy, now: datetime) -> Deciding | None:
    place = policy.locations.get(location)
    if place is None or position.system not in (COUNT_SYSTEM, *place.deciders):
        return None
    source, number = source_of(policy, position.system, location), number_of(position, policy, now)
    return Deciding(position, source, number, fresh=True) if source is not None and number is not None else None
