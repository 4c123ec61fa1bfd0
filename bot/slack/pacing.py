"""How fast Slack may be called: a bucket per method, and one per channel for posting; ``Retry-After`` per method.

Figures stay below Slack's own (``contracts/slack.md``), so that a 429 is the exception. A part of each bucket is kept for
what is urgent, so that an answer to a click passes a storm.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

POST = "chat.postMessage"
UPDATE = "chat.update"
EPHEMERAL = "chat.postEphemeral"
DELETE = "chat.delete"
HISTORY = "conversations.history"
REPLIES = "conversations.replies"


@dataclass(frozen=True, slots=True)
class Rate:
    """``burst`` calls at once, then ``per_second``; the last ``reserve`` of them are for urgent calls only."""

    per_second: float
    burst: float
    reserve: float


CHANNEL = Rate(per_second=1.0, burst=3.0, reserve=1.0)
METHODS = {
    POST: Rate(per_second=4.0, burst=20.0, reserve=4.0),
    UPDATE: Rate(per_second=0.8, burst=20.0, reserve=4.0),
    EPHEMERAL: Rate(per_second=1.5, burst=20.0, reserve=4.0),
    "pins.add": Rate(per_second=0.3, burst=10.0, reserve=0.0),
    DELETE: Rate(per_second=0.8, burst=10.0, reserve=0.0),
    HISTORY: Rate(per_second=0.8, burst=10.0, reserve=2.0),
    REPLIES: Rate(per_second=0.8, burst=10.0, reserve=2.0),
}
OTHER = Rate(per_second=1.5, burst=20.0, reserve=0.0)


@dataclass(slots=True)
class _Bucket:
    rate: Rate
    level: float
    at: float

    def wait(self, now: float, urgent: bool) -> float:
        self.level = min(self.rate.burst, self.level + (now - self.at) * self.rate.per_second)
        self.at = now
        needed = 1.0 if urgent else 1.0 + self.rate.reserve
        return max(0.0, (needed - self.level) / self.rate.per_second)


class Pacing:
    """The pace of one workspace. ``clock`` gives seconds that only rise."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._buckets: dict[tuple[str, str], _Bucket] = {}
        self._blocked: dict[str, float] = {}

    @property
    def seconds(self) -> Callable[[], float]:
        """What time is measured by."""
        return self._clock

    def wait(self, method: str, channel: str = "", *, urgent: bool = False) -> float:
        """Seconds until this call may go; 0 when it may go now."""
        now = self._clock()
        waits = [bucket.wait(now, urgent) for bucket in self._for(method, channel, now)]
        return max(self.held(method), *waits)

    def take(self, method: str, channel: str = "") -> None:
        """Count one call that goes now."""
        now = self._clock()
        for bucket in self._for(method, channel, now):
            bucket.wait(now, True)
            bucket.level -= 1

    def held(self, method: str) -> float:
        """Seconds for which Slack wants no call of this method; 0 when it may be called."""
        return max(0.0, self._blocked.get(method, 0.0) - self._clock())

    def block(self, method: str, seconds: float) -> None:
        """Slack said when this method may be called again; other methods go on."""
        self._blocked[method] = max(self._blocked.get(method, 0.0), self._clock() + seconds)

    def _for(self, method: str, channel: str, now: float) -> list[_Bucket]:
        buckets = [self._bucket((method, ""), METHODS.get(method, OTHER), now)]
        if method == POST and channel:
            buckets.append(self._bucket((method, channel), CHANNEL, now))
        return buckets

    def _bucket(self, key: tuple[str, str], rate: Rate, now: float) -> _Bucket:
        if key not in self._buckets:
            self._buckets[key] = _Bucket(rate, rate.burst, now)
        return self._buckets[key]
