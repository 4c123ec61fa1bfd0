"""How long a lane waits, and what it holds back meanwhile. Pure but for jitter."""

from __future__ import annotations

import random
from collections.abc import Collection, Mapping
from datetime import timedelta

from sync.connectors.base import Fault
from sync.model.ids import SystemId
from sync.model.outbox import Priority
from sync.model.reading import Behind

MOST_TRIES = 12
"""A write that keeps failing is given up after this many tries, about a quarter of an hour, and is an exception long before."""

FIRST_WAIT = timedelta(seconds=1)
LONGEST_WAIT = timedelta(minutes=5)


def account_wait(fault: Fault, lasting: timedelta) -> timedelta:
    """Before an account that refuses is tried once more: the longer it has lasted the longer, so that it mends itself without
    a person and is not hammered meanwhile."""
    first = timedelta(seconds=30) if fault is Fault.PERMISSION else timedelta(seconds=5)
    return min(max(first, lasting / 4), LONGEST_WAIT)


def held_back(system: SystemId, waits: Mapping[SystemId, Behind], frozen: bool = False) -> Collection[Priority]:
    """What a lane does not send while systems have to be read again: increases; corrections too where it is this system; and,
    where it was never read, whatever is no stop or zero. A frozen one raises and corrects nothing."""
    if system not in waits:
        raising = (Priority.INCREASE,) if waits else ()
        return (Priority.CORRECTION, Priority.INCREASE) if frozen else raising
    lowering = (Priority.DECREASE,) if waits[system] is Behind.FIRST else ()
    return (*lowering, Priority.CORRECTION, Priority.INCREASE)


def wait_before(tries: int, asked: timedelta | None) -> timedelta:
    """Exponential with full jitter above a half, capped; never shorter than what the platform asked for."""
    longest = min(FIRST_WAIT * int(2 ** (tries - 1)), LONGEST_WAIT)
    wait = longest * (0.5 + random.random() / 2)  # noqa: S311 - jitter, not a secret
    return max(wait, asked) if asked is not None else wait
