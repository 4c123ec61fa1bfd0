"""Who is in the user groups that policy names: read from Slack, kept from events, and told to the ops channel where it cannot be.

What is read is written to the store, so that processes without Slack know whom to ask and a restart forgets nobody.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import structlog
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.group_posts import fault_posts, few_approvers
from bot.slack.group_reading import GroupReader, is_meant
from bot.slack.outcomes import CALL_ERRORS, told
from bot.slack.profiles import Profile, Profiles
from storage.store import DATABASE_ERRORS
from sync.model.groups import GroupFault, Member, UserGroup
from sync.model.ids import QueueId, UserId
from sync.policy.groups import groups_of, named_groups
from sync.policy.holder import PolicyInForce
from sync.ports import Clock, Store

Change = Callable[[UserGroup], UserGroup]
"""What becomes of a group as it is known."""

_log = structlog.get_logger(__name__)


class UserGroups:
    """The user groups of the policy in force."""

    def __init__(
        self, client: AsyncWebClient, policy: PolicyInForce, clock: Clock, store: Store, profiles: Profiles
    ) -> None:
        self._reader = GroupReader(client, policy, clock, profiles)
        self._policy = policy
        self._clock = clock
        self._store = store
        self._told_of_few = ""

    @property
    def unread(self) -> bool:
        """Whether policy names a group that was never read."""
        return not named_groups(self._policy.current) <= self._policy.read.keys()

    def queues_of(self, user: UserId) -> list[QueueId]:
        """The queues that name a group in which somebody is, as far as that counts now."""
        policy = self._policy.current
        within = {named for named, people in policy.groups.people.items() if any(one.user == user for one in people)}
        return [QueueId(name) for name, queue in policy.queues.items() if within & groups_of(queue)]

    # -- reading -------------------------------------------------------------------------------------------------------

    async def refresh(self) -> None:
        """Read every group that policy names again. What Slack does not say now is kept, and ages."""
        wanted = named_groups(self._policy.current)
        if not wanted:
            return
        try:
            if self.unread:
                async with self._store.reading() as uow:
                    self._policy.know(await uow.groups.all(), self._clock.now())
            read = await self._reader.read(sorted(wanted))
            await self._keep({named: _is_now(group) for named, group in read.items()})
        except CALL_ERRORS as error:
            _log.warning("user_groups_not_read", error=told(error))
        except DATABASE_ERRORS as error:
            _log.error("user_groups_not_kept", error=repr(error))

    # -- what is heard -------------------------------------------------------------------------------------------------

    async def seen(self, user: UserId, profile: Profile | None) -> None:
        """Somebody acts: whether they count in their groups is as their profile says now. Everything counts as of now."""
        if profile is not None:
            count = _counting(user, profile)
            await self._keep({named: count for named, known in self._policy.read.items() if count(known) != known})
        self._policy.know((), self._clock.now())

    async def members_changed(self, group: str, added: Sequence[UserId], removed: Collection[UserId]) -> None:
        """People came into a group or left it. When it was read last stays as it was."""
        ours = [known for known in self._policy.read.values() if known.id == group]
        if not ours:
            return
        came = await self._reader.with_members(UserGroup(group), added)

        def change(known: UserGroup) -> UserGroup:
            stay = [one for one in known.members if one not in removed]
            there = [one for one in known.people if one.user not in removed and one.user not in added]
            unasked = known.unasked + came.unasked
            return replace(
                known, members=tuple(dict.fromkeys((*stay, *added))), people=(*there, *came.people), unasked=unasked
            )

        await self._keep({known.named: change for known in ours})

    async def changed(self, about: Mapping[str, Any]) -> None:
        """A group was made, renamed, disabled or enabled: where policy may mean it, all are read again. One that is disabled
        gives no right from now on, whatever Slack answers then."""
        ours = [known.named for known in self._policy.read.values() if known.id == about.get("id")]
        if not ours and not any(is_meant(about, named) for named in named_groups(self._policy.current)):
            return
        if about.get("date_delete"):
            await self._keep({named: lambda known: replace(known, fault=GroupFault.DISABLED) for named in ours})
        await self.refresh()

    async def _keep(self, changes: Mapping[str, Change]) -> None:
        """Change what is known as it stands in the store, let it count, and tell of what is wrong, once."""
        if not changes:
            return
        now, policy = self._clock.now(), self._policy.current
        async with self._store.unit_of_work() as uow:
            before = {named: await uow.groups.hold(named) for named in sorted(changes)}
            after = [changes[named](held).following(held, now) for named, held in before.items()]
            for one in after:
                await uow.groups.save(one)
            faulty = [one for one in after if one.fault and one.fault is not before[one.named].fault]
            await uow.posts.want(fault_posts(faulty, policy, now))
        self._policy.know(after, now)
        for one in faulty:
            _log.error("user_group_gives_no_right", group=one.named, why=one.fault.value)
        await self._tell_of_few(now)

    async def _tell_of_few(self, now: datetime) -> None:
        few = few_approvers(self._policy.current, now)
        if few is not None and few.key != self._told_of_few:
            async with self._store.unit_of_work() as uow:
                await uow.posts.want([few])
            self._told_of_few = few.key


def _is_now(read: UserGroup) -> Change:
    return lambda _known: read


def _counting(user: UserId, profile: Profile) -> Change:
    """Somebody is among the people of the groups they are in, or not, as their profile says."""

    def change(known: UserGroup) -> UserGroup:
        listed = any(one.user == user for one in known.people)
        if user not in known.members or listed is not profile.restricted:
            return known
        others = tuple(one for one in known.people if one.user != user)
        return replace(known, people=others if profile.restricted else (*others, Member(user, profile.name)))

    return change
