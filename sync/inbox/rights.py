"""Who may act: checked at the click and again at the submit, always on the server."""

from __future__ import annotations

from sync.actions.reasons import was_asked
from sync.errors import NotPermitted
from sync.inbox.acts import Actor
from sync.inbox.view import CaseView
from sync.model.ids import QueueId
from sync.policy.routing import may_act
from sync.policy.schema import Policy

OPEN_TO_ALL = frozenset({"note", "report"})
"""Acts that a public queue allows to everybody who is not a guest: reading, notes, and telling of a wrong number."""


UNSURE = (
    " You were one of them, but Slack has not told me for more than 15 min who is in its channel, and until it does that counts"
    " for nothing."
)


def check_rights(policy: Policy, actor: Actor, verb: str, view: CaseView) -> None:
    """Raises NotPermitted, saying why and who can."""
    if actor.restricted:
        lead = view.queue.lead or policy.people[policy.ops_lead].slack
        raise NotPermitted(f"Guests and apps cannot act here. Ask <@{lead}>.")
    if verb in OPEN_TO_ALL:
        return
    if verb == "givereason" and was_asked(view.case, actor.user):
        return
    queue = _queue_for(policy, verb, view)
    home = view.case.home
    sent = verb == "handover" and view.case.owner is None and home is not None and home in policy.queues
    if sent and home is not None and may_act(policy, actor.user, home, home in actor.member_of).allowed:
        return  # sent there by mistake: while nobody has it, the queue that it came from may take it back
    permission = may_act(policy, actor.user, queue, queue in actor.member_of)
    if not permission.allowed:
        raise NotPermitted(f"{permission.why}{UNSURE if queue in actor.unsure_of else ''}")


def _queue_for(policy: Policy, verb: str, view: CaseView) -> QueueId:
    """A count is entered by the warehouse, a correction decided by its approvers' queue; the rest is the owner queue's."""
    if verb == "entercount" and view.warehouse is not None:
        return view.warehouse.id
    if verb == "decide":
        return policy.corrections.queue or policy.default_queue
    return view.queue.id
