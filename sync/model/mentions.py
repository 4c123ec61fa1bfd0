"""Telling people: who is to be told of what, whether it may wait, and when each has said that it must not be told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
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


class Direct(StrEnum):
    """Which direct messages somebody wants: what only they can do, also what is late in their queues, or none."""

    MINE = "mine"
    LATE = "late"
    NONE = "none"


EVERY_DAY = (0, 1, 2, 3, 4, 5, 6)


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

    Equal ``quiet_from`` and ``quiet_until``: no quiet hours; ``quiet_days`` are the days on which they begin (Monday is 0).
    ``away_from`` to ``away_until``: days on which they are not there, both included, in their own time zone; ``delegate`` is told
    in their place, where they may act. ``money_first``: in lists for them alone money stands before units."""

    user: UserId
    mentioned: bool = True
    quiet_from: str = "00:00"
    quiet_until: str = "00:00"
    timezone: str = "UTC"
    direct: Direct = Direct.MINE
    quiet_days: tuple[int, ...] = EVERY_DAY
    away_from: date | None = None
    away_until: date | None = None
    delegate: UserId | None = None
    money_first: bool = False
