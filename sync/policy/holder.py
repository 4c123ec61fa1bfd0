"""The policy in force in this process; taking another is one assignment, so readers see the old or the new one whole."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType

from sync.model.groups import Groups, UserGroup
from sync.model.mentions import PersonSettings
from sync.owners.absence import with_absences
from sync.policy.schema import Policy


class PolicyInForce:
    """Holds the newest policy that was taken."""

    def __init__(self, policy: Policy) -> None:
        self.current = policy
        self._written = policy
        self._chosen: Sequence[PersonSettings] = ()
        self._read: dict[str, UserGroup] = {}

    def take(self, policy: Policy) -> None:
        """From now on this one holds, with the absences that people told and what is known of user groups."""
        self._written = policy
        self._lay(self.current.groups)

    def absent(self, chosen: Sequence[PersonSettings]) -> None:
        """From now on these are the absences that people told."""
        if chosen != self._chosen:
            self._chosen = chosen
            self._lay(self.current.groups)

    @property
    def read(self) -> Mapping[str, UserGroup]:
        """The user groups as they were last read, by policy's names."""
        return MappingProxyType(self._read)

    def know(self, groups: Iterable[UserGroup], now: datetime) -> None:
        """These were read; what is older than what is known already is passed over. Whatever is known counts as of ``now``, so
        that a group of which nothing was heard for too long gives no right any more."""
        for one in groups:
            known = self._read.get(one.named)
            if known is None or known.version < one.version:
                self._read[one.named] = one
        counted = Groups.at(self._read.values(), now)
        if counted != self.current.groups:
            self._lay(counted)

    def _lay(self, groups: Groups) -> None:
        self.current = with_absences(self._written, self._chosen).with_groups(groups)
