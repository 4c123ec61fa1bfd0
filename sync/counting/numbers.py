"""What one source's number for a SKU at a place means, how far it can be believed now, and whose number decides.

The rules are those of "Counting, exactly": within one source its own stamps order things; between two systems an interval is
widened by ``clock_margin``. What may or may not be in a number lowers it if it lowers, and does not raise it if it raises.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from math import floor

from sync.counting.acknowledging import is_acknowledged
from sync.counting.spoken import word_for
from sync.model.facts import Change, Count
from sync.model.ids import LocationId, SystemId
from sync.model.made import quickly, replaced
from sync.model.source_word import SourceWord, WordKind
from sync.model.stock import Movement, Position, SkuState
from sync.model.time import AsOf
from sync.policy.schema import COUNT_SYSTEM, Policy
from sync.policy.system_rules import Basis, Source, Trust

NOTHING = timedelta(0)
CLOCK_MARGIN: timedelta = Source.model_fields["clock_margin"].default
"""What holds between systems of which policy names no margin."""

_NOT_MOVED = (0, 0, 0)
NOTHING_THERE = Count(on_hand=0, available=0, reserved=0, quarantined=0, incoming=0, held=0)


@quickly
@dataclass(frozen=True, slots=True)
class Number:
    """Sellable units by one source, and how they came about.

    ``units`` = ``stated`` + ``raised`` - ``lowered`` - ``quarantined`` - ``held`` - ``demand`` + ``incoming``. ``raised`` and
    ``lowered`` are the source's own movements after its statement, ``demand`` are reserved units of orders we cannot see (all of
    ``reserved: others``; for ``both`` it is 0 here and ``reserved`` holds the bucket, since our own lines must first be taken out
    of it). ``incoming`` are units on their way, as far as policy promises them. ``absent``: the source's list no longer names it.
    ``caution`` are units that a later number may give back: movements of which it is not sure whether they are in it.
    """

    units: int
    as_of: AsOf
    stated: int
    raised: int = 0
    lowered: int = 0
    quarantined: int = 0
    demand: int = 0
    reserved: int = 0
    caution: int = 0
    held: int = 0
    incoming: int = 0
    absent: bool = False


def source_of(policy: Policy, system: SystemId, location: LocationId) -> Source | None:
    """The rules of a source. A count by a person is of physical units on hand; what was shipped shortly before it may still
    have lain there, for as long as the slowest source of that place takes to book."""
    known = policy.systems.get(system)
    if known is not None:
        return known.source
    if system != COUNT_SYSTEM:
        return None
    place = policy.locations.get(location)
    others = [policy.systems[name].source for name in place.deciders if name in policy.systems] if place else []
    slowest = max((source.books_within for source in others if source is not None), default=timedelta(minutes=30))
    margin = max((source.clock_margin for source in others if source is not None), default=timedelta(seconds=5))
    return Source(trust=Trust.PHYSICAL, books_within=slowest, clock_margin=margin)


def margin_between(policy: Policy, one: SystemId, other: SystemId) -> timedelta:
    """By how much the clocks of two systems may differ: the larger of their sources' margins; nothing within one system."""
    if one == other:
        return NOTHING
    widest: timedelta | None = None
    for name in (one, other):
        known = policy.systems.get(name)
        if known is not None and known.source is not None:
            margin = known.source.clock_margin
            widest = margin if widest is None or margin > widest else widest
    return CLOCK_MARGIN if widest is None else widest


def content_as_of(position: Position, source: Source) -> AsOf | None:
    """As of when a number holds. A source that streams all its movements is as of its newest one."""
    return _content(position, position.as_of, source)


def _content(position: Position, as_of: AsOf | None, source: Source) -> AsOf | None:
    if as_of is None or not source.streams_movements or not position.movements:
        return as_of
    return max([as_of, *(movement.at for movement in position.movements)], key=lambda at: (at.end, at.start))


def number_of(position: Position, policy: Policy, now: datetime) -> Number | None:
    """What the position's source says is sellable, or None when it does not say (None is unknown, never zero).

    A number also counts as unknown when policy says that it contains units to be taken off and the statement does not tell
    how many. ``now`` is not looked at: how old a number may be is for :func:`is_fresh`.
    """
    del now
    source = source_of(policy, position.system, position.location)
    if source is None or position.statement is None or position.released:
        return None
    return _reckoned(position, source)


def _reckoned(position: Position, source: Source) -> Number | None:
    statement, as_of = position.statement, position.as_of
    if statement is None or as_of is None:
        return None
    absent = is_absent(position, source)
    count = NOTHING_THERE if absent else statement.count
    stated = count.on_hand if source.basis is Basis.ON_HAND else count.available
    if stated is None:
        return None
    quarantined: int | None = 0
    held: int | None = 0
    if source.contains:
        quarantined = _contained(count.quarantined, "quarantined" in source.contains)
        held = _contained(count.held, "held" in source.contains)
    whole = takes_whole_reserved(source)
    reserved = _contained(count.reserved, True) if whole or sees_other_demand(source) else 0
    if quarantined is None or held is None or reserved is None:
        return None
    demand = reserved if whole or source.reserved == "others" else 0
    raised, lowered, caution = _moved(position.movements, as_of, source) if position.movements else _NOT_MOVED
    coming = _coming(position.movements, count.incoming or 0, as_of, source) if source.incoming_counts_as else 0
    return Number(
        units=stated + raised - lowered - quarantined - held - demand + coming,
        as_of=_content(position, as_of, source) or as_of,
        stated=stated,
        raised=raised,
        lowered=lowered,
        quarantined=quarantined,
        demand=demand,
        reserved=reserved - demand,
        caution=caution,
        held=held,
        incoming=coming,
        absent=absent,
    )


def is_absent(position: Position, source: Source) -> bool:
    """A later full list of the place, certainly after the number, does not name the SKU: where policy says that absent means
    zero, it is zero from that list on. Only sources whose lists name all they have anew can say so (see consistency)."""
    covered = position.covered
    if covered is None or source.absent != "zero":
        return False
    named = position.named
    return named is not None and named.certainly_before(covered)


def _contained(bucket: int | None, contained: bool) -> int | None:
    """Units of a bucket that a number contains and nobody can buy; None when it contains them and does not tell how many."""
    if not contained:
        return 0
    return None if bucket is None else max(0, bucket)


def _coming(movements: Iterable[Movement], stated: int, as_of: AsOf, source: Source) -> int:
    """Units on their way that policy promises: the stated ones and those announced certainly since, less what may have come."""
    for movement in movements:
        change = movement.change.incoming
        if movement.at.certainly_after(as_of) or (change < 0 and not movement.at.certainly_before(as_of)):
            stated += change
    return floor(max(0, stated) * source.incoming_counts_as)


def takes_whole_reserved(source: Source) -> bool:
    """Whether an available number still contains all that is reserved: less the bucket it is what it should be."""
    return bool(source.contains) and source.basis is Basis.AVAILABLE and "reserved" in source.contains


def sees_other_demand(source: Source) -> bool:
    """Whether the source's reserved bucket holds orders that no channel of ours tells of, and its number contains them."""
    return source.reserved != "ours" and source.basis is Basis.ON_HAND


def _moved(movements: Iterable[Movement], as_of: AsOf, source: Source) -> tuple[int, int, int]:
    """(raised, lowered, caution) by movements that are not certainly in the number already."""
    raised = lowered = caution = 0
    for movement in movements:
        if movement.at.certainly_before(as_of):
            continue
        delta = moves_by(movement.change, source)
        sure = movement.at.certainly_after(as_of)
        if delta < 0:
            lowered -= delta
            caution -= 0 if sure else delta
        elif sure:
            raised += delta
        else:
            caution += delta
    return raised, lowered, caution


def moves_by(change: Change, source: Source) -> int:
    """By how many units a movement of the source itself moves its sellable number.

    A raise is never more than what arrived on hand or left quarantine or a hold: releasing a reservation alone proves no unit,
    and a source may book a return both as on hand and out of quarantine.
    """
    available = source.basis is Basis.AVAILABLE
    blocked = change.quarantined if available or "quarantined" in source.contains else 0
    blocked += change.held if available or "held" in source.contains else 0
    delta = change.on_hand - blocked
    if available:
        delta -= change.reserved
    elif sees_other_demand(source):
        ours = source.reserved == "both" or change.order is not None
        delta -= max(0, change.reserved) if ours else change.reserved
    return delta if delta <= 0 else max(0, min(delta, max(change.on_hand, -blocked)))


def fresh_until(position: Position, policy: Policy) -> datetime | None:
    """The last instant at which the position's content is fresh; None when it never ages or is not known."""
    source = source_of(policy, position.system, position.location)
    return None if source is None else fresh_by(position, source)


def fresh_by(position: Position, source: Source) -> datetime | None:
    """As :func:`fresh_until`, by the rules of the position's source."""
    if source.fresh_for is None:
        return None
    content = content_as_of(position, source)
    return None if content is None else content.end + source.fresh_for


def is_fresh(position: Position, policy: Policy, now: datetime) -> bool:
    """Whether the number's content, not its arrival, is young enough to decide. Without a statement nothing is fresh."""
    if position.statement is None:
        return False
    until = fresh_until(position, policy)
    return until is None or now <= until


@quickly
@dataclass(frozen=True, slots=True)
class Deciding:
    """The one number that decides at a place. ``fresh`` False: nothing fresh is known there, and only the share that policy's
    ``stale_counts_as`` gives this source may be promised of it, or what a person says instead (``word``). ``acknowledged``
    False: its vendor does not stand behind it now, and only what policy says of that may be promised."""

    position: Position
    source: Source
    number: Number
    fresh: bool
    acknowledged: bool = True
    word: SourceWord | None = None

    @property
    def vouched(self) -> bool:
        """It is stale, and a person vouches for it."""
        return self.word is not None and self.word.kind is WordKind.VOUCHED

    def worth(self, free: int) -> int:
        """Of so many free units those that may be promised: all of a fresh (or vouched for) and acknowledged number, nothing of
        one that counts as nothing, policy's share of another, less the buffer for stock that is not acknowledged."""
        if self.fresh and self.acknowledged:
            return free
        if self.word is not None and self.word.kind is WordKind.NOTHING:
            return 0
        share = Decimal(1) if self.fresh or self.vouched else self.source.stale_counts_as
        if self.acknowledged:
            return floor(free * share)
        share = min(share, self.source.unacknowledged_counts_as)
        return max(0, floor(free * share) - self.source.unacknowledged_buffer)


def decider(state: SkuState, location: LocationId, policy: Policy, now: datetime) -> Position | None:
    """The position whose number decides at a place.

    A count by a person stands first from its own time until the fold released it (the master, policy's first decider
    there, stated a newer number that agrees) or a person did (a count that tells no number). Then the first of policy's
    deciders that is fresh and states its number. When none is fresh, the first that a person vouches for, else the first that
    states one: :func:`is_fresh` tells, and only ``stale_counts_as`` of it counts, or what a person says. None: nobody states a
    number there.
    """
    found = deciding(here(state, location), location, policy, now)
    return None if found is None else found.position


def here(state: SkuState, location: LocationId) -> dict[SystemId, Position]:
    """The positions at one place, by system."""
    return {position.system: position for position in state.positions if position.location == location}


def deciding(
    positions: dict[SystemId, Position],
    location: LocationId,
    policy: Policy,
    now: datetime,
    decided_by: Collection[str] = (),
) -> Deciding | None:
    """As :func:`decider`, with the number and the rules it was read by; ``positions`` are those at the place. Sources of other
    kinds of trust than those of ``decided_by`` are passed over (none named: every kind may decide)."""
    place = policy.locations.get(location)
    if place is None or not positions:
        return None
    stale: Deciding | None = None
    for system in (COUNT_SYSTEM, *place.deciders):
        position = positions.get(system)
        if position is None or position.statement is None or position.released:
            continue
        source = source_of(policy, system, location)
        if source is None or (decided_by and source.trust not in decided_by):
            continue
        number = _reckoned(position, source)
        if number is None:
            continue
        fresh = source.fresh_for is None or now <= number.as_of.end + source.fresh_for
        word = None if fresh else word_for(position, number.as_of, now)
        if fresh or stale is None or word is not None:
            found = Deciding(position, source, number, fresh, is_acknowledged(position, source, now), word)
            if fresh:
                return found
            if stale is None or (found.vouched and not stale.vouched):
                stale = _behind_its_word(found)
    return stale


def _behind_its_word(found: Deciding) -> Deciding:
    """A number that a person vouches for is as good as fresh: where its vendor's counts acknowledge, so does this one."""
    return replaced(found, acknowledged=True) if found.vouched and found.source.counts_acknowledge else found
