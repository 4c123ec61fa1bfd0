"""The pool of a channel: what the deciding numbers over its allowed places leave after everything that is owed.

Pool = deciders' numbers (with their own later movements) - weights of order lines - what buckets and unseen demand take off.
A pool below zero is an oversell.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sync.counting.dealing import with_orders_steps
from sync.counting.numbers import Deciding, deciding
from sync.counting.terms import MINUS, Term, clock
from sync.counting.weights import View, ours_within, weigh
from sync.counting.withheld import withheld
from sync.errors import BadInput
from sync.model.ids import LocationId, SystemId
from sync.model.made import quickly
from sync.model.stock import OrderLine, Position, SkuState
from sync.policy.schema import COUNT_SYSTEM, Policy
from sync.policy.system_rules import Channel


@quickly
@dataclass(frozen=True, slots=True)
class Pool:
    """Units a channel may draw on. ``unknown`` True: nobody states a number at any of its places, and ``units`` means nothing.

    ``held`` are the order lines that weigh, with their weights. ``caution`` is the part held back only because it is not sure yet
    (it comes back with a later number). ``decided_by`` are the positions whose numbers decide, one per place that has one.
    ``unacknowledged`` are units that policy lets count although their vendor does not stand behind them now: they raise nothing.
    """

    units: int
    terms: tuple[Term, ...]
    held: tuple[tuple[OrderLine, int], ...]
    caution: int
    decided_by: tuple[Position, ...]
    unknown: bool = False
    unacknowledged: int = 0


def pool(state: SkuState, channel: SystemId, policy: Policy, now: datetime) -> Pool:
    """The pool of one SKU for one channel. Raises BadInput when policy does not list the system as a channel."""
    rules = channel_rules(policy, channel)
    deciders = deciders_of(state, rules, policy, now)
    if not deciders:
        return Pool(0, (), (), 0, (), unknown=True)
    lines = with_orders_steps(state.lines)
    views = {place: View(one, policy) for place, one in deciders.items()} if lines else {}
    held: list[tuple[OrderLine, int]] = []
    weight_at: dict[LocationId | None, int] = {}
    caution = 0
    for line in lines:
        weighed = weigh(line, views, policy, now)
        if weighed.units:
            held.append((line, weighed.units))
            weight_at[line.location] = weight_at.get(line.location, 0) + weighed.units
            caution += weighed.caution
    terms: list[Term] = []
    for place, one in deciders.items():
        terms.extend(_number_terms(one, place, policy, now))
        unseen = _unseen(lines, one, policy) if one.number.reserved else 0
        if unseen:
            terms.append(Term(f"{MINUS} orders only {_name(policy, one)} knows {unseen}", -unseen))
        caution += one.number.caution
    owed = sum([units for _, units in held])
    if owed:
        terms.append(Term(f"{MINUS} held {owed}", -owed))
    units = sum([term.units for term in terms])
    kept = withheld(deciders, weight_at, lines, units, policy, now)
    if kept.terms:
        terms.extend(kept.terms)
        units += sum([term.units for term in kept.terms])
    decided_by = tuple([one.position for one in deciders.values()])
    return Pool(units, tuple(terms), tuple(held), caution, decided_by, unacknowledged=kept.unacknowledged)


class Pools:
    """The pools of one SKU, each reckoned once for all channels that draw on the same places by the same kinds of sources."""

    def __init__(self, state: SkuState, policy: Policy, now: datetime) -> None:
        self._state = state
        self._policy = policy
        self._now = now
        self._known: dict[tuple[tuple[LocationId, ...], tuple[str, ...]], Pool] = {}

    def of(self, channel: SystemId) -> Pool:
        """As :func:`pool`."""
        rules = channel_rules(self._policy, channel)
        drawn_by = (rules.locations, rules.decided_by)
        known = self._known.get(drawn_by)
        if known is None:
            known = self._known[drawn_by] = pool(self._state, channel, self._policy, self._now)
        return known


def channel_rules(policy: Policy, channel: SystemId) -> Channel:
    """A channel's rules. Raises BadInput when policy does not list the system as one."""
    known = policy.systems.get(channel)
    if known is None or known.channel is None:
        raise BadInput(f"{channel!r} does not sell: add `channel:` to it under `systems:` in policy.yml")
    return known.channel


def deciders_of(state: SkuState, rules: Channel, policy: Policy, now: datetime) -> dict[LocationId, Deciding]:
    """The deciding number at each of the channel's places that has one."""
    at: dict[LocationId, dict[SystemId, Position]] = {}
    for position in state.positions:
        at.setdefault(position.location, {})[position.system] = position
    found = {}
    for place in rules.locations:
        one = deciding(at.get(place, {}), place, policy, now, rules.decided_by)
        if one is not None:
            found[place] = one
    return found


def _unseen(lines: Sequence[OrderLine], one: Deciding, policy: Policy) -> int:
    return max(0, one.number.reserved - ours_within(lines, View(one, policy)))


def _number_terms(one: Deciding, place: LocationId, policy: Policy, now: datetime) -> list[Term]:
    number = one.number
    who = _name(policy, one)
    name = policy.locations[place].name
    how = "not in its list of" if number.absent else "as of"
    until = one.word.until if one.vouched and one.word is not None else None
    vouched = f", vouched for until {clock(until, now)}" if until is not None else ""
    terms = [Term(f"{name} {number.stated} ({who}, {how} {clock(number.as_of.end, now)}{vouched})", number.stated)]
    if number.raised:
        terms.append(Term(f"+ arrived since {number.raised}", number.raised))
    if number.lowered:
        terms.append(Term(f"{MINUS} taken since {number.lowered}", -number.lowered))
    if number.quarantined:
        terms.append(Term(f"{MINUS} quarantined {number.quarantined}", -number.quarantined))
    if number.held:
        terms.append(Term(f"{MINUS} held there {number.held}", -number.held))
    if number.incoming:
        terms.append(Term(f"+ on its way {number.incoming}", number.incoming))
    if number.demand:
        terms.append(Term(f"{MINUS} reserved there for others {number.demand}", -number.demand))
    return terms


def _name(policy: Policy, one: Deciding) -> str:
    system = one.position.system
    return "counted by a person" if system == COUNT_SYSTEM else system
