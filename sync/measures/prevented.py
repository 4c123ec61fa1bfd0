"""Oversells that did not happen, and against what they are counted. Pure.

A lowering that a channel took is compared with the same listing left as it was: it would have gone on showing ``shown`` units,
until our next write to it and for ``LONGEST_COMPARED`` at most, to customers who come as a Poisson process at the pace at which
they ordered (from ``PACE_FROM`` before the period to its end). What they would have bought beyond the units that could be sold
is prevented: the sum of P(demand >= k) over k from ``can_sell`` + 1 to ``shown``. Without recorded orders nothing is claimed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sync.measures.records import LONGEST_COMPARED, PACE_FROM, Lowering
from sync.risk import expected_beyond

COUNTED_FROM = Decimal("0.5")
"""A lowering counts as an incident prevented when at least so many units would have been sold too many."""


@dataclass(frozen=True, slots=True)
class Prevented:
    """``units`` that would have been sold beyond what was there, ``value`` at their prices (``unpriced`` units have none in the
    currency), and ``incidents``: lowerings without which at least half a unit would have been."""

    units: Decimal = Decimal(0)
    value: Decimal = Decimal(0)
    unpriced: Decimal = Decimal(0)
    incidents: int = 0


def prevented(lowerings: Sequence[Lowering], start: datetime, end: datetime, now: datetime, currency: str) -> Prevented:
    """What the lowerings of [start, end) prevented, as far as time has passed by ``now``."""
    units = value = unpriced = Decimal(0)
    incidents = 0
    measured = (end - start + PACE_FROM).total_seconds()
    for one, until in _apart(lowerings, now):
        lasted = (until - one.at).total_seconds()
        beyond = expected_beyond(one.ordered / measured * lasted, one.can_sell, one.shown - one.can_sell)
        more = Decimal(str(round(beyond, 4)))
        units += more
        incidents += more >= COUNTED_FROM
        if one.price is not None and one.currency == currency:
            value += more * one.price
        else:
            unpriced += more
    return Prevented(units, value, unpriced, incidents)


def _apart(lowerings: Sequence[Lowering], now: datetime) -> list[tuple[Lowering, datetime]]:
    """Each with its end, none beside another of the same listing: a pause hides what lower numbers would have hidden, so these
    count up to the pause only, and not within it."""
    by_listing: dict[tuple[str, str], list[tuple[Lowering, datetime]]] = defaultdict(list)
    for one in sorted(lowerings, key=lambda lowering: (lowering.at, not lowering.paused)):
        until = min(one.until or now, one.at + LONGEST_COMPARED, now)
        if until > one.at:
            by_listing[one.system, one.listing or one.sku].append((one, until))
    kept = []
    for several in by_listing.values():
        pauses = [(one.at, until) for one, until in several if one.paused]
        for one, until in several:
            if one.paused:
                kept.append((one, until))
                continue
            if any(begin <= one.at < over for begin, over in pauses):
                continue
            kept.append((one, min([until, *(begin for begin, _ in pauses if begin > one.at)])))
    return kept
