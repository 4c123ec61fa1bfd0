"""Two stock systems that differ about one SKU at one place. Their numbers are compared, never added."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sync.counting.dealing import with_orders_steps
from sync.counting.numbers import Deciding, Number, is_fresh, margin_between, number_of, source_of
from sync.counting.weights import View, ours_within, weigh
from sync.detect.cause import place_name, system_name, units
from sync.detect.limits import exceeds
from sync.detect.picture import SkuPicture, until_resolved
from sync.model.exceptions import Direction, Evidence, ExceptionClass, Finding, Fingerprint, Risk
from sync.model.ids import LocationId, SystemId
from sync.model.made import quickly, replaced
from sync.model.money import known_in
from sync.model.stock import OrderLine, Position
from sync.model.time import AsOf
from sync.policy.schema import COUNT_SYSTEM, Policy
from sync.policy.system_rules import Mode, Trust
from sync.risk import hidden_risk, oversell_risk
from sync.storms.causes import VARIANCE


@quickly
@dataclass(frozen=True, slots=True)
class _Side:
    """One system's number, and the units it leaves free: at least ``low``, at most ``high``, once orders are taken off."""

    position: Position
    number: Number
    low: int
    high: int

    @property
    def as_of(self) -> AsOf:
        return self.number.as_of


def wms_erp_variance(sku: SkuPicture, policy: Policy, now: datetime) -> Iterator[Finding]:
    """One finding per place and pair of systems: the decider's number against every other that is no mere advice.

    Both are brought to one basis (what open orders leave of them) and to one time. Where one side is known only before and
    after the other, it stands only if both differ from it; where neither can be said, what was known goes on standing.
    """
    at: dict[LocationId, list[Position]] = {}
    if len(sku.state.positions) < 2:
        return
    for position in sku.state.positions:
        if position.statement is not None and position.location in policy.locations:
            at.setdefault(position.location, []).append(position)
    for place, positions in at.items():
        if len(positions) > 1:
            yield from _at(sku, place, positions, policy, now)


def _at(
    sku: SkuPicture, place: LocationId, positions: Sequence[Position], policy: Policy, now: datetime
) -> Iterator[Finding]:
    known = {position.system: position for position in positions if _compares(position, policy)}
    deciders = (COUNT_SYSTEM, *policy.locations[place].deciders)
    first = next((known[name] for name in deciders if name in known and not known[name].released), None)
    if first is None or len(known) < 2:
        return
    lines = with_orders_steps(sku.state.lines)
    mine = _side(first, lines, policy, now)
    if mine is None:
        return
    for system, other in sorted(known.items()):
        theirs = _side(_as_of(other, mine, policy), lines, policy, now) if system != first.system else None
        if theirs is None:
            continue
        then = _as_of(first, theirs, policy)
        mine_then = mine if then is first else _side(then, lines, policy, now)
        if mine_then is None:
            continue
        found = _compared(sku, mine_then, theirs, lines, policy, now)
        if found is not None:
            yield found


def _compares(position: Position, policy: Policy) -> bool:
    """A source of its own: no mere advice, and not a level that shows what we publish there."""
    source = source_of(policy, position.system, position.location)
    if source is None or source.trust is Trust.ADVISORY or position.released:
        return False
    system = policy.systems.get(position.system)
    channel = system.channel if system is not None else None
    ours = channel is not None and system is not None and system.mode is Mode.FULL
    return not (ours and channel is not None and channel.publish_to == position.location)


def _as_of(position: Position, other: _Side, policy: Policy) -> Position:
    """The position as the other's number can have seen it: without what moved certainly after that one."""
    if not position.movements:
        return position
    latest = other.as_of.end + margin_between(policy, position.system, other.position.system)
    return replaced(position, movements=tuple(one for one in position.movements if one.at.start <= latest))


def _side(position: Position, lines: Sequence[OrderLine], policy: Policy, now: datetime) -> _Side | None:
    source, number = source_of(policy, position.system, position.location), number_of(position, policy, now)
    if source is None or number is None:
        return None
    if not lines and not number.reserved:
        return _Side(position, number, number.units, number.units + number.caution)
    view = View(Deciding(position, source, number, fresh=True), policy)
    held = caution = 0
    for line in lines:
        weighed = weigh(line, {position.location: view}, policy, now)
        held, caution = (
            held + weighed.units,
            caution + max(weighed.caution, _left_by_others(line, position, weighed.units)),
        )
    unseen = max(0, number.reserved - ours_within(lines, view)) if number.reserved else 0
    low = number.units - held - unseen
    return _Side(position, number, low, low + caution + number.caution)


def _left_by_others(line: OrderLine, position: Position, units: int) -> int:
    """Of the units that a line weighs here, those that another system booked off by name: this one may have them off, too."""
    booked: dict[SystemId, int] = {}
    for event in line.named_off:
        if event.system != position.system:
            booked[event.system] = booked.get(event.system, 0) + event.units
    return min(units, max(booked.values(), default=0))


def _gap(mine: _Side, theirs: _Side) -> int:
    """By how much the other's number is certainly more (above zero) or less (below) than the decider's."""
    if theirs.low > mine.high:
        return theirs.low - mine.high
    return -(mine.low - theirs.high) if theirs.high < mine.low else 0


def _compared(
    sku: SkuPicture, mine: _Side, theirs: _Side, lines: Sequence[OrderLine], policy: Policy, now: datetime
) -> Finding | None:
    gap = _gap(mine, theirs)
    if not gap:
        return None
    fingerprint = _fingerprint(sku, mine, theirs, gap)
    fresh = is_fresh(mine.position, policy, now) and is_fresh(theirs.position, policy, now)
    if not fresh or not _at_one_time(mine, theirs, policy):
        sure = _sandwiched(sku, mine, theirs, gap, lines, policy, now) if fresh else 0
        if not sure:
            return sku.known(fingerprint)
        gap = sure
    base, worth = min(abs(mine.number.stated), abs(theirs.number.stated)), sku.sku.unit_cost
    if not exceeds(sku, fingerprint, abs(gap), base, policy, worth=worth):
        return None
    return _finding(sku, fingerprint, mine, theirs, gap, policy, now)


def _fingerprint(sku: SkuPicture, mine: _Side, theirs: _Side, gap: int) -> Fingerprint:
    return Fingerprint(
        ExceptionClass.WMS_ERP_VARIANCE,
        sku=sku.sku.id,
        location=mine.position.location,
        systems=(mine.position.system, theirs.position.system),
        direction=Direction.OVER if gap > 0 else Direction.UNDER,
    )


def _at_one_time(mine: _Side, theirs: _Side, policy: Policy) -> bool:
    """Both numbers are as of one interval, clocks and settling allowed for."""
    one, other = mine.number.as_of, theirs.number.as_of
    older, newer = (one, other) if (one.end, one.start) <= (other.end, other.start) else (other, one)
    names = mine.position.system, theirs.position.system
    settles = [policy.systems[name].settles_in for name in names if name in policy.systems]
    return newer.start - older.end <= max(settles) + margin_between(policy, *names)


def _sandwiched(
    sku: SkuPicture,
    mine: _Side,
    theirs: _Side,
    gap: int,
    lines: Sequence[OrderLine],
    policy: Policy,
    now: datetime,
) -> int:
    """The surer of the differences before and after, when the newer side's number from before the older one is known, too."""
    newer, older = (mine, theirs) if mine.as_of.end > theirs.as_of.end else (theirs, mine)
    before = _before(sku, newer.position)
    side = _side(_as_of(before, older, policy), lines, policy, now) if before is not None else None
    if side is None or side.as_of.end > older.as_of.start:
        return 0
    other = _gap(side, older) if newer is mine else _gap(older, side)
    if not other or (other > 0) != (gap > 0):
        return 0
    return min(gap, other, key=abs)


def _before(sku: SkuPicture, position: Position) -> Position | None:
    """The same position before this slice's facts, and before a snapshot that confirmed what they say."""
    known = sku.before.positions if sku.before is not None else ()
    at = (position.system, position.location)
    found = next((one for one in known if (one.system, one.location) == at and one.statement is not None), None)
    if found is None or found.statement == position.statement or found.confirmed is None or position.named is None:
        return found
    return found if found.confirmed < position.named else replaced(found, confirmed=found.confirmed_before)


def _finding(
    sku: SkuPicture, fingerprint: Fingerprint, mine: _Side, theirs: _Side, gap: int, policy: Policy, now: datetime
) -> Finding:
    place = mine.position.location
    newer = max((mine, theirs), key=lambda side: side.as_of.end)
    ours, others = system_name(policy, mine.position.system), system_name(policy, theirs.position.system)
    stated = theirs.number.stated
    cost = known_in(policy.currency, sku.sku.unit_cost, sku.sku.price)
    value = cost * abs(gap) if cost is not None else None
    rules = [policy.systems[name] for name in fingerprint.systems if name in policy.systems]
    statement = newer.position.statement
    return Finding(
        fingerprint=fingerprint,
        delta=gap,
        evidence=Evidence(
            changed=f"{others} has {units(stated)} at {place_name(policy, place)}, {ours} {mine.number.stated}. Compared as of"
            f" one time, with open orders taken off both.{_sum_of_places(sku, place, stated, policy, now)}",
            event=f"{newer.position.system}:{statement.key}" if statement is not None else None,
            event_at=newer.as_of.end,
            cause=f"{'+'.join(fingerprint.systems)}:{VARIANCE}:{place}",
            facts=(
                ("decides", str(mine.number.stated)),
                ("other", str(stated)),
                ("value", "" if value is None else f"{value:.2f}"),
            ),
        ),
        risk=_risk(sku, mine, gap, policy, now),
        since=min(now, newer.as_of.end),
        settles_in=max(rule.settles_in for rule in rules),
    )


def _risk(sku: SkuPicture, mine: _Side, gap: int, policy: Policy, now: datetime) -> Risk:
    """Sales of units that may not be there where the decider has more, of units that are not offered where it has less."""
    lasts = until_resolved(policy, policy.rules_for(ExceptionClass.WMS_ERP_VARIANCE).resolve_within, now, now)
    if gap < 0:
        risk = oversell_risk(
            over=-gap,
            can_sell=max(0, mine.low + gap),
            units_7d=sku.pace_of_all,
            price=sku.sku.price,
            cancel=policy.costs.cancel,
            lasts=lasts,
            currency=policy.currency,
        )
    else:
        risk = hidden_risk(
            hidden=gap,
            units_7d=sku.pace_of_all,
            price=sku.sku.price,
            lasts=lasts,
            currency=policy.currency,
            has_stock=mine.low > 0,
            unit_cost=sku.sku.unit_cost,
        )
    return replaced(risk, basis=f"If the other system is right. {risk.basis}")


def _sum_of_places(sku: SkuPicture, place: LocationId, stated: int, policy: Policy, now: datetime) -> str:
    """A number that is the sum of several places' (F17, F62) is said to be one."""
    firsts = [one for one in sku.state.positions if _decides_first(one, policy)]
    if len(firsts) < 2:
        return ""
    numbers = ((one.location, number_of(one, policy, now)) for one in firsts)
    deciding = {at: number.stated for at, number in numbers if number is not None}
    if len(deciding) > 1 and place in deciding and stated and sum(deciding.values()) == stated:
        names = " and ".join(place_name(policy, name) for name in sorted(deciding))
        return f" {stated} is the sum of {names}: places are compared, not added."
    return ""


def _decides_first(position: Position, policy: Policy) -> bool:
    where = policy.locations.get(position.location)
    return where is not None and bool(where.deciders) and position.system == where.deciders[0]
