"""Whether the user groups that policy names can be read, give anybody a right, and leave two people to approve."""

from __future__ import annotations

from collections.abc import AsyncIterator

from slack_sdk.web.async_client import AsyncWebClient

from bot.clock import WallClock
from bot.preflight.found import Found, fail, good, warn
from bot.slack.group_reading import GroupReader
from bot.slack.profiles import Profiles
from sync.model.groups import GroupFault, Groups, UserGroup
from sync.policy.groups import APPROVERS_NEEDED, approvers_known, named_groups
from sync.policy.holder import PolicyInForce
from sync.policy.schema import Policy

FAULTS = {
    GroupFault.UNKNOWN: ("this workspace has none", "Correct its handle in policy; a person is written without @."),
    GroupFault.DISABLED: ("is disabled in Slack", "Enable it again, or take it out of policy."),
    GroupFault.FORBIDDEN: (
        "may not be read",
        "Update the app from manifest.yml and install it again: usergroups:read.",
    ),
    GroupFault.PLAN: ("the workspace's plan has no user groups", "Name people in policy instead."),
}


async def user_groups(client: AsyncWebClient, policy: Policy, team: str) -> AsyncIterator[Found]:
    """A row per group, and one when too few people may approve corrections. ``team``: the id of the workspace."""
    clock, wanted = WallClock(), sorted(named_groups(policy))
    if not wanted:
        return
    read = await GroupReader(client, PolicyInForce(policy), clock, Profiles(client, clock, team)).read(wanted)
    for named in wanted:
        yield _found(named, read.get(named))
    known = approvers_known(policy.with_groups(Groups.at(read.values(), clock.now())))
    if known is not None and known < APPROVERS_NEEDED:
        queue = policy.corrections.queue or policy.default_queue
        yield fail(
            "slack",
            f"queue {queue}: {known} of two people who may approve corrections",
            "Put more people into its user groups, or name them under `approvers:`.",
        )


def _found(named: str, group: UserGroup | None) -> Found:
    if group is None:
        return fail("slack", f"user group {named}: Slack does not tell who is in it", "Try again in a minute.")
    if group.fault:
        said, mend = FAULTS[group.fault]
        return fail("slack", f"user group {named}: {said}", mend)
    if not group.people:
        return warn(
            "slack", f"user group {named}: nobody in it may act", "Put people into it; guests and apps never act."
        )
    most = "at least " if group.unasked else ""
    return good("slack", f"user group {named}: {most}{len(group.people)} of its {len(group.members)} members may act")
