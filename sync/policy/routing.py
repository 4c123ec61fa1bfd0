"""Who owns what, and who may do what. Answers say why not, and who can."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from sync.model.exceptions import Fingerprint
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
    """Everybody whom policy names for an act in a queue, most likely first. Members of its private channel may ``act``, too."""
    rules = policy.queues[queue]
    if act == "approve":
        return _users(policy, rules.approvers)
    turns = rules.oncall.people if rules.oncall is not None else ()
    return _users(policy, (rules.lead, rules.stand_in, *turns, *rules.members, *rules.approvers, policy.ops_lead))


def _users(policy: Policy, names: Iterable[str | None]) -> tuple[UserId, ...]:
    return tuple(dict.fromkeys(policy.people[name].slack for name in names if name is not None))


def may_act(policy: Policy, user: UserId, queue: QueueId, private_member: bool) -> Permission:
    """Named people of the queue, members of its private channel, and the ops lead may act; a public queue is for reading."""
    named = who_can(policy, queue, "act")
    if private_member or user in named:
        return YES
    return Permission(False, f"Only {policy.queues[queue].name} acts here. {mentions(named[:2])} can.")


def may_approve(policy: Policy, user: UserId, value: Decimal, contributors: frozenset[UserId]) -> Permission:
    """An approver who gave none of the number, within their own limit. ``value``: of the correction, 0 or more, in policy's
    currency; ``contributors``: everybody who gave it its number."""
    queue = policy.corrections.queue or policy.default_queue
    approving = policy.queues[queue]
    free = [policy.people[name] for name in approving.approvers if policy.people[name].slack not in contributors]
    able = [one for one in free if one.approves_up_to is None or value <= one.approves_up_to]
    who = mentions([one.slack for one in able[:2]])
    ops_lead = mentions([policy.people[policy.ops_lead].slack])
    can = f"{who} can." if who else f"Nobody is left who may approve it; ask {ops_lead}."
    if user in contributors:
        return Permission(False, f"You gave this number, so you cannot approve it. {can}")
    if user not in who_can(policy, queue, "approve"):
        return Permission(False, f"Only approvers of {approving.name} decide this. {can}")
    person = policy.person_of(user)
    if person is not None and person.approves_up_to is not None and value > person.approves_up_to:
        limit = f"{person.approves_up_to:,.2f} {policy.currency}"
        return Permission(False, f"{value:,.2f} {policy.currency} is above your limit of {limit}. {can}")
    return YES


def mentions(users: Sequence[UserId]) -> str:
    """``<@U1> or <@U2>``."""
    return " or ".join(f"<@{user}>" for user in users)
