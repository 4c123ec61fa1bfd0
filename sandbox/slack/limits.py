"""Slack's rate limits: a bucket per method and workspace, and one per channel for posting.

Tiers and the posting limit: docs.slack.dev, "Rate limits". Bursts are what Slack tolerates, not what it promises.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field

TIERS = {1: 1, 2: 20, 3: 50, 4: 100}
"""Calls per minute; a full minute's worth may come at once."""
CONNECTION_BURST = 10
"""An app may open its ten sockets at once."""
POST_PER_SECOND = 1.0
POST_BURST = 4
WORKSPACE_POSTS_PER_MINUTE = 300
SPECIAL_PER_MINUTE = 600
"""auth.test, chat.getPermalink and others without a tier: hundreds a minute."""


@dataclass(slots=True)
class _Bucket:
    size: float
    per_second: float
    level: float
    at: float

    def wait(self, now: float) -> float:
        """Seconds until there is one to take, 0 when there is."""
        self.level = min(self.size, self.level + (now - self.at) * self.per_second)
        self.at = now
        return 0.0 if self.level >= 1 else (1 - self.level) / self.per_second


@dataclass(slots=True)
class RateLimits:
    """The limits in force. `scale` 10 allows ten times as much; `enabled=False` allows everything."""

    scale: float = 1.0
    enabled: bool = True
    clock: Callable[[], float] = time.monotonic
    _buckets: dict[tuple[str, ...], _Bucket] = field(default_factory=dict)

    @classmethod
    def off(cls) -> RateLimits:
        """No limits at all."""
        return cls(enabled=False)

    def take(self, method: str, tier: int | None, channel: str | None) -> int | None:
        """Count one call. None when it may go on, else the seconds of `Retry-After`."""
        if not self.enabled:
            return None
        now = self.clock()
        buckets = self._for(method, tier, channel, now)
        waits = [bucket.wait(now) for bucket in buckets]
        if any(waits):
            return max(1, math.ceil(max(waits)))
        for bucket in buckets:
            bucket.level -= 1
        return None

    def _for(self, method: str, tier: int | None, channel: str | None, now: float) -> list[_Bucket]:
        if method == "chat.postMessage":
            return [
                self._bucket(("post", channel or ""), POST_BURST, POST_PER_SECOND, now),
                self._bucket(("post",), WORKSPACE_POSTS_PER_MINUTE / 5, WORKSPACE_POSTS_PER_MINUTE / 60, now),
            ]
        per_minute = SPECIAL_PER_MINUTE if tier is None else TIERS[tier]
        burst = CONNECTION_BURST if tier == 1 else per_minute
        return [self._bucket((method,), burst, per_minute / 60, now)]

    def _bucket(self, key: tuple[str, ...], size: float, per_second: float, now: float) -> _Bucket:
        if key not in self._buckets:
            size = max(1.0, size * self.scale)
            self._buckets[key] = _Bucket(size, per_second * self.scale, size, now)
        return self._buckets[key]
