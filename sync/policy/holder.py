"""The policy in force in this process; taking another is one assignment, so readers see the old or the new one whole."""

from __future__ import annotations

from sync.policy.schema import Policy


class PolicyInForce:
    """Holds the newest policy that was taken."""

    def __init__(self, policy: Policy) -> None:
        self.current = policy

    def take(self, policy: Policy) -> None:
        """From now on this one holds."""
        self.current = policy
