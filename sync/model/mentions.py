"""Telling people: who is to be told of what, whether it may wait, and when each has said that it must not be told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sync.model.ids import ExceptionId, QueueId, UserId


class Why(StrEnum):
    """``own``: nobody took it in time. ``end``: it is not ended in time. ``last_resort``: the ops lead answers for it.
    ``copy``: told once for information. ``still``: the owner is asked whether they are still on it."""

    OWN = "own"
    END = "end"
    LAST_RESORT = "last_resort"
    COPY = "copy"
    STILL = "still"


@dataclass(frozen=True, slots=True)
class Mention:
    """Somebody is to be told of one exception, once per ``key``.

    ``person`` is a user id; empty where only ``channel`` is told. ``channel`` empty: below the exception's card. ``cause``
    gathers: nobody is told twice of one cause within a while. ``not_before``: outside their hours; ``critical``: told at once.
    """

    key: str
    case: ExceptionId
    queue: QueueId
    why: Why
    cause: str
    person: UserId
    wanted_at: datetime
    not_before: datetime
    channel: str = ""
    critical: bool = False


@dataclass(frozen=True, slots=True)
class PersonSettings:
    """What a person chose for themselves: whether they are mentioned at all, and when not, as local times of ``timezone``.

    Equal ``quiet_from`` and ``quiet_until``: no quiet hours."""

    user: UserId
    mentioned: bool = True
    quiet_from: str = "00:00"
    quiet_until: str = "00:00"
    timezone: str = "UTC"
