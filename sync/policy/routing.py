"""Who owns what, and who may do what. Answers say why not, and who can."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from sync.model.exceptions import Fingerprint
from sync.model.groups import is_group
from sync.model.ids import QueueId, UserId
from sync.policy.class_rules import Route
from sync.policy.schema import Policy


@dataclass(frozen=True, slots=True)
class Permission:
    """``why`` is empty when allowed; else a sentence that says why not and who can."""

    allowed: bool
    why: str = ""


YES = Permission(True)


@dataclass(frozen=True, slots=True)
class Routed:
    """The owner queue, and what sent it there: ``routes.2`` (counted from 0), ``classes.stale_feed`` or ``default_queue``."""

    queue: QueueId
    by: str


def route(policy: Policy, about: Fingerprint, family: str = "") -> Routed:
    """The queue that owns an exception: the first route that fits, else its class's queue, else the default. Nothing is ever
    unowned. ``family`` is the SKU's, empty where there is none; what is about a vendor's family has that one."""
    family = family or about.family
    for index, one in enumerate(policy.routes):
        if _fits(one, about, family, policy):
            return Routed(one.queue, f"routes.{index}")
    own = policy.rules_for(about.cls).queue
    return Routed(own, f"classes.{about.cls}") if own is not None else Routed(policy.default_queue, "default_queue")


def _fits(one: Route, about: Fingerprint, family: str, policy: Policy) -> bool:
    own = policy.skus.get(about.sku) if about.sku is not None else None
    return (
        (one.class_name is None or one.class_name is about.cls)
        and (one.system is None or one.system in about.systems)
        and (one.location is None or one.location == about.location)
        and (one.family is None or one.family == family)
        and (one.tag is None or (own is not None and one.tag in own.tags))
    )


def leads_of(policy: Policy, queue: QueueId) -> tuple[UserId, ...]:
    """Whom a queue's trouble is told in turn: lead, stand-in, and the ops lead as the last resort. Never empty."""
    rules = policy.queues[queue]
    return _users(policy, (rules.lead, rules.stand_in, policy.ops_lead))


def who_can(policy: Policy, queue: QueueId, act: Literal["act", "approve"]) -> tuple[UserId, ...]:
    """Everybody whom policy names for an act in a queue, most likely first, and who is in the user groups that it names, as far
    as that is known and counts now. Members of its private channel may ``act``, too."""
    rules = policy.queues[queue]
    if act == "approve":
        return users_of(policy, rules.approvers)
    turns = rules.oncall.people if rules.oncall is not None else ()
    named = [one for one in (rules.lead, rules.stand_in, *turns, *rules.members, *rules.approvers) if one is not None]
    return tuple(dict.fromkeys((*users_of(policy, named), policy.people[policy.ops_lead].slack)))


def users_of(policy: Policy, names: Sequence[str]) -> tuple[UserId, ...]:
    """The people behind names of policy's, each once: who is named first, then the people of groups."""
    groups = [one for one in names if is_group(one)]
    found = [policy.people[one].slack for one in names if not is_group(one)]
    found += [member.user for one in groups for member in policy.groups.people.get(one, ())]
    return tuple(dict.fromkeys(found))


def _users(policy: Policy, names: Iterable[str | None]) -> tuple[UserId, ...]:
    return tuple(dict.fromkeys(policy.people[name].slack for name in names if name is not None))


def may_act(policy: Policy, user: UserId, queue: QueueId, private_member: bool) -> Permission:
    """Named people of the queue, people of its user groups, members of its private channel, and the ops lead may act; a public
    queue is for reading."""
    named = who_can(policy, queue, "act")
    if private_member or user in named:
        return YES
    rules = policy.queues[queue]
    unsure = _unsure(policy, user, (*rules.members, *rules.approvers))
    return Permission(False, f"Only {rules.name} acts here. {either(policy, named)} can.{unsure}")


def may_approve(policy: Policy, user: UserId, value: Decimal, contributors: frozenset[UserId]) -> Permission:
    """An approver who gave none of the number, within their own limit. ``value``: of the correction, 0 or more, in policy's
    currency; ``contributors``: everybody who gave it its number."""
    queue = QueueId(policy.corrections.queue or policy.default_queue)
    approving = policy.queues[queue]
    approvers = who_can(policy, queue, "approve")
    limits = {one: person.approves_up_to for one in approvers if (person := policy.person_of(one)) is not None}
    able = [one for one in approvers if one not in contributors and ((most := limits[one]) is None or value <= most)]
    ops_lead = mentions([policy.people[policy.ops_lead].slack])
    can = f"{either(policy, able)} can." if able else f"Nobody is left who may approve it; ask {ops_lead}."
    if user in contributors:
        return Permission(False, f"You gave this number, so you cannot approve it. {can}")
    if user not in approvers:
        unsure = _unsure(policy, user, approving.approvers)
        return Permission(False, f"Only approvers of {approving.name} decide this. {can}{unsure}")
    own = limits[user]
    if own is not None and value > own:
        limit = f"{own:,.2f} {policy.currency}"
        return Permission(False, f"{value:,.2f} {policy.currency} is above your limit of {limit}. {can}")
    return YES


def _unsure(policy: Policy, user: UserId, names: Iterable[str]) -> str:
    """What is said to somebody whose group was read too long ago to count; else nothing."""
    group = next((one for one in names if user in policy.groups.unsure.get(one, ())), None)
    if group is None:
        return ""
    return (
        f" You were in {group}, but Slack has not told me for more than 15 min who is in that group, and until it does that"
        " counts for nothing."
    )


def either(policy: Policy, users: Sequence[UserId]) -> str:
    """``<@U1> or <@U2>``; with how many others there are in user groups."""
    two, others = mentions(users[:2]), sum(one in policy.groups.names for one in users[2:])
    if not others:
        return two
    return f"{two} and {others} others" if others > 1 else f"{two} and one other"


def mentions(users: Sequence[UserId]) -> str:
    """``<@U1> or <@U2>``."""
    return " or ".join(f"<@{user}>" for user in users)
