"""How far a system has been read again: what decides whether its lane may raise."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sync.model.ids import SystemId


class Behind(StrEnum):
    """Why a system's open orders and levels have to be read again, whole, before anything is raised."""

    FIRST = "first"
    RESTORED = "restored"
    AWAY = "away"


@dataclass(frozen=True, slots=True)
class Reading:
    """The readings of one system that can be read, as stored and shared by every process.

    ``read_at`` is when the newest completed reading began (the last sign of life), ``full_at`` when the newest complete one of
    everything began; None: never. ``restored`` True: the database is a backup, and nothing was read since.
    """

    system: SystemId
    read_at: datetime | None = None
    full_at: datetime | None = None
    restored: bool = False
