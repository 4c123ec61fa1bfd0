"""Transfers on their way: which left one place and have not come to the other, by what their system tells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sync.counting.numbers import source_of
from sync.model.stock import Movement, Position
from sync.model.time import AsOf
from sync.policy.schema import Policy
from sync.policy.system_rules import Trust

KEPT = timedelta(days=90)
"""Movements of transfers are kept beside a number for so long before it, though they are in it; older ones are forgotten."""

MOMENT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Transit:
    """Units of one transfer that have not arrived, and when they left."""

    transfer: str
    units: int
    left_at: AsOf


def is_of_transfer(movement: Movement) -> bool:
    """It sends units on their way, or may bring some in."""
    return bool(movement.change.transfer) or movement.change.incoming < 0


def in_transit(position: Position) -> list[Transit]:
    """What is on its way to the position's place, oldest first.

    An arrival that names its transfer brings in that one, one that does not the oldest that had left by then. A later number
    that states what is on its way says how much of what left before it still is.
    """
    legs = [one for one in position.movements if one.change.transfer and one.change.incoming > 0]
    if not legs:
        return []
    left = {leg.key: leg.change.incoming for leg in legs}
    for movement in position.movements:
        change = movement.change
        if change.transfer and change.incoming <= 0:
            _bring(
                left,
                [leg for leg in legs if leg.change.transfer == change.transfer],
                max(change.on_hand, -change.incoming),
            )
        elif not change.transfer and change.incoming < 0:
            _bring(left, [leg for leg in legs if leg.at.start <= movement.at.end], -change.incoming)
    said, as_of = position.statement, position.as_of
    if said is not None and as_of is not None and said.count.incoming is not None:
        known = [leg for leg in legs if leg.at.certainly_before(said.as_of)]
        _bring(left, known, sum(left[leg.key] for leg in known) - max(0, said.count.incoming))
    return [Transit(leg.change.transfer, left[leg.key], leg.at) for leg in legs if left[leg.key] > 0]


def overdue_at(position: Position, policy: Policy) -> list[datetime]:
    """The instants from which each transfer on its way there is overdue: ``transit_within`` after it left. None for sources that
    only give advice."""
    source = source_of(policy, position.system, position.location)
    if source is None or source.trust is Trust.ADVISORY:
        return []
    return [one.left_at.end + source.transit_within + MOMENT for one in in_transit(position)]


def _bring(left: dict[str, int], legs: Sequence[Movement], units: int) -> None:
    """Units come in by these legs, one after the other."""
    for leg in legs:
        taken = max(0, min(units, left[leg.key]))
        left[leg.key] -= taken
        units -= taken
