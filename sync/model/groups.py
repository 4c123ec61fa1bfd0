"""User groups of Slack that policy names: who was in them when that was last read, and whether that still counts. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from sync.model.ids import UserId

USABLE = timedelta(minutes=15)
"""For so long membership counts after it was read; what is older gives no right."""

_ID = re.compile(r"S[A-Z0-9]{4,}")


def is_group(name: str) -> bool:
    """Whether policy means a user group: by its handle, ``@warehouse-leads``, or by its id, ``S0614TZR7``."""
    return name.startswith("@") or _ID.fullmatch(name) is not None


class GroupFault(StrEnum):
    """Why a group gives nobody a right: Slack has none of that handle or id, it is disabled, the app was not granted
    ``usergroups:read``, or the workspace's plan has no user groups."""

    NONE = ""
    UNKNOWN = "unknown"
    DISABLED = "disabled"
    FORBIDDEN = "forbidden"
    PLAN = "plan"


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody of a group who may act: no guest, no bot, nobody of another workspace."""

    user: UserId
    name: str


@dataclass(frozen=True, slots=True)
class UserGroup:
    """A group as it was last read. ``named``: as policy names it; ``members``: all whom Slack says are in it; ``people``: those
    of them of whom it is known that they may act; ``unasked``: how many it is not known of yet. ``read_at`` None: never read.
    ``since``: when its fault began. ``version`` counts what was written of it: what other processes know is older or newer by
    it."""

    named: str
    id: str = ""
    handle: str = ""
    members: tuple[UserId, ...] = ()
    people: tuple[Member, ...] = ()
    unasked: int = 0
    read_at: datetime | None = None
    fault: GroupFault = GroupFault.NONE
    since: datetime | None = None
    version: int = 0

    def counts(self, now: datetime) -> bool:
        """Whether being in it gives a right now."""
        return not self.fault and self.read_at is not None and now - self.read_at <= USABLE

    def following(self, before: UserGroup, now: datetime) -> UserGroup:
        """This one, written after ``before``: a fault that goes on began when it began."""
        since = before.since if self.fault is before.fault else now
        return replace(self, version=before.version + 1, since=since if self.fault else None)


@dataclass(frozen=True, slots=True)
class Groups:
    """What the groups of a policy are worth at one moment, by policy's names: whose ``people`` count, who is ``unsure`` because
    it was read too long ago, which have a fault, and of how many members it is not known yet whether they may act
    (``unasked``). A group that was never read is in none of them. ``names``: of all whose being in a group counts."""

    people: Mapping[str, tuple[Member, ...]] = field(default_factory=dict)
    unsure: Mapping[str, frozenset[UserId]] = field(default_factory=dict)
    faults: Mapping[str, GroupFault] = field(default_factory=dict)
    unasked: Mapping[str, int] = field(default_factory=dict)
    names: Mapping[UserId, str] = field(default_factory=dict)

    @classmethod
    def at(cls, groups: Iterable[UserGroup], now: datetime) -> Groups:
        """As of ``now``."""
        known = list(groups)
        return cls(
            {one.named: one.people for one in known if one.counts(now)},
            {one.named: frozenset(one.members) for one in known if not one.fault and not one.counts(now)},
            {one.named: one.fault for one in known if one.fault},
            {one.named: one.unasked for one in known if one.unasked},
            {member.user: member.name for one in known if one.counts(now) for member in one.people},
        )
