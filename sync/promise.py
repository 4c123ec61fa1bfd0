"""What may be promised of one SKU on a channel, and how that was reckoned. Pure: state, policy and time are arguments.

The counting behind it is in :mod:`sync.counting`; its public names are given on from here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from math import floor

from sync.counting.acknowledging import acknowledged_through
from sync.counting.numbers import Deciding, Number, decider, fresh_by, is_fresh, number_of, source_of
from sync.counting.pool import Pool, channel_rules, pool
from sync.counting.raising import explaining_increase, may_rise
from sync.counting.terms import MINUS, Term
from sync.counting.transit import overdue_at
from sync.counting.weights import expires_at, weight
from sync.model.facts import Fact
from sync.model.ids import SystemId
from sync.model.made import quickly
from sync.model.picture import RaiseMemo
from sync.model.stock import Listing, SkuState
from sync.policy.figures import Held, held_for, safety_stock
from sync.policy.schema import Policy
from sync.policy.system_rules import Channel

__all__ = [
    "Deciding",
    "Number",
    "Pool",
    "Promise",
    "Term",
    "allocate",
    "decider",
    "explaining_increase",
    "is_fresh",
    "may_raise",
    "next_change",
    "number_of",
    "pool",
    "promise",
    "safety_stock",
    "weight",
]

MOMENT = timedelta(microseconds=1)


@quickly
@dataclass(frozen=True, slots=True)
class Promise:
    """Units available to sell on a listing's channel. ``arithmetic`` are lines a person can redo. ``unknown`` True: nobody
    states a number, so nothing can be promised and ``units`` is 0. ``made_to_order`` units may be sold beyond the pool before
    anything is oversold."""

    units: int
    pool: Pool
    arithmetic: tuple[str, ...]
    unknown: bool = False
    made_to_order: int = 0


def promise(
    state: SkuState,
    listing: Listing,
    policy: Policy,
    now: datetime,
    family: str = "",
    *,
    of_parts: Pool | None = None,
    drawn: Pool | None = None,
) -> Promise:
    """ATS of a listing: its channel's share of (pool - safety stock - buffer) and of what can be made to order, at most
    ``maximum_shown``, nothing below ``floor``, never below zero. ``family`` is the SKU's, as the catalogue says.

    ``of_parts``: the pool of a kit, which has no stock of its own; ``drawn``: the channel's pool, where it is known. Raises
    BadInput when policy does not list the listing's system as a channel.
    """
    rules = channel_rules(policy, listing.system)
    if drawn is None:
        drawn = pool(state, listing.system, policy, now) if of_parts is None else of_parts
    if drawn.unknown and of_parts is not None:
        return Promise(0, drawn, ("Nobody has stated a number for one of its parts yet",), unknown=True)
    if drawn.unknown:
        names = " or ".join(policy.locations[place].name for place in rules.locations)
        who = f"No {' or '.join(rules.decided_by)} source" if rules.decided_by else "Nobody"
        return Promise(0, drawn, (f"{who} has stated a number at {names} yet",), unknown=True)
    held = held_for(policy, state.sku, family, listing.system, rules)
    lines = [term.text for term in drawn.terms]
    free = _free(drawn.units, held, lines)
    units = _share(listing.system, rules, free, policy)
    if rules.share < 1:
        lines.append(f"its share of {rules.share:.0%}: {max(0, units)}")
    if held.maximum_shown is not None and units > held.maximum_shown:
        units = held.maximum_shown
        lines.append(f"at most {units} shown")
    if 0 < units < held.floor:
        units = 0
        lines.append(f"below {held.floor} nothing is shown")
    return Promise(max(0, units), drawn, tuple(lines), made_to_order=held.made_to_order)


@quickly
@dataclass(frozen=True, slots=True)
class _Free:
    """Units that all channels together may offer (``together``), and those left for one that keeps back its own figures."""

    left: int
    together: int


def _free(units: int, held: Held, lines: list[str]) -> _Free:
    """What is left of a pool, with the lines that say so. Units made to order are used up by what was sold beyond the stock; what
    is kept back is kept of the stock and never of them."""
    safety, buffer = held.safety_stock, held.buffer
    made = max(0, held.made_to_order + min(0, units))
    if held.made_to_order:
        safety = min(safety, max(0, units))
        buffer = min(buffer, max(0, units) - safety)
    if safety:
        lines.append(f"{MINUS} safety {safety}")
    if buffer:
        lines.append(f"{MINUS} buffer {buffer}")
    if not held.made_to_order:
        return _Free(units - safety - buffer, units)
    lines.append(f"+ made to order {held.made_to_order}")
    return _Free(max(0, units) - safety - buffer + made, max(0, units) + made)


def _share(channel: SystemId, rules: Channel, free: _Free, policy: Policy) -> int:
    if rules.share >= 1 or free.left <= 0:
        return free.left
    sharing = {
        SystemId(name): system.channel.share
        for name, system in policy.systems.items()
        if system.channel is not None
        and system.channel.share < 1
        and not set(system.channel.locations).isdisjoint(rules.locations)
    }
    # Channels keep back different figures, so each reckons with another total; the second term keeps their sum in the pool.
    return min(allocate(free.left, sharing)[channel], allocate(free.together, sharing)[channel])


def allocate(units: int, shares: Mapping[SystemId, Decimal]) -> dict[SystemId, int]:
    """Whole units per channel by largest remainder (Hamilton's method), ties by name; never more than ``units`` in all.

    Shares that add up to more than one are scaled down to one; what they leave below one is nobody's.
    """
    units = max(0, units)
    total = sum(shares.values(), Decimal(0))
    scale = max(total, Decimal(1))
    quotas = {channel: units * share / scale for channel, share in shares.items()}
    whole = {channel: floor(quota) for channel, quota in quotas.items()}
    left = floor(units * total / scale) - sum(whole.values())
    by_remainder = sorted(quotas, key=lambda channel: (whole[channel] - quotas[channel], channel))
    for channel in by_remainder[: max(0, left)]:
        whole[channel] += 1
    return whole


def may_raise(
    previous: RaiseMemo | None,
    promise: Promise,
    state: SkuState,
    facts: Iterable[Fact],
    policy: Policy,
    now: datetime,
    *,
    by_word: bool = False,
) -> tuple[bool, RaiseMemo | None, str]:
    """Whether a listing's promise may be shown now, what to store for it, and why: raise slowly, lower at once.

    ``previous`` is what was stored last (None: never promised), ``facts`` those folded since; ``by_word``: a person said since
    that more of a source counts. When the answer is no, the
    memo's ``allowed`` may be shown meanwhile. An unknown promise raises nothing and changes no memo.
    """
    del state
    if promise.unknown:
        return False, previous, "no number is known"
    return may_rise(previous, promise.units, promise.pool, facts, policy, now, by_word=by_word)


def next_change(state: SkuState, policy: Policy, now: datetime) -> datetime | None:
    """The next instant at which a pool can change with no new fact: a number grows stale, a person's word on it or an
    acknowledgement ends, a transfer is overdue, or a pending line expires.

    Settling, limits and snoozes are the caller's clocks; ``books_within`` and ``learns_within`` pass only with a new number.
    """
    ends: list[datetime | None] = []
    exact: list[datetime] = []
    for position in state.positions:
        if position.movements:
            exact += overdue_at(position, policy)
        place = policy.locations.get(position.location)
        if position.word is not None and position.word.until is not None:
            exact.append(position.word.until)
        if place is not None and position.system in place.deciders:
            source = source_of(policy, position.system, position.location)
            if source is not None and source.fresh_for is not None:
                ends.append(fresh_by(position, source))
            if source is not None and source.acknowledged_for is not None:
                ends.append(acknowledged_through(position, source))
    ends += [expires_at(line, policy) for line in state.lines]
    exact += [end + MOMENT for end in ends if end is not None]
    return min([instant for instant in exact if instant > now], default=None)
