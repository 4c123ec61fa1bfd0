"""The policy in force in this process; taking another is one assignment, so readers see the old or the new one whole."""

from __future__ import annotations

from collections.abc import Sequence

from sync.model.mentions import PersonSettings
from sync.owners.absence import with_absences
from sync.policy.schema import Policy


class PolicyInForce:
    """Holds the newest policy that was taken."""

    def __init__(self, policy: Policy) -> None:
        self.current = policy
        self._written = policy
        self._chosen: Sequence[PersonSettings] = ()

    def take(self, policy: Policy) -> None:
        """From now on this one holds, with the absences that people told."""
        self._written = policy
        self.current = with_absences(policy, self._chosen)

    def absent(self, chosen: Sequence[PersonSettings]) -> None:
        """From now on these are the absences that people told."""
        if chosen != self._chosen:
            self._chosen = chosen
            self.current = with_absences(self._written, chosen)
