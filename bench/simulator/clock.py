"""The product's clock in a simulated world: it stands where the world stands, and never shows one instant twice."""

from __future__ import annotations

from datetime import datetime, timedelta

TICK = timedelta(microseconds=1)


class WorldClock:
    """Moved by hand; each look is a microsecond later than the last, as on a real machine."""

    def __init__(self, began: datetime) -> None:
        self._now = began

    def now(self) -> datetime:
        """The present instant, UTC."""
        self._now += TICK
        return self._now

    def forward_to(self, instant: datetime) -> None:
        """Let it be this instant, unless that is past."""
        self._now = max(self._now, instant)
