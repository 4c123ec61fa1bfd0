"""How much is decided at a time: as much as takes a quarter of a second, so that a person's click never waits for long.

A slice holds the locks of its SKUs (on SQLite all of the database) from its beginning to its end, and its rules run in this
process's one thread, where clicks are acknowledged, too.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

MOST, LEAST, FIRST = 2_000, 50, 500
"""SKUs in a slice."""
AIM = 0.25
"""Seconds that a slice should take."""
TURN = 0.01
"""Seconds of work after which other tasks of this process get their turn."""


class Slices:
    """How many SKUs the next slice takes, learned from how long the last ones took."""

    def __init__(self) -> None:
        self.size = FIRST

    def took(self, skus: int, seconds: float) -> None:
        """A slice of so many SKUs took so long. A small one was slow because it waited, which a smaller one would, too."""
        if seconds > AIM:
            if skus >= LEAST:
                self.size = max(LEAST, min(self.size, int(skus * AIM / seconds)))
        elif skus >= self.size:
            self.size = min(MOST, self.size * 2, max(self.size, int(skus * AIM / max(seconds, 0.001))))


class Turns:
    """Lets others work in between."""

    def __init__(self, seconds: Callable[[], float] = time.perf_counter) -> None:
        self._seconds = seconds
        self._since = seconds()

    async def shared(self) -> None:
        """Give way if this has worked for a turn."""
        if self._seconds() - self._since >= TURN:
            await asyncio.sleep(0)
            self._since = self._seconds()
