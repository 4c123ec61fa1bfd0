"""A token bucket per system, in this process."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Rate:
    """``burst`` at once, then ``per_second`` in the long run."""

    per_second: float
    burst: int


class Rates:
    """Buckets by name; full when first seen."""

    def __init__(self, rate: Rate) -> None:
        self._rate = rate
        self._buckets: dict[str, tuple[float, datetime]] = {}

    def take(self, name: str, now: datetime) -> timedelta | None:
        """Take one token: None, or how long until there is one."""
        left, at = self._buckets.get(name, (float(self._rate.burst), now))
        passed = max(0.0, (now - at).total_seconds())
        left = min(float(self._rate.burst), left + passed * self._rate.per_second)
        if left < 1:
            self._buckets[name] = (left, now)
            return timedelta(seconds=(1 - left) / self._rate.per_second)
        self._buckets[name] = (left - 1, now)
        return None
