"""Deciding sources that state, or move to, less than nothing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from sync.detect.cause import place_name, system_name, told, units
from sync.detect.picture import SkuPicture
from sync.model.exceptions import Direction, Evidence, ExceptionClass, Finding, Fingerprint
from sync.model.stock import Position
from sync.policy.schema import Policy
from sync.promise import number_of
from sync.risk import no_risk


def negative_stock(sku: SkuPicture, policy: Policy, now: datetime) -> Iterator[Finding]:
    """One finding per decider and place whose number, with its own later movements, is below zero.

    No shelf holds less than nothing: something was booked twice, never, or under another code. What is quarantined or
    reserved there is not taken off first, nor what may be in the number already; a pool below zero is an oversell, which is
    another trouble.
    """
    for position in sku.state.positions:
        place = policy.locations.get(position.location)
        if place is None or position.system not in place.deciders or _plainly_there(position):
            continue
        number = number_of(position, policy, now)
        if number is None:
            continue
        has = number.stated + number.raised - number.lowered + number.caution
        if has < 0:
            yield _finding(sku, position, has, policy, now)


def _plainly_there(position: Position) -> bool:
    """Nothing moved and nothing stated is below zero, whatever policy makes of it."""
    if position.statement is None:
        return True
    count = position.statement.count
    return not position.movements and (count.on_hand or 0) >= 0 and (count.available or 0) >= 0


def _finding(sku: SkuPicture, position: Position, has: int, policy: Policy, now: datetime) -> Finding:
    name, where = system_name(policy, position.system), place_name(policy, position.location)
    own = [fact for fact in sku.fresh if (fact.system, fact.location) == (position.system, position.location)]
    fact = max(own, key=lambda fact: (fact.as_of.end, fact.key), default=None)
    cause = f"{told(fact, policy, sku.before)} " if fact is not None else ""
    statement = position.statement
    event = fact.key if fact is not None else statement.key if statement is not None else ""
    at = fact.as_of.end if fact is not None else statement.as_of.end if statement is not None else now
    return Finding(
        fingerprint=Fingerprint(
            ExceptionClass.NEGATIVE_STOCK,
            sku=sku.sku.id,
            location=position.location,
            systems=(position.system,),
            direction=Direction.UNDER,
        ),
        delta=has,
        evidence=Evidence(
            changed=f"{cause}{name} has {units(has)} at {where}: something was booked twice, never, or under another code.",
            event=f"{position.system}:{event}",
            event_at=at,
            can_sell=0,
            cause=f"{position.system}:negative",
        ),
        risk=no_risk(policy.currency, "Nothing is promised of a number below zero."),
        since=min(now, at),
        settles_in=policy.system(position.system).settles_in,
    )
