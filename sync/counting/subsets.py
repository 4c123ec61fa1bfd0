"""Whether some of several changes, whichever, lead from one number to another."""

from __future__ import annotations

from collections.abc import Iterable

LARGEST = 1_000_000
"""Sums of changes beyond this are not searched: such a number counts as explained by nothing."""


def reaches(start: int, changes: Iterable[int], goal: int) -> bool:
    """True when ``start`` plus some subset of ``changes`` is ``goal`` (subset sum, one bit per reachable number)."""
    known = [change for change in changes if change]
    lowest = start + sum(change for change in known if change < 0)
    highest = start + sum(change for change in known if change > 0)
    if not lowest <= goal <= highest:
        return False
    if highest - lowest > LARGEST:
        return start == goal
    sums = 1 << (start - lowest)
    for change in known:
        sums |= sums << change if change > 0 else sums >> -change
    return bool(sums >> (goal - lowest) & 1)
