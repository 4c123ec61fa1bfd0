"""What an order line weighs: its units that the deciding numbers certainly do not have off yet.

Weight = ordered - cancelled - units certainly off, never below zero. Certainly off are

* basis ``on_hand``: units shipped at least ``books_within`` before the number's ``from``; or named with their order by the
  source's own movement;
* basis ``available``: units ordered at least ``learns_within`` before ``from``; or acknowledged by then; or certainly shipped.

Units are alike, so a rule may cover the same units twice: of two rules the larger counts, never their sum. One event told by
several systems is one event: per teller the steps are added, and of the tellers the largest counts (F63).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from sync.counting.numbers import Deciding, margin_between
from sync.model.facts import LineState
from sync.model.ids import LocationId, SystemId
from sync.model.stock import LineEvent, LineRevision, OrderLine
from sync.policy.schema import Policy
from sync.policy.system_rules import Basis

Counts = Callable[[LineEvent], bool]


@dataclass(slots=True)
class View:
    """How one deciding number sees the events of other systems: its limits per system, worked out once.

    An event that ended before ``booked_before`` is off an on-hand number, one before ``learned_before`` off an available
    one; one that began after ``after`` cannot be in the number.
    """

    deciding: Deciding
    policy: Policy
    available: bool = field(init=False)
    _limits: dict[SystemId, tuple[datetime, datetime, datetime]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.available = self.deciding.source.basis is Basis.AVAILABLE

    def limits(self, system: SystemId) -> tuple[datetime, datetime, datetime]:
        """(booked_before, learned_before, after) for events of ``system``."""
        known = self._limits.get(system)
        if known is None:
            source, as_of = self.deciding.source, self.deciding.number.as_of
            margin = margin_between(self.policy, self.deciding.position.system, system)
            start = as_of.start - margin
            known = (start - source.books_within, start - source.learns_within, as_of.end + margin)
            self._limits[system] = known
        return known

    def booked(self, event: LineEvent) -> bool:
        """The shipment is certainly off the number."""
        return event.at.end < self.limits(event.system)[0]

    def perhaps_booked(self, event: LineEvent) -> bool:
        """The shipment may be off the number already."""
        return event.at.start <= self.limits(event.system)[2]

    def in_it(self, event: LineEvent) -> bool:
        """The source's own event came certainly before its number."""
        return event.at.end < self.deciding.number.as_of.start


class Weighed(NamedTuple):
    """What a line weighs, and how much of it is only caution: units that may be off the number already."""

    units: int
    caution: int


NO_WEIGHT = Weighed(0, 0)


def told(events: Sequence[LineEvent], counts: Counts | None = None) -> int:
    """Units of events, each teller's added up and the largest sum taken; only those that ``counts``."""
    if not events:
        return 0
    if len(events) == 1:
        return events[0].units if counts is None or counts(events[0]) else 0
    sums: dict[SystemId, int] = {}
    for event in events:
        if counts is None or counts(event):
            sums[event.system] = sums.get(event.system, 0) + event.units
    return max(sums.values(), default=0)


def newest(line: OrderLine) -> LineRevision | None:
    """The statement that holds: statements are kept in the order of their revisions."""
    return line.statements[-1] if line.statements else None


def owed(line: OrderLine) -> int:
    """Ordered less cancelled, shipped units included. What has left can no longer be cancelled (F11), and what left without
    a known order was ordered all the same."""
    statement = newest(line)
    ordered = statement.units if statement is not None else 0
    if not line.shipped:
        return max(0, ordered - told(line.cancelled))
    gone = told(line.shipped)
    return max(gone, ordered - told(line.cancelled))


def expires_at(line: OrderLine, policy: Policy) -> datetime | None:
    """When a pending line stops weighing; None for certain ones."""
    statement = newest(line)
    if statement is None or statement.state is not LineState.PENDING:
        return None
    placed = line.placed_at or statement.at.start
    known = policy.systems.get(line.channel)
    if known is None or known.channel is None:
        return None
    return placed + known.channel.pending_orders_weigh_for


def drawable(line: OrderLine, policy: Policy) -> Collection[LocationId] | None:
    """Places a line without an assigned one may draw on: its channel's; None (any) when policy does not know the channel."""
    known = policy.systems.get(line.channel)
    return known.channel.locations if known is not None and known.channel is not None else None


def weight(line: OrderLine, deciders: Iterable[Deciding], policy: Policy, now: datetime) -> int:
    """Units of the line to be taken off the sum of these deciders' numbers."""
    views = {one.position.location: View(one, policy) for one in deciders}
    return weigh(line, views, policy, now).units


def weigh(line: OrderLine, views: Mapping[LocationId, View], policy: Policy, now: datetime) -> Weighed:
    """The weight of a line on the places of ``views``.

    Units whose shipment names its place weigh there and nowhere else; the rest weighs at the line's assigned place, or,
    unassigned, at the worst of the places it could be drawn from: as long as any of their numbers may not have it off.
    """
    total = owed(line)
    if total <= 0:
        return NO_WEIGHT
    expires = expires_at(line, policy)
    if expires is not None and now > expires:
        total = told(line.shipped)
        if total <= 0:
            return NO_WEIGHT
    placed = _shipped_from(line) if line.shipped else {}
    rest = total - sum(placed.values())
    if not placed:
        places = _places(line, views, policy)
        if len(places) == 1:
            weighed = _there(line, rest, views[places[0]], places[0])
        else:
            weighed = _worst([_there(line, rest, views[place], place) for place in places])
        return Weighed(weighed.units, weighed.units) if _may_leave_elsewhere(line, views, policy) else weighed
    alone = {place: _alone(line, gone, views[place], place) for place, gone in placed.items() if place in views}
    if rest <= 0:
        return _sum(alone.values())
    cases = [
        _sum(
            (
                _there(line, rest + placed.get(place, 0), views[place], place),
                *(weighed for other, weighed in alone.items() if other != place),
            )
        )
        for place in _places(line, views, policy)
    ]
    if not cases:
        return _sum(alone.values())
    units, caution = _worst(cases)
    return Weighed(units, min(units, caution + rest) if _may_leave_elsewhere(line, views, policy) else caution)


def _places(line: OrderLine, views: Mapping[LocationId, View], policy: Policy) -> list[LocationId]:
    if line.location is not None:
        return [line.location] if line.location in views else []
    drawn = drawable(line, policy)
    return [place for place in views if drawn is None or place in drawn]


def _may_leave_elsewhere(line: OrderLine, views: Mapping[LocationId, View], policy: Policy) -> bool:
    """No place is assigned, and its channel could send it from one that is not looked at: then it weighs here only in case."""
    drawn = drawable(line, policy) if line.location is None else None
    return drawn is not None and any(place not in views for place in drawn)


def _there(line: OrderLine, units: int, view: View, place: LocationId) -> Weighed:
    """Units all drawn from one place, shipments that do not name theirs included."""
    sure = perhaps = 0
    if line.shipped:
        sure, perhaps = _off([event for event in line.shipped if event.location in (None, place)], view)
    if line.named_off or view.available:
        named, maybe = _named_or_learned(line, view)
        sure, perhaps = max(sure, named), max(perhaps, named, maybe)
    return _left(units, sure, perhaps) if perhaps else Weighed(units, 0)


def _alone(line: OrderLine, units: int, view: View, place: LocationId) -> Weighed:
    """Units whose shipments name this place, while the rest of the line is drawn elsewhere.

    What the source named or learned may be about shipments that do not name their place, so these are covered first.
    """
    sure, perhaps = _off([event for event in line.shipped if event.location == place], view)
    if line.named_off or view.available:
        nameless = told(line.shipped, lambda event: event.location is None)
        named, maybe = _named_or_learned(line, view)
        sure = max(sure, named - nameless)
        perhaps = max(perhaps, named - nameless, maybe - nameless)
    return _left(units, sure, perhaps)


def _off(shipped: Sequence[LineEvent], view: View) -> tuple[int, int]:
    """Units of shipments that are certainly, and that are perhaps, off the number already."""
    if len(shipped) != 1:
        return told(shipped, view.booked), told(shipped, view.perhaps_booked)
    event = shipped[0]
    return event.units if view.booked(event) else 0, event.units if view.perhaps_booked(event) else 0


def _left(units: int, sure: int, perhaps: int) -> Weighed:
    weight = max(0, units - sure)
    return Weighed(weight, weight - max(0, units - perhaps)) if weight else NO_WEIGHT


def _sum(parts: Iterable[Weighed]) -> Weighed:
    units = caution = 0
    for part in parts:
        units, caution = units + part.units, caution + part.caution
    return Weighed(units, caution)


def _worst(cases: Sequence[Weighed]) -> Weighed:
    """The heaviest case; caution is what the heaviest of the likely ones does not need."""
    if len(cases) == 1:
        return cases[0]
    units = max((case.units for case in cases), default=0)
    return Weighed(units, units - max((case.units - case.caution for case in cases), default=0))


def _shipped_from(line: OrderLine) -> dict[LocationId, int]:
    """Units per place that their shipments name, per teller the largest."""
    if len(line.shipped) == 1:
        event = line.shipped[0]
        return {} if event.location is None else {event.location: event.units}
    placed: dict[LocationId, int] = {}
    for place in {event.location for event in line.shipped if event.location is not None}:
        placed[place] = told(line.shipped, lambda event, place=place: event.location == place)  # type: ignore[misc]
    return placed


def _named_or_learned(line: OrderLine, view: View) -> tuple[int, int]:
    """(certainly, perhaps) off by what the source itself knows of the order: its own movements that name it, or the order."""
    sure = maybe = 0
    system = view.deciding.position.system
    if line.named_off:
        own = [event for event in line.named_off if event.system == system]
        sure = max(0, sum(event.units for event in own if not view.available or view.in_it(event)))
    if view.available:
        known, maybe = _learned(line, view, system)
        sure = max(sure, known)
    return sure, maybe


def _learned(line: OrderLine, view: View, system: SystemId) -> tuple[int, int]:
    """Units of the order that the source knew of (certainly, perhaps) when it stated its number.

    An edit or a cancellation that the source may have heard of already lowers what it certainly has off (F57). A line that
    was assigned only later proves nothing about the time before, unless there was but one place it could go to.
    """
    _, learned_before, after = view.limits(line.channel)
    place = view.deciding.position.location
    where = place if line.location is None or drawable(line, view.policy) == (place,) else None
    sure: int | None = None
    maybe = 0
    for statement in line.statements:
        where = statement.location or where
        if where is not None and where != place:
            sure = 0
        elif where is not None and statement.at.end < learned_before:
            sure, maybe = statement.units, max(maybe, statement.units)
        elif statement.at.start <= after:
            sure = None if sure is None else min(sure, statement.units)
            maybe = max(maybe, statement.units)
    known = sure or 0
    if line.acknowledged:
        known = max(known, _acknowledged(line, view, system, after))
    if line.cancelled and known:
        known = max(0, known - told(line.cancelled, view.perhaps_booked))
    return known, maybe


def _acknowledged(line: OrderLine, view: View, system: SystemId, after: datetime) -> int:
    """Units that the source itself said it has, before its number; less where it may have heard since that fewer are ordered
    there."""
    own = [event for event in line.acknowledged if event.system == system and view.in_it(event)]
    if not own:
        return 0
    known, said = sum(event.units for event in own), max(event.at for event in own)
    margin = margin_between(view.policy, system, line.channel)
    place = view.deciding.position.location
    for statement in line.statements:
        if said.start - margin <= statement.at.end and statement.at.start <= after:
            known = min(known, statement.units if statement.location in (None, place) else 0)
    return known


def ours_within(lines: Iterable[OrderLine], view: View) -> int:
    """Units of our own lines that are certainly in the source's reserved bucket: ordered there long enough before its number
    and not possibly shipped by then. For ``reserved: both`` only what is above them is demand we cannot see."""
    place, system = view.deciding.position.location, view.deciding.position.system
    found = 0
    for line in lines:
        if line.location != place:
            continue
        known, _ = _learned(line, view, system)
        found += max(0, known - told(line.shipped, view.perhaps_booked))
    return found


LONG_AGO = timedelta(days=2)
"""A line is put aside only when its last step is at least this old: late news of its time may still come."""


def last_step(line: OrderLine) -> datetime | None:
    """When the newest thing happened to a line."""
    last: datetime | None = None
    for events in (line.statements, line.cancelled, line.shipped, line.acknowledged, line.named_off):
        for event in events:
            if last is None or event.at.end > last:
                last = event.at.end
    return last
