"""Who owns what, and who may do what. Answers say why not, and who can."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from sync.model.exceptions import ExceptionClass
from sync.model.ids import QueueId, UserId
from sync.policy.schema import Policy


@dataclass(frozen=True, slots=True)
class Permission:
    """``why`` is empty when allowed; else a sentence that says why not and who can."""

    allowed: bool
    why: str = ""


YES = Permission(True)


def queue_of(policy: Policy, cls: ExceptionClass) -> QueueId:
    """The queue that owns a class: the class's own, else the default. Nothing is ever unowned."""
    return policy.rules_for(cls).queue or policy.default_queue


def people_of(policy: Policy, queue: QueueId) -> tuple[UserId, ...]:
    """Everybody whom a queue names: lead, stand-in, members, approvers, in that order, each once."""
    rules = policy.queues[queue]
    names = [rules.lead, rules.stand_in, *rules.members, *rules.approvers]
    return tuple(dict.fromkeys(policy.people[name].slack for name in names if name is not None))


def may_act(policy: Policy, user: UserId, queue: QueueId, private_member: bool) -> Permission:
    """Named people of the queue, members of its private channel, and the ops lead may act; a public queue is for reading."""
    named = people_of(policy, queue)
    if private_member or user in named or user == policy.people[policy.ops_lead].slack:
        return YES
    who = mentions(named[:2]) or mentions((policy.people[policy.ops_lead].slack,))
    return Permission(False, f"Only {policy.queues[queue].name} acts here. {who} can.")


def may_approve(policy: Policy, user: UserId, value: Decimal, contributors: frozenset[UserId]) -> Permission:
    """An approver who gave none of the number, within their own limit. ``value`` in policy's currency."""
    approving = policy.queues[policy.corrections.queue or policy.default_queue]
    free = [policy.people[name] for name in approving.approvers if policy.people[name].slack not in contributors]
    able = [one for one in free if one.approves_up_to is None or value <= one.approves_up_to]
    who = mentions([one.slack for one in able[:2]])
    can = (
        f"{who} can."
        if who
        else f"Nobody left may approve; {mentions([policy.people[policy.ops_lead].slack])} is the one to ask."
    )
    if user in contributors:
        return Permission(False, f"You gave this number, so you cannot approve it. {can}")
    if user not in [policy.people[name].slack for name in approving.approvers]:
        return Permission(False, f"Only approvers of {approving.name} decide this. {can}")
    person = policy.person_of(user)
    if person is not None and person.approves_up_to is not None and value > person.approves_up_to:
        limit = f"{person.approves_up_to:,.2f} {policy.currency}"
        return Permission(False, f"{value:,.2f} {policy.currency} is above your limit of {limit}. {can}")
    return YES


def mentions(users: tuple[UserId, ...] | list[UserId]) -> str:
    """``<@U1> or <@U2>``."""
    return " or ".join(f"<@{user}>" for user in users)
