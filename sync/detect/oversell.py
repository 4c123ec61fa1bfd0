"""Oversell incidents: more was sold than the deciding numbers leave. They end with the orders named in them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from sync.counting.dealing import with_orders_steps
from sync.counting.weights import owed, told
from sync.detect.cause import cause_of, system_name, units
from sync.detect.picture import ListingPicture, SkuPicture
from sync.model.exceptions import Case, Direction, Evidence, ExceptionClass, Finding, Fingerprint, Risk
from sync.model.ids import SystemId
from sync.model.stock import OrderLine
from sync.policy.schema import Policy
from sync.risk import no_risk, sold_beyond_risk

Order = tuple[str, str]
"""(channel, order)."""

MOST_NAMED = 50
"""Orders that one incident follows to their end."""


def oversell(sku: SkuPicture, policy: Policy, now: datetime) -> Iterator[Finding]:
    """One finding per SKU whose pool is below zero on some channel, counted at once, with the orders that compete for it.

    Units that the pool holds back only because they are not sure yet are no oversell, nor are those that can be made to order.
    Ended by ``orders`` (the default) it
    stands until each order named in it is shipped, moved to another place or cancelled, also when stock has come meanwhile;
    ended by ``itself`` until the pool is no longer below zero.
    """
    short = [(_missing(one, sku), one) for one in sku.listings if not one.promise.unknown]
    if not short or not (sku.cases or [one for units, one in short if units > 0]):
        return
    fingerprint = Fingerprint(ExceptionClass.OVERSELL, sku=sku.sku.id, direction=Direction.OVER)
    missing, worst = max(short, key=lambda pair: (pair[0], pair[1].listing.id))
    missing, case = max(0, missing), sku.open_case(fingerprint)
    if missing == 0 and case is None:
        return
    held = _held(worst, now)
    named = _named(held, missing) if missing else ()
    if case is not None and policy.rules_for(ExceptionClass.OVERSELL).ended_by == "orders":
        named = _following(case, named, sku, policy)
    if missing == 0 and not named:
        return
    yield _finding(sku, worst, fingerprint, missing, held, named, policy, now)


def _missing(one: ListingPicture, sku: SkuPicture) -> int:
    """Units sold beyond the pool and beyond what can be made to order, at most those that anybody ordered and that have not
    left: what a number is below zero beyond them nobody was promised."""
    drawn = one.promise.pool
    beyond = -(drawn.units + drawn.caution + one.promise.made_to_order)
    if beyond <= 0:
        return beyond
    weights = {line.key: units for line, units in drawn.held}
    lines = with_orders_steps(sku.state.lines)
    return min(beyond, sum(max(owed(line) - told(line.shipped), weights.get(line.key, 0), 0) for line in lines))


def _held(one: ListingPicture, now: datetime) -> list[tuple[OrderLine, int]]:
    """Lines that weigh on the pool, newest first."""
    held = [pair for pair in one.promise.pool.held if pair[1] > 0]
    return sorted(held, key=lambda pair: (pair[0].placed_at or now, pair[0].key), reverse=True)


def _named(held: list[tuple[OrderLine, int]], missing: int) -> tuple[Order, ...]:
    """The newest orders that together hold the missing units, and the one before them that competes for the last unit."""
    named: dict[Order, None] = {}
    for line, count in held:
        named[(line.channel, line.order)] = None
        if missing <= 0:
            break
        missing -= count
    return tuple(named)


def _following(case: Case, named: tuple[Order, ...], sku: SkuPicture, policy: Policy) -> tuple[Order, ...]:
    """The orders named in the incident so far that are not done, and those that came to it."""
    lines: dict[Order, list[OrderLine]] = {}
    for line in with_orders_steps(sku.state.lines):
        lines.setdefault((line.channel, line.order), []).append(line)
    before = case.evidence.facts
    still = [order for order in before if any(not _done(line, policy) for line in lines.get(order, ()))]
    return tuple(dict.fromkeys((*still, *named)))[:MOST_NAMED]


def _done(line: OrderLine, policy: Policy) -> bool:
    """Shipped, cancelled, or moved to a place that its own channel does not draw on."""
    if owed(line) <= told(line.shipped):
        return True
    known = policy.systems.get(line.channel)
    places = known.channel.locations if known is not None and known.channel is not None else ()
    return line.location is not None and line.location not in places


def _finding(
    sku: SkuPicture,
    worst: ListingPicture,
    fingerprint: Fingerprint,
    missing: int,
    held: list[tuple[OrderLine, int]],
    named: tuple[Order, ...],
    policy: Policy,
    now: datetime,
) -> Finding:
    cause = cause_of(sku, worst, policy)
    return Finding(
        fingerprint=fingerprint,
        delta=-missing,
        evidence=Evidence(
            changed=f"{cause.changed} {_orders(held, named, missing, policy)}",
            event=cause.event,
            event_at=cause.event_at,
            can_sell=0,
            arithmetic=worst.promise.arithmetic,
            cause="orders:oversold",
            facts=named,
        ),
        risk=_risk(sku, missing, policy),
        since=min(now, cause.event_at or now),
    )


def _orders(held: list[tuple[OrderLine, int]], named: tuple[Order, ...], missing: int, policy: Policy) -> str:
    holds: dict[Order, int] = {}
    for line, count in held:
        holds[(line.channel, line.order)] = holds.get((line.channel, line.order), 0) + count
    shown = [_order(order, holds, policy) for order in named[:3]]
    more = f" and {len(named) - 3} more" if len(named) > 3 else ""
    if missing:
        return f"Open orders, newest first: {', '.join(shown)}{more}."
    return f"There is stock for all now; still to be shipped, moved or cancelled: {', '.join(shown)}{more}."


def _order(order: Order, holds: dict[Order, int], policy: Policy) -> str:
    channel, name = order
    held = f" ({units(holds[order])})" if order in holds else ""
    return f"{name} on {system_name(policy, SystemId(channel))}{held}"


def _risk(sku: SkuPicture, missing: int, policy: Policy) -> Risk:
    if not missing:
        return no_risk(policy.currency, "There is stock for every order now.")
    return sold_beyond_risk(
        missing=missing,
        price=sku.sku.price,
        unit_cost=sku.sku.unit_cost,
        cancel=policy.costs.cancel,
        currency=policy.currency,
    )
