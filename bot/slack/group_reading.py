"""Reading user groups from Slack: their handles, whether they are disabled, and who of them may act."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.client import error_code
from bot.slack.outcomes import CALL_ERRORS, told
from bot.slack.profiles import Profiles
from sync.model.groups import GroupFault, Member, UserGroup
from sync.model.ids import UserId
from sync.policy.holder import PolicyInForce
from sync.ports import Clock

LOOKED_UP = 50
"""Members of a group who are asked for at one reading, so that a large one does not use up Slack's limit: the rest follow with
the next readings, or when they click."""

FAULTS = {
    "missing_scope": GroupFault.FORBIDDEN,
    "plan_upgrade_required": GroupFault.PLAN,
    "no_such_subteam": GroupFault.UNKNOWN,
}
"""Slack's words for what does not pass by itself."""

_log = structlog.get_logger(__name__)


class GroupReader:
    """Asks Slack. A handle is looked up with every reading: what is called something else now is not what policy means."""

    def __init__(self, client: AsyncWebClient, policy: PolicyInForce, clock: Clock, profiles: Profiles) -> None:
        self._client = client
        self._policy = policy
        self._clock = clock
        self._profiles = profiles

    async def read(self, wanted: Sequence[str]) -> dict[str, UserGroup]:
        """Groups by the names that policy gives them; one that Slack does not tell now is left out. Raises CALL_ERRORS where
        Slack tells nothing."""
        now = self._clock.now()
        try:
            listed = (await self._client.usergroups_list(include_disabled=True))["usergroups"]
        except SlackApiError as error:
            return {named: UserGroup(named, read_at=now, fault=_fault(error)) for named in wanted}
        read = {}
        for named in wanted:
            try:
                read[named] = await self._read_one(named, listed, now)
            except CALL_ERRORS as error:
                _log.warning("user_group_not_read", group=named, error=told(error))
        return read

    async def _read_one(self, named: str, listed: Iterable[Mapping[str, Any]], now: datetime) -> UserGroup:
        """Raises what the call raises where it may go well the next time."""
        there = sorted((one for one in listed if is_meant(one, named)), key=lambda one: bool(one.get("date_delete")))
        if not there:
            return UserGroup(named, read_at=now, fault=GroupFault.UNKNOWN)
        found = there[0]
        group = UserGroup(named, id=str(found["id"]), handle=str(found.get("handle") or ""), read_at=now)
        if found.get("date_delete"):
            return replace(group, fault=GroupFault.DISABLED)
        try:
            users = (await self._client.usergroups_users_list(usergroup=group.id))["users"]
        except SlackApiError as error:
            return replace(group, fault=_fault(error))
        before = self._policy.read.get(named, UserGroup(named))
        return await self.with_members(replace(group, people=before.people), [UserId(str(user)) for user in users])

    async def with_members(self, group: UserGroup, members: Sequence[UserId]) -> UserGroup:
        """The group with these members, and those of them who may act: by what was said of them last, else asked for now; of who
        cannot be asked now it stays what it was."""
        people, asked, unasked = [], 0, 0
        before = {one.user: one for one in group.people}
        for user in members:
            profile = self._profiles.known(user)
            if profile is None and asked < LOOKED_UP:
                asked += 1
                profile = await self._profiles.of(user)
            if profile is None:
                people += [before[user]] if user in before else []
                unasked += user not in before
            elif not profile.restricted:
                people.append(Member(user, profile.name))
        return replace(group, members=tuple(members), people=tuple(people), unasked=unasked)


def _fault(error: SlackApiError) -> GroupFault:
    """Slack's word for what does not pass by itself. Raises the error where it may."""
    fault = FAULTS.get(error_code(error))
    if fault is None:
        raise error
    return fault


def is_meant(listed: Mapping[str, Any], named: str) -> bool:
    """Whether policy means this group of Slack's."""
    return named == listed.get("id") or named.casefold() == f"@{listed.get('handle')}".casefold()
