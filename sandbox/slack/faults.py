"""Trouble on purpose: what a network and a busy Slack do to an app."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Outage(StrEnum):
    """How Slack is away. ``POSTING``: only methods that write messages answer 503; sockets and all else go on."""

    NONE = "none"
    UNAVAILABLE = "503"
    REFUSED = "refused"
    POSTING = "posting"


Counts = dict[str | tuple[str, str], int]
"""By method, or by method and channel."""

POSTING = frozenset({"chat.postMessage", "chat.update", "chat.postEphemeral", "chat.delete"})


@dataclass(slots=True)
class Faults:
    """Switches for tests. All may be changed at any time; calls count over all methods.

    `delay`: seconds before each answer. `ratelimit_every`: each n-th call gets a 429 (0: none).
    `limit_next`: method, or (method, channel id) -> how many of the next calls get a 429.
    `lose_answers`: method -> how many of the next calls are applied but never answered.
    `break_after`: method -> how many of the next calls are applied and then answered with 503.
    `fail_next`: method -> error codes for the next calls, applied to nothing.
    """

    outage: Outage = Outage.NONE
    delay: float = 0.0
    ratelimit_every: int = 0
    retry_after: int = 1
    limit_next: Counts = field(default_factory=dict)
    lose_answers: Counts = field(default_factory=dict)
    break_after: Counts = field(default_factory=dict)
    fail_next: dict[str, list[str]] = field(default_factory=dict)
    _calls: int = 0

    def away(self, method: str) -> bool:
        """Whether this call finds nobody."""
        return self.outage is Outage.UNAVAILABLE or (self.outage is Outage.POSTING and method in POSTING)

    def limited(self, method: str = "", channel: str = "") -> bool:
        """Count a call; whether it is the n-th, or one of those that were named."""
        self._calls += 1
        if self.ratelimit_every > 0 and self._calls % self.ratelimit_every == 0:
            return True
        return _taken(self.limit_next, method) or _taken(self.limit_next, (method, channel))

    def loses(self, method: str) -> bool:
        """Whether this call's answer gets lost on the way."""
        return _taken(self.lose_answers, method)

    def breaks(self, method: str) -> bool:
        """Whether this call, though applied, is answered with 503."""
        return _taken(self.break_after, method)

    def failure(self, method: str) -> str | None:
        """The error code this call must get."""
        codes = self.fail_next.get(method)
        return codes.pop(0) if codes else None


def _taken(counts: Counts, key: str | tuple[str, str]) -> bool:
    """Whether one was left of this key; it is used up."""
    left = counts.get(key, 0)
    if left > 0:
        counts[key] = left - 1
    return left > 0
