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


_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def clock(at: datetime, now: datetime) -> str:
    """``14:02 UTC`` today, ``Nov 23 14:02 UTC`` on another day."""
    time = f"{at.hour:02}:{at.minute:02} UTC"
    today = at.day == now.day and at.month == now.month and at.year == now.year
    return time if today else f"{_MONTHS[at.month - 1]} {at.day:02} {time}"
