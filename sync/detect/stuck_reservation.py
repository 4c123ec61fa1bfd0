"""Orders that hold stock for longer than policy allows: the shop shows sold out, and nobody ships."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from sync.detect.cause import system_name, units
from sync.detect.picture import SkuPicture, until_resolved
from sync.model.exceptions import Evidence, ExceptionClass, Finding, Fingerprint
from sync.model.stock import OrderLine
from sync.policy.schema import Policy
from sync.risk import hidden_risk

NAMED = 3
"""How many holders the card names, the oldest first."""


def stuck_reservation(sku: SkuPicture, policy: Policy, now: datetime) -> Iterator[Finding]:
    """One finding per SKU for all its lines that still weigh and are older than ``held_for``, the oldest holders named.

    It ends when they are shipped or cancelled. A paid line never stops weighing by age.
    """
    rules = policy.rules_for(ExceptionClass.STUCK_RESERVATION)
    oldest = now - rules.held_for
    if not [line for line in sku.state.lines if line.placed_at is not None and line.placed_at < oldest]:
        return
    held = _held(sku, oldest)
    if not held:
        return
    total = sum(count for _, count in held)
    fingerprint = Fingerprint(ExceptionClass.STUCK_RESERVATION, sku=sku.sku.id)
    first, placed = held[0][0], held[0][0].placed_at or now
    lasts = until_resolved(policy, rules.resolve_within, now, now)
    yield Finding(
        fingerprint=fingerprint,
        delta=total,
        evidence=Evidence(
            changed=_sentence(held, policy),
            event=f"{first.channel}:{first.order}",
            event_at=placed,
            cause="orders:stuck",
            facts=tuple((line.channel, line.order) for line, _ in held[:10]),
        ),
        risk=hidden_risk(
            hidden=total,
            units_7d=sku.pace_of_all,
            price=sku.sku.price,
            lasts=lasts,
            currency=policy.currency,
            has_stock=any(one.promise.units > 0 for one in sku.listings) or not sku.listings,
            unit_cost=sku.sku.unit_cost,
        ),
        since=min(now, placed + rules.held_for),
    )


def _held(sku: SkuPicture, oldest: datetime) -> list[tuple[OrderLine, int]]:
    """Lines that weigh on some pool and were placed before ``oldest``, oldest first, each with its largest weight."""
    found: dict[tuple[str, str, str, str], tuple[OrderLine, int]] = {}
    for one in sku.listings:
        for line, count in one.promise.pool.held:
            if count > 0 and line.placed_at is not None and line.placed_at < oldest:
                known = found.get(line.key)
                if known is None or known[1] < count:
                    found[line.key] = (line, count)
    return sorted(found.values(), key=lambda pair: (pair[0].placed_at, pair[0].key))


def _sentence(held: list[tuple[OrderLine, int]], policy: Policy) -> str:
    named = [
        f"{line.order} on {system_name(policy, line.channel)} ({units(count)} since {line.placed_at:%b %d})"
        for line, count in held[:NAMED]
    ]
    more = f" and {len(held) - NAMED} more" if len(held) > NAMED else ""
    return f"Still open, oldest first: {', '.join(named)}{more}. They go on holding stock until shipped or cancelled."
