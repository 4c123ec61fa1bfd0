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
    """``14:02 UTC`` today, ``Nov 23 14:02 UTC`` on another day."""
    return f"{at:%H:%M} UTC" if at.date() == now.date() else f"{at:%b %d %H:%M} UTC"
