"""Lines of arithmetic that a person can redo."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sync.model.made import quickly

MINUS = "\u2212"


@quickly
@dataclass(frozen=True, slots=True)
class Term:
    """One line of the arithmetic and its signed units; the terms of a pool add up to it."""

    text: str
    units: int


def clock(at: datetime, now: datetime) -> str:
    """``14:02`` today, ``Nov 23 14:02`` on another day (UTC)."""
    return f"{at:%H:%M}" if at.date() == now.date() else f"{at:%b %d %H:%M}"
