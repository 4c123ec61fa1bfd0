"""Trouble on purpose: what a network and a busy Slack do to an app."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Outage(StrEnum):
    """How Slack is away."""

    NONE = "none"
    UNAVAILABLE = "503"
    REFUSED = "refused"


@dataclass(slots=True)
class Faults:
    """Switches for tests. All may be changed at any time; calls count over all methods.

    `delay`: seconds before each answer. `ratelimit_every`: each n-th call gets a 429 (0: none).
    `lose_answers`: method -> how many of the next calls are applied but never answered.
    `fail_next`: method -> error codes for the next calls, applied to nothing.
    """

    outage: Outage = Outage.NONE
    delay: float = 0.0
    ratelimit_every: int = 0
    retry_after: int = 1
    lose_answers: dict[str, int] = field(default_factory=dict)
    fail_next: dict[str, list[str]] = field(default_factory=dict)
    _calls: int = 0

    def limited(self) -> bool:
        """Count a call; whether it is the n-th."""
        self._calls += 1
        return self.ratelimit_every > 0 and self._calls % self.ratelimit_every == 0

    def loses(self, method: str) -> bool:
        """Whether this call's answer gets lost on the way."""
        left = self.lose_answers.get(method, 0)
        if left > 0:
            self.lose_answers[method] = left - 1
        return left > 0

    def failure(self, method: str) -> str | None:
        """The error code this call must get."""
        codes = self.fail_next.get(method)
        return codes.pop(0) if codes else None
