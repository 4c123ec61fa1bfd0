"""The wall clock."""

from __future__ import annotations

from datetime import UTC, datetime


class WallClock:
    """Now, in UTC."""

    def now(self) -> datetime:
        """The present instant."""
        return datetime.now(UTC)
